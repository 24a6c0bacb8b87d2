"""Notes and transcripts of meetings."""

from crewhall.integrations.notes.capabilities import room
from crewhall.integrations.notes.shelf import KeptShelf

__all__ = ["KeptShelf", "room"]
