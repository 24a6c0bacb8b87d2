"""What platforms tell us by themselves (docs/decisions/0021)."""

from crewhall.integrations.inbound.capabilities import address_of, keep_secret, room
from crewhall.integrations.inbound.handlers import Arrival, Handler, Handlers
from crewhall.integrations.inbound.jobs import JOBS, SCHEDULES
from crewhall.integrations.inbound.receiving import LARGEST_MESSAGE, Answer, hear, open_door
from crewhall.integrations.inbound.signatures import Request
from crewhall.kit.secrets import Sealed

SEALED = (
    Sealed("inbound_hooks", "secret"),
    Sealed("inbound_hooks", "previous_secret"),
    Sealed("inbound_deliveries", "body"),
)

__all__ = [
    "JOBS",
    "LARGEST_MESSAGE",
    "SCHEDULES",
    "SEALED",
    "Answer",
    "Arrival",
    "Handler",
    "Handlers",
    "Request",
    "address_of",
    "hear",
    "keep_secret",
    "open_door",
    "room",
]
