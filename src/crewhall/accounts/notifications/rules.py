"""Who is told of an event, as what, and in which words: decisions without a database."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from crewhall.accounts.notifications.models import Topic
from crewhall.accounts.notifications.watches import Part
from crewhall.live import LoggedEvent

ISSUES = frozenset({"blocker", "bug", "question"})
ENDED = frozenset({"completed", "deprecated"})
LONGEST_TITLE, LONGEST_EXCERPT = 240, 280
MOST_MENTIONED = 50
IMPORTANCE = {topic: number for number, topic in enumerate(Topic)}
GENERAL = frozenset({Topic.COMMENTED, Topic.FINISHED, Topic.ISSUE_RESOLVED, Topic.UNBLOCKED, Topic.RISK_HIGH})
"""What comes of having a part in a task. The rest is meant for one person, and reaches those who muted the task, too."""
OWN_TYPE = "notification"
"""The type of the events that tell of notifications; nobody is notified of these."""

_CODE = re.compile(r"```.*?```|`[^`\n]*`", re.DOTALL)
_MENTION = re.compile(r"(?<![\w@/.+-])@([A-Za-z0-9][A-Za-z0-9._-]{0,63})(?![\w@])")


@dataclass(slots=True)
class Notice:
    """What one event is to its people: whom it concerns as what, whose user names were mentioned, and what was said.

    `comment_id` names a comment of which each is told once; `actor` is who did it, never told of it; `watched` is what those are told
    who watch the task.
    """

    event: LoggedEvent
    change: Mapping[str, Any]
    told: dict[UUID, Topic] = field(default_factory=dict)
    watched: Topic | None = None
    mentioned: tuple[str, ...] = ()
    said: str | None = None
    comment_id: UUID | None = None

    def tell(self, people: Iterable[UUID], topic: Topic) -> None:
        """Of several reasons to be told of one event, the most important one counts."""
        for person in people:
            if person not in self.told or IMPORTANCE[topic] < IMPORTANCE[self.told[person]]:
                self.told[person] = topic

    def heed(self, watches: Mapping[UUID, bool]) -> None:
        """`watches`: what people have said of the task, True: that they do not want to hear of it."""
        if self.watched is not None:
            self.tell((person for person, muted in watches.items() if not muted), self.watched)
        for person, muted in watches.items():
            if muted and self.told.get(person) in GENERAL:
                del self.told[person]

    @property
    def actor(self) -> Mapping[str, Any]:
        return self.change.get("actor") or {}

    @property
    def task(self) -> Mapping[str, Any]:
        return self.change.get("task") or {}

    @property
    def approval(self) -> Mapping[str, Any]:
        return self.change.get("approval") or {}

    def recipients(self) -> dict[UUID, Topic]:
        """Those who are told: never who did it, never who may not hear of it."""
        by = self.actor.get("id")
        return {person: topic for person, topic in self.told.items() if str(person) != by and _may_hear(self.event, person)}


def _may_hear(event: LoggedEvent, person: UUID) -> bool:
    return event.audience is None or person in event.audience


def read_event(event: LoggedEvent, change: Mapping[str, Any]) -> Notice | None:
    """What this event is to people; None for one that nobody needs to be told of. `change` is its data."""
    notice = Notice(event, change)
    if event.type == OWN_TYPE:
        return None
    for topic, people in (change.get("notify") or {}).items():  # what a room above says of its own events
        if topic in IMPORTANCE:  # else it was written by a later release, and must not hold everything up
            notice.tell(map(UUID, people), Topic(topic))
    if notice.task:
        for reading in (_given, _ended, _freed, _asked, _at_risk, _lost, _said):
            reading(notice)
    elif event.type in {"approval_requested", "approval_answered"}:
        _asked(notice)
    return notice if notice.told or notice.mentioned or notice.watched else None


def _given(notice: Notice) -> None:
    """Somebody who had no part in the task has one now."""
    task, change = notice.task, notice.change
    new = notice.event.user_ids if "created" in changed_in(change) else map(UUID, change.get("assigned") or ())
    notice.tell(new, Topic.ISSUE_ASSIGNED if task.get("type") in ISSUES else Topic.ASSIGNED)


def _ended(notice: Notice) -> None:
    task, changed = notice.task, changed_in(notice.change)
    if task.get("status") not in ENDED:
        return
    if task.get("type") in ISSUES and {"status", "resolution"} & changed:
        notice.tell(_people_of(notice), Topic.ISSUE_RESOLVED)
        notice.said = notice.said or task.get("resolution")
        notice.watched = Topic.ISSUE_RESOLVED
    elif "status" in changed:
        notice.watched = Topic.FINISHED


def _freed(notice: Notice) -> None:
    if "unblocked" in changed_in(notice.change):
        notice.tell(notice.event.user_ids, Topic.UNBLOCKED)


def _asked(notice: Notice) -> None:
    """Something waits for a person's word, or has got it."""
    asked = notice.approval
    if asked.get("status") == "pending":
        of = asked.get("asked_of_id")
        notice.tell({UUID(of)} if of else () if notice.task else notice.event.user_ids, Topic.APPROVAL_ASKED)  # else "notify" says whom
        notice.said = asked.get("question")
    elif asked.get("asked_by_id"):
        notice.tell({UUID(asked["asked_by_id"])}, Topic.APPROVAL_ANSWERED)
        notice.said = asked.get("answer") or asked.get("status")


