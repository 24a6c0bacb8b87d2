"""What ClickUp tells by itself: that something changed. What it is, the next run reads, which is asked for at once."""

from __future__ import annotations

from crewhall.clickup import store
from crewhall.clickup.jobs import PLATFORM, start_run
from crewhall.integrations import Arrival, Handler


async def hear(arrival: Arrival) -> None:
    """One run is enough, however many messages come while it waits."""
    for mirror in await store.mirrors(arrival.db, arrival.organisation_id):
        if mirror["integration_id"] == arrival.integration_id:
            await store.want(arrival.db, mirror["id"], whole=False)
            await start_run(arrival.db, mirror["id"], mirror["organisation_id"])


HANDLERS = (Handler(PLATFORM, (), hear),)
