"""`crewhall work`: what is next, what is mine, and holding a task."""

from __future__ import annotations

import time

from tests.faces.cli.conftest import Cli
from tests.harness.hall import Hall


async def test_what_is_next_is_listed_with_its_reasons(cli: Cli, hall: Hall) -> None:
    later, first = await hall.make_task("Paint the gate"), await hall.make_task("Tune the query", priority="high", tags=["sql"])

    said = await cli("work", "next", "--skills", "sql")

    assert 0 == said.code, said.err
    assert said.out.index(first["key"]) < said.out.index(later["key"])
    assert "high priority; fits sql" in said.out


async def test_the_first_one_is_claimed_in_the_same_command(cli: Cli, hall: Hall) -> None:
    task = await hall.make_task("Paint the gate")

    said = await cli("work", "next", "--claim", "--lease", "600")
    again = await cli("work", "next", "--claim")

    assert (0, True) == (said.code, f"You hold {task['key']}  Paint the gate" in said.out), said.err
    assert "token 1" in said.err
    assert (0, True) == (again.code, "Nothing is ready for you: 1 claimed" in again.err)
    assert "robin" == (await hall.call("get_task", task_id=task["key"]))["claim"]["holder"]


async def test_where_i_stand_is_one_page(cli: Cli, hall: Hall) -> None:
    held = await hall.make_task("Held")
    await hall.make_task("Given", assignee_id="me")
    await hall.make_task("Free")
    await hall.call("claim_task", task_id=held["key"], lease_seconds=1800)
    await hall.call("ask_human", task_id=held["key"], question="Which \u202ecolour?")

    said = await cli("work", "mine")

    assert 0 == said.code, said.err
    for line in ("You hold", "30 min left, token 1", "You asked", "Which \\u202ecolour?", "Assigned to you", "Ready for anybody"):
        assert line in said.out, line
    assert {"claims", "lapsed", "assigned", "ready", "unread", "asked", "counts", "now"} == (
        await cli("work", "mine", "--json")
    ).json.keys()


async def test_nothing_at_all_is_said(cli: Cli) -> None:
    assert "Nothing is yours and nothing is ready" in (await cli("work", "mine")).err
    assert "there is no unfinished task" in (await cli("work", "next")).err


async def test_a_task_is_claimed_and_given_back(cli: Cli, hall: Hall) -> None:
    task = await hall.make_task("Paint the gate")

    claimed, shown = await cli("work", "claim", task["key"].lower()), await cli("task", "show", task["key"])
    back, again = await cli("work", "release", task["key"], "-m", "Not my field."), await cli("work", "release", task["key"])

    assert (0, 0) == (claimed.code, shown.code), claimed.err
    assert "Held by     robin until" in shown.out
    assert f"Gave back {task['key']}" in back.out
    assert f"Nobody held {task['key']}" in again.out


async def test_a_claim_of_another_is_told_at_once_and_not_waited_for(cli: Cli, hall: Hall) -> None:
    task, key = await hall.make_task(), await hall.join("wren", kind="agent")
    await hall.call("claim_task", task_id=task["key"], lease_seconds=600)

    started = time.monotonic()
    said = await cli("work", "claim", task["key"], CREWHALL_API_KEY=key)

    assert (1, True) == (said.code, f"{task['key']} is claimed by robin until" in said.err)
    assert time.monotonic() - started < 5  # the lease lasts ten minutes


async def test_a_person_takes_over_and_ends_claims_with_a_reason(cli: Cli, hall: Hall) -> None:
    task, key = await hall.make_task(), await hall.join("Ines")
    await hall.call("claim_task", task_id=task["key"])

    without = await cli("work", "claim", task["key"], "--take-over", CREWHALL_API_KEY=key)
    taken = await cli("work", "claim", task["key"], "--take-over", "-m", "The port waits.", CREWHALL_API_KEY=key)
    await cli("work", "release", task["key"], CREWHALL_API_KEY=key)
    await hall.call("claim_task", task_id=task["key"])
    ended = await cli("work", "release", task["key"], "--end", "-m", "It is stuck.", CREWHALL_API_KEY=key)

    assert (2, "taken over from robin") == (without.code, taken.err.strip().rpartition(", ")[2])
    assert (0, True) == (ended.code, "Gave back" in ended.out)
    assert 2 == (await cli("work", "claim", task["key"], "--lease", "0")).code


async def test_what_was_handed_in_is_shown_with_the_task(cli: Cli, hall: Hall) -> None:
    task = await hall.make_task()
    await hall.call("add_evidence", task_id=task["key"], kind="pull_request", url="https://git.example.test/pull/7", value="#7")

    said = await cli("task", "show", task["key"])

    assert all(word in said.out for word in ("Evidence", "pull request", "#7  https://git.example.test/pull/7", "robin, now"))
