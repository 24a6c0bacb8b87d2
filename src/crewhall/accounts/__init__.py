"""People, agents and organisations; credentials, scopes and the audit trail."""

from crewhall.accounts import audit, invitations, keys, login, members
from crewhall.accounts.access import Access, hash_password
from crewhall.accounts.audit import AuditTrail
from crewhall.accounts.directory import find_member, first_organisation, members_of
from crewhall.accounts.founding import Founded, Plan, found, found_first, is_empty, unfound
from crewhall.accounts.jobs import JOBS, SCHEDULES
from crewhall.accounts.login import reset_password
from crewhall.accounts.members import end_membership
from crewhall.accounts.models import Member, MemberReference, Nothing
from crewhall.accounts.rules import require_may_manage
from crewhall.kit.capability import Room

room = Room("accounts", login.room, members.room, invitations.room, keys.room, audit.room)

__all__ = [
    "JOBS",
    "SCHEDULES",
    "Access",
    "AuditTrail",
    "Founded",
    "Member",
    "MemberReference",
    "Nothing",
    "Plan",
    "end_membership",
    "find_member",
    "first_organisation",
    "found",
    "found_first",
    "hash_password",
    "is_empty",
    "members_of",
    "require_may_manage",
    "reset_password",
    "room",
    "unfound",
]
