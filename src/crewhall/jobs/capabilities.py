"""What operators can see and do of jobs."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import asyncpg

from crewhall.jobs import brief, store
from crewhall.jobs.models import Run, RunFilter, RunPage, RunWanted, State
from crewhall.kit.capability import Call, Kind, Room
from crewhall.kit.errors import Conflict, NotAllowed, NotFound
from crewhall.kit.ids import new_id
from crewhall.kit.paging import cursor_after, read_cursor

ENDED_BADLY = {State.DEAD, State.CANCELLED}
OPEN = {State.WAITING, State.RUNNING}

room = Room("jobs")


@room.capability(
    scope="jobs:manage",
    kind=Kind.READ,
    http="GET /api/v1/jobs",
    brief=brief.page,
    aliases=("background_jobs", "job_list", "queue"),
    questions=("Which background jobs failed?", "What is running in the background?", "Did last night's job work?"),
)
async def list_runs(call: Call, wanted: RunFilter) -> RunPage:
    """List runs of background jobs, newest first: your organisation's and the hall's own."""
    rows = await store.page(
        call.db, call.actor.organisation_id, state=wanted.state, kind=wanted.kind, before=read_cursor(wanted.cursor),
        limit=wanted.limit + 1,  # one more than asked for tells whether there is a next page
    )  # fmt: skip
    shown = rows[: wanted.limit]
    next_cursor = cursor_after(shown[-1]["id"]) if len(rows) > wanted.limit else None
    return RunPage(runs=[_as_run(row) for row in shown], next_cursor=next_cursor)


@room.capability(
    scope="jobs:manage",
    kind=Kind.READ,
    http="GET /api/v1/jobs/{run_id}",
    aliases=("job_details", "show_job", "job_status"),
    questions=("How does this job stand?", "Why did the job fail?", "How far is the run?"),
)
async def get_run(call: Call, wanted: RunWanted) -> Run:
    """Show one run of a background job: how it stands, and why it failed."""
    return await _shown(call, wanted.run_id)


@room.capability(
    scope="jobs:manage",
    kind=Kind.WRITE,
    http="POST /api/v1/jobs/{run_id}/retry",
    status=201,
    aliases=("rerun_job", "restart_job", "run_again"),
    questions=("Run the failed job once more.", "Try this run again.", "Restart the import that died."),
)
async def retry_run(call: Call, wanted: RunWanted) -> Run:
    """Try a dead or cancelled run again, as a new run; effects that it had already are not repeated."""
    old = await _own(call, wanted.run_id)
    if old["state"] not in ENDED_BADLY:
        raise Conflict(f"This run is {old['state']}: only a dead or cancelled one can be tried again", state=old["state"])
    run_id = new_id()
    fresh = await store.enqueue(
        call.db, run_id, lane=old["lane"], kind=old["kind"], given=old["input"], key=old["key"], once=f"retry:{old['origin_id']}",
        delay=timedelta(0), organisation_id=old["organisation_id"], actor_id=call.actor.id, retry_of=old["id"],
        origin_id=old["origin_id"],
    )  # fmt: skip
    if not fresh:
        raise Conflict("This run is being tried again already: list_runs shows how that stands")
    return await _shown(call, run_id)


@room.capability(
    scope="jobs:manage",
    kind=Kind.WRITE,
    http="POST /api/v1/jobs/{run_id}/cancel",
    aliases=("stop_job", "abort_run", "kill_job"),
    questions=("Stop the job.", "Cancel the run that hangs.", "Do not carry on with this background work."),
)
async def cancel_run(call: Call, wanted: RunWanted) -> Run:
    """Cancel a run that waits or works; what it did already stays done."""
    run = await _own(call, wanted.run_id)
    if run["state"] not in OPEN:
        raise Conflict(f"This run is {run['state']} already: there is nothing to cancel", state=run["state"])
    await store.cancel(call.db, run["id"], run["queue_id"])
    return await _shown(call, run["id"])


async def _own(call: Call, run_id: UUID) -> asyncpg.Record:
    """A run of the caller's organisation, locked. The hall's own runs are everybody's to see and nobody's to touch."""
    row = await store.locked(call.db, call.actor.organisation_id, run_id)
    if row is None:
        await _shown(call, run_id)
        raise NotAllowed("This is the hall's own work: it is only shown, and comes back by its schedule")
    return row


async def _shown(call: Call, run_id: UUID) -> Run:
    row = await store.run(call.db, call.actor.organisation_id, run_id)
    if row is None:
        raise NotFound("There is no such run here: list_runs shows those that there are")
    return _as_run(row)


def _as_run(row: Any) -> Run:
    fields: Any = dict(row)
    run: Run = fields
    return run
