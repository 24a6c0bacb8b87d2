"""Doors to other programs and platforms."""

from crewhall.integrations import connections, webhooks
from crewhall.integrations.connections import Connections
from crewhall.integrations.connectors import get_connector
from crewhall.integrations.kit import ConnectorError
from crewhall.kit.capability import Room
from crewhall.kit.secrets import Sealed

room = Room("integrations", *connections.ROOMS, webhooks.room)

JOBS = (*connections.JOBS, *webhooks.JOBS)
SCHEDULES = (*connections.SCHEDULES, *webhooks.SCHEDULES)
CONSUMERS = (*webhooks.CONSUMERS,)
SEALED = (*connections.SEALED, Sealed("webhooks", "secret"), Sealed("webhooks", "previous_secret"))

__all__ = ["CONSUMERS", "JOBS", "SCHEDULES", "SEALED", "Connections", "ConnectorError", "get_connector", "room"]
