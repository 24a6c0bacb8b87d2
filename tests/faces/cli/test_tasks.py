"""`crewhall task`: a day's work in the terminal."""

from __future__ import annotations

from datetime import UTC, datetime

import httpx2
import pytest

from crewhall.faces.cli.client import worth_another
from crewhall.faces.cli.tasks import read_instant, read_span
from crewhall.faces.cli.trouble import Misused
from tests.faces.cli.conftest import Cli
from tests.faces.cli.unreliable import Unreliable
from tests.harness.hall import Hall


async def test_a_list_shows_key_status_title_and_who(cli: Cli, hall: Hall) -> None:
    task = await hall.make_task("Paint the gate", assignee_id="me", priority="critical")

    said = await cli("task", "list")

    assert 0 == said.code, said.err
    assert all(word in said.out for word in (task["key"], "○ Not started", "Paint the gate", "▲ Critical", "◇ robin"))


async def test_a_list_as_json_is_the_answer_of_the_api(cli: Cli, hall: Hall) -> None:
    await hall.make_task()

    said = await cli("task", "list", "--json")

    assert said.out == (await hall.rest.get("/api/tasks", params={"limit": 50})).text + "\n"


async def test_an_empty_list_is_empty_json_and_a_hint_for_people(cli: Cli) -> None:
    assert [] == (await cli("task", "list", "--json")).json["tasks"]
    said = await cli("task", "list")
    assert ("", True) == (said.out, "crewhall task new" in said.err)


async def test_filters_reach_the_hall(cli: Cli, hall: Hall) -> None:
    mine = await hall.make_task("mine", assignee_id="me", repository="ledger")
    other = await hall.make_task("other", repository="docs")
    await hall.move(mine, "in_progress")

    for arguments in (["--mine"], ["--status", "in-progress"], ["-s", "doing"], ["-r", "ledger"], ["-a", "robin"]):
        said = await cli("task", "list", "--json", *arguments)
        assert ["mine"] == [task["title"] for task in said.json["tasks"]], arguments
    assert other["key"] in (await cli("task", "list", "-r", "docs")).out


