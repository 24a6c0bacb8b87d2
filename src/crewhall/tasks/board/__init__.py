"""The board: tasks, their order, comments and history."""

from crewhall.tasks.board import reading, writing, comments, evidence, search, placing, batch, handing  # noqa: F401, I001  # in the order of the reference
from crewhall.tasks.board.inputs import Order
from crewhall.tasks.board.models import ISSUES, STATUSES, Status, Task, TaskDetail, TaskType
from crewhall.tasks.board.room import room
from crewhall.tasks.board.store.shape import within, within_projects

__all__ = ["ISSUES", "STATUSES", "Order", "Status", "Task", "TaskDetail", "TaskType", "room", "within", "within_projects"]
