"""What `/ready` asks, and what `/metrics` reads when it is asked."""

from __future__ import annotations

from crewhall.faces.ops import InFlight
from crewhall.faces.stream import StreamEndpoint
from crewhall.jobs import jobs_check
from crewhall.kit.db.pool import Database
from crewhall.kit.health import Check, Finding, State
from crewhall.kit.metrics import Reading
from crewhall.kit.settings import Settings
from crewhall.live import Hub

LATE_SECONDS = 5.0
"""How much longer than its poll the hub may take before its events count as late."""


def checks_of(settings: Settings, database: Database, hub: Hub) -> tuple[Check, ...]:
    """What `/ready` asks."""

    async def ask_database() -> Finding:
        async with database.connection() as db:
            await db.execute("select 1")
        return Finding(State.OK, "answers")

    async def ask_event_log() -> Finding:
        lag = round(hub.lag_seconds, 3)
        if hub.stopping:
            return Finding(State.UNAVAILABLE, "the hall is stopping", {"lag_seconds": lag})
        if lag > settings.poll_seconds + LATE_SECONDS:
            return Finding(State.DEGRADED, "live events are late", {"lag_seconds": lag})
        return Finding(State.OK, "is followed", {"lag_seconds": lag})

    return (Check("database", ask_database), Check("event_log", ask_event_log), jobs_check(database))


def readings_of(hub: Hub, stream: StreamEndpoint, app: InFlight) -> tuple[Reading, ...]:
    return (
        Reading("crewhall_http_in_flight", "Requests that are being answered, open streams among them.", lambda: app.now),
        Reading("crewhall_streams_open", "Live streams that are open.", lambda: hub.listening),
        Reading("crewhall_events_delivered", "Events handed to live streams, once for each.", lambda: hub.delivered, grows=True),
        Reading("crewhall_stream_resets", "Streams that were told to start over.", lambda: stream.resets, grows=True),
        Reading("crewhall_event_log_lag_seconds", "How long ago the event log was last read.", lambda: hub.lag_seconds),
    )
