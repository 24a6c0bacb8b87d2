"""People, agents and organisations; credentials, scopes and the audit trail."""

from crewhall.accounts.access import Access, hash_password
from crewhall.accounts.audit import AuditTrail
from crewhall.accounts.capabilities import room
from crewhall.accounts.directory import find_member, members_of
from crewhall.accounts.founding import Founded, Plan, found, found_first
from crewhall.accounts.models import Member, Nothing

__all__ = [
    "Access",
    "AuditTrail",
    "Founded",
    "Member",
    "Nothing",
    "Plan",
    "find_member",
    "found",
    "found_first",
    "hash_password",
    "members_of",
    "room",
]
