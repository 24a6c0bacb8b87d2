"""Decisions about tasks, without a database."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Any, Final, cast
from uuid import UUID

from typing_extensions import TypedDict

from crewhall.kit.capability import Actor
from crewhall.kit.errors import Conflict, NotAllowed, PreconditionFailed, ValidationFailed
from crewhall.kit.json import dumps, fingerprint
from crewhall.tasks.approvals import gate
from crewhall.tasks.approvals.gate import Gate, Step
from crewhall.tasks.board.models import Assignee, Status, Task
from crewhall.tasks.claims import leases

TYPE_OF_STATUS = {
    Status.NOT_STARTED: "open",
    Status.IN_PROGRESS: "custom",
    Status.BLOCKED: "custom",
    Status.READY_FOR_REVIEW: "custom",
    Status.COMPLETED: "done",
    Status.DEPRECATED: "closed",
}
OPEN = tuple(status for status in Status if TYPE_OF_STATUS[status] not in {"done", "closed"})
DEEPEST, MOST_SHARING = 10, 20
"""Levels of sub-tasks, the uppermost task included; and how many people can share a task."""


@dataclass(frozen=True, slots=True)
class Change:
    """One field that changes, as history keeps it: in words that people read."""

    field: str
    old: str | None
    new: str | None


KEYED: Final = ("links", "parent")
"""Fields whose values in the history end with the key of another task."""


def key_in(value: str) -> str:
    """The key that such a value ends with."""
    return value.rpartition(" ")[2]


@dataclass(frozen=True, slots=True)
class Named:
    """Something with an id that people call by a name: a repository, a task by its key, a project and how it is kept."""

    id: UUID
    name: str
    private: bool = False
    reviewed: bool = False
    archived: bool = False


@dataclass(frozen=True, slots=True)
class Person:
    """A member as an assignee."""

    id: UUID
    name: str
    kind: str


class Wanted(TypedDict, total=False):
    """What a task shall become: fields that are named, with every reference found."""

    title: str
    description: str
    type: str
    status: Status
    resolution: str | None
    priority: str
    complexity: str
    estimate_minutes: int | None
    progress_percentage: int | None
    start_at: datetime | None
    due_at: datetime | None
    assignee: Person | None
    assignees: tuple[Person, ...]
    add_assignees: tuple[Person, ...]
    remove_assignees: tuple[Person, ...]
    repository: Named | None
    project: Named | None
    parent: Named | None
    tags: tuple[str, ...]
    add_tags: tuple[str, ...]
    remove_tags: tuple[str, ...]
    custom_fields: Mapping[str, Any]
    rejected: bool  # by a reviewer, who alone can say so


@dataclass(frozen=True, slots=True)
class Attached:
    """What hangs on a task beside its row; read only when a change needs it."""

    assignees: tuple[Assignee, ...] = ()
    parent_key: str | None = None
    custom_fields: Mapping[str, Any] = field(default_factory=dict)
    list_id: UUID | None = None
    gate: Gate = gate.OPEN

    @property
    def people(self) -> tuple[Person, ...]:
        return tuple(Person(one["id"], one["name"], one["kind"]) for one in self.assignees)


NOTHING_ATTACHED: Final = Attached()
PEOPLE: Final = frozenset({"assignee", "assignees", "add_assignees", "remove_assignees"})
NEEDS_ATTACHED = PEOPLE | {"parent", "project", "custom_fields"}


@dataclass(slots=True)
class Edit:
    """A task's change on its way to the database: the task after it, the lines of history, and the columns that are written.

    `people` are all assignees when they change, else None; `concerned` are those whom the change concerns, `given` those who had no
    part in the task before. `review` is what becomes of the task's review, `held` says that it was to be completed and waits for one
    instead; `told` is what its event says besides, `unsaid` are fields whose old value names what not everybody sees who sees the task.
    """

    before: Task
    after: Task
    changes: list[Change] = field(default_factory=list)
    columns: dict[str, Any] = field(default_factory=dict)
    people: tuple[Person, ...] | None = None
    concerned: tuple[UUID, ...] = ()
    given: tuple[UUID, ...] = ()
    review: Step | None = None
    held: bool = False
    told: dict[str, Any] = field(default_factory=dict)
    unsaid: set[str] = field(default_factory=set)

    @property
    def changed(self) -> list[str]:
        return [change.field for change in self.changes]

    @property
    def previous(self) -> dict[str, Any]:
        """The old values of the fields that changed, in the shape of a task; in words where a task does not carry them."""
        before: dict[str, Any] = dict(self.before)
        said = {change.field: before.get(change.field, change.old) for change in self.changes}
        return said | {name: None for name in said if name in self.unsaid}

    def concern(self, person: UUID) -> None:
        """One more whom the change concerns."""
        self.concerned = tuple(dict.fromkeys((*self.concerned, person)))

    def note(self, change: Change, columns: Mapping[str, Any], **shown: Any) -> None:
        """One field more: its line of history, its columns, and how the task shows it."""
        self.changes.append(change)
        self.columns.update(columns)
        self.after = cast(Task, {**self.after, **shown})


def is_open(task: Task) -> bool:
    """Whether there is still something to be done, so that what it blocks has to wait."""
    return task["deleted_at"] is None and task["status"] in OPEN


def edit(task: Task, wanted: Wanted, attached: Attached, actor: Actor, now: datetime) -> Edit:
    """What changes when a locked task shall become as `wanted`. Fields that are so already do not change."""
    change = Edit(task, task, concerned=tuple(one["id"] for one in attached.assignees))
    for part in _PARTS:
        part(change, wanted, attached, now)
    if change.changes:
        stamp(change, actor, now)
    return change


def stamp(change: Edit, actor: Actor, now: datetime) -> None:
    """The version grows by one, and the task says who changed it and when."""
    task, claim = change.after, change.after["claim"]
    if claim is not None and claim["holder_id"] == actor.id:  # any write of the holder is a sign of life
        claim = leases.renewed(claim, now)
        change.columns.setdefault("claim_expires_at", claim["expires_at"])
    change.after = cast(Task, {
        **task, "version": task["version"] + 1, "claim": claim, "updated_at": now, "updated_by": actor.name, "updated_by_id": actor.id,
    })  # fmt: skip


PLAIN_FIELDS: Final = (
    "title", "description", "type", "resolution", "priority", "complexity", "estimate_minutes", "progress_percentage", "start_at", "due_at",
)  # fmt: skip


def _plain_fields(change: Edit, wanted: Wanted, _attached: Attached, _now: datetime) -> None:
    old, new = cast("dict[str, Any]", change.before), cast("dict[str, Any]", wanted)
    for name in PLAIN_FIELDS:
        if name in new and new[name] != old[name]:
            change.note(Change(name, _words(old[name]), _words(new[name])), {name: new[name]}, **{name: new[name]})


def _status(change: Edit, wanted: Wanted, attached: Attached, now: datetime) -> None:
    task, status = change.before, wanted.get("status")
    if status is Status.COMPLETED and task["status"] != status:
        status = _through_gate(change, wanted, attached.gate)
    if status is None or status == task["status"]:
        return
    completed_at = now if status is Status.COMPLETED else None
    columns = {"status": status.value, "status_name": None, "status_type": TYPE_OF_STATUS[status], "completed_at": completed_at}
    change.note(Change("status", task["status"], status.value), columns, status=status, completed_at=completed_at)
    if status not in OPEN:
        end_claim(change)


def _through_gate(change: Edit, wanted: Wanted, before: Gate) -> Status:
    """Completed where nobody wants a review, or by a person who gives it; else it waits for one."""
    if before.yours:
        change.review = Step.APPROVED
        return Status.COMPLETED
    change.held = before.required or is_reviewed_after(wanted, before)
    return Status.READY_FOR_REVIEW if change.held else Status.COMPLETED


def is_reviewed_after(wanted: Wanted, before: Gate) -> bool:
    """Whether the project that the task is in after the change wants reviews."""
    if "project" not in wanted:
        return before.required
    return wanted["project"] is not None and wanted["project"].reviewed


def _review(change: Edit, wanted: Wanted, attached: Attached, _now: datetime) -> None:
    """A task that begins to wait where reviews are wanted asks for one, and whoever held it has done their part."""
    before, moved = attached.gate, not {"status", "project"}.isdisjoint(change.changed)
    waits = change.after["status"] == Status.READY_FOR_REVIEW and (change.held or is_reviewed_after(wanted, before))
    if waits and (moved or change.held):
        change.review = Step.ASKED
    elif moved and before.review_id is not None and change.review is None and not waits:
        change.review = Step.REJECTED if wanted.get("rejected") else Step.WITHDRAWN
    if change.review is not None and moved:
        change.note(Change("review", None if waits else Step.ASKED, change.review), {})
    if waits and moved:
        end_claim(change)


def hold_new(task: Task) -> None:
    """A new task of a project that wants reviews is not completed yet, whatever its maker says."""
    if task["status"] == Status.COMPLETED:
        task["status"], task["completed_at"] = Status.READY_FOR_REVIEW, None


def end_claim(change: Edit) -> None:
    """Nobody holds the task any more; also one whose time had run out is forgotten."""
    claim = change.after["claim"]
    change.columns.update(leases.NOBODY)
    if claim is not None:
        change.note(Change("claim", claim["holder"], None), {}, claim=None)
        change.concern(claim["holder_id"])


def _assignees(change: Edit, wanted: Wanted, attached: Attached, _now: datetime) -> None:
    if PEOPLE.isdisjoint(wanted):
        return
    before, after = attached.people, assignees_after(attached.people, wanted)
    if before == after:
        return
    primary = after[0] if after else None
    shown: dict[str, Any] = {
        "assignee_id": primary.id if primary else None,
        "assignee_name": primary.name if primary else None,
        "assignee_kind": primary.kind if primary else None,
        "assignee_count": len(after),
    }
    columns, noted = {"assignee_id": shown["assignee_id"], "assignee_count": len(after)}, len(change.changes)
    if shown["assignee_id"] != change.before["assignee_id"]:
        change.note(Change("assignee_id", change.before["assignee_name"], shown["assignee_name"]), columns, **shown)
    if set(before[1:]) != set(after[1:]):
        change.note(Change("assignees", _words([one.name for one in before]), _words([one.name for one in after])), columns, **shown)
    if len(change.changes) > noted:
        change.people = after
        change.given = tuple(one.id for one in after if one not in before)
        change.concerned = tuple(dict.fromkeys((*(one.id for one in (*after, *before)), *change.concerned)))
        _hand_over_claim(change, after)


def _hand_over_claim(change: Edit, after: Sequence[Person]) -> None:
    """Whoever holds a task that is handed to others holds it no more; one that is nobody's stays with its holder."""
    claim = change.after["claim"]
    if after and (claim is None or claim["holder_id"] not in {one.id for one in after}):
        end_claim(change)


