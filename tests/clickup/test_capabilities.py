"""Runs on demand, the state of the mirror, days, and what is followed."""

from __future__ import annotations

from base64 import b64decode
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from crewhall.clickup.jobs import run_mirror, tick
from crewhall.clickup.keeping import snapshot
from crewhall.integrations import Connections
from crewhall.kit.errors import Conflict, NotAllowed, ValidationFailed
from crewhall.kit.settings import Settings
from tests.clickup.conftest import Mirrored
from tests.harness.hall import Hall

pytestmark = pytest.mark.timeout(30)


class Working:
    """What the jobs need of a run."""

    def __init__(self, mirrored: Mirrored) -> None:
        self._world = mirrored.hall.world
        self.database, self.clock = self._world.database, self._world.clock
        self.input = {"mirror_id": str(mirrored.mirror_id)}
        self.told: list[str] = []

    def get(self, service: type[Any]) -> Any:
        return {Connections: self._world.connections, Settings: self._world.settings}[service]

    async def tell(self, words: str) -> None:
        self.told.append(words)


async def runs(mirrored: Mirrored) -> list[str]:
    rows = await mirrored.rows("select scope from clickup_runs where organisation_id = $1 order by id")
    return [row["scope"] for row in rows]


async def queued(mirrored: Mirrored) -> int:
    return int(await mirrored.value("select count(*) from jobs.run where organisation_id = $1 and kind = 'clickup.run'"))


async def test_a_mirror_that_is_due_gets_one_run_whoever_looks(mirrored: Mirrored) -> None:
    for _ in range(3):
        await tick(Working(mirrored))  # type: ignore[arg-type]

    assert 1 == await queued(mirrored)


async def test_who_asks_while_a_run_waits_or_works_gets_one_more_and_no_second_at_once(mirrored: Mirrored) -> None:
    owner = await mirrored.hall.owner()
    work = Working(mirrored)
    asked: list[int] = []

    async def tell(_words: str) -> None:
        if not asked:
            asked.append((await owner.rest.post("/sync/tasks")).status_code)
            asked.append((await owner.rest.post("/sync/tasks")).status_code)

    work.tell = tell  # type: ignore[assignment,method-assign]
    await run_mirror(work)  # type: ignore[arg-type]

    assert [200, 200] == asked
    assert ["whole", "changes"] == await runs(mirrored)
    assert 1 == await queued(mirrored)


async def test_a_resync_reads_everything_once(mirrored: Mirrored) -> None:
    await mirrored.read()
    owner = await mirrored.hall.owner()

    reply = await owner.rest.post("/api/v1/clickup/resync")
    await run_mirror(Working(mirrored))  # type: ignore[arg-type]
    await mirrored.read()

    assert ["Tidewater"] == reply.json()["started"]
    assert ["whole", "whole", "changes"] == await runs(mirrored)


async def test_a_get_that_starts_something_takes_a_key_and_no_cookie(mirrored: Mirrored) -> None:
    key = await mirrored.hall.rest.get("/sync/tasks")
    owner = await mirrored.hall.owner()
    browser = mirrored.hall.rest_as(None)
    cookie = await browser.get("/sync/tasks", headers={"cookie": f"crewhall_session={owner.token}"})

    assert (200, 403) == (key.status_code, cookie.status_code)


async def test_the_state_says_what_the_last_run_did(mirrored: Mirrored) -> None:
    await mirrored.read()

    found = (await mirrored.hall.rest.get("/sync/status", params={"runs": 3})).json()["mirrors"][0]

    last = found["last_run"]
    assert ("Tidewater", 350, True, []) == (found["workspace"], found["tasks"], last["complete"], last["errors"])
    assert last["requests"] > 10
    assert 100 == found["budget"]["limit"]
    assert found["last_whole"] is not None
    assert datetime.fromisoformat(last["finished"]) >= datetime.fromisoformat(last["started"])


async def test_where_nothing_is_mirrored_that_is_said(hall: Hall) -> None:
    status, started = await hall.call("get_sync_status"), await hall.call("sync_tasks")

    assert ([], []) == (status["mirrors"], started["started"])
    assert "/integrations" in status["message"]


