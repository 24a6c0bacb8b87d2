"""What is handed in for a task: where the work is, and what shows that it is done."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from crewhall.kit.json import loads
from tests.harness.hall import Hall, text_of
from tests.tasks.test_claims import agent, claim_of, refused

SHA = "5f3759df" * 5
GOOD: dict[str, tuple[dict[str, Any], str]] = {
    "branch": ({"value": "fix/gate"}, "fix/gate"),
    "commit": ({"value": SHA, "url": f"https://git.example.test/c/{SHA}"}, SHA),
    "pull_request": ({"url": "https://git.example.test/pull/7"}, "https://git.example.test/pull/7"),
    "test_result": ({"passed": 41, "failed": 1, "skipped": 2, "seconds": 3.5, "value": "unit"}, "unit: 41 passed, 1 failed, 2 skipped"),
    "files_changed": ({"files": ["gate.py", "hinge.py"]}, "2 files"),
    "link": ({"url": "http://example.test/?q=1#x", "value": "The log"}, "The log"),
}


@pytest.mark.parametrize("kind", GOOD)
async def test_each_kind_is_kept_with_what_it_says(hall: Hall, kind: str) -> None:
    given, shown = GOOD[kind]
    task = await hall.make_task()

    reply = await hall.rest.post(f"/api/tasks/{task['key']}/evidence", json={"kind": kind, **given})

    assert 201 == reply.status_code, reply.text
    added = reply.json()
    assert (kind, shown, given.get("url"), "robin") == (added["kind"], added["value"], added["url"], added["added_by"])
    assert {name: given[name] for name in ("passed", "failed", "skipped", "seconds", "files") if name in given} == added["facts"]
    assert [added] == (await hall.rest.get(f"/api/tasks/{task['key']}")).json()["evidence"]


async def test_what_was_handed_in_is_in_the_task_its_history_and_the_events_oldest_first(hall: Hall) -> None:
    task = await hall.make_task()
    for kind, (given, _) in GOOD.items():
        await hall.call("add_evidence", task_id=task["key"], kind=kind, **given)

    shown = await hall.call("get_task", task_id=task["key"])
    history = (await hall.call("get_task_history", task_id=task["key"], field="evidence"))["history"]
    async with hall.world.database.connection() as db:
        events = await db.fetch("select data::text from events where entity_type = 'task' and entity_id = $1", UUID(task["id"]))

    assert list(GOOD) == [one["kind"] for one in shown["evidence"]]
    assert [f"{kind}: {value}" for kind, (_, value) in GOOD.items()] == [one["new_value"] for one in history[::-1]]
    told = [loads(row["data"]) for row in events]
    assert sorted(range(2, 8)) == sorted(one["version"] for one in told if one["changed"] == ["evidence"])


async def test_a_model_reads_what_was_handed_in(hall: Hall) -> None:
    task = await hall.make_task()
    async with hall.mcp() as robin:
        said = text_of(await robin.call_tool("add_evidence", {"task_id": task["key"], "kind": "commit", **GOOD["commit"][0]}))
        whole = text_of(await robin.call_tool("get_task", {"task_id": task["key"]}))

    assert f"commit {SHA} https://git.example.test/c/{SHA} by robin" == said
    assert said in whole


@pytest.mark.parametrize(("given", "field"), [
    ({"kind": "branch"}, "value"),
    ({"kind": "branch", "value": "x", "passed": 1}, "passed"),
    ({"kind": "branch", "value": "x", "files": ["a"]}, "files"),
    ({"kind": "commit", "value": "not a hash"}, "value"),
    ({"kind": "commit", "value": "abc123"}, "value"),
    ({"kind": "commit", "value": "a" * 65}, "value"),
    ({"kind": "pull_request", "value": "7"}, "url"),
    ({"kind": "pull_request", "url": "javascript:alert(1)"}, "url"),
    ({"kind": "pull_request", "url": "https://user:secret@git.example.test/"}, "url"),
    ({"kind": "link", "url": "https://git.example.test/a b"}, "url"),
    ({"kind": "link", "url": "//git.example.test"}, "url"),
    ({"kind": "link", "url": "https://x\nset-cookie:a"}, "url"),
    ({"kind": "test_result", "passed": 1}, "failed"),
    ({"kind": "test_result", "passed": -1, "failed": 0}, "passed"),
    ({"kind": "test_result", "passed": 10**12, "failed": 0}, "passed"),
    ({"kind": "test_result", "passed": 1, "failed": 0, "seconds": -1}, "seconds"),
    ({"kind": "test_result", "passed": 1, "failed": 0, "seconds": "NaN"}, "seconds"),
    ({"kind": "files_changed", "files": []}, "files"),
    ({"kind": "files_changed", "files": ["x"] * 5000}, "files"),
    ({"kind": "files_changed", "files": ["x\x00"]}, "files"),
    ({"kind": "certificate", "value": "x"}, "kind"),
    ({"kind": "branch", "value": "x" * 100_000}, "value"),
])  # fmt: skip
async def test_what_is_no_evidence_is_refused_and_leaves_nothing(hall: Hall, given: dict[str, Any], field: str) -> None:
    task = await hall.make_task()

    reply = await hall.rest.post(f"/api/tasks/{task['key']}/evidence", json=given)

    assert 422 == reply.status_code, reply.text
    assert field == str(reply.json()["error"]["details"]["fields"][0]["field"]).partition(".")[0]
    assert [] == (await hall.call("get_task", task_id=task["key"]))["evidence"]


async def test_only_the_holder_and_people_hand_in_for_a_claimed_task(hall: Hall) -> None:
    task, wren, owner = await hall.make_task(), await agent(hall), await hall.owner()
    token = (await hall.call("claim_task", task_id=task["key"]))["fencing_token"]
    given = {"task_id": task["key"], "kind": "branch", "value": "x"}

    assert "claimed" == (await refused(hall.call("add_evidence", wren, **given))).code
    assert "stale_claim" == (await refused(hall.call("add_evidence", fencing_token=token + 1, **given))).code
    await hall.call("add_evidence", fencing_token=token, **given)
    await hall.call("add_evidence", owner.actor, **given)
    assert token == (await claim_of(hall, task))["fencing_token"]
    assert ["robin", "Olive Owner"] == [one["added_by"] for one in (await hall.call("get_task", task_id=task["key"]))["evidence"]]
