"""Tasks, lists, comments and time that are kept elsewhere and mirrored here. A mirror says what it read; what follows is ours."""

from crewhall.tasks.mirrors.models import MirroredComment, MirroredEntry, MirroredPlace, MirroredStatus, MirroredTask, Put
from crewhall.tasks.mirrors.putting import (
    adopt_task,
    hold_tasks,
    link_blockers,
    put_comments,
    put_entries,
    put_parents,
    put_places,
    put_tasks,
    remove_entries,
    remove_tasks,
)
from crewhall.tasks.mirrors.rules import our_status

__all__ = [
    "MirroredComment",
    "MirroredEntry",
    "MirroredPlace",
    "MirroredStatus",
    "MirroredTask",
    "Put",
    "adopt_task",
    "hold_tasks",
    "link_blockers",
    "our_status",
    "put_comments",
    "put_entries",
    "put_parents",
    "put_places",
    "put_tasks",
    "remove_entries",
    "remove_tasks",
]
