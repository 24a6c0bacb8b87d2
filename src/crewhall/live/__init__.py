"""The event log: what happened, in the transaction that made it happen; read by streams, agents and consumers."""

from crewhall.live.capabilities import room
from crewhall.live.consumers import Batch, Consumer, run_consumers
from crewhall.live.cursor import Cursor, Snapshot
from crewhall.live.hub import Ended, Hub, Listener, Reception
from crewhall.live.jobs import JOBS, SCHEDULES
from crewhall.live.models import Delivery, Interest, LoggedEvent, Reader
from crewhall.live.starting_over import start_over
from crewhall.live.store import append, close_events, unheard

__all__ = [
    "JOBS",
    "SCHEDULES",
    "Batch",
    "Consumer",
    "Cursor",
    "Delivery",
    "Ended",
    "Hub",
    "Interest",
    "Listener",
    "LoggedEvent",
    "Reader",
    "Reception",
    "Snapshot",
    "append",
    "close_events",
    "room",
    "run_consumers",
    "start_over",
    "unheard",
]
