"""What the address of a board says: which tasks, laid out how, in which order. It can be shared, and read without a script."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from crewhall.tasks import Task

FILTERS = ("assignee", "repository", "project", "tag", "priority", "q")
LEVELS = {"low": 0, "medium": 1, "high": 2, "critical": 3, "extreme": 3}
NEVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class FixedView:
    """A view that every board offers."""

    word: str
    assignee: str


FIXED_VIEWS = (FixedView("All work", ""), FixedView("Mine", "me"), FixedView("Agents' work", "agents"), FixedView("Unassigned", "nobody"))


@dataclass(frozen=True, slots=True)
class Order:
    """A way to sort a list: the heading's word, and what of a task is compared. `static/rows.js` compares the same."""

    name: str
    word: str
    by: Callable[[Task], Any]


ORDERS = {
    order.name: order
    for order in (
        Order("key", "Key", lambda task: int(task["key"].rpartition("-")[2])),
        Order("title", "Title", lambda task: task["title"].casefold()),
        Order("assignee", "Assignee", lambda task: (task["assignee_name"] is None, (task["assignee_name"] or "").casefold())),
        Order("priority", "Priority", lambda task: -LEVELS[task["priority"]]),
        Order("complexity", "Complexity", lambda task: -LEVELS[task["complexity"]]),
        Order("repository", "Repository", lambda task: (task["repository"] is None, (task["repository"] or "").casefold())),
        Order("due", "Due", lambda task: task["due_at"] or NEVER),
        Order("changed", "Changed", lambda task: -task["updated_at"].timestamp()),
    )
}


@dataclass(frozen=True, slots=True)
class View:
    """A board as its address asks for it. `sort` is empty for the board's own order; `down` turns an order around."""

    filters: Mapping[str, str]
    layout: str = "board"
    sort: str = ""
    down: bool = False

    @classmethod
    def read(cls, query: Mapping[str, str]) -> View:
        """What is not known is left out: an address that went through a chat program may carry names of others."""
        filters = {name: query[name].strip() for name in FILTERS if query.get(name, "").strip()}
        sort = query.get("sort", "")
        layout = "list" if query.get("view") == "list" else "board"
        return cls(filters, layout, sort if sort in ORDERS and layout == "list" else "", query.get("way") == "down")

    def address(self, **changes: str) -> str:
        """The address of this view with some names changed; an empty value takes a name away."""
        query = {"view": "list" if self.layout == "list" else "", **self.filters, "sort": self.sort, "way": "down" if self.down else ""}
        query |= changes
        wanted = urlencode({name: value for name, value in query.items() if value})
        return f"/board?{wanted}" if wanted else "/board"

    def sorted_by(self, name: str) -> str:
        """Where a press on a heading leads: to its order, then to the same turned around, then to the board's own."""
        if self.sort != name:
            return self.address(sort=name, way="")
        return self.address(sort="", way="") if self.down else self.address(way="down")

    def in_order(self, tasks: list[Task]) -> list[Task]:
        """Tasks as this view sorts them."""
        return sorted(tasks, key=ORDERS[self.sort].by, reverse=self.down) if self.sort else tasks
