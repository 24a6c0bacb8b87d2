"""ClickUp, mirrored whole."""

from crewhall.clickup import capabilities, following  # noqa: F401  # they declare themselves on the room
from crewhall.clickup.hearing import HANDLERS
from crewhall.clickup.jobs import make_mirrors, read_once
from crewhall.clickup.keeping import CONSUMERS, JOBS, SCHEDULES
from crewhall.clickup.lagging import lags
from crewhall.clickup.room import configuration, mapping
from crewhall.kit.capability import Room

room = Room("clickup", configuration, mapping)

__all__ = ["CONSUMERS", "HANDLERS", "JOBS", "SCHEDULES", "lags", "make_mirrors", "read_once", "room"]
