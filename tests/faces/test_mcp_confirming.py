"""Two steps for what cannot be taken back: first what would be done, then the same call with the word."""

from __future__ import annotations

import asyncio
import re
from typing import Any

import pytest
from fastmcp import Client
from fastmcp.client.elicitation import ElicitResult

from crewhall.app import ROOMS
from crewhall.faces.mcp.confirming import REQUEST, USE, hash_of
from crewhall.kit.capability import Registry
from tests.harness.hall import Hall, text_of

pytestmark = pytest.mark.skipif(REQUEST not in Registry(ROOMS), reason="the room of approvals does not keep confirmations yet")
ERAS = pytest.mark.parametrize("era", ["auto", "legacy"])


async def _first(client: Client[Any], tool: str, given: dict[str, Any]) -> str:
    """The word that the first step gives."""
    asked = await client.call_tool(tool, given, raise_on_error=False)
    assert asked.is_error
    word = re.search(r"confirm_token=(\S+)", text_of(asked))
    assert word is not None, text_of(asked)
    return word[1]


async def _is_there(hall: Hall, task: dict[str, Any]) -> bool:
    return (await hall.rest.get(f"/api/tasks/{task['key']}")).status_code == 200


@ERAS
@pytest.mark.parametrize("through", ["own name", "call_destructive"])
async def test_the_first_call_says_what_would_be_done_and_does_nothing_and_the_second_does_it(hall: Hall, era: str, through: str) -> None:
    task = await hall.make_task("Paint the gate")
    given = {"task_id": task["key"]}

    def called(**more: str) -> tuple[str, dict[str, Any]]:
        return ("delete_task", given | more) if through == "own name" else (through, {"tool": "delete_task", "arguments": given | more})

    async with hall.mcp(era) as client:
        asked = text_of(await client.call_tool(*called(), raise_on_error=False))
        untouched = (await hall.rest.get(f"/api/tasks/{task['key']}")).json()
        word = re.search(r"confirm_token=(\S+)", asked)
        assert word is not None
        done = await client.call_tool(*called(confirm_token=word[1]), raise_on_error=False)

    assert asked.startswith("confirmation_needed: nothing is done yet.")
    assert f"{task['key']} not_started Paint the gate" in asked
    assert 1 == untouched["version"]
    assert not done.is_error, text_of(done)
    assert not await _is_there(hall, task)


async def test_a_rehearsal_leaves_no_history_no_event_and_no_audit_line(hall: Hall) -> None:
    task = await hall.make_task()
    cursor = (await hall.call("changes_since"))["next_cursor"]

    async with hall.mcp() as client:
        await _first(client, "delete_task", {"task_id": task["key"]})

    heard = (await hall.call("changes_since", cursor=cursor))["changes"]
    owner = await hall.owner()
    lines = (await owner.rest.get("/api/v1/audit?capability=delete_task")).json()["lines"]
    assert [] == [event for event in heard if event["type"] == "task_deleted"]
    assert [] == lines
    assert 1 == (await hall.rest.get(f"/api/tasks/{task['key']}")).json()["version"]


async def test_what_would_be_refused_is_refused_before_anybody_is_asked(hall: Hall) -> None:
    wrong: list[tuple[dict[str, Any], str]] = [
        ({"task_id": "CH-999"}, "not_found"),
        ({}, "validation_failed"),
        ({"task_id": "CH-1", "x": 1}, "validation_failed"),
    ]
    async with hall.mcp() as client:
        for given, said in wrong:
            refused = await client.call_tool("delete_task", given, raise_on_error=False)
            assert text_of(refused).startswith(said)


async def test_a_word_is_good_once(hall: Hall) -> None:
    task = await hall.make_task()
    given = {"task_id": task["key"]}

    async with hall.mcp() as client:
        word = await _first(client, "delete_task", given)
        await client.call_tool("delete_task", given | {"confirm_token": word})
        await client.call_tool("restore_task", given)
        again = await client.call_tool("delete_task", given | {"confirm_token": word}, raise_on_error=False)

    assert again.is_error
    assert await _is_there(hall, task)


@ERAS
async def test_a_confirmed_call_that_is_repeated_under_its_key_reads_the_answer_that_was_lost(hall: Hall, era: str) -> None:
    task = await hall.make_task()
    given = {"task_id": task["key"], "idempotency_key": "once"}

    async with hall.mcp(era) as client:
        word = await _first(client, "delete_task", given)
        await client.call_tool("delete_task", given | {"confirm_token": word})
        await client.call_tool("restore_task", {"task_id": task["key"]})
        again = await client.call_tool("delete_task", given | {"confirm_token": word}, raise_on_error=False)

    assert not again.is_error, text_of(again)
    assert task["id"] in text_of(again)
    assert await _is_there(hall, task), "it was not done a second time"


