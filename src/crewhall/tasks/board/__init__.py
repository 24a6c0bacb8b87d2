"""The board: tasks, their statuses, comments and history."""

from crewhall.tasks.board.capabilities import room
from crewhall.tasks.board.models import STATUSES, Task, TaskDetail

__all__ = ["STATUSES", "Task", "TaskDetail", "room"]
