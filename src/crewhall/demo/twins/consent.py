"""The OAuth server of a twin: it asks, gives codes and tokens, lets them end, rotates them, and refuses what it should."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import html
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, unquote, urlencode

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

if TYPE_CHECKING:
    from crewhall.demo.twins.twin import Twin

PAGE = """<!doctype html><html lang="en"><title>{title}</title><link rel="icon" href="data:,"><h1>Allow Crewhall?</h1><p>{scopes}</p>
<form method="get" action="{action}">{fields}<button name="decision" value="allow">Allow</button>
<button name="decision" value="deny">Cancel</button></form></html>"""


@dataclass
class Grant:
    """What a person allowed: whose it is, and for what."""

    client_id: str
    scopes: str
    redirect_uri: str
    challenge: str | None
    user_scopes: str = ""


@dataclass
class Token:
    """An access token; `code` is what a platform says of it when it is worth nothing any more; `grant` which consent it comes from."""

    scopes: str
    ends_at: float | None
    code: str | None = None
    grant: int = 0


@dataclass
class Consent:
    """An OAuth server with the ways of its platform.

    `life`: seconds of an access token, None for ever, and then without a refresh token unless `refreshes`. `rotates`: each refresh
    brings a new refresh token; `old_stays`: and the one before it is good all the same. `token_auth`: how the app proves itself, any
    of them; `body`: what the body may be. `revoke` None: there is none; `revoke_by` as in the connector's manifest. `pkce` False: a
    challenge is refused. `ok_member`: sound answers hold ok: true, and errors ok: false. `says_scope`: whether answers hold the scopes;
    `usual`: the scopes of a question that names none. `more`: what else the answer to a code holds. `plain_without_accept`: answers
    are form-encoded for who does not ask for JSON. `refreshed` and `refused` count.
    """

    title: str
    authorize: str
    token: str
    revoke: str | None
    clients: dict[str, str]
    rotates: bool
    life: float | None
    prefix: str = "tok-"
    second: str | None = None
    errors_in_200: bool = False
    ok_member: bool = False
    token_auth: tuple[str, ...] = ("basic", "post")
    body: tuple[str, ...] = ("form", "json")
    revoke_by: str = "form"
    pkce: bool = True
    refreshes: bool | None = None
    old_stays: bool = False
    says_scope: bool = True
    usual: str = ""
    more: Mapping[str, Any] = field(default_factory=dict)
    plain_without_accept: bool = False
    account: str | None = None  # whose app may ask for itself
    granted: str | None = None  # what people untick: only this is granted
    refreshed: int = 0
    refused: int = 0
    tokens: dict[str, Token] = field(default_factory=dict)
    refreshable: dict[str, str] = field(default_factory=dict)  # refresh token: scopes
    codes: dict[str, Grant] = field(default_factory=dict)
    trouble: list[int | str] = field(default_factory=list)  # what the next questions to the token endpoint are answered with
    wait: float = 0.0  # seconds that an answer of the token endpoint takes
    gate: asyncio.Event | None = None  # what an answer of the token endpoint waits for
    made: int = 0
    grants: dict[str, int] = field(default_factory=dict)  # refresh token: which consent it comes from

    def __post_init__(self) -> None:
        self._begin = (self.rotates, self.life)

    @property
    def gives_refresh_tokens(self) -> bool:
        return self.refreshes if self.refreshes is not None else self.life is not None

    def reset(self) -> None:
        """Nobody has allowed anything yet."""
        self.rotates, self.life = self._begin
        self.gate = None
        self.granted, self.wait, self.refreshed, self.refused = None, 0.0, 0, 0
        for held in (self.tokens, self.refreshable, self.codes, self.trouble, self.grants):
            held.clear()

    def routes(self, twin: Twin) -> list[BaseRoute]:
        self._twin = twin
        routes: list[BaseRoute] = [
            Route(self.authorize, self._ask, methods=["GET"]),
            Route(self.token, self._token, methods=["POST"]),
        ]
        if self.revoke is not None:
            routes.append(Route(self.revoke, self._revoke, methods=["DELETE" if self.revoke_by == "delete" else "POST"]))
        return routes

    # What the API asks ---------------------------------------------------------------------------------------------------

    def trouble_with(self, token: str) -> str | None:
        """None for a token that is good; otherwise the platform's word."""
        known = self.tokens.get(token)
        if known is None:
            return "invalid_auth"
        if known.code is not None:
            return known.code
        return "token_expired" if known.ends_at is not None and known.ends_at <= time.time() else None

    def scopes_of(self, token: str) -> str:
        return self.tokens[token].scopes

    def new_token(self, scopes: str, life: float | None = None, grant: int | None = None) -> str:
        """A token that somebody pastes, unless it comes from a consent."""
        self.made += 1
        token = f"{self.prefix}{self.made}-{hashlib.sha256(f'{self.title}{self.made}'.encode()).hexdigest()[:16]}"
        self.tokens[token] = Token(scopes, time.time() + life if life is not None else None, None, grant or self.made)
        return token

    def new_refresh_token(self, scopes: str, grant: int = 0) -> str:
        self.made += 1
        token = f"refresh-{self.prefix}{self.made}-{hashlib.sha256(f'r{self.title}{self.made}'.encode()).hexdigest()[:16]}"
        self.refreshable[token] = scopes
        self.grants[token] = grant
        return token

    def recall(self, credentials: Mapping[str, Any]) -> None:
        """Tokens as a hall keeps them, which were given here before a restart."""
        for start in ("", "user_"):
            token, ends, scopes = (credentials.get(f"{start}{name}") for name in ("access_token", "ends_at", "scopes"))
            if token is None:
                continue
            self.tokens[token] = Token(" ".join(scopes or ()), datetime.fromisoformat(ends).timestamp() if ends else None)
            if f"{start}refresh_token" in credentials:
                self.refreshable[credentials[f"{start}refresh_token"]] = self.tokens[token].scopes
        self.made += len(self.tokens) * 1000  # new tokens are other ones than those

    def end_all(self, code: str = "token_revoked") -> None:
        """The person took it all back."""
        for token in self.tokens.values():
            token.code = code
        self.refreshable.clear()

    # What people and programs ask ------------------------------------------------------------------------------------------

    async def _ask(self, request: Request) -> Response:
        query = dict(request.query_params)
        if query.get("client_id") not in self.clients:
            return HTMLResponse("<h1>No such app</h1>", status_code=400)
        if "code_challenge" in query and not self.pkce:
            return HTMLResponse("<h1>This app does not use PKCE</h1>", status_code=400)
        if "decision" not in query:
            fields = "".join(
                f'<input type="hidden" name="{html.escape(name)}" value="{html.escape(value)}">' for name, value in query.items()
            )
            scopes = html.escape(f"{query.get('scope', '')} {query.get('user_scope', '')}")
            return HTMLResponse(PAGE.format(title=html.escape(self.title), scopes=scopes, action=self.authorize, fields=fields))
        said = self._decided(query)
        return RedirectResponse(f"{query['redirect_uri']}?{urlencode(said | {'state': query.get('state', '')})}", status_code=302)

    def _decided(self, query: Mapping[str, str]) -> dict[str, str]:
        if query["decision"] != "allow":
            return {"error": "access_denied"}
        self.made += 1
        code = f"code-{self.made}"
        scopes = self.granted if self.granted is not None else query.get("scope", self.usual)
        self.codes[code] = Grant(
            query["client_id"], scopes, query["redirect_uri"], query.get("code_challenge"), query.get("user_scope", "")
        )  # fmt: skip
        return {"code": code}

    async def _token(self, request: Request) -> Response:
        if self.gate is not None:
            await self.gate.wait()
        if self.wait:
            await asyncio.sleep(self.wait)
        if self.trouble:
            trouble = self.trouble.pop(0)
            return JSONResponse({}, status_code=trouble) if isinstance(trouble, int) else self._error(trouble)
        given = await self._given(request)
        if given is None:
            return self._error("unsupported_content_type", 415)
        if not self._knows_app(request, given):
            return self._error("incorrect_client_credentials" if self.plain_without_accept else "invalid_client", 401)
        answers = {"refresh_token": self._refresh, "account_credentials": self._for_app}
        reply = answers.get(given.get("grant_type", ""), self._exchange)(given)
        if self.plain_without_accept and "application/json" not in request.headers.get("accept", ""):
            return PlainTextResponse(urlencode(json.loads(bytes(reply.body))))
        return reply

    async def _given(self, request: Request) -> dict[str, str] | None:
        """The body; None for one that this platform does not read."""
        body = await request.body()
        kind = "json" if request.headers.get("content-type", "").startswith("application/json") else "form"
        if kind not in self.body:
            return None
        return dict(json.loads(body)) if kind == "json" else dict(parse_qsl(body.decode()))

    def _knows_app(self, request: Request, given: Mapping[str, str], ways: tuple[str, ...] = ()) -> bool:
        scheme, _, word = request.headers.get("authorization", "").partition(" ")
        if scheme == "Basic":
            client, _, secret = base64.b64decode(word).decode().partition(":")
            client, secret = unquote(client), unquote(secret)
        else:
            client, secret = given.get("client_id", ""), given.get("client_secret", "")
        allowed = ("basic" if scheme == "Basic" else "post") in (ways or self.token_auth)
        return allowed and bool(secret) and self.clients.get(client) == secret

    def _exchange(self, given: Mapping[str, str]) -> Response:
        grant = self.codes.pop(given.get("code", ""), None)
        if grant is None or grant.redirect_uri != given.get("redirect_uri"):
            return self._error("invalid_code" if self.ok_member else "bad_verification_code" if self.errors_in_200 else "invalid_grant")
        if grant.challenge is not None:
            proof = base64.urlsafe_b64encode(hashlib.sha256(given.get("code_verifier", "").encode()).digest()).rstrip(b"=").decode()
            if proof != grant.challenge:
                return self._error("invalid_grant")
        self.made += 1
        answer = self._tokens(grant.scopes, self.made) | dict(self.more)
        if self.second is not None and grant.user_scopes:
            answer[self.second] = self._tokens(grant.user_scopes, self.made)
        return JSONResponse(answer)

    def _refresh(self, given: Mapping[str, str]) -> Response:
        token = given.get("refresh_token", "")
        if token not in self.refreshable:
            self.refused += 1
            return self._error(
                "invalid_refresh_token" if self.ok_member else "bad_refresh_token" if self.errors_in_200 else "invalid_grant"
            )  # fmt: skip
        self.refreshed += 1
        answer = self._tokens(self.refreshable[token], self.grants[token])
        if not self.rotates:
            self.refreshable.pop(answer.pop("refresh_token"), None)
        elif not self.old_stays:
            del self.refreshable[token]
        return JSONResponse(answer)

    def _for_app(self, given: Mapping[str, str]) -> Response:
        """A token for the app itself: without a person, and without a refresh token."""
        if self.account is None or given.get("account_id") != self.account:
            return self._error("invalid_request")
        self.made += 1
        answer = self._tokens(self.usual, self.made)
        self.refreshable.pop(answer.pop("refresh_token", ""), None)
        return JSONResponse(answer)

    def _tokens(self, scopes: str, grant: int) -> dict[str, Any]:
        token = self.new_token(scopes, self.life, grant)
        answer: dict[str, Any] = {"access_token": token, "token_type": "Bearer"} | ({"ok": True} if self.ok_member else {})
        if self.says_scope:
            answer["scope"] = scopes
        if self.life is not None:
            answer["expires_in"] = int(self.life)
        if self.gives_refresh_tokens:
            answer["refresh_token"] = self.new_refresh_token(scopes, grant)
        return answer

    def _error(self, code: str, status: int = 400) -> Response:
        if self.errors_in_200:
            return JSONResponse(({"ok": False} if self.ok_member else {}) | {"error": code})
        return JSONResponse({"error": code, "error_description": "Said by the twin"}, status_code=status)

    # Taking it back --------------------------------------------------------------------------------------------------------

    async def _revoke(self, request: Request) -> Response:
        raw = await request.body()
        json_body = request.headers.get("content-type", "").startswith("application/json")
        body = dict(json.loads(raw)) if json_body else dict(parse_qsl(raw.decode()))
        if self.revoke_by in {"json", "delete"} and not json_body:
            return self._error("invalid_request")
        ways = {"post": ("post",), "basic": ("basic",), "json": ("basic",), "delete": ("basic",)}.get(self.revoke_by)
        if ways is not None and not self._knows_app(request, body, ways):
            return self._error("invalid_client", 401)
        bearer = request.headers.get("authorization", "").removeprefix("Bearer ")
        token = {"bearer": bearer, "delete": body.get("access_token", "")}.get(self.revoke_by, body.get("token", ""))
        return self._taken_back(token)

    def _taken_back(self, token: str) -> Response:
        """One that is over cannot be taken back; with the others goes all that comes from the same consent, but where ok says so."""
        held = self.tokens.get(token)
        if held is None or self.trouble_with(token) is not None:
            return self._error("invalid_auth" if self.ok_member else "invalid_token")
        for one in [held] if self.ok_member else [one for one in self.tokens.values() if one.grant == held.grant]:
            one.code = "token_revoked"
        if not self.ok_member:
            for refresh in [name for name, grant in self.grants.items() if grant == held.grant]:
                self.refreshable.pop(refresh, None)
        if self.revoke_by == "delete":
            return Response(b"", status_code=204)
        return JSONResponse({"ok": True, "revoked": True} if self.ok_member else {})


def keys_only(title: str, prefix: str) -> Consent:
    """Of a platform without OAuth: it only knows the keys that it gave to people."""
    return Consent(title, "/none", "/none", None, {}, rotates=False, life=None, prefix=prefix)