def assignees_after(before: Sequence[Person], wanted: Wanted) -> tuple[Person, ...]:
    """Everybody who will share the task, the primary one first.

    `assignees` names all of them. `assignee` alone replaces the primary one; null lets everybody go. Who is added or goes counts after
    that. ValidationFailed for more than twenty.
    """
    after = _named_assignees(before, wanted)
    gone = set(wanted.get("remove_assignees", ()))
    found = tuple(one for one in dict.fromkeys((*after, *wanted.get("add_assignees", ()))) if one not in gone)
    if len(found) > MOST_SHARING:
        raise ValidationFailed.of("add_assignees", f"at most {MOST_SHARING} share a task, this would make {len(found)}")
    return found


def _named_assignees(before: Sequence[Person], wanted: Wanted) -> tuple[Person, ...]:
    if "assignees" in wanted:
        named = wanted["assignees"]
        first = wanted.get("assignee")
        return tuple(dict.fromkeys((first, *named) if first else named))
    if "assignee" not in wanted:
        return tuple(before)
    primary = wanted["assignee"]
    return tuple(dict.fromkeys((primary, *before[1:]))) if primary else ()


def _places(change: Edit, wanted: Wanted, attached: Attached, _now: datetime) -> None:
    task = change.before
    if "repository" in wanted and _name(wanted["repository"]) != task["repository"]:
        there = wanted["repository"]
        change.note(Change("repository", task["repository"], _name(there)), {"repository_id": _id(there)}, repository=_name(there))
    if "project" in wanted and _id(wanted["project"]) != attached.list_id:  # two lists may have one name
        there = wanted["project"]
        refuse_archived(there)
        change.note(Change("project", task["project"], _name(there)), {"list_id": _id(there)}, project=_name(there))
    if "parent" in wanted and _id(wanted["parent"]) != task["parent_id"]:
        there = wanted["parent"]
        change.note(Change("parent_id", attached.parent_key, _name(there)), {"parent_id": _id(there)}, parent_id=_id(there))


