"""`/join/{token}`: somebody who was invited makes an account; on an empty hall, the first one."""

from __future__ import annotations

from typing import Any

from starlette.types import Receive, Scope, Send

from crewhall.faces.web.asking import Ask
from crewhall.faces.web.login import COOKIE_SECONDS, cookie, read_form
from crewhall.faces.web.pages import Pages, see_other
from crewhall.kit.errors import CrewhallError, InvalidInput, NotFound, NotSignedIn, ValidationFailed

FIELDS = ("name", "email", "organisation")
SAID = {
    "email": "an e-mail looks like ada@example.org",
    "password": "a password has 12 characters or more",
    "name": "give your name",
    "organisation": "give your organisation a name",
}


class JoinPage:
    """The form of somebody who holds an invitation, and what becomes of it."""

    def __init__(self, pages: Pages, ask: Ask, *, secure_cookie: bool) -> None:
        self._pages = pages
        self._ask = ask
        self._secure_cookie = secure_cookie

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        token = scope["path_params"]["token"]
        try:
            invitation = await self._ask(None, "get_invitation", token=token)
        except (InvalidInput, NotFound, NotSignedIn, ValidationFailed) as refusal:
            await self._pages.send(send, "join_closed.html", status=404, refusal=refusal)
            return
        if scope["method"] == "POST":
            await self._register(scope, receive, send, token, invitation)
        else:
            await self._show(send, invitation)

    async def _register(self, scope: Scope, receive: Receive, send: Send, token: str, invitation: Any) -> None:
        form: dict[str, str] = {}
        try:
            form = await read_form(scope, receive)
            given = {name: form[name] for name in (*FIELDS, "password") if form.get(name)}
            answer = await self._ask(None, "register", **given, invitation=token)
        except CrewhallError as refusal:
            await self._show(send, invitation, form, refusal)
        else:
            secure = self._secure_cookie or scope["scheme"] == "https"
            await see_other(send, "/board", [cookie(answer["access_token"], COOKIE_SECONDS, secure=secure)])

    async def _show(self, send: Send, invitation: Any, form: dict[str, str] | None = None, refusal: CrewhallError | None = None) -> None:
        await self._pages.send(
            send,
            "join.html",
            status=refusal.http_status if refusal else 200,
            invitation=invitation,
            given={name: (form or {}).get(name, "") for name in FIELDS},
            trouble=_sentence(refusal) if refusal else None,
            wrong=_wrong(refusal) if refusal else [],
        )


def _wrong(refusal: CrewhallError) -> list[str]:
    """The fields that were not taken."""
    fields = refusal.details.get("fields", []) if isinstance(refusal, ValidationFailed) else []
    return [str(one["field"]) for one in fields] if isinstance(fields, list) else []


def _sentence(refusal: CrewhallError) -> str:
    said = [SAID[field] for field in _wrong(refusal) if field in SAID]
    return f"{'; '.join(said)}.".capitalize() if said else refusal.message
