"""What somebody should hear of, kept until it is read (docs/guide/notifications.md)."""

from crewhall.accounts.notifications.capabilities import room
from crewhall.accounts.notifications.filling import CONSUMERS
from crewhall.accounts.notifications.jobs import JOBS, SCHEDULES
from crewhall.accounts.notifications.models import Notification, Topic
from crewhall.accounts.notifications.store import unread_count, unread_notifications
from crewhall.accounts.notifications.watches import Follower, Watch, followers, set_watch, watch_of

__all__ = [
    "CONSUMERS",
    "JOBS",
    "SCHEDULES",
    "Follower",
    "Notification",
    "Topic",
    "Watch",
    "followers",
    "room",
    "set_watch",
    "unread_count",
    "unread_notifications",
    "watch_of",
]
