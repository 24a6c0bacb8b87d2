"""Spaces, folders and lists of any source: where tasks are kept."""

from crewhall.tasks.lists.capabilities import room
from crewhall.tasks.lists.tasks import room as task_room

__all__ = ["room", "task_room"]
