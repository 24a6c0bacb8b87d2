"""Who is here at the moment."""

from crewhall.accounts.presence.capabilities import room
from crewhall.accounts.presence.noting import Noting

__all__ = ["Noting", "room"]
