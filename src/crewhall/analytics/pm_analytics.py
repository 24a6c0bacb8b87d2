"""Reports on a project, a list, or everything: what was done, how long it took, what is late, what lies still."""

from __future__ import annotations

from uuid import UUID

from crewhall.accounts import find_member
from crewhall.analytics import brief, rules, store
from crewhall.analytics.models import (
    Accuracy,
    Anywhere,
    AtRisk,
    AtRiskWanted,
    Found,
    HoursByDay,
    HoursWanted,
    Inactive,
    InactiveWanted,
    OneTask,
    Opens,
    Progress,
    ProgressSince,
    QuietPerson,
    RowsWanted,
    StaleWanted,
    StatusChange,
    StatusFilter,
    Summary,
    TaskRows,
    TimeReport,
    TimeRows,
    TimeRowsWanted,
    TimeSums,
    TimeTree,
    UntrackedWanted,
    Velocity,
    VelocityWanted,
    Week,
    Workload,
)
from crewhall.analytics.reporting import CATEGORIES, begin, by_category, line, period_of
from crewhall.analytics.sets import JUDGED, TaskSet, Wanted
from crewhall.analytics.shown import at_risk, hours_by_day, time_line, time_sums, tree_line, workload
from crewhall.analytics.store import Logged, Order
from crewhall.kit import periods
from crewhall.kit.capability import Call, Kind, Room
from crewhall.kit.paging import cursor_in, instant, read_cursor_in
from crewhall.kit.periods import Period
from crewhall.tasks import find_task, percentage

room = Room("pm_analytics")
MINUTE = 60_000


@room.capability(
    scope="tasks:read",
    kind=Kind.READ,
    http="GET /api/reports/progress",
    brief=brief.report,
    aliases=("done_since", "progress_report", "what_changed_since"),
    questions=("What was finished since Monday?", "How much progress was there last week?", "What got done since 2 November?"),
)
async def get_progress_since(call: Call, wanted: ProgressSince) -> Progress:
    """What was finished since a day, which tasks moved to another status, and how all tasks stand now."""
    report = await begin(call, wanted)
    since = periods.since(wanted.since_date, call.now, report.zone)
    counted = await report.count({"completed": Wanted(TaskSet.DONE, period=since), **CATEGORIES})
    parts = await report.tasks.spread(Wanted(TaskSet.DONE, period=since), "f.parent_id is not null")
    moves = await report.tasks.moves(since.since, wanted.limit) if wanted.include_status_changes else []
    return report.answer(  # type: ignore[no-any-return]
        since=since.since, completed=counted["completed"], tasks=await report.lines(TaskSet.DONE, Order.NEWEST_DONE, period=since),
        changes=moves[0]["total"] if moves else 0,
        status_changes=[StatusChange(key=row["key"], old=row["old"], new=row["new"], who=row["who"], at=row["at"]) for row in moves],
        by_category=by_category(counted), by_status=await report.by_status(), main_tasks=parts.get(False, 0), sub_tasks=parts.get(True, 0),
    )  # fmt: skip


@room.capability(
    scope="tasks:read",
    kind=Kind.READ,
    http="GET /api/reports/time",
    brief=brief.report,
    aliases=("hours", "timesheet", "time_by_person", "tracked_time"),
    questions=("How many hours did each of us log this month?", "Hours of the release by status.", "Who tracked what last week?"),
)
async def get_time_tracking_report(call: Call, wanted: TimeReport) -> TimeSums:
    """Tracked time by who logged it, by task, status, list or day, in any period; running timers are counted apart."""
    return await time_sums(call, await begin(call, wanted), wanted)


