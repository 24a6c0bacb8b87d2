"""MCP as a resource that OAuth protects: where it is, what is said of it (RFC 9728), and who may come in."""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import Scope

from crewhall.accounts import Access
from crewhall.faces.http import Challenged, actor_of
from crewhall.kit.capability import Actor
from crewhall.kit.errors import NotSignedIn

METADATA = "/.well-known/oauth-protected-resource"
RESOURCE_PATHS = (METADATA, *(f"{METADATA}/mcp{below}" for below in ("", "/{surface}", "/{surface}/{part}", "/{surface}/{part}/{more}")))
LOOPBACK = ("localhost", "127.0.0.1", "::1")


def address_of(scope: Scope, access: Access) -> str:
    """The hall's address as the caller reached it, without a slash at its end.

    Of several names that are served the one in the request counts; the guard lets in no others. Behind a proxy the public address
    knows what the request does not: scheme and port.
    """
    host = Headers(scope=scope).get("host", "").lower()
    public = urlsplit(access.address)
    name = urlsplit(f"//{host}").hostname
    return access.address if name == public.hostname and name not in LOOPBACK else f"{scope['scheme']}://{host}"


async def actor_at_mcp(scope: Scope, access: Access) -> Actor:
    """Who calls MCP: with a key, a log-in, or a program's token for this very address. Challenged otherwise, with the way in."""
    address, path = address_of(scope, access), scope["path"]
    challenge = f'Bearer realm="crewhall", resource_metadata="{address}{METADATA}{path}"'
    try:
        actor = await actor_of(scope, access, f"{address}{path}")
    except NotSignedIn as refusal:
        raise Challenged(refusal.message, f'{challenge}, error="invalid_token"') from refusal
    if actor is None:
        raise Challenged("MCP needs a sign-in or an API key: send a token or a key as Authorization: Bearer", challenge)
    return actor