def _tags(change: Edit, wanted: Wanted, _attached: Attached, _now: datetime) -> None:
    old = change.before["tags"]
    new = tags_after(old, wanted)
    if set(new) != set(old):
        change.note(Change("tags", _words(old), _words(new)), {"tags": new}, tags=new)


def tags_after(old: Sequence[str], wanted: Wanted) -> list[str]:
    """The tags when some are replaced, added or taken away; ValidationFailed above twenty."""
    removed = set(wanted.get("remove_tags", ()))
    tags = [tag for tag in dict.fromkeys((*wanted.get("tags", old), *wanted.get("add_tags", ()))) if tag not in removed]
    if len(tags) > 20:
        message = f"a task has at most 20 tags, this would make {len(tags)}"
        raise ValidationFailed.of("tags", message)
    return tags


def _custom_fields(change: Edit, wanted: Wanted, attached: Attached, _now: datetime) -> None:
    """Each named one is a field of its own in history; null removes it."""
    old, new = attached.custom_fields, dict(attached.custom_fields)
    for name, value in wanted.get("custom_fields", {}).items():
        if fingerprint(old.get(name)) == fingerprint(value):  # as JSON: to Python, true is the number 1
            continue
        new[name] = value
        if value is None:
            del new[name]
        change.note(Change(f"custom_fields.{name}", _json(old.get(name)), _json(value)), {"custom_fields": new})
    if len(new) > 50:
        raise ValidationFailed.of("custom_fields", "a task has at most 50")


