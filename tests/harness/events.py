"""Events without a call around them."""

from __future__ import annotations

from collections.abc import Iterable

from crewhall.kit.capability import Actor, Announcement
from crewhall.kit.db.pool import Connection
from crewhall.kit.db.together import run_together
from crewhall.live import append


async def announce(db: Connection, actor: Actor, said: Iterable[Announcement]) -> None:
    """Append these to the event log, in their order, in the transaction of this connection."""
    for announcement in said:
        await run_together(db, [append(actor, announcement)])