async def test_all_reads_every_page(cli: Cli, hall: Hall, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("crewhall.faces.cli.tasks.READ_AT_ONCE", 2)
    made = [(await hall.make_task(f"task {number}"))["key"] for number in range(5)]

    said = await cli("task", "list", "--all", "--json")

    assert (sorted(made), None) == (sorted(task["key"] for task in said.json["tasks"]), said.json["next_cursor"])


async def test_a_task_is_made_shown_moved_and_commented(cli: Cli, hall: Hall) -> None:
    made = await cli("task", "new", "Paint the gate", "-a", "me", "-r", "ledger", "-p", "high", "-d", "Two coats.\nBlue.")
    key = made.out.split()[1]
    moved = await cli("task", "move", key, "done", "-m", "dry")
    said = await cli("task", "comment", key, "-", given="Looks **good**.\n")
    shown = await cli("task", "show", key)

    assert [0, 0, 0, 0] == [made.code, moved.code, said.code, shown.code], moved.err
    assert f"Moved {key}  ✓ Completed  Paint the gate\n" == moved.out
    words = ("high priority", "◇ robin (agent)", "Two coats.\nBlue.", "Looks **good**.", "just now", "ledger")
    assert not [word for word in words if word not in shown.out]
    history = (await hall.rest.get(f"/api/tasks/{key}")).json()["history"]
    assert "dry" in [entry["comment"] for entry in history]


async def test_as_json_every_write_prints_the_task(cli: Cli) -> None:
    made = await cli("task", "new", "Paint the gate", "--json")

    assert "completed" == (await cli("task", "move", made.json["key"], "done", "--json")).json["status"]


async def test_a_wrong_status_is_explained_by_the_hall(cli: Cli, hall: Hall) -> None:
    task = await hall.make_task()

    said = await cli("task", "move", task["key"], "complted")

    assert (2, "") == (said.code, said.out)
    assert "did you mean completed?" in said.err


async def test_an_unknown_task_is_refused_with_the_next_step(cli: Cli) -> None:
    said = await cli("task", "show", "CH-999")

    assert 1 == said.code
    assert "There is no task CH-999" in said.err


@pytest.mark.parametrize("key", ["..", ".", "", "/", "../users/me"])
async def test_a_key_never_leaves_its_place_in_the_address(cli: Cli, key: str) -> None:
    said = await cli("task", "show", key)

    assert said.code in {1, 2}
    assert "robin" not in said.out


async def test_without_a_terminal_a_deletion_wants_yes(cli: Cli, hall: Hall) -> None:
    task = await hall.make_task()

    said = await cli("task", "delete", task["key"])

    assert (2, True) == (said.code, "--yes" in said.err)
    assert 200 == (await hall.rest.get(f"/api/tasks/{task['key']}")).status_code


async def test_a_write_whose_answer_is_lost_is_sent_again_and_done_once(cli: Cli, hall: Hall, line: Unreliable) -> None:
    line.lost = 1

    said = await cli("task", "new", "Only once", CREWHALL_URL=line.address)

    assert (0, 2) == (said.code, line.connections), said.err
    assert 1 == len((await hall.rest.get("/api/tasks")).json()["tasks"])


@pytest.mark.parametrize(("status", "headers", "again"), [
    (409, {"retry-after": "1"}, True), (503, {"retry-after": "1"}, True), (429, {"retry-after": "9"}, True),
    (409, {}, False), (412, {}, False),
    (200, {"retry-after": "1"}, False),
])  # fmt: skip
def test_only_what_the_hall_asks_to_repeat_is_repeated(status: int, headers: dict[str, str], again: bool) -> None:
    assert again == worth_another(httpx2.Response(status, headers=headers))


async def test_a_line_that_stays_broken_is_no_traceback(cli: Cli, line: Unreliable) -> None:
    line.lost = 100

    said = await cli("task", "list", CREWHALL_URL=line.address)

    assert (3, 3) == (said.code, line.connections)
    assert f"The answer of {line.address} was lost" in said.err


@pytest.mark.parametrize(("typed", "minutes"), [("90", 90), ("2h", 120), ("1h30m", 90), ("1h 5min", 65), ("none", None), ("0", 0)])
def test_a_length_of_time_is_read(typed: str, minutes: int | None) -> None:
    assert minutes == read_span(typed)


@pytest.mark.parametrize("typed", ["soon", "h", "-5", "1.5h", "9" * 400])
def test_what_is_no_length_of_time_is_refused(typed: str) -> None:
    with pytest.raises(Misused):
        read_span(typed)


def test_a_day_counts_to_its_end_and_begins_at_its_beginning() -> None:
    assert (read_instant("2026-12-01", end=True) or "").startswith("2026-12-01T23:59:59")
    assert (read_instant("2026-12-01", end=False) or "").startswith("2026-12-01T00:00:00")
    instant = read_instant("2026-12-01T17:00:00+00:00", end=True)
    assert instant is not None
    assert datetime(2026, 12, 1, 17, tzinfo=UTC) == datetime.fromisoformat(instant)
    with pytest.raises(Misused):
        read_instant("someday", end=True)


# Links --------------------------------------------------------------------------------------------------------------


async def test_a_task_is_linked_explained_and_unlinked(cli: Cli, hall: Hall) -> None:
    task, blocker = await hall.make_task("Ship it"), await hall.make_task("Paint the gate", assignee_id="me")

    linked = await cli("task", "link", task["key"], "blocked-by", blocker["key"].lower())
    again = await cli("task", "link", blocker["key"], "blocks", task["key"])
    shown, why = await cli("task", "show", task["key"]), await cli("task", "blockers", task["key"])
    ended = await cli("task", "unlink", task["key"], blocker["key"], "--kind", "blocked-by")
    free = await cli("task", "blockers", task["key"])

    assert [0] * 6 == [said.code for said in (linked, again, shown, why, ended, free)], linked.err
    assert f"Linked {task['key']} and {blocker['key']}; {task['key']} waits for 1 task\n" == linked.out
    assert "It was linked so already\n" == again.out
    assert all(word in shown.out for word in ("waits for 1 task", "Links", "blocked by", "Paint the gate"))
    assert all(word in why.out for word in ("Ship it", blocker["key"], "robin", f"blocks {task['key']}", "can be done now"))
    assert f"Unlinked {task['key']} and {blocker['key']}\n" == ended.out
    assert f"No unfinished task blocks {task['key']}" in free.err


async def test_a_link_as_json_is_the_answer_of_the_api(cli: Cli, hall: Hall) -> None:
    task, other = await hall.make_task("a"), await hall.make_task("b")

    linked = await cli("task", "link", task["key"], "relates", other["key"], "--json")
    why = await cli("task", "blockers", task["key"], "--json")

    assert (True, "relates") == (linked.json["changed"], linked.json["links"][0]["kind"])
    assert (await hall.rest.get(f"/api/tasks/{task['key']}/blockers", params={"limit": 25})).text + "\n" == why.out


async def test_a_ring_is_refused_with_its_tasks(cli: Cli, hall: Hall) -> None:
    task, other = await hall.make_task("a"), await hall.make_task("b")
    await cli("task", "link", task["key"], "blocks", other["key"])

    said = await cli("task", "link", other["key"], "blocks", task["key"])

    assert (1, True) == (said.code, f"{other['key']} blocks {task['key']} blocks {other['key']}" in said.err)


@pytest.mark.parametrize(
    "words", [("link", "CH-1", "depends", "CH-2"), ("unlink", "CH-1", "../.."), ("unlink", "CH-1", "CH-2", "--kind", "x")]
)
async def test_what_makes_no_link_is_wrong_usage(cli: Cli, hall: Hall, words: tuple[str, ...]) -> None:
    await hall.make_task("a")
    await hall.make_task("b")

    assert 2 == (await cli("task", *words)).code


async def test_text_of_others_moves_no_cursor_in_the_list_of_blockers(cli: Cli, hall: Hall) -> None:
    task, blocker = await hall.make_task("a"), await hall.make_task("b \u202ec")
    await cli("task", "link", blocker["key"], "blocks", task["key"])

    why = await cli("task", "blockers", task["key"])

    assert "\u202e" not in why.out
