"""The addresses that programs ask before somebody lets them in."""

from __future__ import annotations

from starlette.routing import BaseRoute, Route

from crewhall.accounts import Access
from crewhall.faces.oauth.endpoints import Registration, Revocation, Token
from crewhall.faces.oauth.metadata import ResourceMetadata, ServerMetadata
from crewhall.faces.resource import RESOURCE_PATHS
from crewhall.kit.capability import Registry
from crewhall.kit.seam import Seam


def oauth_routes(registry: Registry, seam: Seam, access: Access) -> list[BaseRoute]:
    """Metadata, registration, tokens and their return; `/oauth/authorize` is a page."""
    resource = ResourceMetadata(access)
    return [
        Route("/.well-known/oauth-authorization-server", ServerMetadata(access), methods=["GET"]),
        *[Route(path, resource, methods=["GET"]) for path in RESOURCE_PATHS],
        Route("/oauth/register", Registration(registry, seam), methods=["POST"]),
        Route("/oauth/token", Token(registry, seam), methods=["POST"]),
        Route("/oauth/revoke", Revocation(registry, seam), methods=["POST"]),
    ]
