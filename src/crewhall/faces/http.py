"""What the HTTP faces share: reading a request, answering it, and who sent it."""

from __future__ import annotations

from collections.abc import Iterable
from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import parse_qsl

from starlette.datastructures import Headers
from starlette.types import Receive, Scope, Send

from crewhall.accounts import Access
from crewhall.kit.capability import Actor
from crewhall.kit.errors import CrewhallError, InvalidInput, MethodNotAllowed, NotSignedIn, TooLarge
from crewhall.kit.json import JSONDecodeError, dumps, loads

LARGEST_BODY = 1_048_576
SESSION_COOKIE = "crewhall_session"
JSON = b"application/json"

Header = tuple[bytes, bytes]
CHALLENGE: Header = (b"www-authenticate", b'Bearer realm="crewhall"')
"""What a 401 says besides, on every face."""


class Challenged(NotSignedIn):
    """A 401 with a challenge of its own."""

    def __init__(self, message: str, challenge: str) -> None:
        super().__init__(message)
        self.challenge: Header = (b"www-authenticate", challenge.encode())


async def read_body(receive: Receive, most: int = LARGEST_BODY) -> bytes:
    """The whole body; TooLarge above `most` bytes, one MiB if not said otherwise."""
    parts: list[bytes] = []
    size, more = 0, True
    while more:
        message = await receive()
        part = message.get("body", b"")
        size += len(part)
        if size > most:
            raise TooLarge(f"A request is at most {most} bytes; split it")
        parts.append(part)
        more = message.get("more_body", False)
    return b"".join(parts)


def read_json(body: bytes) -> dict[str, Any]:
    """The object in a body; an empty body is an empty object."""
    if not body.strip():
        return {}
    try:
        given = loads(body)
    except JSONDecodeError as error:
        raise InvalidInput(f"The body is not valid JSON: {error}") from error
    if not isinstance(given, dict):
        raise InvalidInput("The body must be a JSON object, such as {}")
    return given


def read_query(scope: Scope) -> dict[str, str]:
    """The query's parameters; each may stand once."""
    try:
        pairs = parse_qsl(scope["query_string"].decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=100)
    except ValueError as error:
        raise InvalidInput("The query cannot be read: encode it as UTF-8 with percent signs") from error
    query = dict(pairs)
    if len(query) < len(pairs):
        raise InvalidInput("A parameter stands twice in the query; give it once")
    return query


async def send_bytes(send: Send, status: int, body: bytes, content_type: bytes = JSON, headers: Iterable[Header] = ()) -> None:
    fixed = [(b"content-type", content_type), (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": status, "headers": [*fixed, *headers]})
    await send({"type": "http.response.body", "body": body})


async def send_json(send: Send, status: int, value: Any, headers: Iterable[Header] = ()) -> None:
    await send_bytes(send, status, dumps(value), JSON, headers)


async def send_error(send: Send, error: CrewhallError) -> None:
    """Every refusal has this shape, on every route."""
    headers: list[Header] = []
    if error.retry_after_seconds is not None:
        headers.append((b"retry-after", b"%d" % error.retry_after_seconds))
    if isinstance(error, MethodNotAllowed):
        headers.append((b"allow", ", ".join(error.allowed).encode()))
    if isinstance(error, NotSignedIn):
        headers.append(error.challenge if isinstance(error, Challenged) else CHALLENGE)
    await send_json(send, error.http_status, error.as_dict(), headers)


def credential_of(scope: Scope) -> str | None:
    """The credential of a request: `Authorization: Bearer`, `X-API-Key`, or the page's cookie, in this order."""
    headers = Headers(scope=scope)
    scheme, _, token = headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and token.strip():
        return token.strip()
    return headers.get("x-api-key") or cookie_of(headers)


def cookie_of(headers: Headers) -> str | None:
    raw = headers.get("cookie")
    if not raw:
        return None
    try:
        morsel = SimpleCookie(raw).get(SESSION_COOKIE)
    except CookieError:
        return None
    return morsel.value if morsel else None


async def actor_of(scope: Scope, access: Access, resource: str | None = None) -> Actor | None:
    """Who sent this request; None without a credential, NotSignedIn with a bad one, or with a token that is not for `resource`."""
    credential = credential_of(scope)
    return await access.actor_of(credential, resource) if credential else None
