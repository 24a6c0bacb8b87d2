"""Messages that platforms send by themselves."""

from crewhall.faces.hooks.endpoint import hook_routes

__all__ = ["hook_routes"]