def settled_by(change: Mapping[str, Any]) -> UUID | None:
    """What people were asked and need not answer any more: somebody did, or it was taken back."""
    asked = change.get("approval") or {}
    return UUID(asked["id"]) if "id" in asked and asked.get("status") != "pending" else None


def gone_by(event: LoggedEvent, change: Mapping[str, Any]) -> UUID | None:
    """The task that was deleted: what was asked about it waits for nobody until it is restored."""
    return UUID(change["task_id"]) if event.type == "task_deleted" else None


def _at_risk(notice: Notice) -> None:
    if "risk" in changed_in(notice.change):
        notice.tell(notice.event.user_ids, Topic.RISK_HIGH)


def _lost(notice: Notice) -> None:
    """A claim ran out, or somebody else took it over; who gives one back did so themselves."""
    if "claim" not in changed_in(notice.change):
        return
    before = ((notice.change.get("previous") or {}).get("claim") or {}).get("holder_id")
    after = (notice.task.get("claim") or {}).get("holder_id")
    if before and before != after:
        notice.tell({UUID(before)}, Topic.CLAIM_LOST)


def _said(notice: Notice) -> None:
    """A comment, alone or with a change, and a description that is new."""
    comment, changed = notice.change.get("comment") or {}, changed_in(notice.change)
    text = comment.get("text")
    if text:
        notice.mentioned, notice.said = usernames_in(text), text
        notice.comment_id = UUID(comment["id"]) if "id" in comment else None
        if not {"comments", "claim"} & changed:  # an edited one was told of when it was new; a claim's reason is its holder's
            notice.tell(_people_of(notice), Topic.COMMENTED)
            notice.watched = notice.watched or Topic.COMMENTED
    elif {"created", "description"} & changed:
        description = notice.task.get("description") or ""
        before = usernames_in((notice.change.get("previous") or {}).get("description") or "")
        notice.mentioned = tuple(name for name in usernames_in(description) if name not in before)
        notice.said = notice.said or (description if notice.mentioned else None)


def _people_of(notice: Notice) -> set[UUID]:
    """Those who share the task, and who created it."""
    creator = notice.task.get("created_by_id")
    return set(notice.event.user_ids) | ({UUID(creator)} if creator else set())


def changed_in(change: Mapping[str, Any]) -> set[str]:
    return set(change.get("changed") or ())


def part_taken(event: LoggedEvent, change: Mapping[str, Any]) -> Part | None:
    """Whoever commented on a task or, being a person, created it, has taken part in it."""
    actor, task_id = change.get("actor") or {}, change.get("task_id")
    created, comment = "created" in changed_in(change), (change.get("comment") or {}).get("id")
    by_member = actor.get("kind") == "person" or (actor.get("kind") == "agent" and comment)
    if task_id and "id" in actor and by_member and (created or comment):
        return event.organisation_id, UUID(str(task_id)), UUID(str(actor["id"]))
    return None


def usernames_in(text: str) -> tuple[str, ...]:
    """The user names that are written with an @, in lower case, each once; not in code, not as a part of an e-mail.

    A dot or a dash at the end may belong to the name or to the sentence: both are answered.
    """
    found = (word.lower() for word in _MENTION.findall(_CODE.sub(" ", text)))
    both = (name for word in found for name in (word, word.rstrip("._-")))
    return tuple(dict.fromkeys(both))[:MOST_MENTIONED]


# Words --------------------------------------------------------------------------------------------------------------------

SENTENCES = {
    Topic.IDENTITY_LINKED: "{who} linked an outside account to yours: {message}",
    Topic.APPROVAL_ASKED: "{who} asks you{about}",
    Topic.APPROVAL_ANSWERED: "{who} answered you{about}",
    Topic.MENTIONED: "{who} mentioned you{about}",
    Topic.ASSIGNED: "{who} gave you {task}",
    Topic.ISSUE_ASSIGNED: "{who} gave you the {type} {task}",
    Topic.CLAIM_LOST: "Your claim is over{about}",
    Topic.UNBLOCKED: "Nothing blocks any more: {task}",
    Topic.ISSUE_RESOLVED: "{who} settled the {type} {task}",
    Topic.ISSUE_REPORTED: "{who} reported the {type} {task}",
    Topic.RISK_HIGH: "The risk is high now{about}",
    Topic.WEBHOOK_DISABLED: "A webhook was switched off: {message}",
    Topic.FINISHED: "{who} {ended} {task}",
    Topic.COMMENTED: "{who} commented{about}",
    Topic.INTEGRATION: "Connection{about}",
}


def title_of(notice: Notice, topic: Topic) -> str:
    """One line that says what happened, to somebody who has nothing before them."""
    task = notice.task
    named = f"{task['key']} {task['title']}" if task else ""
    message = str(notice.change.get("message") or "")
    about = f" on {named}" if named else f": {message}" if message else ""
    words = {
        "who": notice.actor.get("name") or "Crewhall",
        "task": named,
        "type": task.get("type") or "task",
        "ended": "completed" if task.get("status") == "completed" else "dropped",
        "about": about,
        "message": message,
    }
    return cut(SENTENCES[topic].format(**words), LONGEST_TITLE)


def excerpt_of(notice: Notice) -> str | None:
    return cut(" ".join(notice.said.split()), LONGEST_EXCERPT) if notice.said else None


def cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else f"{text[: longest - 1]}…"
