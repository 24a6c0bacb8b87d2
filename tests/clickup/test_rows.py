"""The same fact over REST, over MCP and by SQL is the same number, and that which ClickUp has."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import pytest

from tests.clickup.conftest import Mirrored
from tests.harness.hall import text_of

pytestmark = pytest.mark.timeout(60)


async def all_rows(mirrored: Mirrored, path: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    while True:
        page = (await mirrored.hall.rest.get(path, params={"limit": 100, "offset": len(rows)})).json()
        rows += page["tasks"]
        if len(rows) >= page["total"]:
            return rows


def minutes_of(mirrored: Mirrored) -> Counter[str]:
    """What was logged on each task, as the twin knows it."""
    logged: Counter[str] = Counter()
    for entry in mirrored.twin.entries.values():
        if entry.get("task") and int(entry["duration"]) > 0:
            logged[str(entry["task"]["id"])] += int(entry["duration"])
    return Counter({task_id: ms // 60_000 for task_id, ms in logged.items() if task_id in mirrored.twin.tasks})


async def test_every_task_and_every_minute_is_in_the_rows(mirrored: Mirrored) -> None:
    await mirrored.read_all()
    logged = minutes_of(mirrored)

    rows = await all_rows(mirrored, "/tasks")
    by_sql = await mirrored.rows("select clickup_task_id, tracked_minutes from synced_tasks where organisation_id = $1")
    with_time = await all_rows(mirrored, "/tasks/with-time")

    assert {one["id"] for one in mirrored.twin.tasks.values()} == {row["clickup_task_id"] for row in rows}
    assert {row["clickup_task_id"]: row["tracked_minutes"] for row in rows} == {name: logged[name] for name in mirrored.twin.tasks}
    assert {row["clickup_task_id"]: row["tracked_minutes"] for row in rows} == {r["clickup_task_id"]: r["tracked_minutes"] for r in by_sql}
    assert {name for name, minutes in logged.items() if minutes} <= {row["clickup_task_id"] for row in with_time}
    assert all(len(row["start_times"]) == len(row["end_times"]) for row in rows)


async def test_lists_have_as_many_tasks_over_mcp_as_at_clickup(mirrored: Mirrored) -> None:
    await mirrored.read_all()
    there = Counter(one["list"]["id"] for one in mirrored.twin.tasks.values() if not one["archived"])
    open_there = Counter(
        one["list"]["id"] for one in mirrored.twin.tasks.values() if not one["archived"] and one["status"]["type"] not in {"done", "closed"}
    )

    rows = Counter(row["list_id"] for row in await all_rows(mirrored, "/tasks") if not row["archived"])
    for era in ("auto", "legacy"):
        async with mirrored.hall.mcp(era) as client:
            said = {
                list_id: json.loads(text_of(await client.call_tool("get_list", {"list_id": list_id, "format": "detailed"})))
                for list_id in there
            }
        assert dict(there) == {list_id: one["task_count"] for list_id, one in said.items()} == dict(rows)
        assert {list_id: open_there[list_id] for list_id in there} == {list_id: one["open_count"] for list_id, one in said.items()}


async def test_the_workspace_is_called_as_at_clickup(mirrored: Mirrored) -> None:
    await mirrored.read()

    ours, theirs = (await mirrored.hall.call("get_workspaces"))["workspaces"]
    spaces = (await mirrored.hall.call("get_spaces", workspace_id=theirs["name"]))["spaces"]

    assert ("crewhall", "clickup") == (ours["source"], theirs["source"])
    assert len(mirrored.twin.people) == theirs["members_count"]
    assert {space["id"] for space in mirrored.twin.spaces} == {space["space_id"] for space in spaces}


async def test_everybody_at_clickup_is_an_employee(mirrored: Mirrored) -> None:
    await mirrored.read()

    employees = (await mirrored.hall.rest.get("/employees")).json()["employees"]

    assert {str(one["id"]) for one in mirrored.twin.people} <= {one["clickup_user_id"] for one in employees}
