"""Notifications in few words, for a model's context."""

from __future__ import annotations

from crewhall.accounts.notifications.models import MarkedRead, Notification, NotificationPage, PreferenceList


def line(one: Notification) -> str:
    said = f": {' '.join(one['excerpt'].split())}" if one["excerpt"] else ""
    unread = "" if one["read"] else "* "
    return f"{unread}{one['created_at']:%Y-%m-%d %H:%M}Z {one['kind']} {one['title']}{said} [{one['id']}]"


def page(found: NotificationPage) -> str:
    """A line each; a star before what is unread, the id in brackets for mark_notification_read."""
    lines = [line(one) for one in found["notifications"]] or ["No notifications."]
    more = [f"more: next_cursor={found['next_cursor']}"] if found["next_cursor"] else []
    return "\n".join([*lines, f"{found['unread']} unread", *more])


def marked(done: MarkedRead) -> str:
    return f"{done['marked']} marked as read, {done['unread']} unread"


def preferences(found: PreferenceList) -> str:
    return "\n".join(f"{one['kind']} {'on' if one['enabled'] else 'off'}: {one['meaning']}" for one in found["preferences"])
