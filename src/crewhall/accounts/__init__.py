"""People, agents and organisations; credentials, scopes and the audit trail."""

from crewhall.accounts import audit, grants, identities, invitations, keys, login, members, notifications, organisation, presence
from crewhall.accounts.access import ISSUER, Access, hash_password
from crewhall.accounts.audit import AuditTrail
from crewhall.accounts.directory import find_member, first_organisation, key_prefix_of, managers_of, members_of, time_zone_of
from crewhall.accounts.founding import Founded, Plan, found, found_first, is_empty, unfound
from crewhall.accounts.grants.rules import USUAL as USUAL_SCOPES
from crewhall.accounts.grants.rules import answer_address, goes_to, require_may_grant
from crewhall.accounts.jobs import JOBS, SCHEDULES
from crewhall.accounts.login import reset_password
from crewhall.accounts.members import end_membership
from crewhall.accounts.mirrored import Known, Stranger, mirror_people, mirroring_among, mirroring_service
from crewhall.accounts.models import Member, MemberReference, Nothing
from crewhall.accounts.notifications import (
    CONSUMERS,
    Follower,
    Notification,
    Watch,
    followers,
    set_watch,
    unread_count,
    unread_notifications,
    watch_of,
)
from crewhall.accounts.outside import OutsideIssuer
from crewhall.accounts.rules import GRANTABLE, require_may_manage
from crewhall.kit.capability import Room

room = Room(
    "accounts", login.room, organisation.room, members.room, invitations.room, keys.room, grants.room, identities.room, presence.room,
    notifications.room, audit.room,
)  # fmt: skip

__all__ = [
    "CONSUMERS",
    "GRANTABLE",
    "ISSUER",
    "JOBS",
    "SCHEDULES",
    "USUAL_SCOPES",
    "Access",
    "AuditTrail",
    "Follower",
    "Founded",
    "Known",
    "Member",
    "MemberReference",
    "Nothing",
    "Notification",
    "OutsideIssuer",
    "Plan",
    "Stranger",
    "Watch",
    "answer_address",
    "end_membership",
    "find_member",
    "first_organisation",
    "followers",
    "found",
    "found_first",
    "goes_to",
    "hash_password",
    "is_empty",
    "key_prefix_of",
    "managers_of",
    "members_of",
    "mirror_people",
    "mirroring_among",
    "mirroring_service",
    "require_may_grant",
    "require_may_manage",
    "reset_password",
    "room",
    "set_watch",
    "time_zone_of",
    "unfound",
    "unread_count",
    "unread_notifications",
    "watch_of",
]
