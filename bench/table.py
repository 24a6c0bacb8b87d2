"""What was measured, for people and for programs."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import orjson

from bench.measure import Row

HEAD = ("", "ours", "floor", "ratio", "rounds from .. to", "bar")


def in_words(rows: Sequence[Row]) -> str:
    """The table as text."""
    lines = [HEAD, *(_cells(row) for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(HEAD))]
    return "\n".join(_line(cells, widths) for cells in lines)


def _cells(row: Row) -> tuple[str, ...]:
    floor = "-" if row.floor is None else f"{_number(row.floor)} {row.unit}"
    ratio = "-" if row.ratio is None else f"{row.ratio:.2f}"
    spread = "" if row.spread is None else f"{row.spread[0]:.2f} .. {row.spread[1]:.2f}"
    return row.name, f"{_number(row.ours)} {row.unit}", floor, ratio, spread, row.bar


def _number(value: float) -> str:
    """Three figures that count; more would be noise."""
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.3f}"


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    name, *figures, bar = cells
    middle = (figure.rjust(width) for figure, width in zip(figures, widths[1:-1], strict=True))
    return "  ".join([name.ljust(widths[0]), *middle, bar]).rstrip()


def machine() -> str:
    """Where it was measured."""
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    system = f"{platform.system()} {platform.release()}, Python {platform.python_version()}"
    return f"{_processor()}, {os.cpu_count()} cores, {system}, load {load}"


def _processor() -> str:
    """The processor's model, where the system tells it."""
    facts = Path("/proc/cpuinfo")
    lines = facts.read_text().splitlines() if facts.exists() else []
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine())


def as_json(rows: Sequence[Row]) -> bytes:
    """The same for programs, with the machine."""
    measured: list[dict[str, Any]] = [asdict(row) | {"ratio": row.ratio} for row in rows]
    return orjson.dumps({"machine": machine(), "rows": measured}, option=orjson.OPT_INDENT_2)
