"""The board: tasks, their order, comments and history."""

from crewhall.tasks.board import reading, writing, comments, search, placing, batch, handing  # noqa: F401, I001  # in the order of the reference
from crewhall.tasks.board.inputs import Order
from crewhall.tasks.board.models import STATUSES, Task, TaskDetail
from crewhall.tasks.board.room import room

__all__ = ["STATUSES", "Order", "Task", "TaskDetail", "room"]
