"""Reading notifications, and saying that they were read."""

from __future__ import annotations

from crewhall.accounts.models import Done, Nothing
from crewhall.accounts.notifications import brief, store
from crewhall.accounts.notifications.filling import count_announcement
from crewhall.accounts.notifications.models import (
    MEANINGS,
    AboutTask,
    MarkedRead,
    Marking,
    Notification,
    NotificationPage,
    NotificationsWanted,
    NotificationWanted,
    Preference,
    PreferenceList,
    Preferences,
    UnreadCount,
)
from crewhall.kit.capability import Call, Kind, Room
from crewhall.kit.errors import NotFound
from crewhall.kit.paging import cursor_after, read_cursor

room = Room("notifications")


@room.capability(
    scope="tasks:read",
    kind=Kind.READ,
    http="GET /api/v1/notifications",
    brief=brief.page,
    aliases=("inbox", "alerts", "my_mentions", "news_for_me"),
    questions=("Did anybody mention me?", "What is new for me since yesterday?", "Show what I have not read yet."),
)
async def get_notifications(call: Call, wanted: NotificationsWanted) -> NotificationPage:
    """What you should hear of: tasks given to you, mentions, comments, answers; newest first."""
    found = await store.page(
        call.db, call.actor, unread_only=wanted.unread_only, before=read_cursor(wanted.cursor), limit=wanted.limit + 1
    )  # fmt: skip
    shown = found[: wanted.limit]
    cursor = cursor_after(shown[-1]["id"]) if len(found) > len(shown) else None
    return NotificationPage(notifications=shown, unread=await store.unread_count(call.db, call.actor), next_cursor=cursor)


@room.capability(
    scope="tasks:read",
    kind=Kind.READ,
    http="GET /api/v1/notifications/unread-count",
    aliases=("unread_notifications", "notification_count"),
    questions=("How many notifications wait for me?", "Is my inbox empty?", "Do I have anything unread?"),
)
async def get_unread_count(call: Call, wanted: AboutTask) -> UnreadCount:
    """How many of your notifications are not read yet, of all or about one task."""
    return UnreadCount(unread=await store.unread_count(call.db, call.actor, about=wanted.task_id))


@room.capability(
    scope="notifications:write",
    kind=Kind.WRITE,
    http="POST /api/v1/notifications/{notification_id}/read",
    brief=brief.line,
    aliases=("dismiss_notification", "seen", "acknowledge"),
    questions=("I have seen that mention.", "Tick this alert off.", "Mark that message as read."),
)
async def mark_notification_read(call: Call, wanted: Marking) -> Notification:
    """Mark a notification of yours as read, or with read=false as unread again; what is so already stays so."""
    await _find(call, wanted)
    if await _mark(call, wanted):
        await _announce_read(call)
    return await _find(call, wanted)


@room.capability(
    scope="notifications:write",
    kind=Kind.WRITE,
    http="POST /api/v1/notifications/mark-all-read",
    brief=brief.marked,
    aliases=("clear_notifications", "read_all", "empty_inbox"),
    questions=("I am up to date with everything.", "Clear all my alerts.", "Nothing in my inbox is news any more."),
)
async def mark_all_notifications_read(call: Call, wanted: AboutTask) -> MarkedRead:
    """Mark all your notifications as read, or all about one task."""
    call.about("notifications", call.actor.id)
    marked = await store.mark_all_read(call.db, call.actor, call.now, wanted.task_id)
    if marked:
        await _announce_read(call)
    return MarkedRead(marked=marked, unread=await store.unread_count(call.db, call.actor))


@room.capability(
    scope="notifications:write",
    kind=Kind.DESTRUCTIVE,
    http="DELETE /api/v1/notifications/{notification_id}",
    aliases=("remove_notification", "discard_alert"),
    questions=("Throw that notification away.", "Remove this alert for good.", "I never want to see this one again."),
)
async def delete_notification(call: Call, wanted: NotificationWanted) -> Done:
    """Delete a notification of yours for good."""
    one = await _find(call, wanted)
    await store.delete(call.db, call.actor, wanted.notification_id)
    if not one["read"]:
        await _announce_read(call)
    return Done()


async def _mark(call: Call, wanted: Marking) -> bool:
    """Whether that changed anything."""
    if wanted.read:
        return bool(await store.mark_read(call.db, call.actor, call.now, wanted.notification_id))
    return await store.mark_unread(call.db, call.actor, wanted.notification_id)


async def _find(call: Call, wanted: NotificationWanted) -> Notification:
    call.about("notification", wanted.notification_id)
    found = await store.find(call.db, call.actor, wanted.notification_id)
    if found is None:
        raise NotFound("You have no such notification: get_notifications lists them", notification_id=str(wanted.notification_id))
    return found


async def _announce_read(call: Call) -> None:
    """Every page and program of this member learns how many are left."""
    call.announce(count_announcement(call.actor.id, await store.unread_count(call.db, call.actor), call.now))


@room.capability(
    scope="tasks:read",
    kind=Kind.READ,
    http="GET /api/v1/notifications/preferences",
    brief=brief.preferences,
    aliases=("notification_settings", "muted_kinds"),
    questions=("What am I notified about?", "Which alerts have I switched off?", "What kinds of notifications are there?"),
)
async def get_notification_preferences(call: Call, wanted: Nothing) -> PreferenceList:
    """Of which kinds of things you are told, and what each kind means."""
    return _preferences(await store.preferences(call.db, call.actor))


@room.capability(
    scope="notifications:write",
    kind=Kind.WRITE,
    http="PATCH /api/v1/notifications/preferences",
    brief=brief.preferences,
    aliases=("mute_notifications", "unmute", "silence"),
    questions=("Do not tell me about comments.", "Switch alerts for resolved issues off.", "Notify me again when I am mentioned."),
)
async def set_notification_preferences(call: Call, wanted: Preferences) -> PreferenceList:
    """Say of which kinds of things you want to be told; kinds that you do not name stay as they are."""
    named = {kind: value for kind, value in wanted.model_dump().items() if value is not None}
    call.about("notification preferences", call.actor.id)
    if named:
        await store.prefer(call.db, call.actor, named)
    return _preferences(await store.preferences(call.db, call.actor))


def _preferences(said: dict[str, bool]) -> PreferenceList:
    known = [Preference(kind=topic, enabled=said.get(topic, True), meaning=meaning) for topic, meaning in MEANINGS.items()]
    return PreferenceList(preferences=known)
