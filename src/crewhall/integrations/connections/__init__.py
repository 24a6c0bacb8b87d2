"""Platforms that people connected (docs/decisions/0020)."""

from crewhall.integrations.connections import capabilities, oauth, operations
from crewhall.integrations.connections.health import tell_people
from crewhall.integrations.connections.jobs import JOBS, SCHEDULES
from crewhall.integrations.connections.service import Connections
from crewhall.integrations.connections.using import connect_with, connected_to, note_use, open_connection
from crewhall.kit.secrets import Sealed

ROOMS = (capabilities.room, oauth.room, *operations.ROOMS)
SEALED = (Sealed("integrations", "credentials_enc"), Sealed("oauth_states", "verifier_enc"))

__all__ = [
    "JOBS",
    "ROOMS",
    "SCHEDULES",
    "SEALED",
    "Connections",
    "connect_with",
    "connected_to",
    "note_use",
    "open_connection",
    "tell_people",
]