async def test_a_word_stays_good_when_its_call_is_refused(hall: Hall) -> None:
    task = await hall.make_task()
    given = {"task_id": task["key"]}

    async with hall.mcp() as client:
        word = await _first(client, "delete_task", given)
        await hall.call("delete_task", **given)
        refused = await client.call_tool("delete_task", given | {"confirm_token": word}, raise_on_error=False)
        await client.call_tool("restore_task", given)
        await client.call_tool("delete_task", given | {"confirm_token": word})

    assert refused.is_error
    assert not await _is_there(hall, task)


async def test_of_two_that_use_a_word_at_once_one_does(hall: Hall) -> None:
    task = await hall.make_task()
    given = {"task_id": task["key"]}

    async with hall.mcp() as client:
        word = await _first(client, "delete_task", given)
        both = [client.call_tool("delete_task", given | {"confirm_token": word}, raise_on_error=False) for _ in range(2)]
        results = await asyncio.gather(*both)

    assert [False, True] == sorted(result.is_error for result in results)


@pytest.mark.parametrize("word", ["", "nonsense", "x" * 5000, "00000000-0000-7000-8000-000000000000"])
async def test_a_word_that_nobody_gave_does_nothing(hall: Hall, word: str) -> None:
    task = await hall.make_task()

    async with hall.mcp() as client:
        refused = await client.call_tool("delete_task", {"task_id": task["key"], "confirm_token": word}, raise_on_error=False)

    assert refused.is_error
    assert await _is_there(hall, task)


async def test_a_word_is_bound_to_the_arguments_the_tool_and_the_member(hall: Hall) -> None:
    mine, other = await hall.make_task("mine"), await hall.make_task("other")
    said = (await hall.rest.post(f"/api/tasks/{mine['key']}/comments", json={"comment": "said"})).json()
    colleague = await hall.join("Colleague", kind="agent")

    async with hall.mcp() as client, hall.mcp(key=colleague) as another:
        word = await _first(client, "delete_task", {"task_id": mine["key"]})
        elsewhere = [
            await client.call_tool("delete_task", {"task_id": other["key"], "confirm_token": word}, raise_on_error=False),
            await client.call_tool(
                "delete_task_comment", {"task_id": mine["key"], "comment_id": said["id"], "confirm_token": word}, raise_on_error=False
            ),
            await another.call_tool("delete_task", {"task_id": mine["key"], "confirm_token": word}, raise_on_error=False),
        ]

    assert all(result.is_error for result in elsewhere)
    assert await _is_there(hall, mine)
    assert await _is_there(hall, other)


async def test_read_only_gives_no_word(hall: Hall) -> None:
    task = await hall.make_task()

    async with hall.mcp(path="/mcp/readonly") as client:
        refused = await client.call_tool("delete_task", {"task_id": task["key"]}, raise_on_error=False)

    assert text_of(refused).startswith("not_allowed")


async def test_rest_asks_nobody_twice(hall: Hall) -> None:
    task = await hall.make_task()

    assert 200 == (await hall.rest.delete(f"/api/tasks/{task['key']}")).status_code


# Clients that can ask their person --------------------------------------------------------------------------------


@pytest.mark.parametrize("through", ["own name", "call_destructive"])
@pytest.mark.parametrize(("answer", "gone"), [("accept", True), ("decline", False), ("cancel", False)])
async def test_a_client_that_can_ask_its_person_does(hall: Hall, through: str, answer: Any, gone: bool) -> None:
    task = await hall.make_task("Paint the gate")
    asked: list[str] = []

    async def person(message: str, *_: Any) -> ElicitResult[Any]:
        asked.append(message)
        return ElicitResult(action=answer, content={} if answer == "accept" else None)

    given: dict[str, Any] = {"task_id": task["key"]}
    name, arguments = ("delete_task", given) if through == "own name" else (through, {"tool": "delete_task", "arguments": given})
    async with hall.mcp(elicitation_handler=person) as client:
        result = await client.call_tool(name, arguments, raise_on_error=False)

    assert 1 == len(asked)
    assert f"{task['key']} not_started Paint the gate" in asked[0]
    assert gone != await _is_there(hall, task)
    assert result.is_error != gone


async def test_in_the_handshake_era_such_a_client_gets_the_word(hall: Hall) -> None:
    task = await hall.make_task()

    async def person(*_: Any) -> ElicitResult[Any]:
        raise AssertionError("nobody is asked")

    async with hall.mcp("legacy", elicitation_handler=person) as client:
        assert await _first(client, "delete_task", {"task_id": task["key"]})


def test_the_order_of_arguments_makes_no_difference_and_their_values_do() -> None:
    assert hash_of({"a": 1, "b": [1, 2]}) == hash_of({"b": [1, 2], "a": 1})
    assert len({hash_of(given) for given in ({}, {"a": 1}, {"a": "1"}, {"a": [1]}, {"b": 1})}) == 5


def test_what_the_face_uses_is_no_tool() -> None:
    registry = Registry(ROOMS)

    assert not registry[REQUEST].tool
    assert not registry[USE].tool
