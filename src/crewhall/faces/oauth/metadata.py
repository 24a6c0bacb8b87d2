"""What a client reads before it asks: where the hall's authorization server is (RFC 9728), and what it can do (RFC 8414)."""

from __future__ import annotations

from starlette.types import Receive, Scope, Send

from crewhall.accounts import GRANTABLE, USUAL_SCOPES, Access
from crewhall.faces.http import send_json
from crewhall.faces.resource import METADATA, address_of


class ServerMetadata:
    """`/.well-known/oauth-authorization-server`."""

    def __init__(self, access: Access) -> None:
        self._access = access

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        address = address_of(scope, self._access)
        said = {
            "issuer": address,
            "authorization_endpoint": f"{address}/oauth/authorize",
            "token_endpoint": f"{address}/oauth/token",
            "registration_endpoint": f"{address}/oauth/register",
            "revocation_endpoint": f"{address}/oauth/revoke",
            "scopes_supported": sorted(GRANTABLE),
            "response_types_supported": ["code"],
            "response_modes_supported": ["query"],
            "grant_types_supported": ["authorization_code", "refresh_token"],
            "token_endpoint_auth_methods_supported": ["none"],
            "revocation_endpoint_auth_methods_supported": ["none"],
            "code_challenge_methods_supported": ["S256"],
            "authorization_response_iss_parameter_supported": True,
            "service_documentation": f"{address}/docs",
        }
        await send_json(send, 200, said)


class ResourceMetadata:
    """`/.well-known/oauth-protected-resource`, for `/mcp` and for every address below it."""

    def __init__(self, access: Access) -> None:
        self._access = access

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope["path"].removeprefix(METADATA) or "/mcp"
        address = address_of(scope, self._access)
        said = {
            "resource": f"{address}{path}",
            "authorization_servers": [address],
            "scopes_supported": list(USUAL_SCOPES),
            "bearer_methods_supported": ["header"],
            "resource_name": "Crewhall",
            "resource_documentation": f"{address}/docs",
        }
        await send_json(send, 200, said)
