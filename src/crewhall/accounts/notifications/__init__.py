"""What somebody should hear of, kept until it is read (docs/guide/notifications.md)."""

from crewhall.accounts.notifications.capabilities import room
from crewhall.accounts.notifications.filling import CONSUMERS
from crewhall.accounts.notifications.jobs import JOBS, SCHEDULES
from crewhall.accounts.notifications.models import Notification, Topic
from crewhall.accounts.notifications.store import unread_count, unread_notifications

__all__ = ["CONSUMERS", "JOBS", "SCHEDULES", "Notification", "Topic", "room", "unread_count", "unread_notifications"]
