"""What ClickUp itself would answer: plain Python over the twin's own rows, sharing no code and no SQL with what is tested.

An answer says at which instant it was true (`as_of`), and the same instant is what is counted from here.
"""

from __future__ import annotations

import copy
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from crewhall.demo.twins import ClickUpTwin

Row = dict[str, Any]
MINUTE, DAY = 60_000, 86_400_000
STAGES = {"open": "not_started", "custom": "active", "done": "done", "closed": "done"}
NOBODY = "Nobody"


@dataclass
class Part:
    """The tasks of a place at an instant, those that were put away left out; and what was logged on them all."""

    tasks: list[Row]
    entries: list[Row]
    now: int
    spent: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        for one in self.entries:
            self.spent[one["task"]["id"]] += ended(one)

    def find(self, condition: Callable[[Row], bool]) -> list[Row]:
        return [one for one in self.tasks if condition(one)]

    def count(self, condition: Callable[[Row], bool]) -> int:
        return len(self.find(condition))

    @property
    def open(self) -> list[Row]:
        return self.find(is_open)

    @property
    def done(self) -> list[Row]:
        return self.find(is_done)

    def done_since(self, since: int, until: int | None = None) -> list[Row]:
        return [one for one in self.done if since <= done_at(one) < (until or self.now + DAY)]

    @property
    def overdue(self) -> list[Row]:
        return [one for one in self.open if one["due_date"] and int(one["due_date"]) < self.now]

    def due_within(self, days: int) -> list[Row]:
        return [one for one in self.open if one["due_date"] and self.now <= int(one["due_date"]) < self.now + days * DAY]

    def stale(self, days: int) -> list[Row]:
        return [one for one in self.open if self.now - int(one["date_updated"]) >= days * DAY]

    @property
    def by_status(self) -> dict[str, int]:
        return dict(Counter(one["status"]["status"] for one in self.tasks))

    @property
    def by_stage(self) -> dict[str, int]:
        counts = Counter(STAGES[one["status"]["type"]] for one in self.tasks)
        return {stage: counts[stage] for stage in ("not_started", "active", "done")}

    @property
    def rate(self) -> int | None:
        return len(self.done) * 100 // len(self.tasks) if self.tasks else None

    def own(self, task: Row) -> int:
        """Milliseconds logged on a task itself by anybody."""
        return self.spent[task["id"]]

    def logged(self, key: Callable[[Row], str]) -> dict[str, int]:
        sums: Counter[str] = Counter()
        for one in self.entries:
            sums[key(one)] += ended(one)
        return dict(sums)

    @property
    def tracked(self) -> int:
        return sum(map(ended, self.entries))

    @property
    def running(self) -> int:
        return sum(is_running(one) for one in self.entries)

    def load(self) -> dict[str, tuple[int, int, int, int]]:
        """By name: open tasks, those that are worked on, those that are late, and the minutes that are left of estimates."""
        loads: dict[str, list[Row]] = {}
        for one in self.open:
            for who in names(one) or [NOBODY]:
                loads.setdefault(who, []).append(one)
        late = {one["id"] for one in self.overdue}
        return {
            who: (
                len(mine), sum(one["status"]["type"] == "custom" for one in mine), sum(one["id"] in late for one in mine),
                sum(max(0, (one["time_estimate"] or 0) // MINUTE - self.own(one) // MINUTE) for one in mine),
            )
            for who, mine in loads.items()
        }  # fmt: skip


class Truth:
    """What was in the twin when it was copied."""

    def __init__(self, twin: ClickUpTwin) -> None:
        self.twin = twin
        self.tasks: dict[str, Row] = copy.deepcopy(twin.tasks)
        self.entries: list[Row] = copy.deepcopy(list(twin.entries.values()))
        self.lists: list[Row] = copy.deepcopy(twin.lists)
        self.folders: list[Row] = copy.deepcopy(twin.folders)
        self.spaces: list[Row] = copy.deepcopy(twin.spaces)
        self.parts: dict[str, list[Row]] = defaultdict(list)
        for task in self.tasks.values():
            self.parts[task["parent"]].append(task)
        self.spent: Counter[str] = Counter()
        for entry in self.entries:
            self.spent[entry["task"]["id"]] += ended(entry)

    def lists_in(self, place: Row) -> list[Row]:
        """A list itself; the lists of a folder; of a space, those in its folders too."""
        return [one for one in self.lists if place["id"] in (one["id"], (one["folder"] or {}).get("id"), one["space"]["id"])]

    def loose(self, space: Row) -> list[Row]:
        return [one for one in self.lists if one["space"]["id"] == space["id"] and one["folder"] is None]

    def statuses(self, place: Row) -> list[Row]:
        space = next(one for one in self.spaces if one["id"] == place["space"]["id"])
        found: list[Row] = place["statuses"] if place["override_statuses"] else space["statuses"]
        return found

    def of(self, place: Row | None, as_of: datetime | None = None) -> Part:
        """What is in a place, or in all of them."""
        lists = {one["id"] for one in (self.lists_in(place) if place else self.lists)}
        found = [one for one in self.tasks.values() if one["list"]["id"] in lists]
        tasks, known = [one for one in found if not one["archived"]], {one["id"] for one in found}
        entries = [one for one in self.entries if one["task"]["id"] in known]
        return Part(tasks, entries, int((as_of or datetime.now(UTC)).timestamp() * 1000))

    def below(self, task_id: str) -> list[Row]:
        """A task, and the tasks of which it is a part in whatever way, depth first."""
        return [self.tasks[task_id], *(inner for part in self.parts[task_id] for inner in self.below(part["id"]))]

    def logged_on(self, tasks: Iterable[Row]) -> int:
        return sum(self.spent[one["id"]] for one in tasks)


def is_done(task: Row) -> bool:
    return task["status"]["type"] in ("done", "closed")


def is_open(task: Row) -> bool:
    return not is_done(task)


def done_at(task: Row) -> int:
    return int(task["date_done"] or task["date_closed"] or task["date_updated"])


def names(task: Row) -> list[str]:
    return [one["username"] for one in task["assignees"]]


def is_running(entry: Row) -> bool:
    return int(entry["duration"]) < 0


def ended(entry: Row) -> int:
    """Milliseconds; nothing while it runs."""
    return max(0, int(entry["duration"]))


def midnight(now: int, days_before: int = 0) -> int:
    """In milliseconds: the beginning of the day, or of one before it, in UTC."""
    day = datetime.fromtimestamp(now / 1000, UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return int((day - timedelta(days=days_before)).timestamp() * 1000)


def judged(part: Part) -> dict[str, list[Row]]:
    """Finished tasks by how their own time compares with their estimate."""
    found: dict[str, list[Row]] = {"accurate": [], "under": [], "over": [], "unplanned": []}
    for one in part.done:
        spent, estimate = part.own(one), one["time_estimate"] or 0
        if not spent:
            continue
        if not estimate:
            found["unplanned"].append(one)
        elif abs(spent - estimate) <= estimate / 5:
            found["accurate"].append(one)
        else:
            found["under" if spent > estimate else "over"].append(one)
    return found