_PARTS: Final[tuple[Callable[[Edit, Wanted, Attached, datetime], None], ...]] = (
    _plain_fields, _status, _assignees, _places, _tags, _custom_fields, _review,
)  # fmt: skip


def _id(thing: Named | None) -> UUID | None:
    return thing.id if thing else None


def _name(thing: Named | None) -> str | None:
    return thing.name if thing else None


def _json(value: Any) -> str | None:
    return None if value is None else dumps(value).decode()


def _words(value: Any) -> str | None:
    """A value as history shows it; None for nothing."""
    if value is None or value == []:
        return None
    if isinstance(value, datetime):
        return value.isoformat()
    return ", ".join(value) if isinstance(value, list | tuple) else str(value)


# Optimistic concurrency ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Theirs:
    """What others made of one field since a version: its value then, its value now, and who gave it that."""

    field: str
    was: str | None
    now: str | None
    changed_by: str
    changed_at: datetime


def refuse_clashes(current: int, expected: int, ours: Iterable[Change], theirs: Iterable[Theirs]) -> None:
    """Let both sides' changes stand unless one field was changed by both, to different values.

    Raises PreconditionFailed with the clashing fields, ValidationFailed for a version that is still to come.
    """
    if expected > current:
        message = f"this task is at version {current}: {expected} does not exist yet"
        raise ValidationFailed.of("expected_version", message)
    changed = {one.field: one for one in theirs if one.was != one.now}
    clashes = {
        mine.field: {
            "yours": mine.new,
            "theirs": mine.old,
            "changed_by": changed[mine.field].changed_by,
            "changed_at": changed[mine.field].changed_at,
        }
        for mine in ours
        if mine.field in changed
    }
    if clashes:
        raise PreconditionFailed(
            f"Since version {expected} others changed {', '.join(clashes)} too: read version {current} and decide anew",
            current_version=current,
            clashes=clashes,
        )


# What a credential may touch -------------------------------------------------------------------------------------------


def require_repository(actor: Actor, name: str | None, field_name: str = "repository") -> None:
    """Raise NotAllowed unless this credential opens the repository of this name; None is a task without one."""
    if actor.repositories is None or (name is not None and name.lower() in actor.repositories):
        return
    allowed = ", ".join(sorted(actor.repositories)) or "none"
    wrong = f"not {name}" if name else "not tasks without one"
    raise NotAllowed(f"{field_name}: this credential opens only repositories {allowed}, {wrong}", field=field_name, allowed=allowed)


