"""What is counted when tasks are counted, and how far it is: said once, so that no two rooms tell two numbers of one project."""

from __future__ import annotations

from typing import Final

DROPPED: Final = "deprecated"


def is_work(type_: str, task_id: str) -> str:
    """The condition on a task's type and id that says whether it is work of its own: an epic or a story with live parts is done in them.

    The one rule of whatever counts work or hands it out. The parts are looked up of epics and stories alone, row by row: a join would be
    planned over all tasks, and a count could not read an index by itself. Their order is that of the index on parents: the planner, who
    takes every task to have parts, would look for the first one among all tasks.
    """
    return f"""({type_} not in ('epic', 'story')
 or (select true from tasks part where part.parent_id = {task_id} and part.deleted_at is null
      order by part.id limit 1) is null)"""  # noqa: S608  # names of columns


COUNTED: Final = is_work("f.type", "f.task_id")
"""A condition on the view `task_facts` (f). Epics and stories are done in their parts, where they have some."""
WORK: Final = f"{COUNTED} and f.status <> '{DROPPED}'"
"""What was dropped is neither done nor left."""


def percentage(part: int, whole: int) -> int | None:
    """Whole per cent, rounded down so that 100 means all of it; None of nothing."""
    return part * 100 // whole if whole else None
