"""Notifications, as they are asked for and shown."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import Field
from typing_extensions import TypedDict

from crewhall.kit.model import Model
from crewhall.kit.text import ShortLine


class Topic(StrEnum):
    """What a notification is about; the order is that of importance, when one event is several of them."""

    IDENTITY_LINKED = "identity_linked"
    APPROVAL_ASKED = "approval_asked"
    APPROVAL_ANSWERED = "approval_answered"
    MENTIONED = "mentioned"
    ASSIGNED = "assigned"
    ISSUE_ASSIGNED = "issue_assigned"
    CLAIM_LOST = "claim_lost"
    UNBLOCKED = "unblocked"
    ISSUE_RESOLVED = "issue_resolved"
    ISSUE_REPORTED = "issue_reported"
    RISK_HIGH = "risk_high"
    WEBHOOK_DISABLED = "webhook_disabled"
    FINISHED = "finished"
    COMMENTED = "commented"
    INTEGRATION = "integration"


MEANINGS = {
    Topic.IDENTITY_LINKED: "An outside account was linked to yours: whoever holds it acts as you.",
    Topic.APPROVAL_ASKED: "A question, a review or a confirmation waits for you.",
    Topic.APPROVAL_ANSWERED: "What you had asked was answered.",
    Topic.MENTIONED: "Somebody wrote @ and your user name.",
    Topic.ASSIGNED: "A task was given to you.",
    Topic.ISSUE_ASSIGNED: "A blocker, bug or question was given to you.",
    Topic.CLAIM_LOST: "A claim of yours ran out or was taken over.",
    Topic.UNBLOCKED: "The last blocker of a task of yours is done.",
    Topic.ISSUE_RESOLVED: "An issue that you reported or that was yours is settled.",
    Topic.ISSUE_REPORTED: "An issue was reported in a project that you lead.",
    Topic.RISK_HIGH: "The risk of a task of yours rose to high.",
    Topic.WEBHOOK_DISABLED: "A webhook was switched off because nothing arrives there any more; owners and admins are told.",
    Topic.FINISHED: "A task that you watch is completed or dropped.",
    Topic.COMMENTED: "Somebody commented on a task of yours, or that you created or watch.",
    Topic.INTEGRATION: "A connection to a platform broke, needs you, works again, or did not take a change of yours.",
}


class Preferences(Model):
    """Of what you want to hear; what you do not name stays as it is."""

    approval_asked: Annotated[bool | None, Field(description=MEANINGS[Topic.APPROVAL_ASKED])] = None
    approval_answered: Annotated[bool | None, Field(description=MEANINGS[Topic.APPROVAL_ANSWERED])] = None
    mentioned: Annotated[bool | None, Field(description=MEANINGS[Topic.MENTIONED])] = None
    assigned: Annotated[bool | None, Field(description=MEANINGS[Topic.ASSIGNED])] = None
    issue_assigned: Annotated[bool | None, Field(description=MEANINGS[Topic.ISSUE_ASSIGNED])] = None
    claim_lost: Annotated[bool | None, Field(description=MEANINGS[Topic.CLAIM_LOST])] = None
    unblocked: Annotated[bool | None, Field(description=MEANINGS[Topic.UNBLOCKED])] = None
    issue_resolved: Annotated[bool | None, Field(description=MEANINGS[Topic.ISSUE_RESOLVED])] = None
    issue_reported: Annotated[bool | None, Field(description=MEANINGS[Topic.ISSUE_REPORTED])] = None
    risk_high: Annotated[bool | None, Field(description=MEANINGS[Topic.RISK_HIGH])] = None
    webhook_disabled: Annotated[bool | None, Field(description=MEANINGS[Topic.WEBHOOK_DISABLED])] = None
    finished: Annotated[bool | None, Field(description=MEANINGS[Topic.FINISHED])] = None
    commented: Annotated[bool | None, Field(description=MEANINGS[Topic.COMMENTED])] = None
    integration: Annotated[bool | None, Field(description=MEANINGS[Topic.INTEGRATION])] = None
    identity_linked: Annotated[bool | None, Field(description=MEANINGS[Topic.IDENTITY_LINKED])] = None


class NotificationsWanted(Model):
    """Which notifications."""

    unread_only: Annotated[bool, Field(description="Only those that are not read yet.")] = False
    limit: Annotated[int, Field(ge=1, le=100, description="How many at the most.")] = 20
    cursor: Annotated[ShortLine | None, Field(description="next_cursor of the page before.")] = None


class AboutTask(Model):
    """All notifications, or those about one task."""

    task_id: Annotated[ShortLine | None, Field(description="Only those about this task: its key or id.")] = None


class NotificationWanted(Model):
    """Which notification."""

    notification_id: Annotated[UUID, Field(description="The notification's id, from get_notifications.")]


class Marking(NotificationWanted):
    """Which notification, and whether it was read."""

    read: Annotated[bool, Field(description="False: it is unread again, and waits for you as before.")] = True


class Notification(TypedDict):
    """One thing that you should hear of. Title and excerpt are as they were when it happened."""

    id: UUID
    kind: Annotated[str, Field(description="assigned, mentioned, commented ...: get_notification_preferences explains each")]
    title: str
    excerpt: Annotated[str | None, Field(description="The beginning of what was said; somebody else's words.")]
    task_key: Annotated[str | None, Field(description="The task that it is about: CH-12")]
    entity_type: str
    entity_id: UUID | None
    actor_name: Annotated[str | None, Field(description="Who did it; null: nobody, it came about by itself")]
    actor_kind: Annotated[str | None, Field(description="person, agent or service")]
    created_at: datetime
    read: bool
    read_at: datetime | None


class NotificationPage(TypedDict):
    """Notifications, newest first."""

    notifications: list[Notification]
    unread: Annotated[int, Field(description="How many are unread in all.")]
    next_cursor: Annotated[str | None, Field(description="For the next page; null: this is the last")]


class UnreadCount(TypedDict):
    """How many notifications wait to be read."""

    unread: int


class Preference(TypedDict):
    """Whether you are told of one kind of thing."""

    kind: str
    enabled: bool
    meaning: str


class PreferenceList(TypedDict):
    """Every kind of notification, and whether you are told of it."""

    preferences: list[Preference]


class MarkedRead(TypedDict):
    """How many were unread until now."""

    marked: int
    unread: Annotated[int, Field(description="How many are unread now.")]
