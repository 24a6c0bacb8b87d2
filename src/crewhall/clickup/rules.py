"""What ClickUp's rows mean here, without a database."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final, cast
from uuid import UUID

from crewhall.accounts import Known, Stranger
from crewhall.kit.json import fingerprint
from crewhall.tasks import Person
from crewhall.tasks.mirrors import (
    MirroredComment,
    MirroredEntry,
    MirroredPlace,
    MirroredStatus,
    MirroredTask,
    our_status,
)

SOURCE: Final = "clickup"
Raw = Mapping[str, Any]
CONSUMER: Final = "clickup"
"""Who hears of what is changed here, to change it at ClickUp."""
CHANGES: Final = ("task_updated", "task_assigned", "task_completed")
PRIORITIES = {"urgent": "critical", "high": "high", "normal": "medium", "low": "low"}
TYPES: Final = ("open", "custom", "done", "closed")
WINDOW = timedelta(days=30)
OVERLAP_MS = 120_000
"""How far back changes are read again: two clocks differ, and what is written is not seen at once everywhere."""
LONGEST_FIELD_NAME = 100
UNREADABLE = (KeyError, TypeError, ValueError, AttributeError, OverflowError)
"""What reading a row raises that is not as ClickUp describes it."""


@dataclass(frozen=True, slots=True)
class Lookup:
    """Who and where is meant, by ClickUp's ids."""

    people: Mapping[str, Known]
    places: Mapping[str, UUID]


def space_id(raw_id: Any) -> str:
    return f"space:{raw_id}"


def folder_id(raw_id: Any) -> str:
    return f"folder:{raw_id}"


def bare(external_id: str | None) -> str | None:
    """ClickUp's own id of a place."""
    return external_id.rpartition(":")[2] if external_id else None


def instant(ms: Any) -> datetime | None:
    return datetime.fromtimestamp(int(ms) / 1000, UTC) if ms not in {None, ""} else None


def ms_of(at: datetime) -> int:
    return int(at.timestamp() * 1000)


def hash_of(raw: Raw) -> bytes:
    """By which a row is known again that comes word for word as it came last time."""
    return fingerprint(raw, sort_keys=False)


# People --------------------------------------------------------------------------------------------------------------------

ROLES = {1: "owner", 2: "admin", 3: "member", 4: "guest"}


def strangers(rows: Sequence[Raw]) -> list[Stranger]:
    """Everybody who is named in these, each once."""
    found = {str(one["id"]): Stranger(str(one["id"]), name_of(one), one.get("email")) for one in rows if one.get("id") is not None}
    return list(found.values())


def name_of(person: Raw) -> str:
    return str(person.get("username") or person.get("email") or f"ClickUp user {person.get('id')}")[:200]


def people_in(task: Raw) -> list[Raw]:
    return [one for one in (task.get("creator"), *(task.get("assignees") or [])) if isinstance(one, Mapping)]


# Places --------------------------------------------------------------------------------------------------------------------


def space_of(raw: Raw, team_id: str) -> MirroredPlace:
    facts = {"id": str(raw["id"]), "team_id": team_id, "multiple_assignees": raw.get("multiple_assignees"), "features": raw.get("features")}
    return MirroredPlace(
        space_id(raw["id"]), "space", str(raw["name"]), colour=raw.get("color"), archived=bool(raw.get("archived")),
        private=bool(raw.get("private")), facts=facts, statuses=statuses_of(raw),
    )  # fmt: skip


def folder_of(raw: Raw, space: Raw) -> MirroredPlace:
    own = statuses_of(raw) if raw.get("override_statuses") else None
    facts = {"id": str(raw["id"]), "hidden": bool(raw.get("hidden")), "task_count": raw.get("task_count")}
    return MirroredPlace(
        folder_id(raw["id"]), "folder", str(raw["name"]), space_id(space["id"]), position=_position(raw),
        archived=bool(raw.get("archived")), private=bool(space.get("private")), facts=facts, statuses=own,
    )  # fmt: skip


