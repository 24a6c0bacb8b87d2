"""Tasks from other trackers, and back out."""

from crewhall.tasks.imports.capabilities import room

__all__ = ["room"]
