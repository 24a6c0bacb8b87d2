"""Reports on one list, under the names that its tools had where lists come from."""

from __future__ import annotations

from crewhall.analytics import brief
from crewhall.analytics.models import Found, ListProgress, OfList, Workload
from crewhall.analytics.reporting import CATEGORIES, begin, by_category
from crewhall.analytics.sets import TaskSet, Wanted
from crewhall.analytics.shown import workload
from crewhall.kit.capability import Call, Kind, Room
from crewhall.tasks import percentage

room = Room("task_management")


@room.capability(
    scope="tasks:read",
    kind=Kind.READ,
    http="GET /api/reports/lists/{list_id}/progress",
    brief=brief.report,
    aliases=("completion_rate", "how_far_is_list"),
    questions=("How far is this list?", "Completion rate of the sprint list.", "How fast does the list move?"),
)
async def get_list_progress(call: Call, wanted: OfList) -> ListProgress:
    """How far a list is: completion by the types of its statuses, its stages, and what was finished in seven days."""
    report = await begin(call, wanted)
    week = Wanted(TaskSet.DONE, period=report.last_days(7))
    counted = await report.count({"total": Wanted(), "done": Wanted(TaskSet.DONE), "velocity_7d": week, **CATEGORIES})
    categories = by_category(counted)
    return report.answer(  # type: ignore[no-any-return]
        total=counted["total"], done=counted["done"], completion_rate=percentage(counted["done"], counted["total"]),
        by_status=await report.by_status(), by_category=categories, stage_breakdown=categories, velocity_7d=counted["velocity_7d"],
    )  # fmt: skip


@room.capability(
    scope="tasks:read",
    kind=Kind.READ,
    http="GET /api/reports/lists/{list_id}/workload",
    brief=brief.report,
    aliases=("list_workload", "tasks_per_person"),
    questions=("How much does each person have in this list?", "Workload of the backlog.", "Who works on the list?"),
)
async def get_workload(call: Call, wanted: OfList) -> Workload:
    """Open tasks of a list for each person, and those that are nobody's."""
    return await workload(await begin(call, wanted))


@room.capability(
    scope="tasks:read",
    kind=Kind.READ,
    http="GET /api/reports/lists/{list_id}/overdue",
    brief=brief.report,
    aliases=("list_overdue", "late_in_list"),
    questions=("What is overdue in this list?", "How many days late is the sprint?", "What is late and whose is it?"),
)
async def get_overdue_tasks(call: Call, wanted: OfList) -> Found:
    """Overdue tasks of a list, the latest first, with how many days late each is and whose it is."""
    report = await begin(call, wanted)
    counted = await report.count({"count": Wanted(TaskSet.OVERDUE)})
    return report.answer(**counted, tasks=await report.lines(TaskSet.OVERDUE))  # type: ignore[no-any-return]
