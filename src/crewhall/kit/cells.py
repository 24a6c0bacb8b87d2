"""Cells of a CSV that a spreadsheet opens: what it would take for a formula begins with an apostrophe."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable

DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n", "'", "\uff1d", "\uff0b", "\uff0d", "\uff20")


def guarded(cell: str) -> str:
    """A cell that no spreadsheet runs; what began with an apostrophe gets one more, so that it can be told apart."""
    return "'" + cell if cell.startswith(DANGEROUS) else cell


def unguarded(cell: str) -> str:
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(DANGEROUS) else cell


def lines(rows: Iterable[Iterable[str]]) -> str:
    """Lines of a CSV (RFC 4180), every cell guarded."""
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\r\n").writerows([guarded(cell) for cell in row] for row in rows)
    return text.getvalue()
