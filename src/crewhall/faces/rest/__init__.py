"""REST: every capability that names a route, drawn from the registry."""

from crewhall.faces.rest.openapi import openapi_document
from crewhall.faces.rest.routes import rest_routes

__all__ = ["openapi_document", "rest_routes"]
