"""Doors to other programs and platforms."""

from crewhall.integrations import webhooks
from crewhall.kit.capability import Room

room = Room("integrations", webhooks.room)

JOBS = (*webhooks.JOBS,)
SCHEDULES = (*webhooks.SCHEDULES,)
CONSUMERS = (*webhooks.CONSUMERS,)

__all__ = ["CONSUMERS", "JOBS", "SCHEDULES", "room"]
