"""Fields as ClickUp has them and as it takes them, and what has to be sent so that it has ours.

What has at ClickUp neither the value that we knew nor the one that we want was changed by somebody else meanwhile: that is a clash, and
ClickUp's value stays. Tags, people and custom fields are compared one by one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from crewhall.clickup import rules
from crewhall.kit.json import loads
from crewhall.tasks.mirrors import our_status

PEOPLE = frozenset({"assignee_id", "assignees"})
PLAIN = frozenset({"title", "description", "status", "priority", "estimate_minutes", "start_at", "due_at"})
FIELDS = PLAIN | PEOPLE | {"tags", "project"}
CUSTOM = "custom_fields."
"""What a change of one custom field is called in events begins so."""
INSTANTS = frozenset({"start_at", "due_at"})
URGENCY = {"critical": 1, "high": 2, "medium": 3, "low": 4}
WORDS = frozenset({"text", "short_text", "url", "email", "phone"})
NUMBERS = frozenset({"number", "currency", "emoji"})


class Unsendable(Exception):
    """ClickUp has no such thing."""


def goes_there(name: str) -> bool:
    """Whether a field of a task, as events name it, is one that ClickUp has, too."""
    return field_of(name) in FIELDS or name.startswith(CUSTOM)


def field_of(name: str) -> str:
    """The field that an event's word is about: another name for the same of the six is a change of the status."""
    return "status" if name == "status_name" else name


@dataclass
class Sending:
    """What has to be sent; `clashes` and `refused` say in words what is not. Sent twice, it is the same as once."""

    body: dict[str, Any] = field(default_factory=dict)
    tags: list[str] = field(default_factory=list)
    no_tags: list[str] = field(default_factory=list)
    fields: dict[str, Any] = field(default_factory=dict)
    clashes: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)

    @property
    def is_whole(self) -> bool:
        return not self.clashes and not self.refused

    @property
    def words(self) -> str:
        clashes = [f"changed there as well; ClickUp's stays. {'; '.join(self.clashes)}"] if self.clashes else []
        return ". ".join(clashes + self.refused)


@dataclass(frozen=True)
class Change:
    """A change that was made here: its fields, what they were before (as events say it), the task as it is here now and as ClickUp has
    it, and what its list and its people are called there. `anyway`: somebody saw the clash and wants it all the same."""

    names: Sequence[str]
    before: Mapping[str, Any]
    facts: Mapping[str, Any]
    raw: rules.Raw
    statuses: Sequence[Mapping[str, Any]]
    people: Mapping[UUID, int]
    anyway: bool = False

    def sending(self) -> Sending:
        found = Sending()
        for name in self.names:
            try:
                self._add(found, name)
            except Unsendable as reason:
                found.refused.append(str(reason))
        return found

    def _add(self, found: Sending, name: str) -> None:
        if name in PEOPLE:
            found.body |= self._people()
        elif name == "tags":
            self._tags(found)
        elif name.startswith(CUSTOM):
            self._custom(found, name)
        elif name == "project":
            self._place()
        elif name == "status":
            self._status(found)
        else:
            self._plain(found, name)

    def _plain(self, found: Sending, name: str) -> None:
        there, wanted = THERE[name](self.raw), self.facts[name]
        if same(name, there, wanted):
            return
        if self.anyway or same(name, there, self.before.get(name)):
            found.body |= said(name, self.facts)
        else:
            found.clashes.append(f"{name}: ClickUp has {_word(there)}, here it became {_word(wanted)}")

    def _status(self, found: Sending) -> None:
        """By the name that it has in the list, where somebody chose one; else any that means the same will do. What it was before may be
        known by either."""
        there, meaning, before = str(self.raw["status"]["status"]), _status_there(self.raw), self.before.get("status")
        chosen = own_name(self.facts, self.statuses)
        if there.lower() == chosen.lower() if chosen else meaning == self.facts["status"]:
            return
        if self.anyway or (before is not None and str(before).lower() in {there.lower(), meaning}):
            found.body["status"] = status_name(self.facts, self.statuses)
        else:
            found.clashes.append(f"status: ClickUp has {_word(there)}, here it became {_word(chosen or self.facts['status'])}")

    def _people(self) -> dict[str, Any]:
        """Who joins and who leaves; members whom ClickUp does not know stay here only."""
        known, held = set(self.people.values()), {int(one["id"]) for one in self.raw.get("assignees") or []}
        wanted = {self.people[one] for one in self.facts["assignee_ids"] if one in self.people}
        add, rem = sorted(wanted - held), sorted((held & known) - wanted)
        return {"assignees": {"add": add, "rem": rem}} if add or rem else {}

    def _tags(self, found: Sending) -> None:
        """What came and went here; what others tagged there meanwhile stays."""
        before, wanted, there = set(self.before.get("tags") or ()), set(self.facts["tags"]), set(rules.tags_of(self.raw))
        found.tags = sorted((wanted - before) - there)
        found.no_tags = sorted((before - wanted) & there)

    def _custom(self, found: Sending, name: str) -> None:
        title, before = name.removeprefix(CUSTOM), self.before.get(name)
        wanted, there = self.facts["custom_fields"].get(title), rules.custom_fields_of(self.raw).get(title)
        field_there = next((one for one in self.raw.get("custom_fields") or [] if rules.field_name(one) == title), None)
        if wanted == there:
            return
        if not self.anyway and there != (loads(before) if before is not None else None):
            found.clashes.append(f"{title}: ClickUp has {_word(there)}, here it became {_word(wanted)}")
        elif field_there is None:
            raise Unsendable(f"The task has no field {title} at ClickUp: add it to its list there")
        else:
            found.fields[str(field_there["id"])] = field_value(field_there, wanted)

    def _place(self) -> None:
        if self.facts["place"] != str((self.raw.get("list") or {}).get("id")):
            raise Unsendable("ClickUp's interface moves no task to another list: move it there")


