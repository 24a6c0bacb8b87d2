"""Reading the trail."""

from __future__ import annotations

from uuid import UUID

from crewhall.accounts.audit import brief, store
from crewhall.accounts.audit.models import AuditFilter, AuditPage
from crewhall.accounts.directory import find_member
from crewhall.kit.capability import Call, Kind, Room
from crewhall.kit.paging import cursor_after, read_cursor

room = Room("audit")


@room.capability(
    scope="audit:read",
    kind=Kind.READ,
    http="GET /api/v1/audit",
    brief=brief.page,
    aliases=("audit_log", "audit_trail", "security_log"),
    questions=("Who did what yesterday?", "Which calls were refused?", "Who changed robin's role?"),
)
async def get_audit(call: Call, wanted: AuditFilter) -> AuditPage:
    """Who changed what, newest first, done or refused; GET /api/v1/audit/export gives it whole, as JSON lines."""
    rows = await store.lines(
        call.db,
        call.actor,
        wanted.limit + 1,  # one more than asked for tells whether there is a next page
        actor_id=await _actor_id(call, wanted.actor),
        capability=wanted.capability,
        outcome=wanted.outcome,
        subject=wanted.subject,
        since=wanted.since,
        until=wanted.until,
        before=read_cursor(wanted.cursor),
    )
    shown = rows[: wanted.limit]
    return AuditPage(lines=shown, next_cursor=cursor_after(shown[-1]["id"]) if len(rows) > wanted.limit else None)


async def _actor_id(call: Call, reference: str | None) -> UUID | None:
    return (await find_member(call.db, call.actor, reference, "actor", also_left=True))["id"] if reference else None
