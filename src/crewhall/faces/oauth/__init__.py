"""OAuth 2.1 for MCP clients: what programs ask. What people are asked is a page (web/consent.py)."""

from crewhall.faces.oauth.routes import oauth_routes

__all__ = ["oauth_routes"]