@room.capability(
    scope="tasks:read",
    kind=Kind.READ,
    http="GET /api/reports/hours",
    brief=brief.report,
    aliases=("low_hours", "daily_hours", "hours_matrix", "under_logged"),
    questions=("Who logged less than six hours on which day?", "Hours per person and day of this week.", "Did anybody forget to log?"),
)
async def get_hours_by_day(call: Call, wanted: HoursWanted) -> HoursByDay:
    """Hours of each person on each day, and with `below` the working days on which somebody logged less."""
    return await hours_by_day(call, await begin(call, wanted), wanted)


@room.capability(
    scope="tasks:read",
    kind=Kind.READ,
    http="GET /api/reports/tasks/{task_id}/time",
    brief=brief.report,
    aliases=("time_of_sub_tasks", "time_tree", "rolled_up_time"),
    questions=("How long did CH-12 take with its sub-tasks?", "Break the time of this epic down.", "Own and total hours of CH-7."),
)
async def get_task_time_breakdown(call: Call, wanted: OneTask) -> TimeTree:
    """The time of a task and of everything below it, as a tree: its own and the rolled-up time apart."""
    root = (await find_task(call, wanted.task_id))["id"]
    branches = rules.tree(root, await store.tree(call.db, call.actor, root))
    top = branches[0]
    return TimeTree(key=top.fact.key, own_ms=top.own_ms, rolled_up_ms=top.rolled_up_ms, lines=[tree_line(one) for one in branches])


@room.capability(
    scope="tasks:read",
    kind=Kind.READ,
    http="GET /api/reports/estimates",
    brief=brief.report,
    aliases=("estimate_quality", "planned_versus_actual", "overtracked"),
    questions=("How good are our estimates?", "What took longer than planned?", "Estimated against tracked time."),
)
async def get_estimation_accuracy(call: Call, wanted: Anywhere) -> Accuracy:
    """How close estimates of finished tasks were to their tracked time: accurate within 20 %, under, over, and unplanned time."""
    report = await begin(call, wanted)
    counted = await report.count({which.value: Wanted(which) for which in (*JUDGED, TaskSet.UNPLANNED)})
    verdicts = await report.tasks.verdicts()
    judged = [verdicts[which.value] for which in JUDGED if which.value in verdicts]
    worst = await report.tasks.page([Wanted(which) for which in JUDGED], Order.FARTHEST_FROM_ESTIMATE, report.limit)
    return report.answer(  # type: ignore[no-any-return]
        estimated_minutes=sum(estimated for estimated, _ in judged) // MINUTE,
        tracked_minutes=sum(tracked for _, tracked in judged) // MINUTE,
        unplanned_minutes=verdicts.get("unplanned", (0, 0))[1] // MINUTE, **counted,
        accuracy=percentage(counted["accurate"], sum(counted[which.value] for which in JUDGED)),
        worst=[line(store.fact(row), call.now) for row in worst],
    )  # fmt: skip


@room.capability(
    scope="tasks:read",
    kind=Kind.READ,
    http="GET /api/reports/at-risk",
    brief=brief.report,
    aliases=("late_tasks", "due_soon", "deadlines_in_danger"),
    questions=("What is overdue or due within three days?", "What will be late in this list?", "Deadlines coming up anywhere."),
)
async def get_at_risk_tasks(call: Call, wanted: AtRiskWanted) -> AtRisk:
    """What is overdue, what is due within some days, and what is urgent, with how late each is."""
    return await at_risk(await begin(call, wanted), wanted.risk_days)


@room.capability(
    scope="tasks:read",
    kind=Kind.READ,
    http="GET /api/reports/stale",
    brief=brief.report,
    aliases=("forgotten_tasks", "untouched", "dormant"),
    questions=("What has nobody touched for a week?", "What is stale?", "What lies around forgotten?"),
)
async def get_stale_tasks(call: Call, wanted: StaleWanted) -> Found:
    """Open tasks that nothing has happened to for some days, the longest first; finished ones are never stale."""
    report = await begin(call, wanted)
    counted = await report.count({"count": Wanted(TaskSet.STALE, wanted.stale_days)})
    tasks = await report.lines(TaskSet.STALE, Order.LONGEST_UNCHANGED, days=wanted.stale_days)
    return report.answer(**counted, tasks=tasks)  # type: ignore[no-any-return]


