"""The consumer that turns events into notifications, and tells each listener of its own."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from crewhall.accounts.notifications import rules, store, watches
from crewhall.accounts.notifications.models import Notification, Topic
from crewhall.accounts.notifications.rules import Notice
from crewhall.kit.capability import Actor, Announcement
from crewhall.kit.db.pool import Connection
from crewhall.kit.db.together import run_together
from crewhall.kit.ids import new_id
from crewhall.kit.json import loads
from crewhall.live import Batch, Consumer, append

UNHURRIED_SECONDS = 0.1
"""Nobody waits for a notification as for a board that moves: what comes within this time is handled together."""


async def fill(batch: Batch) -> None:
    """Write down who is to hear of these events, announce it to each of them alone, and settle what they are not asked any more."""
    changes = [(event, loads(event.data)) for event in batch.events]
    await watches.take_part(batch.db, [part for event, change in changes if (part := rules.part_taken(event, change))])
    if notices := [notice for event, change in changes if (notice := rules.read_event(event, change))]:
        await _tell(batch, notices)
    settled = [(one, event.position) for event, change in changes if (one := rules.settled_by(change))]
    gone = [(one, event.position) for event, change in changes if (one := rules.gone_by(event, change))]
    readers = await store.settle(batch.db, settled) | await store.settle_about(batch.db, gone)
    await tell_counts(batch.db, readers, datetime.now(UTC))


async def _tell(batch: Batch, notices: Sequence[Notice]) -> None:
    await _heed_watches(batch, notices)
    await _find_mentioned(batch, notices)
    await store.hold_projects(batch.db, {notice.event.project_id for notice in notices if notice.event.project_id})
    added = await store.add(batch.db, [row for notice in notices for row in _rows(notice)])
    by_position = {notice.event.position: notice for notice in notices}
    unread = await store.unread_counts(batch.db, {one.user_id for one in added})
    for one in added:
        notice = by_position[one.position]
        said = announcement(one.notification, one.user_id, unread[(notice.event.organisation_id, one.user_id)], notice.event.repositories)
        await run_together(batch.db, [append(_teller(notice, one.user_id), said)])


async def tell_counts(db: Connection, readers: Collection[tuple[UUID, UUID]], now: datetime) -> None:
    """Every page and program of these members, by organisation and id, learns how many are left to be read."""
    if not readers:
        return
    unread = await store.unread_counts(db, {person for _, person in readers})
    for organisation_id, person in readers:
        said = count_announcement(person, unread.get((organisation_id, person), 0), now)
        await run_together(db, [append(_clockwork(organisation_id, person), said)])


async def _heed_watches(batch: Batch, notices: Iterable[Notice]) -> None:
    """Those who watch a task hear of it, and those who muted it only what is meant for them."""
    of = [(notice, UUID(notice.task["id"])) for notice in notices if notice.task]
    said = await watches.of_tasks(batch.db, {task_id for _, task_id in of})
    for notice, task_id in of:
        notice.heed(said.get(task_id, {}))


async def _find_mentioned(batch: Batch, notices: Iterable[Notice]) -> None:
    """Turn the user names that were written into the members who are called so."""
    written = [(notice.event.organisation_id, name) for notice in notices for name in notice.mentioned]
    known = await store.members_called(batch.db, written) if written else {}
    for notice in notices:
        people = [known.get((notice.event.organisation_id, name)) for name in notice.mentioned]
        notice.tell(filter(None, people), Topic.MENTIONED)


def _rows(notice: Notice) -> list[dict[str, Any]]:
    """What is written for one event, if its people are members who want it."""
    event, change, actor = notice.event, notice.change, notice.actor
    subject = change.get("subject") or {}
    about = change.get("task_id") or subject.get("id")
    same: dict[str, Any] = {
        "organisation_id": event.organisation_id, "position": event.position, "excerpt": rules.excerpt_of(notice),
        "subject": notice.task.get("key"), "entity_type": "task" if notice.task else subject.get("kind", "member"), "entity_id": about,
        "comment_id": notice.comment_id, "lapses_at": notice.approval.get("expires_at"),
        "actor_id": actor.get("id"), "actor_name": actor.get("name"), "actor_kind": actor.get("kind"),
        "repositories": sorted(event.repositories), "project_id": event.project_id, "created_at": change.get("timestamp"),
    }  # fmt: skip
    return [
        same
        | {"id": new_id(), "user_id": person, "kind": topic, "title": rules.title_of(notice, topic)}
        | {"approval_id": notice.approval.get("id") if topic is Topic.APPROVAL_ASKED else None}
        for person, topic in notice.recipients().items()
    ]


def _teller(notice: Notice, person: UUID) -> Actor:
    """The one who did it tells of it; what came about by itself is told by the one who hears."""
    who = UUID(str(notice.actor["id"])) if "id" in notice.actor else person
    return _clockwork(notice.event.organisation_id, who, str(notice.actor.get("kind") or "service"))


def _clockwork(organisation_id: UUID, who: UUID, kind: str = "service") -> Actor:
    return Actor(who, organisation_id, kind, "", "", "service", frozenset(), "consumer", who, client="notifications")


def announcement(notification: Notification, person: UUID, unread: int, repositories: Iterable[str]) -> Announcement:
    """The live event of one notification, for its reader alone. It carries no `task_id`: it is not a change of the task."""
    data = {
        "type": rules.OWN_TYPE, "message": notification["title"], "notification": notification, "unread": unread,
        "timestamp": notification["created_at"],
    }  # fmt: skip
    about = notification["entity_id"] or notification["id"]
    return Announcement(rules.OWN_TYPE, "notification", about, data, (person,), tuple(sorted(repositories)), audience=(person,))


def count_announcement(person: UUID, unread: int, now: datetime) -> Announcement:
    """The live event that says how many are left, without news."""
    message = f"{unread} notifications are unread" if unread else "All notifications are read"
    data = {"type": rules.OWN_TYPE, "message": message, "notification": None, "unread": unread, "timestamp": now}
    return Announcement(rules.OWN_TYPE, "member", person, data, (person,), audience=(person,))


CONSUMERS = (Consumer("notifications", fill, patience=UNHURRIED_SECONDS),)
