"""Reports in few words, for a model's context: what they look at, numbers on one line, then a line for each row."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

SILENT = frozenset({"rows", "scope", "zone", "as_of", "list_id", "person_id", "created_at", "updated_at"})
MOST_LINES = 120


def report(value: Mapping[str, Any]) -> str:
    """Any report: every number, and every list under its name."""
    head = [f"{value['scope']} ({value['zone']}, {value['as_of']:%Y-%m-%d %H:%M}Z)"] if "as_of" in value else []
    told = {name: part for name, part in value.items() if name not in SILENT and part not in (None, [], {}, "")}
    numbers = " ".join(f"{name}={_short(part)}" for name, part in told.items() if not isinstance(part, list | dict))
    spread = [f"{name}: {', '.join(f'{key} {count}' for key, count in part.items())}" for name, part in told.items() if _is_map(part)]
    lists = [line for name, part in told.items() if isinstance(part, list) for line in _list(name, part)]
    behind = ["The rows behind a number: get_report_tasks with what rows says (format=detailed)."] if value.get("rows") else []
    return "\n".join([*head, *([numbers] if numbers else []), *spread, *lists, *behind])


MOST_POINTS = 40


def chart(value: Mapping[str, Any]) -> str:
    """What is on a chart: its points, of many the last."""
    points = value["points"]
    told = [" ".join(f"{name}={part}" for name, part in point.items() if part not in (None, 0)) for point in points[-MOST_POINTS:]]
    head = f"{value['chart']} of {value['scope']} ({value['zone']}, {value['as_of']:%Y-%m-%d %H:%M}Z), {len(points)} points"
    return "\n".join([head, *told])


def _is_map(part: Any) -> bool:
    return isinstance(part, dict)


def _list(name: str, rows: list[Any]) -> list[str]:
    shown = [f"- {row if isinstance(row, str) else line(row)}" for row in rows[:MOST_LINES]]
    return [f"{name}:", *shown, *([f"and {len(rows) - MOST_LINES} more"] if len(rows) > MOST_LINES else [])]


def line(row: Mapping[str, Any]) -> str:
    """A row's key and title, then what else it says."""
    first = [str(row[name]) for name in ("key", "name", "title") if row.get(name)]
    if "depth" in row:
        first[0] = "  " * row["depth"] + first[0]
    rest = [_said(name, value) for name, value in row.items() if name not in {"key", "name", "title", "depth"} | SILENT]
    return " ".join([*first, *filter(None, rest)])


def _said(name: str, value: Any) -> str:
    if value in (None, [], {}, "", 0, False):
        return ""
    if isinstance(value, list):
        return ("@" if name == "assignees" else f"{name}=") + ", ".join(map(str, value))
    if isinstance(value, dict):
        return ", ".join(f"{key}={part}" for key, part in value.items())
    return str(value) if name in {"status", "category", "hint"} else f"{name}={_short(value)}"


def _short(value: Any) -> str:
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d}" if value.hour == value.minute == 0 else f"{value:%Y-%m-%dT%H:%MZ}"
    return str(value)
