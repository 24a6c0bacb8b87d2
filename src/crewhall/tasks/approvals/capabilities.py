"""Every capability of what people are asked."""

from crewhall.tasks.approvals import confirmations, handing_off, questions  # noqa: F401  # they declare themselves on the room
