"""What Crewhall keeps: tasks, and in time everything that hangs on them."""

from crewhall.tasks.board import STATUSES, Task, TaskDetail, room

__all__ = ["STATUSES", "Task", "TaskDetail", "room"]