@room.capability(
    scope="tasks:read",
    kind=Kind.READ,
    http="GET /api/reports/untracked",
    brief=brief.report,
    aliases=("missing_time", "no_hours", "unlogged_tasks"),
    questions=("What is worked on without any time logged?", "Where did we forget the timer?", "Where are hours missing?"),
)
async def get_untracked_tasks(call: Call, wanted: UntrackedWanted) -> Found:
    """Open tasks without any time of their own: those being worked on, or all."""
    report = await begin(call, wanted)
    which = TaskSet.UNTRACKED_ACTIVE if wanted.status_filter is StatusFilter.IN_PROGRESS else TaskSet.UNTRACKED
    return report.answer(**await report.count({"count": Wanted(which)}), tasks=await report.lines(which))  # type: ignore[no-any-return]


@room.capability(
    scope="tasks:read",
    kind=Kind.READ,
    http="GET /api/reports/inactive",
    brief=brief.report,
    aliases=("silent_people", "who_is_stuck", "no_activity"),
    questions=("Whose work has seen no update for three days?", "Who has gone quiet?", "Is anybody stuck without telling?"),
)
async def get_inactive_assignees(call: Call, wanted: InactiveWanted) -> Inactive:
    """People on none of whose open tasks anything has changed for some days."""
    report = await begin(call, wanted)
    found = rules.quiet(await report.tasks.people(Wanted(TaskSet.ASSIGNED)), call.now, wanted.inactive_days)
    report.opens |= {one.name: Opens(set=TaskSet.OPEN.value, person=str(one.person_id)) for one in found}
    people = [
        QuietPerson(
            person_id=one.person_id, name=one.name, open=one.tasks, last_activity_at=one.last_activity_at,
            days=(call.now - one.last_activity_at).days,
        )
        for one in found
        if one.person_id is not None
    ]  # fmt: skip
    return report.answer(people=people)  # type: ignore[no-any-return]


@room.capability(
    scope="tasks:read",
    kind=Kind.READ,
    http="GET /api/reports/status",
    brief=brief.report,
    aliases=("distribution", "status_breakdown", "how_many_tasks"),
    questions=("How many are in which status?", "Status overview, finished ones too.", "Which share is finished?"),
)
async def get_status_summary(call: Call, wanted: Anywhere) -> Summary:
    """How many tasks there are in each status and category, finished ones too, and how much of the work is done."""
    report = await begin(call, wanted)
    counted = await report.count({"total": Wanted(), "done": Wanted(TaskSet.DONE), **CATEGORIES})
    return report.answer(  # type: ignore[no-any-return]
        total=counted["total"], done=counted["done"], completion_rate=percentage(counted["done"], counted["total"]),
        by_status=await report.by_status(), by_category=by_category(counted),
    )  # fmt: skip


@room.capability(
    scope="tasks:read",
    kind=Kind.READ,
    http="GET /api/reports/workload",
    brief=brief.report,
    aliases=("capacity", "who_is_overloaded", "load_of_everybody"),
    questions=("Who is overloaded?", "Who has room for more?", "How much does everybody have open?"),
)
async def get_team_workload(call: Call, wanted: Anywhere) -> Workload:
    """Open tasks of each person everywhere, or in a project or list, with who has much to do and who has room."""
    return await workload(await begin(call, wanted))


