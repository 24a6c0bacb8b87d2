"""How connections do: a probe of our own, and what calls that were made anyway have met. Never what was believed before."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
import structlog

from crewhall.integrations.connections import store
from crewhall.integrations.connections.service import Connections, timed
from crewhall.integrations.connectors import connector_of
from crewhall.integrations.kit import ConnectorError, MissingScope, NeedsReconnect, PlatformBusy
from crewhall.kit.capability import Actor, Announcement
from crewhall.kit.db.pool import Connection
from crewhall.kit.db.together import run_together
from crewhall.kit.errors import CrewhallError
from crewhall.live import append

log = structlog.get_logger()

AT_ONCE, AT_ONCE_OF_ONE = 32, 12
"""How many connections are tried at once, and how many of them of one platform: a dead one must not hold up the others."""
PROBE_SECONDS = 25.0


@dataclass(frozen=True, slots=True)
class Finding:
    """What a look at a connection found."""

    milliseconds: int
    code: str | None = None
    message: str | None = None
    healthy: bool = True
    over: bool = False

    @classmethod
    def of(cls, trouble: CrewhallError, milliseconds: int) -> Finding:
        """A platform that asks to wait is well. One that took no credential is over until a person comes."""
        if isinstance(trouble, PlatformBusy):
            return cls(milliseconds, trouble.code, trouble.message)
        over = isinstance(trouble, NeedsReconnect) and not isinstance(trouble, MissingScope)
        return cls(milliseconds, trouble.code, trouble.message, healthy=False, over=over)


async def probe(connections: Connections, row: asyncpg.Record) -> Finding:
    """Ask the platform whether this connection works."""
    trouble: CrewhallError | None = None
    async with timed() as watch:
        try:
            async with asyncio.timeout(PROBE_SECONDS):
                await connections.open(row).test_connection()
        except CrewhallError as error:
            trouble = error
        except TimeoutError:
            trouble = ConnectorError(f"There was no answer within {PROBE_SECONDS:.0f} s")
        except (KeyError, TypeError, AttributeError, ValueError) as error:
            log.warning("platform.unreadable", platform=row["platform"], operation="test_connection", reason=type(error).__name__)
            trouble = ConnectorError("The platform answered in another shape than it describes")
    return Finding.of(trouble, watch.milliseconds) if trouble else Finding(watch.milliseconds)


async def record(db: Connection, integration_id: UUID, finding: Finding, source: str, now: datetime) -> None:
    """Write down what was found; whoever may connect is told when it is not what it was. In a transaction of the caller."""
    before = await store.hold(db, integration_id)
    if before is None:
        return
    await store.add_check(db, integration_id, (now, source, finding.healthy, finding.milliseconds, finding.code, finding.message))
    if finding.healthy:
        await store.well(db, integration_id, now)
    else:
        await store.unwell(db, integration_id, now, finding.code or "failed", finding.message or "", over=finding.over)
    if news := _news(before, finding):
        await announce(db, before, finding, news, now)


def _news(before: asyncpg.Record, finding: Finding) -> str | None:
    """broken, over or recovered; None when it is as it was."""
    if finding.healthy:
        return "recovered" if before["is_healthy"] is False else None
    if finding.over:
        return None if before["needs_reconnect"] else "over"
    return None if before["is_healthy"] is False else "broken"


async def announce(db: Connection, row: asyncpg.Record, finding: Finding, news: str, now: datetime) -> None:
    """One event, which is a notice to those who can do something about it."""
    what = f"{connector_of(row['platform']).manifest.title} ({row['name']})"
    words = f"{what} works again" if news == "recovered" else f"{what} {'needs you' if news == 'over' else 'fails'}: {finding.message}"
    people = await store.managers(db, row["organisation_id"])
    connection = {
        "id": row["id"], "platform": row["platform"], "name": row["name"], "is_healthy": finding.healthy, "error_code": finding.code,
        "needs_reconnect": finding.over, "link": f"/integrations#{row['platform']}",
    }  # fmt: skip
    teller = Actor(
        row["id"], row["organisation_id"], "service", row["platform"], row["name"], "service", frozenset(), "integration", row["id"],
        client="integrations",
    )  # fmt: skip
    await tell_people(db, teller, news, words, connection, people, now)


async def tell_people(
    db: Connection, teller: Actor, change: str, words: str, connection: Mapping[str, Any], people: Sequence[UUID], now: datetime
) -> None:  # fmt: skip
    """One event about a connection (id, platform, name, link), which is a notice to these people."""
    data = {
        "type": "integration_changed", "message": words, "timestamp": now, "change": change, "integration": connection,
        "notify": {"integration": people},
    }  # fmt: skip
    await run_together(db, [append(teller, Announcement("integration_changed", "integration", connection["id"], data, tuple(people)))])


async def look(connections: Connections, integration_id: UUID, source: str) -> Finding | None:
    """Try a connection and write down what was found; None when there is none any more."""
    async with connections.database.connection() as db:
        row = await store.row(db, integration_id)
    if row is None or row["credentials_enc"] is None:
        return None
    finding = await probe(connections, row)
    async with connections.database.connection() as db, db.transaction():
        await record(db, integration_id, finding, source, connections.clock())
    return finding


async def look_at_all(connections: Connections, integration_ids: Iterable[UUID], source: str) -> dict[UUID, Finding]:
    """Try many side by side. One that does not answer holds up nobody else."""
    ids = list(integration_ids)
    async with connections.database.connection() as db:
        rows = [row for one in ids if (row := await store.row(db, one)) is not None]
    places = {row["platform"]: asyncio.Semaphore(AT_ONCE_OF_ONE) for row in rows}
    everywhere = asyncio.Semaphore(AT_ONCE)

    async def one(row: asyncpg.Record) -> tuple[UUID, Finding | None]:
        async with places[row["platform"]], everywhere:
            return row["id"], await look(connections, row["id"], source)

    return {found: finding for found, finding in await asyncio.gather(*map(one, rows)) if finding is not None}


async def note_traffic(connections: Connections, row: asyncpg.Record, trouble: CrewhallError | None, milliseconds: int) -> None:
    """What a call that was made anyway says of its connection. Written down where it is news, so that busy ones do not fill the history."""
    now = connections.clock()
    if trouble is None:
        async with connections.database.connection() as db, db.transaction():
            if row["is_healthy"] is False:
                await record(db, row["id"], Finding(milliseconds), "traffic", now)
            await store.used(db, row["id"], now)
        return
    finding = Finding.of(trouble, milliseconds)
    about_connection = isinstance(trouble, ConnectorError) and trouble.http_status != 422 and not isinstance(trouble, MissingScope)
    if about_connection and _news(row, finding) is not None:
        async with connections.database.connection() as db, db.transaction():
            await record(db, row["id"], finding, "traffic", now)
