"""MCP as an agent sees it, in both protocol eras."""

from __future__ import annotations

import json
from typing import Any

import httpx2
import pytest

from crewhall.faces.mcp.answers import LARGEST_ANSWER
from tests.harness.hall import Hall, rest_client, text_of

ERAS = pytest.mark.parametrize("era", ["auto", "legacy"])


@ERAS
async def test_an_agent_creates_finds_moves_and_comments(hall: Hall, era: str) -> None:
    async with hall.mcp(era) as agent:
        created = await agent.call_tool(
            "create_task", {"title": "Retry webhooks", "description": "With delay", "assignee_id": "me", "repository": "ledger"}
        )
        moved = await agent.call_tool("update_task_status", {"task_id": "CH-1", "new_status": "in_progress", "updated_by": "robin"})
        said = await agent.call_tool("add_task_comment", {"task_id": "CH-1", "comment": "On it.", "author": "robin"})
        listed = await agent.call_tool("get_tasks", {"user_id": "me"})
        shown = await agent.call_tool("get_task", {"task_id": "CH-1"})

    assert "CH-1 not_started Retry webhooks @robin v1" == text_of(created)
    assert "CH-1 in_progress Retry webhooks @robin v2" == text_of(moved)
    assert text_of(said).startswith("robin ")
    assert "CH-1 in_progress Retry webhooks @robin" == text_of(listed)
    assert "On it." in text_of(shown)
    assert "status: not_started > in_progress by robin" in text_of(shown)


@ERAS
async def test_detailed_answers_are_the_rest_object_without_empty_fields(hall: Hall, era: str) -> None:
    task = await hall.make_task(repository="ledger")

    async with hall.mcp(era) as agent:
        answer = json.loads(text_of(await agent.call_tool("get_task", {"task_id": task["key"], "format": "detailed"})))

    assert answer["id"] == task["id"]
    assert "assignee_id" not in answer


@ERAS
async def test_a_tool_with_a_format_of_its_own_keeps_it(hall: Hall, era: str) -> None:
    await hall.make_task("Paint the gate")

    async with hall.mcp(era) as agent:
        exported = text_of(await agent.call_tool("export_tasks", {"format": "csv"}))
        imported = text_of(await agent.call_tool("import_tasks", {"format": "crewhall_json", "content": "[]"}))
        refused = text_of(await agent.call_tool("export_tasks", {"format": "concise"}, raise_on_error=False))

    assert "Paint the gate" in exported
    assert "0 would be created" in imported
    assert "format: must be one of json, csv" in refused


@ERAS
async def test_a_refusal_is_a_result_that_says_what_to_do_next(hall: Hall, era: str) -> None:
    await hall.make_task()

    async with hall.mcp(era) as agent:
        result = await agent.call_tool("update_task_status", {"task_id": "CH-1", "new_status": "finished"}, raise_on_error=False)

    assert result.is_error
    assert text_of(result).startswith("validation_failed: new_status: must be one of not_started,")


@ERAS
@pytest.mark.parametrize(("typed", "meant"), [("get_taks", "get_tasks"), ("createtask", "create_task"), ("xyzzy", "find_tools")])
async def test_an_unknown_tool_is_told_the_nearest(hall: Hall, era: str, typed: str, meant: str) -> None:
    async with hall.mcp(era) as agent:
        result = await agent.call_tool(typed, {}, raise_on_error=False)

    assert result.is_error
    assert meant in text_of(result)


@ERAS
async def test_what_is_no_tool_stays_unknown(hall: Hall, era: str) -> None:
    async with hall.mcp(era) as agent:
        result = await agent.call_tool("log_in", {"email": "x", "password": "y"}, raise_on_error=False)

    assert result.is_error


@ERAS
async def test_the_list_of_tools_is_the_same_the_second_time(hall: Hall, era: str) -> None:
    async with hall.mcp(era) as agent:
        first = await agent.list_tools()
    async with hall.mcp(era) as agent:
        second = await agent.list_tools()

    assert [tool.model_dump() for tool in first] == [tool.model_dump() for tool in second]
    assert {"get_tasks", "get_task", "create_task", "update_task_status", "add_task_comment", "changes_since"} <= {t.name for t in first}


async def test_hints_tell_the_truth(hall: Hall) -> None:
    async with hall.mcp() as agent:
        hints = {tool.name: tool.annotations for tool in await agent.list_tools()}

    said = {name: not hint.read_only_hint for name, hint in hints.items() if hint is not None}
    facade = {"find_tools": False, "call_read": False, "call_write": True, "call_destructive": True}
    assert {capability.name: capability.writes for capability in hall.world.registry if capability.pinned} | facade == said
    assert [None, False, None] == [
        getattr(hints[name], "destructive_hint", None) for name in ("call_read", "call_write", "call_destructive")
    ]