def list_of(raw: Raw, space: Raw) -> MirroredPlace:
    """A list outside folders is in a hidden one, which is not shown."""
    folder = raw.get("folder") or {}
    parent = folder_id(folder["id"]) if folder and not folder.get("hidden") else space_id(space["id"])
    own = statuses_of(raw) if raw.get("override_statuses", True) and raw.get("statuses") else None
    facts = {"id": str(raw["id"]), "content": raw.get("content") or "", "permission_level": raw.get("permission_level")}
    return MirroredPlace(
        str(raw["id"]), "list", str(raw["name"]), parent, position=_position(raw), archived=bool(raw.get("archived")),
        private=bool(space.get("private")), facts=facts, statuses=own,
    )  # fmt: skip


def _position(raw: Raw) -> float:
    try:
        return float(raw.get("orderindex") or 0)
    except (TypeError, ValueError):
        return 0.0


def statuses_of(raw: Raw) -> tuple[MirroredStatus, ...] | None:
    rows = raw.get("statuses")
    if not rows:
        return None
    ordered = sorted(rows, key=lambda one: float(one.get("orderindex") or 0))
    found = {str(one["status"]).lower(): MirroredStatus(str(one["status"]), _type(one.get("type")), one.get("color")) for one in ordered}
    return tuple(found.values())


def _type(word: Any) -> Any:
    return word if word in TYPES else "custom"


# Tasks ---------------------------------------------------------------------------------------------------------------------


def task_of(raw: Raw, lookup: Lookup) -> MirroredTask:
    status, creator = raw["status"], raw.get("creator") or {}
    kind = _type(status.get("type"))
    maker = lookup.people.get(str(creator.get("id")))
    estimate = raw.get("time_estimate")
    return MirroredTask(
        external_id=str(raw["id"]), title=str(raw["name"]), description=str(raw.get("text_content") or raw.get("description") or ""),
        status=our_status(str(status["status"]), kind), status_name=str(status["status"])[:200], status_type=kind,
        priority=PRIORITIES.get(str((raw.get("priority") or {}).get("priority")), "medium"),
        list_id=lookup.places.get(str((raw.get("list") or {}).get("id"))),
        assignees=tuple(dict.fromkeys(_person(lookup.people[str(one["id"])]) for one in raw.get("assignees") or [])),
        tags=tags_of(raw),
        custom_fields=custom_fields_of(raw), estimate_minutes=int(estimate) // 60_000 if estimate else None,
        start_at=instant(raw.get("start_date")), due_at=instant(raw.get("due_date")),
        created_at=cast(datetime, instant(raw["date_created"])), updated_at=cast(datetime, instant(raw["date_updated"])),
        completed_at=_completed(raw, kind), archived=bool(raw.get("archived")), created_by=maker.name if maker else name_of(creator),
        created_by_id=maker.id if maker else None,
    )  # fmt: skip


def _person(known: Known) -> Person:
    return Person(known.id, known.name, known.kind)


def _completed(raw: Raw, kind: str) -> datetime | None:
    """When it was done: ClickUp gives both instants, or one of them, or, for what was done before it noted them, neither."""
    if kind not in {"done", "closed"}:
        return None
    return instant(raw.get("date_done") or raw.get("date_closed") or raw["date_updated"])


def tags_of(raw: Raw) -> tuple[str, ...]:
    return tuple(dict.fromkeys(str(tag["name"]).lower().replace(",", " ")[:50] for tag in raw.get("tags") or []))


def field_name(field: Raw) -> str:
    return str(field.get("name") or field["id"])[:LONGEST_FIELD_NAME]


def custom_fields_of(raw: Raw) -> dict[str, Any]:
    """Those that are filled in, by their names; choices as the words that people see."""
    found: dict[str, Any] = {}
    for one in raw.get("custom_fields") or []:
        value = _field_value(one)
        if value is not None:
            found[field_name(one)] = value
    return found


