"""People, agents and organisations; credentials, scopes and the audit trail."""

from crewhall.accounts.access import Access, hash_password
from crewhall.accounts.audit import AuditTrail
from crewhall.accounts.capabilities import room
from crewhall.accounts.directory import find_member, members_of
from crewhall.accounts.founding import Founded, found
from crewhall.accounts.models import Member, Nothing

__all__ = [
    "Access",
    "AuditTrail",
    "Founded",
    "Member",
    "Nothing",
    "find_member",
    "found",
    "hash_password",
    "members_of",
    "room",
]
