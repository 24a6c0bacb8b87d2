"""Tasks from other trackers, and back out."""

from crewhall.tasks.imports import exporting, importing  # noqa: F401  # they declare themselves on the room
from crewhall.tasks.imports.room import room

__all__ = ["room"]