def _field_value(field: Raw) -> Any:
    value, options = field.get("value"), (field.get("type_config") or {}).get("options") or []
    if value in (None, "", []):
        return None
    if field.get("type") == "drop_down" and options:
        return next((one.get("name") for one in options if value in (one.get("id"), one.get("orderindex"))), value)
    if field.get("type") == "labels" and isinstance(value, list):
        words = {one.get("id"): one.get("label") or one.get("name") for one in options}
        return [words.get(one, one) for one in value]
    if isinstance(value, list) and all(isinstance(one, Mapping) and "username" in one for one in value):
        return [name_of(one) for one in value]
    return value


FACTS = ("custom_id", "custom_item_id", "points", "url", "date_done", "date_closed", "orderindex")


def facts_of(raw: Raw) -> dict[str, Any]:
    """What a task says at ClickUp that has no place of its own here."""
    space, folder, place = raw.get("space") or {}, raw.get("folder") or {}, raw.get("list") or {}
    watchers = [name_of(one) for one in raw.get("watchers") or [] if isinstance(one, Mapping)]
    return {name: raw.get(name) for name in FACTS} | {
        "creator": name_of(raw.get("creator") or {}), "followers": watchers, "space_id": space.get("id"), "list_id": place.get("id"),
        "list_name": place.get("name"), "folder_id": None if folder.get("hidden") else folder.get("id"),
        "folder_name": None if folder.get("hidden") else folder.get("name"),
        "assignee_ids": [str(one["id"]) for one in raw.get("assignees") or []],
    }  # fmt: skip


def waits_for(raw: Raw) -> list[str]:
    """The tasks that this one depends on."""
    own = str(raw["id"])
    rows = [one for one in raw.get("dependencies") or [] if isinstance(one, Mapping)]
    return list(dict.fromkeys(str(one["depends_on"]) for one in rows if str(one.get("task_id")) == own and one.get("depends_on")))


# Time and comments -----------------------------------------------------------------------------------------------------------


def entry_of(raw: Raw, people: Mapping[str, Known], tasks: Mapping[str, UUID]) -> MirroredEntry:
    """A timer that runs has a negative duration."""
    started, duration, task = cast(datetime, instant(raw["start"])), int(raw["duration"]), raw.get("task")
    return MirroredEntry(
        external_id=str(raw["id"]), task_id=tasks.get(str(task["id"])) if isinstance(task, Mapping) else None,
        user_id=people[str(raw["user"]["id"])].id, started_at=started,
        ended_at=None if duration < 0 else started + timedelta(milliseconds=duration),
        note=str(raw.get("description") or "").replace("\x00", "")[:10_000] or None, billable=raw.get("billable"),
    )  # fmt: skip


def comment_of(raw: Raw, task_id: UUID, people: Mapping[str, Known]) -> MirroredComment:
    author, asked = raw.get("user") or {}, raw.get("assignee") or {}
    known, whom = people.get(str(author.get("id"))), people.get(str(asked.get("id")))
    return MirroredComment(
        external_id=str(raw["id"]), task_id=task_id, comment=str(raw.get("comment_text") or "").replace("\x00", "")[:100_000],
        author=known.name if known else name_of(author), author_id=known.id if known else None,
        created_at=cast(datetime, instant(raw["date"])), asked_of_id=whom.id if whom else None, resolved=bool(raw.get("resolved")),
    )  # fmt: skip


def windows(now: datetime, back_to: datetime) -> list[tuple[int, int]]:
    """Stretches of 30 days that together reach from tomorrow back to this instant, the newest first. In milliseconds."""
    ends, found = now + timedelta(days=1), []
    while True:
        begins = ends - WINDOW
        found.append((ms_of(begins), ms_of(ends)))
        if begins <= back_to:
            return found
        ends = begins
