"""Doors to other programs and platforms."""

from crewhall.integrations import connections, git, inbound, notes, webhooks
from crewhall.integrations.connections import Connections, connect_with, connected_to, note_use, open_connection, tell_people
from crewhall.integrations.connectors import get_connector
from crewhall.integrations.inbound import Arrival, Handler, Handlers
from crewhall.integrations.kit import ConnectorError, NeedsReconnect, PlatformBusy
from crewhall.kit.capability import Room
from crewhall.kit.secrets import Sealed

room = Room("integrations", *connections.ROOMS, notes.room, inbound.room, webhooks.room)

JOBS = (*connections.JOBS, *inbound.JOBS, *git.JOBS, *webhooks.JOBS)
SCHEDULES = (*connections.SCHEDULES, *inbound.SCHEDULES, *git.SCHEDULES, *webhooks.SCHEDULES)
CONSUMERS = (*webhooks.CONSUMERS,)
HANDLERS: tuple[Handler, ...] = (*git.HANDLERS,)
"""What is done here with messages of platforms; floors above declare their own."""
SEALED = (*connections.SEALED, *inbound.SEALED, Sealed("webhooks", "secret"), Sealed("webhooks", "previous_secret"))

__all__ = [
    "CONSUMERS",
    "HANDLERS",
    "JOBS",
    "SCHEDULES",
    "SEALED",
    "Arrival",
    "Connections",
    "ConnectorError",
    "Handler",
    "Handlers",
    "NeedsReconnect",
    "PlatformBusy",
    "connect_with",
    "connected_to",
    "get_connector",
    "inbound",
    "note_use",
    "open_connection",
    "room",
    "tell_people",
]
