"""Time that people and agents spend on tasks: timers, entries and timesheets."""

from crewhall.tasks.time.capabilities import room

__all__ = ["room"]
