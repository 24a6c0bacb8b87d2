"""`crewhall board`: what it knows, how it looks, and that it leaves quietly."""

from __future__ import annotations

import io
import json
from typing import Any

from rich.console import Console

from crewhall.faces.cli.board import Board
from crewhall.faces.cli.stream import Event
from tests.faces.cli.conftest import Cli
from tests.harness.hall import Hall


def _task(number: int, status: str = "not_started", version: int = 1, **fields: Any) -> dict[str, Any]:
    task = {"id": str(number), "key": f"CH-{number}", "title": f"Task {number}", "status": status, "version": version, "priority": "medium"}
    who = {"assignee_id": None, "assignee_name": None, "assignee_kind": None, "repository": "ledger", "rank": f"{number:03}"}
    return task | who | {"updated_at": f"2026-11-21T12:{number:02}:00+00:00"} | fields


def _event(task: dict[str, Any], kind: str = "task_updated") -> Event:
    data = {"task": task, "version": task["version"], "changed": []}
    return Event(kind, data, json.dumps(data))


def _drawn(board: Board, width: int, height: int | None) -> str:
    out = io.StringIO()
    Console(file=out, width=width, height=height, highlight=False, markup=False).print(board.drawn(width, height))
    return out.getvalue()


def test_the_highest_version_wins_whichever_way_it_came() -> None:
    board = Board()
    board.load([_task(1, "in_progress", 3)])

    board.hear(_event(_task(1, "not_started", 2)))
    assert ["CH-1"] == [task["key"] for task in board.column("in_progress")]

    board.hear(_event(_task(1, "completed", 4)))
    assert ["CH-1"] == [task["key"] for task in board.column("completed")]


def test_what_is_deleted_or_leaves_the_filter_leaves_the_board() -> None:
    board = Board(me="u1", repository="Ledger")
    board.load([_task(number, assignee_id="u1") for number in range(3)])

    board.hear(_event(_task(0, version=2, assignee_id="u1"), "task_deleted"))
    board.hear(_event(_task(1, version=2, assignee_id="u2")))
    board.hear(_event(_task(2, version=2, assignee_id="u1", repository="docs")))
    board.hear(_event(_task(3, assignee_id="u1")))

    assert ["CH-3"] == [task["key"] for task in board.column("not_started")]


def test_a_column_has_the_order_of_the_board() -> None:
    board = Board()
    board.load([_task(1, rank="b"), _task(2, rank="Z"), _task(3, rank="c")])

    assert ["CH-3", "CH-1", "CH-2"] == [task["key"] for task in board.column("not_started")]


def test_wide_terminals_have_columns_and_narrow_ones_have_them_under_each_other() -> None:
    board = Board()
    board.load([_task(number) for number in range(1, 40)], frozenset({"not_started"}))
    board.state = "Live"

    wide, narrow = _drawn(board, 140, 30), _drawn(board, 60, 30)

    assert "○ Not started 39+" in wide.splitlines()[1]
    assert "✓ Completed 0" in wide.splitlines()[1]
    assert "Live" in wide.splitlines()[0]
    assert "more" in wide
    assert [True, True] == [len(drawn.splitlines()) <= 30 for drawn in (wide, narrow)]
    assert all(len(line) <= 60 for line in narrow.splitlines())


async def test_without_a_terminal_it_is_printed_once(cli: Cli, hall: Hall) -> None:
    task = await hall.make_task("Paint the gate", assignee_id="me", repository="ledger")
    await hall.make_task("Not mine")

    said = await cli("board", "--mine", "-r", "ledger")

    assert (0, True, False) == (said.code, f"{task['key']}  Paint the gate  ◇ robin" in said.out, "Not mine" in said.out), said.err
    assert [task["id"]] == [one["id"] for one in (await cli("board", "--json", "--mine")).json["tasks"]]
