"""The web page: HTML made on the server, a little script of our own, one live stream."""

from crewhall.faces.web.routes import web_routes

__all__ = ["web_routes"]
