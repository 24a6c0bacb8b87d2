"""Registration (RFC 7591), tokens (OAuth 2.1, 3.2) and their return (RFC 7009).

What is sent is read by the models of the MCP library, whose clients send it; refusals have OAuth's shape, not the hall's.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

from mcp.server.auth.handlers.token import AuthorizationCodeRequest, RefreshTokenRequest
from mcp.shared.auth import OAuthClientInformationFull, OAuthClientMetadata, OAuthToken
from pydantic import BaseModel, ValidationError
from starlette.datastructures import Headers
from starlette.types import Receive, Scope, Send

from crewhall.faces.http import Header, read_body, send_json
from crewhall.kit.capability import Registry
from crewhall.kit.errors import InvalidInput, TooLarge, TooMany
from crewhall.kit.errors import ValidationFailed as Refused
from crewhall.kit.json import loads
from crewhall.kit.seam import Seam

LARGEST = 16_384
MOST_FIELDS = 20
FORM = "application/x-www-form-urlencoded"
NOT_KEPT: tuple[Header, ...] = ((b"cache-control", b"no-store"), (b"pragma", b"no-cache"))
READERS: dict[str, tuple[type[BaseModel], str, tuple[str, ...]]] = {
    "authorization_code": (AuthorizationCodeRequest, "exchange_code", ("client_id", "code", "code_verifier", "redirect_uri", "resource")),
    "refresh_token": (RefreshTokenRequest, "refresh_grant", ("client_id", "refresh_token", "scope", "resource")),
}


class OAuthRefusal(Exception):
    """A refusal in OAuth's words."""

    def __init__(self, error: str, description: str, status: int = 400) -> None:
        super().__init__(description)
        self.error, self.description, self.status = error, description, status


class OAuthEndpoint:
    """One endpoint that programs post to. What a capability refuses is said in OAuth's words."""

    wrong = "invalid_request"

    def __init__(self, registry: Registry, seam: Seam) -> None:
        self._registry = registry
        self._seam = seam

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            status, value = await self.answer(scope, await _body(receive))
        except OAuthRefusal as refusal:
            status, value = refusal.status, {"error": refusal.error, "error_description": refusal.description}
        except (InvalidInput, Refused) as refusal:
            status, value = 400, {"error": self.wrong, "error_description": _plain(refusal.message)}
        except TooMany as refusal:
            value = {"error": "temporarily_unavailable", "error_description": refusal.message}
            await send_json(send, 429, value, [*NOT_KEPT, (b"retry-after", b"%d" % (refusal.retry_after_seconds or 1))])
            return
        await send_json(send, status, value, NOT_KEPT)

    async def answer(self, scope: Scope, body: bytes) -> tuple[int, Any]:
        """Status and body of the answer; raises OAuthRefusal and CrewhallError."""
        raise NotImplementedError

    async def ask(self, capability: str, /, **given: Any) -> Any:
        """The capability's answer. Nobody is signed in here: a code or a token says on whose behalf."""
        wanted = {name: value for name, value in given.items() if value is not None}
        return (await self._seam.run(self._registry[capability], wanted, actor=None, client="oauth")).value


class Registration(OAuthEndpoint):
    """`POST /oauth/register`: every program becomes a public client, whatever it asks to be: PKCE is its proof."""

    wrong = "invalid_client_metadata"

    async def answer(self, scope: Scope, body: bytes) -> tuple[int, Any]:
        try:
            wanted = OAuthClientMetadata.model_validate_json(body)
        except ValidationError as error:
            raise OAuthRefusal(_error_of(error), _in_short(error)) from error
        if "authorization_code" not in wanted.grant_types or "code" not in wanted.response_types:
            raise OAuthRefusal(self.wrong, "grant_types must hold authorization_code and response_types code")
        uris = loads(body)["redirect_uris"]  # as they were sent: they are compared letter by letter
        page = str(wanted.client_uri) if wanted.client_uri else None
        try:
            client = await self.ask(
                "register_client", name=_name(wanted), redirect_uris=uris, uri=page, origin=(scope.get("client") or ("unknown",))[0]
            )
        except Refused as refusal:
            raise OAuthRefusal("invalid_redirect_uri" if "redirect_uris" in refusal.message else self.wrong, refusal.message) from refusal
        said = OAuthClientInformationFull(
            client_id=client["id"],
            client_id_issued_at=int(client["created_at"].timestamp()),
            client_name=client["name"],
            client_uri=client["uri"],
            redirect_uris=client["redirect_uris"],
            token_endpoint_auth_method="none",
            grant_types=["authorization_code", "refresh_token"],
            response_types=["code"],
            scope=wanted.scope,
        )
        return 201, said.model_dump(mode="json", exclude_none=True)


