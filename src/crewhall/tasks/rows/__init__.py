"""Tasks and people as rows, at the paths and with the columns that the ClickUp project had."""

from crewhall.tasks.rows.capabilities import room

__all__ = ["room"]
