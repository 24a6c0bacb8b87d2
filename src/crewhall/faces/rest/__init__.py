"""REST: every capability that names a route, drawn from the registry."""

from crewhall.faces.rest.routes import rest_routes

__all__ = ["rest_routes"]
