"""What keeps the mirrors up to date."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import structlog

from crewhall.accounts import first_organisation, managers_of
from crewhall.clickup import store
from crewhall.clickup.hooks import look_after_hooks
from crewhall.clickup.reading import Reading, is_stale
from crewhall.integrations import Connections, ConnectorError, connect_with, connected_to, note_use, open_connection
from crewhall.jobs import enqueue
from crewhall.kit.db.pool import Connection
from crewhall.kit.settings import Settings
from crewhall.kit.work import Every, Job, Schedule, Work

log = structlog.get_logger()

PLATFORM = "clickup"
PATIENCE = 90.0
TICK = 5
RUNS_KEPT = timedelta(days=30)


async def tick(work: Work) -> None:
    """Connect what the environment names, make mirrors of what is connected, and start the runs that are due."""
    settings, now = work.get(Settings), work.clock()
    await _connect_environment(work, settings)
    await _make_mirrors(work, settings)
    await look_after_hooks(work.get(Connections))
    async with work.database.connection() as db, db.transaction():
        for row in await store.take_due(db, now, settings.clickup_every, stand_ins=work.get(Connections).with_stand_ins):
            await start_run(db, row["id"], row["organisation_id"])


async def start_run(db: Connection, mirror_id: UUID, organisation_id: UUID) -> None:
    """Have a run of this mirror once the transaction is committed; one that waits already is it."""
    await enqueue(
        db, RUN, {"mirror_id": str(mirror_id)}, key=f"clickup {mirror_id}", once=f"clickup run {mirror_id}", organisation_id=organisation_id
    )


async def _connect_environment(work: Work, settings: Settings) -> None:
    """With CLICKUP_API_TOKEN, the first organisation is connected without anybody's hand."""
    if settings.clickup_api_token is None:
        return
    async with work.database.connection() as db:
        organisation_id = await first_organisation(db)
        owners = await managers_of(db, organisation_id) if organisation_id else []
        there = [home for _, home in await connected_to(db, PLATFORM) if home == organisation_id]
    if organisation_id is None or not owners or there:
        return
    credentials = {"access_token": settings.clickup_api_token.get_secret_value()}
    try:
        await connect_with(work.get(Connections), settings, organisation_id, owners[0], PLATFORM, credentials)
    except ConnectorError as trouble:
        log.warning("clickup.not_connected", reason=trouble.message)


async def _make_mirrors(work: Work, settings: Settings) -> None:
    async with work.database.connection() as db:
        made = await store.mirrored(db)
        fresh = [one for one in await connected_to(db, PLATFORM) if one[0] not in made]
    for integration_id, organisation_id in fresh:
        try:
            await make_mirrors(work.get(Connections), work, integration_id, organisation_id, settings.clickup_team_id)
        except ConnectorError as trouble:
            log.warning("clickup.no_mirror", integration=str(integration_id), reason=trouble.message)


async def make_mirrors(connections: Connections, work: Any, integration_id: UUID, organisation_id: UUID, only: str | None) -> list[UUID]:
    """A mirror for each workspace that the token opens, or for the one that the connection is set to, or else `only`."""
    row, connector = await open_connection(connections, integration_id, patience=PATIENCE)
    only = row["settings"].get("workspace_id", only)
    teams = [team for team in await connector.teams() if only in {None, str(team["id"])}]  # type: ignore[attr-defined]
    async with work.database.connection() as db, db.transaction():
        return [
            await store.put_mirror(db, organisation_id, integration_id, str(team["id"]), str(team["name"]), {}, work.clock())
            for team in teams
        ]


async def run_mirror(work: Work) -> None:
    """One run, and another one as long as somebody asked for one meanwhile."""
    mirror_id, served = UUID(work.input["mirror_id"]), -1
    while True:
        async with work.database.connection() as db:
            mirror = await store.mirror(db, mirror_id)
        if mirror is None or mirror["wanted"] == served:
            return
        served = mirror["wanted"]
        await read_once(work.get(Connections), work.get(Settings), mirror_id, work.tell)


async def read_once(
    connections: Connections, settings: Settings, mirror_id: UUID, tell: Callable[[str], Awaitable[None]], *, whole: bool = False
) -> Reading:
    """One run of a mirror. What goes wrong with ClickUp is in its row; raises NeedsReconnect when the connection is gone."""
    async with connections.database.connection() as db:
        mirror = await store.mirror(db, mirror_id)
        assert mirror is not None, "mirrors are only deleted with their connection"
        whole = (
            await store.take_whole(db, mirror_id)
            or whole
            or is_stale(mirror["whole_at"], connections.clock(), settings.clickup_whole_hours)
        )
    row, connector = await open_connection(connections, mirror["integration_id"], patience=PATIENCE)
    reading = Reading(connections.database, connections.clock, connector, mirror, tell)
    await reading.run(whole=whole)
    if reading.state == "complete":
        await note_use(connections, row, None)
    return reading


async def trim(work: Work) -> None:
    async with work.database.connection() as db:
        await store.trim_runs(db, work.clock() - RUNS_KEPT)


TICKING = Job("clickup.tick", tick, tries=1)
RUN = Job("clickup.run", run_mirror, tries=3, first=timedelta(seconds=10))
TRIM = Job("clickup.trim", trim, tries=1)
JOBS = (TICKING, RUN, TRIM)
SCHEDULES = (Schedule(TICKING, Every(TICK)), Schedule(TRIM, Every(86_400)))
