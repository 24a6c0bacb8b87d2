"""Following a task without having a part in it, and not hearing of one (docs/guide/notifications.md)."""

from crewhall.tasks.watching.capabilities import room

__all__ = ["room"]