def wanted_of(names: Sequence[str], facts: Mapping[str, Any]) -> dict[str, Any]:
    """What the fields of a change are to become, as JSON; nothing for what is no field, such as a comment."""
    found: dict[str, Any] = {}
    for name in names:
        if name in PEOPLE:
            found["assignee_ids"] = [str(one) for one in facts["assignee_ids"]]
        elif name.startswith(CUSTOM):
            title = name.removeprefix(CUSTOM)
            found.setdefault("custom_fields", {})[title] = facts["custom_fields"].get(title)
        elif name == "status":
            found |= {"status": facts["status"], "status_name": facts["status_name"]}
        elif name in INSTANTS:
            found[name] = facts[name].isoformat() if facts[name] else None
        elif name in PLAIN or name == "tags":
            found[name] = facts[name]
    return found


def as_wanted(facts: Mapping[str, Any], wanted: Mapping[str, Any]) -> dict[str, Any]:
    """A task as it is here, with what a change wanted in place of what has become of these fields since."""
    found = {**facts, **wanted}
    if "assignee_ids" in wanted:
        found["assignee_ids"] = [UUID(one) for one in wanted["assignee_ids"]]
    if "custom_fields" in wanted:
        found["custom_fields"] = {**facts["custom_fields"], **wanted["custom_fields"]}
    return found | {name: datetime.fromisoformat(wanted[name]) for name in INSTANTS & wanted.keys() if wanted[name]}


def _status_there(raw: rules.Raw) -> str:
    kind: Any = raw["status"].get("type") or "custom"
    return our_status(str(raw["status"]["status"]), kind).value


THERE: Mapping[str, Callable[[rules.Raw], Any]] = {  # a plain field as ClickUp has it, in our words
    "title": lambda raw: str(raw["name"]),
    "description": lambda raw: str(raw.get("text_content") or raw.get("description") or ""),
    "priority": lambda raw: rules.PRIORITIES.get(str((raw.get("priority") or {}).get("priority")), "medium"),
    "estimate_minutes": lambda raw: int(raw["time_estimate"]) // 60_000 if raw.get("time_estimate") else None,
    "start_at": lambda raw: rules.instant(raw.get("start_date")),
    "due_at": lambda raw: rules.instant(raw.get("due_date")),
}


def same(name: str, one: Any, other: Any) -> bool:
    """Whether two values of a field are one; instants to the second, and as text where they come from an event."""
    if name in INSTANTS:
        return _seconds(one) == _seconds(other)
    return bool((one or None) == (other or None))


def _seconds(value: Any) -> int | None:
    if value is None:
        return None
    at = datetime.fromisoformat(value) if isinstance(value, str) else value
    return int(at.timestamp())


def _word(value: Any) -> str:
    return str(value)[:80] if value not in (None, "", []) else "nothing"


def said(name: str, facts: Mapping[str, Any]) -> dict[str, Any]:
    """A field as ClickUp takes it."""
    value = facts[name]
    match name:
        case "title":
            return {"name": value}
        case "description":
            return {"description": value or " "}  # ClickUp takes a blank for nothing
        case "priority":
            return {"priority": URGENCY[value]}
        case "estimate_minutes":
            return {"time_estimate": (value or 0) * 60_000}
    return {"start_date" if name == "start_at" else "due_date": rules.ms_of(value) if value else None}


def own_name(facts: Mapping[str, Any], statuses: Sequence[Mapping[str, Any]]) -> str | None:
    """The status of a task as its list calls it; None where it is only one of our six."""
    called = str(facts["status_name"]).lower()
    return next((str(one["name"]) for one in statuses if str(one["name"]).lower() == called), None)


def status_name(facts: Mapping[str, Any], statuses: Sequence[Mapping[str, Any]]) -> str:
    """What ClickUp is to call a task's status: its own name in the list, or the first one there that means the same; Unsendable when the
    list has none."""
    own, ours = own_name(facts, statuses), facts["status"]
    if own is not None:
        return own
    meant = next((one["name"] for one in statuses if one["status"] == ours), None)
    if meant is None:
        kinds = {"completed": ("done", "closed"), "deprecated": ("closed", "done"), "in_progress": ("custom",), "not_started": ("open",)}
        meant = next((one["name"] for kind in kinds.get(ours, ()) for one in statuses if one["type"] == kind), None)
    if meant is None:
        known = ", ".join(one["name"] for one in statuses)
        raise Unsendable(f"The list has no status for {ours}: it has {known or 'none that is known'}")
    return str(meant)


def field_value(raw: rules.Raw, value: Any) -> Any:
    """A custom field's value as ClickUp takes it; Unsendable for what its kind does not hold."""
    kind, name = str(raw.get("type")), raw.get("name")
    options = (raw.get("type_config") or {}).get("options") or []
    if kind in WORDS:
        return "" if value is None else str(value)
    if kind in NUMBERS and isinstance(value, int | float) and not isinstance(value, bool):
        return value
    if kind == "drop_down":
        return _option(options, "name", value, name)
    if kind == "labels" and isinstance(value, list):
        return [_option(options, "label", one, name) for one in value]
    raise Unsendable(f"ClickUp's field {name} does not take {_word(value)} from here: it is of the kind {kind}")


def _option(options: Sequence[Mapping[str, Any]], key: str, value: Any, name: Any) -> str:
    found = next((one["id"] for one in options if one.get(key) == value), None)
    if found is None:
        known = ", ".join(str(one.get(key)) for one in options)
        raise Unsendable(f"ClickUp's field {name} has no choice {_word(value)}: it has {known[:300] or 'none'}")
    return str(found)
