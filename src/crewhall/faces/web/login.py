"""Logging in and out. The log-in lives in a cookie that no script can read and no other site can send."""

from __future__ import annotations

import contextlib
from urllib.parse import parse_qsl

from starlette.datastructures import Headers
from starlette.types import Receive, Scope, Send

from crewhall.accounts import Access
from crewhall.faces.http import CHALLENGE, SESSION_COOKIE, Header, read_body, read_query
from crewhall.faces.web.pages import Pages, see_other
from crewhall.kit.capability import Registry
from crewhall.kit.errors import (
    Conflict,
    CrewhallError,
    InvalidInput,
    NotSignedIn,
    TooLarge,
    ValidationFailed,
)
from crewhall.kit.seam import Seam

LARGEST_FORM = 16_384
MOST_FIELDS = 40
FORM = "application/x-www-form-urlencoded"
LOG_IN_FOR = "next"
"""The parameter that says what somebody logs in for."""
COOKIE_SECONDS = 7 * 24 * 3600  # as long as the session behind it


class LogInPage:
    """`/login`: the form, and what becomes of it."""

    def __init__(self, pages: Pages, registry: Registry, seam: Seam, access: Access, *, secure_cookie: bool) -> None:
        self._pages = pages
        self._registry = registry
        self._seam = seam
        self._access = access
        self._secure_cookie = secure_cookie

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] == "POST":
            await self._log_in(scope, receive, send)
        elif await self._pages.visitor(scope) is not None:
            await see_other(send, onward(_asked_for(scope)))
        else:
            await self._show(send, wanted=_asked_for(scope))

    async def _log_in(self, scope: Scope, receive: Receive, send: Send) -> None:
        email = wanted = ""
        try:
            form = await read_form(scope, receive)
            email, wanted = form.get("email", ""), form.get(LOG_IN_FOR, "")
            token = await self._token(form)
        except CrewhallError as refusal:
            await self._show(send, refusal=refusal, email=email, wanted=wanted)
        else:
            secure = self._secure_cookie or scope["scheme"] == "https"
            await see_other(send, onward(wanted), [cookie(token, COOKIE_SECONDS, secure=secure)])

    async def _token(self, form: dict[str, str]) -> str:
        if "demo" in form:
            name, given = "demo_log_in", {}
        else:
            name, given = "log_in", {"email": form.get("email", ""), "password": form.get("password", "")}
        answer = await self._seam.run(self._registry[name], given, actor=None, client="web")
        token: str = answer.value["access_token"]
        return token

    async def _show(self, send: Send, *, refusal: CrewhallError | None = None, email: str = "", wanted: str = "") -> None:
        status = refusal.http_status if refusal else 200
        challenge = [CHALLENGE] if status == 401 else []
        await self._pages.send(
            send,
            "login.html",
            status=status,
            headers=challenge,
            trouble=_sentence(refusal) if refusal else None,
            email=email,
            onward=wanted if onward(wanted) == wanted else "",
            wrong_password=isinstance(refusal, NotSignedIn),
            demo=self._access.demo_email is not None,
        )


def onward(wanted: str) -> str:
    """Where a log-in leads: to the board, or back to the question that it interrupted, and to no other place on earth."""
    plain = wanted.isascii() and wanted.isprintable() and "\\" not in wanted
    return wanted if wanted.startswith("/oauth/authorize?") and plain else "/board"


def _asked_for(scope: Scope) -> str:
    try:
        return read_query(scope).get(LOG_IN_FOR, "")
    except InvalidInput:
        return ""


def _sentence(refusal: CrewhallError) -> str:
    if isinstance(refusal, ValidationFailed):  # its words are for programs: they name fields and types
        return "Give the e-mail and the password of your account"
    return refusal.message


async def read_form(scope: Scope, receive: Receive) -> dict[str, str]:
    """The fields of a small form; of a field that stands twice, the last."""
    if Headers(scope=scope).get("content-type", "").partition(";")[0].strip().lower() != FORM:
        raise InvalidInput(f"This is a form: send Content-Type: {FORM}")
    body = await read_body(receive)
    if len(body) > LARGEST_FORM:
        raise TooLarge(f"A form is at most {LARGEST_FORM} bytes")
    try:
        return dict(parse_qsl(body.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=MOST_FIELDS))
    except ValueError as error:
        raise InvalidInput("The form cannot be read: encode it as UTF-8 with percent signs") from error


def cookie(token: str, seconds: int, *, secure: bool) -> Header:
    """The header that hands the browser a log-in; with no seconds, that takes it away."""
    parts = [f"{SESSION_COOKIE}={token}", "HttpOnly", "SameSite=Strict", "Path=/", f"Max-Age={seconds}"]
    return (b"set-cookie", "; ".join([*parts, "Secure"] if secure else parts).encode())


class LogOut:
    """`POST /logout`: the log-in ends, and the browser forgets it."""

    def __init__(self, pages: Pages, registry: Registry, seam: Seam) -> None:
        self._pages = pages
        self._log_out = registry["log_out"]
        self._seam = seam

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        visitor = await self._pages.visitor(scope)
        if visitor is not None:
            with contextlib.suppress(NotSignedIn, Conflict):  # another tab was quicker, or it is no log-in that came along
                await self._seam.run(self._log_out, {}, actor=visitor, client="web")
        await see_other(send, "/login", [cookie("", 0, secure=False)])