async def test_a_day_keeps_what_changed_on_it_and_the_days_before_stay(mirrored: Mirrored) -> None:
    await mirrored.read()
    await mirrored.hall.call("sync_daily")
    twin = mirrored.twin
    twin.touch("86tw00001", name="Touched today")
    twin.log("86tw00001", twin.people[1], twin.now_ms() - 60_000, 60_000)
    twin.comment("86tw00001", "Can you look?", assignee=twin.people[2])
    await mirrored.rows("update daily_syncs set sync_date = sync_date - 1 where organisation_id = $1")
    await mirrored.read_all()

    taken = await mirrored.hall.call("sync_daily")
    again = await mirrored.hall.call("sync_daily")
    day = await mirrored.hall.call("get_daily_sync", limit=1000)
    row = next(one for one in day["rows"] if one["clickup_task_id"] == "86tw00001")

    assert taken == again
    assert ("Touched today", "Can you look?") == (row["title"], row["assigned_comment"])
    assert len(row["start_times"]) == len(row["end_times"]) >= 1
    assert row["start_times"] == sorted(row["start_times"], reverse=True)
    assert row["start_times"][0].endswith("+00:00")
    assert taken["rows"] == day["total"]


async def test_the_hourly_job_keeps_the_day_of_every_mirror(mirrored: Mirrored) -> None:
    await mirrored.read()
    await snapshot(Working(mirrored))  # type: ignore[arg-type]

    assert await mirrored.value("select count(*) from daily_syncs where organisation_id = $1") > 0


async def test_all_tools_tell_the_same_numbers_of_a_place(mirrored: Mirrored) -> None:
    await mirrored.read()
    twin, call = mirrored.twin, mirrored.hall.call
    folder = twin.folders[0]
    lists = {one["id"] for one in twin.lists if (one["folder"] or {}).get("id") == folder["id"]}
    tasks = [one for one in twin.tasks.values() if one["list"]["id"] in lists and not one["archived"]]
    done = sum(one["status"]["type"] in {"done", "closed"} for one in tasks)
    await call("add_project", name="Quay", id=folder["id"], type="folder")

    status, every = await call("get_project_status", project_name="quay"), await call("get_all_projects_status")
    candidates = {one["external_id"]: one for one in (await call("discover_projects", project_level="folder"))["places"]}
    tree = {one["external_id"]: one for one in (await call("discover_hierarchy", limit=500))["places"]}
    mapped = (await call("list_mapped_projects"))["projects"][0]

    told = [(one["total"], one["done"]) for one in (status, every["projects"][0], candidates[folder["id"]], tree[folder["id"]], mapped)]
    assert {(len(tasks), done)} == set(told)
    assert len(tasks) == sum(status["by_status"].values())
    assert candidates[folder["id"]]["is_mapped"]


async def test_nothing_is_followed_twice_and_what_is_no_more_followed_is_told_by_no_tool(mirrored: Mirrored) -> None:
    await mirrored.read()
    call, twin = mirrored.hall.call, mirrored.twin
    await call("map_project", id=twin.folders[0]["id"], alias="Quay")
    inside = next(one for one in twin.lists if (one["folder"] or {}).get("id") == twin.folders[0]["id"])

    for given in (
        {"id": twin.folders[0]["id"], "name": "Other"},
        {"id": inside["id"], "name": "Part"},
        {"id": twin.folders[1]["id"], "name": "quay"},
    ):
        with pytest.raises(Conflict):
            await call("add_project", **given)
    await call("remove_project", project_name="Quay")

    assert [] == (await call("list_mapped_projects"))["projects"]
    assert [] == (await call("get_all_projects_status"))["projects"]


