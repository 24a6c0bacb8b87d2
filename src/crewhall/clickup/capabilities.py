"""Starting runs, seeing how they do, and the snapshot of a day."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any, cast
from uuid import UUID
from zoneinfo import ZoneInfo

import asyncpg

from crewhall.accounts import Nothing, time_zone_of
from crewhall.clickup import brief, store, store_projects, store_writes
from crewhall.clickup.jobs import start_run
from crewhall.clickup.models import (
    Budget,
    DailyRow,
    Day,
    DayWanted,
    Mirror,
    Run,
    Started,
    StatusWanted,
    SyncStatus,
    Taken,
    Write,
    Writes,
    WritesWanted,
    WriteWanted,
)
from crewhall.clickup.room import mapping
from crewhall.clickup.writing import send_soon
from crewhall.integrations import Connections
from crewhall.kit.capability import Call, Kind
from crewhall.kit.db.pool import Connection
from crewhall.kit.errors import Conflict, NotFound

UNDECIDED = frozenset({"waiting", "failed", "conflict"})
NOTHING_MIRRORED = "Nothing is mirrored here: connect ClickUp at /integrations, or set CLICKUP_API_TOKEN"


async def _start(call: Call, *, whole: bool) -> Started:
    """A run reads and changes all of a workspace: a key that opens a part of the organisation starts none."""
    call.actor.require_whole_view("a reading of ClickUp concerns all of it")
    found = await store.mirrors(call.db, call.actor.organisation_id)
    for one in found:
        await store.want(call.db, one["id"], whole=whole)
        await start_run(call.db, one["id"], one["organisation_id"])
    names = [one["name"] for one in found]
    message = (
        f"{', '.join(names)} {'is' if len(names) == 1 else 'are'} being read: get_sync_status says how far" if names else NOTHING_MIRRORED
    )
    call.about(", ".join(names) or None)
    return Started(started=names, message=message)


@mapping.capability(
    scope="integrations:use",
    kind=Kind.WRITE,
    http=("POST /sync/tasks", "GET /sync/tasks"),
    brief=brief.started,
    aliases=("sync_clickup", "refresh_clickup", "pull_clickup", "update_mirror"),
    questions=("Read ClickUp again now.", "Refresh the tasks from ClickUp.", "Sync ClickUp, somebody changed a lot."),
)
async def sync_tasks(call: Call, wanted: Nothing) -> Started:
    """Read what changed at ClickUp, now; while a reading is under way, one more follows it."""
    return await _start(call, whole=False)


@mapping.capability(
    scope="integrations:use",
    kind=Kind.WRITE,
    http=("POST /sync/employees", "GET /sync/employees"),
    brief=brief.started,
    aliases=("sync_people", "refresh_employees"),
    questions=("Read the people of ClickUp again.", "Somebody new joined our ClickUp.", "Refresh the employees."),
)
async def sync_employees(call: Call, wanted: Nothing) -> Started:
    """Read the people of ClickUp, now; a reading begins with them, and goes on with what changed."""
    return await _start(call, whole=False)


@mapping.capability(
    scope="integrations:manage",
    kind=Kind.WRITE,
    http="POST /api/v1/clickup/resync",
    brief=brief.started,
    aliases=("full_resync", "read_everything", "invalidate_cache", "rebuild_mirror"),
    questions=("Read all of ClickUp anew.", "Do a full resync.", "Something was deleted in ClickUp and is still here."),
)
async def resync_clickup(call: Call, wanted: Nothing) -> Started:
    """Read all of ClickUp anew, and take away what was deleted there; it takes many requests."""
    return await _start(call, whole=True)


@mapping.capability(
    scope="integrations:read",
    kind=Kind.READ,
    http="GET /sync/status",
    brief=brief.status,
    aliases=("mirror_status", "clickup_status", "sync_state", "last_sync"),
    questions=("When was ClickUp read last?", "Is the mirror up to date?", "Why is a ClickUp task missing here?"),
)
async def get_sync_status(call: Call, wanted: StatusWanted) -> SyncStatus:
    """How the mirrors of ClickUp stand: the last runs, what went wrong, when the next comes, requests left."""
    found = [await _shown(call, one, wanted.runs) for one in await store.mirrors(call.db, call.actor.organisation_id)]
    return SyncStatus(mirrors=found, message="" if found else NOTHING_MIRRORED)


async def _shown(call: Call, one: asyncpg.Record, runs: int) -> Mirror:
    db = call.db
    found = await store.runs(db, one["id"], max(1, runs), call.now)
    rows, complete = [_run(row) for row in found], await store.last_complete(db, one["id"])
    writes = await store_projects.count_writes(db, one["id"])
    budget = Budget(limit=found[0]["budget_limit"], left=found[0]["budget_left"]) if found else Budget(limit=None, left=None)
    return Mirror(
        id=one["id"], integration_id=one["integration_id"], workspace_id=one["team_id"], workspace=one["name"],
        last_run=rows[0] if rows else None, runs=rows[:runs], next_run=one["next_at"], last_whole=one["whole_at"], budget=budget,
        tasks=await store_projects.count_tasks(db, one["id"]), waiting_writes=writes["waiting"], failed_writes=writes["failed"],
        lag_seconds=(call.now - complete).total_seconds() if complete else None, stand_in=one["stand_in"],
        told_at_once=one["hook_id"] is not None, webhook=_webhook(one, reachable=call.get(Connections).is_public),
    )  # fmt: skip


def _webhook(one: asyncpg.Record, *, reachable: bool) -> str:
    """How a mirror hears of changes."""
    if one["hook_id"] is not None:
        return f"ClickUp tells what changes at {one['hook_address']}"
    if not reachable:
        return "ClickUp cannot reach this hall, so it is asked instead of telling: CREWHALL_PUBLIC_URL names a public address"
    return one["hook_trouble"] or "Not made yet: a connection's first workspace has one within a minute, others are asked"


def _run(row: asyncpg.Record) -> Run:
    complete = None if row["state"] == "running" else row["state"] == "complete"
    return cast(Run, {name: row[name] for name in RUN_FIELDS} | {
        "started": row["started_at"], "finished": row["ended_at"], "complete": complete,
    })  # fmt: skip


RUN_FIELDS = (
    "id", "scope", "state", "phase", "pages", "requests", "rows_read", "rows_changed", "rows_failed", "deleted", "comments_left", "errors",
    "lag_seconds",
)  # fmt: skip


@mapping.capability(
    scope="tasks:read",
    kind=Kind.READ,
    http="GET /api/v1/clickup/writes",
    brief=brief.writes,
    aliases=("clickup_conflicts", "write_back", "pending_changes", "sync_conflicts"),
    questions=("Which changes has ClickUp not got yet?", "Was there a conflict with ClickUp?", "Why is my change not in ClickUp?"),
)
async def list_clickup_writes(call: Call, wanted: WritesWanted) -> Writes:
    """Changes made here on their way to ClickUp: what waits, what was refused, and what clashed with a change made there."""
    rows = await store_writes.listed(call.db, call.actor, wanted.state, wanted.limit)
    return Writes(writes=cast(list[Write], [dict(row) for row in rows]))


async def _undecided(call: Call, write_id: UUID) -> asyncpg.Record:
    """A change whose task the actor sees, held; Conflict when there is nothing to decide about it."""
    seen = await store_writes.one(call.db, call.actor, write_id)
    if seen is None:
        raise NotFound("There is no such change on its way to ClickUp: list_clickup_writes names those there are", write_id=str(write_id))
    call.about(seen["key"], seen["task_id"])
    row = await store_writes.hold(call.db, write_id)
    if row["state"] not in UNDECIDED:
        raise Conflict(f"This change of {seen['key']} is {row['state']} already", state=row["state"])
    return row


async def _shown_write(call: Call, write_id: UUID) -> Write:
    row = await store_writes.one(call.db, call.actor, write_id)
    assert row is not None, "it was seen in this transaction"
    return cast(Write, dict(row))


@mapping.capability(
    scope="tasks:write",
    kind=Kind.WRITE,
    http="POST /api/v1/clickup/writes/{write_id}/retry",
    tool=False,
    aliases=("send_again", "retry_write_back"),
)
async def retry_clickup_write(call: Call, wanted: WriteWanted) -> Write:
    """Send a change to ClickUp again, now; one that clashed goes over what was changed there."""
    row = await _undecided(call, wanted.write_id)
    await store_writes.retry(call.db, row["id"], call.now, call.actor.name)
    await send_soon(call.db, row["mirror_id"], row["organisation_id"])
    return await _shown_write(call, row["id"])


@mapping.capability(
    scope="tasks:write",
    kind=Kind.WRITE,
    http="POST /api/v1/clickup/writes/{write_id}/dismiss",
    tool=False,
    aliases=("give_up_write_back", "keep_clickups"),
)
async def dismiss_clickup_write(call: Call, wanted: WriteWanted) -> Write:
    """Let go of a change that ClickUp does not have: its own value stays, or comes back here."""
    row = await _undecided(call, wanted.write_id)
    await store_writes.dismiss(call.db, row["id"], call.now, call.actor.name)
    await store.read_again(call.db, row["organisation_id"], row["external_id"])
    await start_run(call.db, row["mirror_id"], row["organisation_id"])
    return await _shown_write(call, row["id"])


# Days --------------------------------------------------------------------------------------------------------------------


@mapping.capability(
    scope="tasks:write",
    kind=Kind.WRITE,
    http=("POST /sync/daily", "GET /sync/daily"),
    aliases=("daily_snapshot", "take_snapshot", "snapshot_today"),
    questions=("Take today's snapshot.", "Write down where the tasks stand today.", "Do the daily sync."),
)
async def sync_daily(call: Call, wanted: Nothing) -> Taken:
    """Keep what today's tasks are like now, beside the days before; today begins in the organisation's zone."""
    call.actor.require_whole_view("a day's snapshot concerns all of it")
    zone = await time_zone_of(call.db, call.actor.organisation_id)
    today = call.now.astimezone(zone).date()
    rows = await take(call.db, call.actor.organisation_id, today, zone.key)
    call.about(str(today))
    return Taken(sync_date=today, time_zone=zone.key, rows=rows)


async def take(db: Connection, organisation_id: UUID, day: date, zone: str) -> int:
    """Keep every task that changed, or had time logged, on this day of this zone."""
    start, end = bounds(day, zone)
    return await store_projects.snapshot(db, organisation_id, day, start, end)


def bounds(day: date, zone: str) -> tuple[datetime, datetime]:
    """When a day begins and ends; some have 23 or 25 hours."""
    first, after = (datetime.combine(one, time(), ZoneInfo(zone)) for one in (day, day + timedelta(days=1)))
    return first, after


@mapping.capability(
    scope="tasks:read",
    kind=Kind.READ,
    http="GET /daily-sync",
    brief=brief.day,
    aliases=("daily_syncs", "day_report", "snapshot_of_a_day", "yesterdays_tasks"),
    questions=("What did the tasks look like on Monday?", "Show yesterday's snapshot.", "Which tasks changed on the 3rd?"),
)
async def get_daily_sync(call: Call, wanted: DayWanted) -> Day:
    """The tasks that changed on a day, as they were when that day was kept last."""
    home = call.actor.organisation_id
    day, zone = wanted.day or await store_projects.last_day(call.db, home), (await time_zone_of(call.db, home)).key
    rows = await store_projects.day(call.db, call.actor, day, wanted.limit, wanted.offset) if day else []
    shown: list[Any] = [{name: value for name, value in row.items() if name != "total"} for row in rows]
    return Day(sync_date=day, time_zone=zone, total=rows[0]["total"] if rows else 0, rows=cast(list[DailyRow], shown))