async def test_a_viewer_is_shown_only_what_a_viewer_may_do(hall: Hall) -> None:
    key = await hall.join("Vera", role="viewer")

    async with hall.mcp(key=key) as agent:
        names = {tool.name for tool in await agent.list_tools()}
        refused = await agent.call_tool("create_task", {"title": "x"}, raise_on_error=False)

    assert "get_tasks" in names
    assert "create_task" not in names
    assert "tasks:write" in text_of(refused)


async def test_the_tool_list_fits_its_budget(hall: Hall) -> None:
    reply = await _post(hall, {"jsonrpc": "2.0", "id": 1, "method": "tools/list"})

    assert len(reply.content) <= 8_000


async def test_a_listed_task_costs_at_most_40_bytes_beyond_key_title_and_status(hall: Hall) -> None:
    title = "Warn before a sailing is sold above deck capacity"
    await hall.make_task(title, assignee_id="me", priority="critical", repository="booking-api", description="long " * 500)

    async with hall.mcp() as agent:
        line = text_of(await agent.call_tool("get_tasks", {}))

    assert len(line.encode()) - len("CH-1") - len("not_started") - len(title) <= 40


async def test_a_long_answer_is_cut_between_rows_and_its_cursor_goes_on(hall: Hall) -> None:
    for number in range(30):
        await hall.make_task(f"{number} " + "x" * 400, description="y" * 3000)

    titles = await _walk(hall, "get_tasks")

    assert 30 == len(titles) == len(set(titles))


async def _walk(hall: Hall, tool: str) -> list[str]:
    """The titles of every page, following the cursors that the answers give."""
    titles: list[str] = []
    given: dict[str, str] | None = {}
    async with hall.mcp() as agent:
        while given is not None:
            text = text_of(await agent.call_tool(tool, {"format": "detailed", **given}))
            assert len(text) <= LARGEST_ANSWER
            page = json.loads(text)
            titles += [task["title"] for task in page["tasks"]]
            given = {"cursor": page["next_cursor"]} if "next_cursor" in page else None
    return titles


async def test_an_idempotency_key_makes_one_task_of_two_calls(hall: Hall) -> None:
    async with hall.mcp() as agent:
        for _ in range(2):
            await agent.call_tool("create_task", {"title": "Once", "idempotency_key": "k-1"})
        listed = text_of(await agent.call_tool("get_tasks", {}))

    assert "CH-1 not_started Once" == listed


async def test_mcp_needs_a_key(hall: Hall) -> None:
    async with rest_client(hall.app, None) as nobody:
        reply = await nobody.post("/mcp", json={"jsonrpc": "2.0", "id": 1, "method": "tools/list"})

    assert (401, "not_signed_in") == (reply.status_code, reply.json()["error"]["code"])
    assert reply.headers["www-authenticate"].startswith("Bearer")


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"null", b"{", b'{"method": 3}', b'{"jsonrpc":"2.0","id":1,"method":"tools/call","params":[]}']
)
async def test_broken_requests_are_refused_and_break_nothing(hall: Hall, body: bytes) -> None:
    reply = await hall.rest.post("/mcp", content=body, headers=_headers())

    assert 400 <= reply.status_code < 500 or "error" in reply.json()


async def test_an_unforeseen_failure_tells_nothing_of_itself(hall: Hall, monkeypatch: pytest.MonkeyPatch) -> None:
    async def fail(*_: Any, **__: Any) -> None:
        raise RuntimeError("secret dsn")

    monkeypatch.setattr(type(hall.world.seam), "run", fail)
    async with hall.mcp() as agent:
        result = await agent.call_tool("get_me", {}, raise_on_error=False)

    assert result.is_error
    assert "secret" not in text_of(result)


def _headers() -> dict[str, str]:
    return {"Content-Type": "application/json", "Accept": "application/json, text/event-stream"}


async def _post(hall: Hall, message: dict[str, Any]) -> httpx2.Response:
    return await hall.rest.post("/mcp", json=message, headers=_headers())


@pytest.mark.parametrize("method", ["GET", "DELETE"])
async def test_what_a_stateless_server_does_not_offer_is_refused_in_the_one_shape(hall: Hall, method: str) -> None:
    reply = await hall.rest.request(method, "/mcp", headers={"Accept": "text/event-stream"})

    assert (405, "POST", "method_not_allowed") == (reply.status_code, reply.headers["allow"], reply.json()["error"]["code"])


@pytest.mark.parametrize("wrong", [{"idempotency_key": 5}, {"idempotency_key": ["a"]}, {"format": ["concise"]}, {"format": {}}])
async def test_a_word_of_the_protocol_that_is_no_text_is_refused_in_words(hall: Hall, wrong: dict[str, Any]) -> None:
    call = {"name": "create_task", "arguments": {"title": "x", **wrong}}
    headers = {"Accept": "application/json, text/event-stream", "MCP-Protocol-Version": "2025-11-25"}

    reply = await hall.rest.post("/mcp", json={"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": call}, headers=headers)

    result = reply.json()["result"]
    assert result["isError"]
    assert next(iter(wrong)).replace("_", " ") in result["content"][0]["text"].replace("_", " ")