class Token(OAuthEndpoint):
    """`POST /oauth/token`."""

    async def answer(self, scope: Scope, body: bytes) -> tuple[int, Any]:
        form = _form(scope, body)
        reader = READERS.get(form.get("grant_type", ""))
        if reader is None:
            raise OAuthRefusal("unsupported_grant_type", f"grant_type must be one of {', '.join(READERS)}")
        model, name, fields = reader
        try:
            model.model_validate(form)
        except ValidationError as error:
            raise OAuthRefusal("invalid_request", _in_short(error)) from error
        done = await self.ask(name, **{field: form.get(field) for field in fields})
        if done["refusal"] is not None:
            raise OAuthRefusal(done["refusal"]["error"], done["refusal"]["description"])
        return 200, OAuthToken(**done["tokens"]).model_dump(mode="json")


class Revocation(OAuthEndpoint):
    """`POST /oauth/revoke`: says yes to everything that can be read, as RFC 7009 wants it."""

    async def answer(self, scope: Scope, body: bytes) -> tuple[int, Any]:
        form = _form(scope, body)
        if not form.get("token") or not form.get("client_id"):
            raise OAuthRefusal("invalid_request", "token and client_id are required")
        await self.ask("give_back_token", token=form["token"], client_id=form["client_id"])
        return 200, {}


async def _body(receive: Receive) -> bytes:
    body = await read_body(receive)
    if len(body) > LARGEST:
        raise TooLarge(f"A request of OAuth is at most {LARGEST} bytes")
    return body


def _form(scope: Scope, body: bytes) -> Mapping[str, str]:
    """The parameters of a form; none may stand twice, and an empty one counts as left out (RFC 6749, 3.2)."""
    if Headers(scope=scope).get("content-type", "").partition(";")[0].strip().lower() != FORM:
        raise OAuthRefusal("invalid_request", f"this is a form: send Content-Type: {FORM}")
    try:
        pairs = parse_qsl(body.decode("ascii"), errors="strict", max_num_fields=MOST_FIELDS)
    except ValueError as error:
        raise OAuthRefusal("invalid_request", "the form cannot be read") from error
    form = dict(pairs)
    if len(form) < len(pairs):
        raise OAuthRefusal("invalid_request", "a parameter stands twice")
    return form


def _name(wanted: OAuthClientMetadata) -> str:
    """What a program calls itself, without what could make it look like something else: control and direction marks."""
    said = "".join(letter if letter.isprintable() else " " for letter in wanted.client_name or "")
    return " ".join(said.split())[:80] or "A program without a name"


def _error_of(error: ValidationError) -> str:
    return "invalid_redirect_uri" if any(one["loc"][:1] == ("redirect_uris",) for one in error.errors()) else "invalid_client_metadata"


def _in_short(error: ValidationError) -> str:
    return _plain("; ".join(f"{'.'.join(str(part) for part in one['loc'])}: {one['msg']}" for one in error.errors(include_input=False)))


def _plain(text: str) -> str:
    """RFC 6749 (5.2) allows few characters in a description."""
    return "".join(letter if " " <= letter <= "~" and letter not in '"\\' else "'" for letter in text)[:500]