def require_project(actor: Actor, project: Named | None, field_name: str = "project") -> None:
    """Raise NotAllowed unless this credential opens this project; None is a task without one, or a project that is yet to be made."""
    if actor.projects is None or (project is not None and project.id in actor.projects):
        return
    wrong = f"not {project.name}" if project else "not tasks without one, nor new ones"
    raise NotAllowed(f"{field_name}: this credential opens only some projects, {wrong}", field=field_name)


def refuse_archived(project: Named | None, field_name: str = "project") -> None:
    """Raise Conflict for a list that was put away: nothing new comes there."""
    if project is not None and project.archived:
        message = f"{field_name}: {project.name} is archived, nothing is put there: name another one, or bring it back first"
        raise Conflict(message, field=field_name)


def require_say(actor: Actor, author_id: UUID | None) -> None:
    """Raise NotAllowed unless this comment is the actor's own, or the actor runs the organisation."""
    if actor.id != author_id and actor.role not in {"owner", "admin"}:
        raise NotAllowed("Only its author, an admin or the owner may change a comment: add one of your own with add_task_comment")


def refuse_depth(above: int, below: int) -> None:
    """Raise ValidationFailed when `above` levels of parents and `below` levels of sub-tasks are too many together."""
    if above + below > DEEPEST:
        message = f"sub-tasks go {DEEPEST} levels deep, this would be {above + below}"
        raise ValidationFailed.of("parent_id", message)


def require_reason_to_leave(change: Edit, before: Gate, wanted: Wanted, actor: Actor, comment: str | None) -> None:
    """Who takes unfinished work out of a project that wants reviews passes its gate by: people may, and say why."""
    if "project" not in change.changed or not before.required or is_reviewed_after(wanted, before) or change.after["status"] not in OPEN:
        return
    where = f"{change.before['key']} is in {change.before['project']}, where nothing is completed without a review"
    if not gate.is_person(actor):
        raise NotAllowed(f"{where}: only a person takes it out, with ask_human you can ask for it", field="project")
    if not (comment or "").strip():
        raise ValidationFailed.of("comment", f"{where}: say why it leaves the project, the history keeps it")


def end_of(due: date, zone: tzinfo) -> datetime:
    """An instant as it is; a day as the moment in which it ends there."""
    if isinstance(due, datetime):
        return due
    return datetime.combine(due + timedelta(days=1), time(), zone).astimezone(UTC) - timedelta(seconds=1)


# Searching ---------------------------------------------------------------------------------------------------------------

_KEY = re.compile(r"(?:[A-Za-z][A-Za-z0-9]{0,9}-)?([0-9]{1,15})", re.ASCII)
_LAST_WORD = re.compile(r"(?:^|.*\s)(?P<word>\w{2,60})", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Query:
    """A search as typed: `words` whole, `head` and `last` for its last word as a beginning, `number` when it may be a key."""

    words: str
    head: str
    last: str | None
    key: str | None
    number: int | None


def read_query(text: str, *, whole: bool = False) -> Query:
    """Whatever people type is a query. Nothing in it can be an operator that PostgreSQL refuses. `whole`: the last word is whole, too."""
    key = _KEY.fullmatch(text)
    last = None if whole else _LAST_WORD.fullmatch(text)
    word = last["word"] if last and text.count('"') % 2 == 0 and last["word"].lower() not in {"or", "and"} else None
    return Query(
        words=text,
        head=text[: len(text) - len(word)] if word else text,
        last=f"'{word}':*" if word else None,
        key=text.upper() if key and not text.isdigit() else None,
        number=int(text) if key and text.isdigit() else None,
    )


MARK, END = "\x01", "\x02"


def read_headline(marked: str) -> tuple[str, list[list[int]]]:
    """A snippet, and where its matches are: [start, end) in code points. The marks come from the query that made it."""
    snippet, matches, start = "", [], 0
    for piece in re.split(f"([{MARK}{END}])", marked):
        if piece == MARK:
            start = len(snippet)
        elif piece == END:
            matches.append([start, len(snippet)])
        else:
            snippet += piece
    return snippet, matches
