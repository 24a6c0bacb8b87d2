"""How the demo's story is written down: tasks, and what was done with each of them, when and by whom."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that somebody did to a task, `hours` after the task was created."""

    hours: float
    who: str
    capability: str
    given: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Story:
    """One task: created `days` ago by `by`, for `to`. `due` is in days from now, `part_of` the title of its parent."""

    title: str
    repository: str
    days: float
    by: str
    to: tuple[str, ...] = ()
    steps: tuple[Step, ...] = ()
    priority: str = "medium"
    complexity: str = "medium"
    tags: tuple[str, ...] = ()
    description: str = ""
    project: str | None = None
    hours: float | None = None
    due: float | None = None
    part_of: str | None = None
    type: str = "task"


@dataclass(frozen=True, slots=True)
class Undertaking:
    """A project: begun `days` ago by `by`, who leads it. `team` are its members; a private one is seen by them and the owners only."""

    name: str
    days: float
    by: str
    description: str
    team: tuple[str, ...] = ()
    private: bool = False
    reviewed: bool = False


@dataclass(frozen=True, slots=True)
class Hold:
    """A task that an agent is at right now; `minutes` of its lease are left."""

    title: str
    who: str
    minutes: int


def moves(hours: float, who: str, status: str, comment: str | None = None) -> Step:
    return Step(hours, who, "update_task_status", {"new_status": status} | ({"comment": comment} if comment else {}))


def says(hours: float, who: str, comment: str) -> Step:
    return Step(hours, who, "add_task_comment", {"comment": comment})


def waits(hours: float, who: str, title: str) -> Step:
    """It is said that the task has to wait for the one of this title."""
    return Step(hours, who, "link_tasks", {"kind": "blocked_by", "other_task_id": title})


def blocks(hours: float, who: str, title: str) -> Step:
    return Step(hours, who, "link_tasks", {"kind": "blocks", "other_task_id": title})


def relates(hours: float, who: str, title: str) -> Step:
    return Step(hours, who, "link_tasks", {"kind": "relates", "other_task_id": title})


def asks(hours: float, who: str, to: str, question: str, *options: str) -> Step:
    return Step(hours, who, "ask_human", {"question": question, "to": to, "options": list(options)})


def changes(hours: float, who: str, **fields: Any) -> Step:
    return Step(hours, who, "update_task", fields)
