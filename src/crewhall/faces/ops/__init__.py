"""What the people who run a hall ask of it: is it alive, can it answer, how busy is it."""

from crewhall.faces.ops.routes import InFlight, ops_routes

__all__ = ["InFlight", "ops_routes"]