async def test_a_private_space_is_its_owners_here_too(mirrored: Mirrored) -> None:
    mirrored.twin.spaces[1]["private"] = True
    await mirrored.read()
    member = await mirrored.hall.person("member")

    seen = await mirrored.hall.call("discover_hierarchy", member.actor)
    whole = await mirrored.hall.call("discover_hierarchy", (await mirrored.hall.owner()).actor)

    assert "Product" not in {one["name"] for one in seen["places"]}
    assert "Product" in {one["name"] for one in whole["places"]}
    listed = await mirrored.hall.call("get_tasks", member.actor, limit=200)
    ids = {
        row["key"]: row["external_id"] for row in await mirrored.rows("select key, external_id from task_facts where organisation_id = $1")
    }
    spaces = {mirrored.twin.tasks[ids[task["key"]]]["space"]["id"] for task in listed["tasks"]}
    assert {mirrored.twin.spaces[0]["id"]} == spaces


async def test_a_key_that_opens_a_part_starts_nothing_that_concerns_all(mirrored: Mirrored) -> None:
    owner = await mirrored.hall.owner()
    given = {"name": "pier-bot", "kind": "agent", "repositories": ["pier"]}
    made = await owner.rest.post("/api/v1/api-keys", json=given)
    key = mirrored.hall.rest_as(made.json()["key"])

    answers = [(await key.post(path)).status_code for path in ("/sync/tasks", "/sync/employees", "/sync/daily")]
    asked = (await key.get("/sync/tasks")).status_code

    assert [403, 403, 403, 403] == [*answers, asked], made.text
    assert 0 == await queued(mirrored)


@pytest.mark.timeout(120)
async def test_the_lag_of_the_runs_is_a_chart_with_the_numbers_of_the_status(mirrored: Mirrored) -> None:
    for _ in range(3):
        await mirrored.read()
    call, owner = mirrored.hall.call, await mirrored.hall.owner()

    chart = await call("get_report_chart", owner.actor, chart="sync_lag")
    runs = (await call("get_sync_status", owner.actor, runs=30))["mirrors"][0]["runs"]
    async with mirrored.hall.mcp(key=owner.token) as agent:
        text, image = (await agent.call_tool("get_report_chart", {"chart": "sync_lag"})).content

    lags = [round(run["lag_seconds"] / 60, 2) for run in reversed(runs) if run["lag_seconds"] is not None]
    assert 2 == len(lags)
    assert [("Tidewater", lag) for lag in lags] == [(one["workspace"], one["minutes"]) for one in chart["points"]]
    assert text.text.startswith("sync_lag of everything")  # type: ignore[union-attr]
    assert b64decode(image.data).startswith(b"\x89PNG")  # type: ignore[union-attr]
    with pytest.raises(ValidationFailed, match="read as a whole"):
        await call("get_report_chart", owner.actor, chart="sync_lag", tag="late")
    with pytest.raises(NotAllowed, match="integrations:read"):
        await call("get_report_chart", replace(owner.actor, scopes=frozenset({"tasks:read"})), chart="sync_lag")


async def test_a_days_row_says_what_was_done_on_it_or_what_its_own_field_does(mirrored: Mirrored) -> None:
    await mirrored.read_all()
    twin, now = mirrored.twin, mirrored.twin.now_ms()
    quiet = [one for one in twin.tasks.values() if one["status"]["status"] == "to do" and not one["archived"]]
    moved, told = quiet[0]["id"], quiet[1]["id"]
    twin.touch(moved, name="Paint the pier again")
    twin.set_status(moved, "in progress")
    for person, minutes in zip(twin.people, (25, 5), strict=False):
        twin.log(moved, person, now - 1000, minutes * 60_000)
    field = {"id": "f1", "name": "Summary", "type": "text", "type_config": {}, "value": "Waits for the tide."}
    twin.touch(told, custom_fields=[field])
    await mirrored.read_all()
    made = await mirrored.hall.make_task("Made today")
    for words in ("One.", "Two."):
        await mirrored.hall.call("add_task_comment", task_id=made["key"], comment=words)

    await mirrored.hall.call("sync_daily")
    day = await mirrored.hall.call("get_daily_sync", limit=1000)
    said = {one["clickup_task_id"] or str(one["task_id"]): one["summary"] for one in day["rows"]}

    assert "not started → in progress; changed title; 30 min logged" == said[moved]
    assert "Waits for the tide." == said[told]
    assert "created; 2 comments" == said[made["id"]]
