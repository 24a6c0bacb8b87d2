"""`/oauth/authorize`: a program sent somebody's browser here, and the person says what it may do."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from starlette.datastructures import Headers
from starlette.types import Receive, Scope, Send

from crewhall.accounts import USUAL_SCOPES, Access, answer_address, goes_to, require_may_grant
from crewhall.faces.http import read_query
from crewhall.faces.resource import address_of
from crewhall.faces.web.asking import Ask
from crewhall.faces.web.login import LOG_IN_FOR, read_form
from crewhall.faces.web.pages import Pages, see_other
from crewhall.faces.web.wording import SCOPES
from crewhall.kit.capability import Actor
from crewhall.kit.clock import Clock
from crewhall.kit.errors import CrewhallError, NotAllowed, ValidationFailed

ASKED = ("client_id", "redirect_uri", "response_type", "code_challenge", "code_challenge_method", "scope", "resource")
TICKET_SECONDS = 600
WHY_AGAIN = "A program sent you here, to ask what it may do."
FROM_ELSEWHERE = {"cross-site", "same-site"}


class ConsentPage:
    """Asks the person, and sends the browser back with a code. It never sends a browser anywhere before somebody pressed a button."""

    def __init__(self, pages: Pages, ask: Ask, access: Access, clock: Clock) -> None:
        self._pages = pages
        self._ask = ask
        self._access = access
        self._clock = clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            query = read_query(scope)
            given = {name: query[name] for name in ASKED if query.get(name)} | {"address": address_of(scope, self._access)}
            actor = await self._pages.visitor(scope)
            asked = await self._ask(actor, "read_access_request", **given)
            if asked["refusal"] is not None:
                await self._tell(send, scope, asked, query, at_once=False, **_in_words(asked["refusal"]))
            elif actor is None:
                await self._sign_in(scope, send)
            elif scope["method"] == "POST":
                await self._decide(scope, receive, send, actor, asked, query, given)
            else:
                require_may_grant(actor)
                await self._show(scope, send, actor, asked)
        except ValidationFailed as refusal:  # what a program sent, so its person can do nothing about it
            await self._pages.send(send, "consent_refused.html", status=400, refusal=refusal)
        except CrewhallError as refusal:
            await self._pages.send(send, "consent_refused.html", status=refusal.http_status, refusal=refusal)

    async def _sign_in(self, scope: Scope, send: Send) -> None:
        """To the log-in and back. The log-in's cookie is not sent by other sites: who comes from one asks again from here."""
        if Headers(scope=scope).get("sec-fetch-site") in FROM_ELSEWHERE:
            await self._pages.send(send, "go_on.html", address=_address(scope), why=WHY_AGAIN)
        else:
            await see_other(send, f"/login?{LOG_IN_FOR}={quote(_address(scope), safe='')}")

    async def _show(self, scope: Scope, send: Send, actor: Actor, asked: Any, trouble: str | None = None) -> None:
        await self._pages.send(
            send,
            "consent.html",
            status=422 if trouble else 200,
            actor=actor,
            asked=asked,
            goes_to=goes_to(asked["redirect_uri"]),
            scopes={name: SCOPES[name] for name in asked["scopes"]},
            usual=USUAL_SCOPES,  # what goes further is ticked by the person or not at all
            address=_address(scope),
            ticket=self._ticket(scope, actor, int(self._clock().timestamp())),
            trouble=trouble,
        )

    def _ticket(self, scope: Scope, actor: Actor, at: int) -> str:
        """What shows that this very question was asked in this very log-in, and when."""
        return f"{at}.{self._access.seal('consent', str(actor.credential_id), _address(scope), str(at))}"

    def _check(self, scope: Scope, actor: Actor, ticket: str) -> None:
        at = ticket.partition(".")[0]
        now = int(self._clock().timestamp())
        good = at.isascii() and at.isdigit() and len(at) < 12 and 0 <= now - int(at) <= TICKET_SECONDS
        if not good or not hmac.compare_digest(ticket.encode(), self._ticket(scope, actor, int(at)).encode()):
            raise NotAllowed("This question was not asked here, or too long ago: start again in the program")

    async def _decide(
        self, scope: Scope, receive: Receive, send: Send, actor: Actor, asked: Any, query: Mapping[str, str], given: Mapping[str, str]
    ) -> None:
        form = await read_form(scope, receive)
        require_may_grant(actor)
        self._check(scope, actor, form.get("ticket", ""))
        if form.get("decision") != "allow":
            await self._tell(send, scope, asked, query, error="access_denied", error_description="the person said no")
            return
        chosen = [name for name in asked["scopes"] if f"scope:{name}" in form]
        if not chosen:
            await self._show(scope, send, actor, asked, "Tick at least one thing that it may do, or say no.")
            return
        made = await self._ask(actor, "let_program_in", **given, scopes=chosen)
        await self._tell(send, scope, asked, query, code=made["code"])

    async def _tell(self, send: Send, scope: Scope, asked: Any, query: Mapping[str, str], *, at_once: bool = True, **said: str) -> None:
        """A page that leads back to the program. By itself only after a button: an address that sends on whoever is lured to it
        would be lent to strangers (RFC 9700, 4.11.2). It is a page and no redirect, because browsers hold a form's redirect to
        `form-action`, and a program's own scheme shows nothing of its own.
        """
        answer = answer_address(asked["redirect_uri"], **said, state=query.get("state"), iss=address_of(scope, self._access))
        await self._pages.send(
            send,
            "consent_done.html",
            answer=answer,
            asked=asked,
            goes_to=goes_to(asked["redirect_uri"]),
            let_in="code" in said,
            refusal=asked["refusal"],
            at_once=at_once,
        )


def _in_words(refusal: Mapping[str, str]) -> dict[str, str]:
    return {"error": refusal["error"], "error_description": refusal["description"]}


def _address(scope: Scope) -> str:
    """Path and query, as they were asked for."""
    return f"{scope['path']}?{scope['query_string'].decode('ascii')}"
