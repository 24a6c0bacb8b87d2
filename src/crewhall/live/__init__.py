"""The event log: what happened, in the transaction that made it happen; read by streams, agents and consumers."""

from crewhall.live.capabilities import room
from crewhall.live.cursor import Cursor, Snapshot
from crewhall.live.hub import Ended, Hub, Listener, Reception
from crewhall.live.models import Delivery, Interest, LoggedEvent
from crewhall.live.store import append

__all__ = ["Cursor", "Delivery", "Ended", "Hub", "Interest", "Listener", "LoggedEvent", "Reception", "Snapshot", "append", "room"]
