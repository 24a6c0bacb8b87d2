"""Who belongs to the organisation, as what, and until when."""

from crewhall.accounts.members.capabilities import room
from crewhall.accounts.members.ending import end_membership

__all__ = ["end_membership", "room"]
