"""What listeners are told when what they show may not be what they may see."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from crewhall.kit.capability import Announcement, Call


def start_over(call: Call, only: tuple[UUID, ...] | None = None) -> Announcement:
    """Tells listeners, or only these, to load anew."""
    message = "What you may see has changed: load anew what you show"
    data: dict[str, Any] = {"type": "reset", "message": message, "timestamp": call.now}
    return Announcement("reset", "organisation", call.actor.organisation_id, data, only or (), audience=only)