@room.capability(
    scope="tasks:read",
    kind=Kind.READ,
    http="GET /api/reports/velocity",
    brief=brief.report,
    aliases=("throughput", "tasks_per_week", "speed"),
    questions=("How much do we finish in a week?", "Are we getting faster?", "Throughput of the last two months."),
)
async def get_velocity(call: Call, wanted: VelocityWanted) -> Velocity:
    """How many tasks were finished in each of the last weeks, and their mean without this one."""
    report = await begin(call, wanted)
    weeks = {monday: Wanted(TaskSet.DONE, period=week) for monday, week in periods.weeks(wanted.weeks, call.now, report.zone)}
    counted = await report.count({f"weeks.{monday}": week for monday, week in weeks.items()})
    done = [Week(week=monday, done=counted[f"weeks.{monday}"]) for monday in weeks]
    whole = [week["done"] for week in done[:-1]]
    return report.answer(weeks=done, mean=round(sum(whole) / len(whole), 1) if whole else 0.0)  # type: ignore[no-any-return]


@room.capability(
    scope="tasks:read",
    kind=Kind.READ,
    http="GET /api/reports/rows",
    brief=brief.report,
    aliases=("drill_down", "tasks_behind_number", "open_number", "overtracked_tasks", "missing_estimates"),
    questions=("What is behind this number?", "Open the 12 overdue ones of the report.", "List the rows of that figure."),
)
async def get_report_tasks(call: Call, wanted: RowsWanted) -> TaskRows:
    """The tasks behind a number of a report, with the total that the report says; further pages keep the first one's total."""
    report = await begin(call, wanted)
    person = await find_member(call.db, call.actor, wanted.person, "person", also_left=True) if wanted.person else None
    chosen = Wanted(
        wanted.set, wanted.days, _from_to(wanted), wanted.status, person["id"] if person else None,
        wanted.priority.value if wanted.priority else None,
    )  # fmt: skip
    *after, total = read_cursor_in("due", wanted.cursor, (instant, UUID, int)) or (None,)
    if total is None:
        total = (await report.tasks.count({"total": chosen}))["total"]
    found = await report.tasks.page([chosen], Order.DUE, wanted.limit + 1, after=after or None)
    last = found[wanted.limit - 1] if len(found) > wanted.limit else None
    return report.answer(  # type: ignore[no-any-return]
        total=total, tasks=[line(store.fact(row), call.now) for row in found[: wanted.limit]],
        next_cursor=cursor_in("due", (last["due_at"], last["id"], total)) if last else None,
    )  # fmt: skip


def _from_to(wanted: RowsWanted) -> Period | None:
    if wanted.since is None and wanted.until is None:
        return None
    return Period(wanted.since or periods.EARLIEST, wanted.until or periods.LATEST)


@room.capability(
    scope="tasks:read",
    kind=Kind.READ,
    http="GET /api/reports/time-rows",
    brief=brief.report,
    aliases=("time_entries_behind_number", "entries_of_report"),
    questions=("Which time entries make up these hours?", "Show every entry of last week.", "What exactly did Ines log?"),
)
async def get_report_time(call: Call, wanted: TimeRowsWanted) -> TimeRows:
    """The time entries behind a sum of a report, newest first; further pages keep the first one's sum."""
    report = await begin(call, wanted)
    person = await find_member(call.db, call.actor, wanted.person, "person", also_left=True) if wanted.person else None
    task = await find_task(call, wanted.task_id) if wanted.task_id else None
    logged = Logged(report.scope, period_of(wanted, report), person["id"] if person else None, task["id"] if task else None)
    *after, total, tracked_ms, running = read_cursor_in("started", wanted.cursor, (instant, UUID, int, int, int)) or (None, None, None)
    if None in {total, tracked_ms, running}:
        total, tracked_ms, running = await store.time_total(call.db, call.actor, logged)
    found = await store.entries(call.db, call.actor, logged, wanted.limit + 1, after or None)
    last = found[wanted.limit - 1] if len(found) > wanted.limit else None
    return report.answer(  # type: ignore[no-any-return]
        total=total, tracked_ms=tracked_ms, running=running, entries=[time_line(entry, report.zone) for entry in found[: wanted.limit]],
        next_cursor=cursor_in("started", (last.started_at, last.id, total, tracked_ms, running)) if last else None,
    )  # fmt: skip
