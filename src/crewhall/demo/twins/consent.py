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
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, unquote, urlencode

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
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
    """An access token; `code` is what a platform says of it when it is worth nothing any more."""

    scopes: str
    ends_at: float | None
    code: str | None = None


@dataclass
class Consent:
    """`rotates`: each refresh token is good once; `life`: seconds of an access token, None for ever. `refreshed` counts."""

    title: str
    authorize: str
    token: str
    revoke: str
    clients: dict[str, str]
    rotates: bool
    life: float | None
    prefix: str = "tok-"
    second: str | None = None
    errors_in_200: bool = False
    granted: str | None = None  # what people untick: only this is granted
    refreshed: int = 0
    refused: int = 0
    tokens: dict[str, Token] = field(default_factory=dict)
    refreshable: dict[str, str] = field(default_factory=dict)  # refresh token: scopes
    codes: dict[str, Grant] = field(default_factory=dict)
    trouble: list[int | str] = field(default_factory=list)  # what the next questions to the token endpoint are answered with
    wait: float = 0.0  # seconds that an answer of the token endpoint takes
    made: int = 0

    def __post_init__(self) -> None:
        self._begin = (self.rotates, self.life)

    def reset(self) -> None:
        """Nobody has allowed anything yet."""
        self.rotates, self.life = self._begin
        self.granted, self.wait, self.refreshed, self.refused = None, 0.0, 0, 0
        for held in (self.tokens, self.refreshable, self.codes, self.trouble):
            held.clear()

    def routes(self, twin: Twin) -> list[BaseRoute]:
        self._twin = twin
        return [
            Route(self.authorize, self._ask, methods=["GET"]),
            Route(self.token, self._token, methods=["POST"]),
            Route(self.revoke, self._revoke, methods=["POST", "GET"]),
        ]

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

    def new_token(self, scopes: str, life: float | None = None) -> str:
        """A token that somebody pastes."""
        self.made += 1
        token = f"{self.prefix}{self.made}-{hashlib.sha256(f'{self.title}{self.made}'.encode()).hexdigest()[:16]}"
        self.tokens[token] = Token(scopes, time.time() + life if life is not None else None)
        return token

    def new_refresh_token(self, scopes: str) -> str:
        self.made += 1
        token = f"refresh-{self.prefix}{self.made}-{hashlib.sha256(f'r{self.title}{self.made}'.encode()).hexdigest()[:16]}"
        self.refreshable[token] = scopes
        return token

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
        scopes = self.granted if self.granted is not None else query.get("scope", "")
        self.codes[code] = Grant(
            query["client_id"], scopes, query["redirect_uri"], query.get("code_challenge"), query.get("user_scope", "")
        )  # fmt: skip
        return {"code": code}

    async def _token(self, request: Request) -> Response:
        if self.wait:
            await asyncio.sleep(self.wait)
        if self.trouble:
            trouble = self.trouble.pop(0)
            return JSONResponse({}, status_code=trouble) if isinstance(trouble, int) else self._error(trouble)
        body = await request.body()
        json_body = request.headers.get("content-type", "").startswith("application/json")
        given = json.loads(body) if json_body else dict(parse_qsl(body.decode()))
        if not self._knows_app(request, given):
            return self._error("invalid_client", 401)
        return self._exchange(given) if given.get("grant_type") != "refresh_token" else self._refresh(given)

    def _knows_app(self, request: Request, given: Mapping[str, str]) -> bool:
        scheme, _, word = request.headers.get("authorization", "").partition(" ")
        if scheme == "Basic":
            client, _, secret = base64.b64decode(word).decode().partition(":")
            client, secret = unquote(client), unquote(secret)
        else:
            client, secret = given.get("client_id", ""), given.get("client_secret", "")
        return bool(secret) and self.clients.get(client) == secret

    def _exchange(self, given: Mapping[str, str]) -> Response:
        grant = self.codes.pop(given.get("code", ""), None)
        if grant is None or grant.redirect_uri != given.get("redirect_uri"):
            return self._error("invalid_code" if self.errors_in_200 else "invalid_grant")
        if grant.challenge is not None:
            proof = base64.urlsafe_b64encode(hashlib.sha256(given.get("code_verifier", "").encode()).digest()).rstrip(b"=").decode()
            if proof != grant.challenge:
                return self._error("invalid_grant")
        answer = self._tokens(grant.scopes)
        if self.second is not None and grant.user_scopes:
            answer[self.second] = self._tokens(grant.user_scopes)
        return JSONResponse(answer)

    def _refresh(self, given: Mapping[str, str]) -> Response:
        token = given.get("refresh_token", "")
        if token not in self.refreshable:
            self.refused += 1
            return self._error("invalid_refresh_token" if self.errors_in_200 else "invalid_grant")
        self.refreshed += 1
        scopes = self.refreshable[token]
        if self.rotates:
            del self.refreshable[token]
            return JSONResponse(self._tokens(scopes))
        answer = self._tokens(scopes)
        self.refreshable.pop(answer.pop("refresh_token"), None)
        return JSONResponse(answer)

    def _tokens(self, scopes: str) -> dict[str, Any]:
        answer: dict[str, Any] = {
            "ok": True, "access_token": self.new_token(scopes, self.life), "token_type": "Bearer", "scope": scopes,
        }  # fmt: skip
        if self.life is not None:
            answer |= {"expires_in": int(self.life), "refresh_token": self.new_refresh_token(scopes)}
        return answer

    def _error(self, code: str, status: int = 400) -> Response:
        if self.errors_in_200:
            return JSONResponse({"ok": False, "error": code})
        return JSONResponse({"error": code, "error_description": "Said by the twin"}, status_code=status)

    async def _revoke(self, request: Request) -> Response:
        body = dict(parse_qsl((await request.body()).decode()))
        token = request.headers.get("authorization", "").removeprefix("Bearer ") or body.get("token", "")
        if token not in self.tokens:
            return self._error("invalid_auth" if self.errors_in_200 else "invalid_token")
        self.tokens[token].code = "token_revoked"
        return JSONResponse({"ok": True, "revoked": True})
