"""What is at risk, and who is told when it gets worse."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest

from crewhall.kit.errors import NotAllowed
from crewhall.kit.ids import new_id
from crewhall.tasks.projects.jobs import detect_delays
from tests.harness.hall import Hall


async def late(hall: Hall, title: str = "late", **fields: Any) -> dict[str, Any]:
    return await hall.make_task(title, project="Harbour", due_at="2020-01-01T00:00Z", **fields)


async def news(hall: Hall, cursor: str) -> list[dict[str, Any]]:
    changes = (await hall.call("changes_since", cursor=cursor))["changes"]
    return list(changes)


async def here(hall: Hall) -> str:
    cursor: str = (await hall.call("changes_since"))["next_cursor"]
    return cursor


async def test_risks_are_shown_the_worst_first_with_their_points_and_reasons(hall: Hall) -> None:
    await late(hall, "late and begun", status="in_progress", assignee_id="me")
    await late(hall)
    await hall.make_task("begun", project="Harbour", status="in_progress")
    await hall.make_task("fine", project="Harbour")
    await late(hall, "finished", status="completed")

    found = (await hall.rest.get("/api/v1/projects/Harbour/risks")).json()

    assert (2, 1, 1, False) == tuple(found[name] for name in ("high", "medium", "low", "cut"))
    assert [("late and begun", 85), ("late", 50), ("begun", 35)] == [(task["title"], task["points"]) for task in found["tasks"]]
    assert [50, 15, 20] == [reason["points"] for reason in found["tasks"][0]["reasons"]]


async def test_risks_can_be_kept_to_a_level_and_a_number(hall: Hall) -> None:
    await late(hall, "one")
    await late(hall, "two")
    await hall.make_task("begun", project="Harbour", status="in_progress")

    medium = await hall.call("get_project_risks", project_id="Harbour", level="medium")
    first = await hall.call("get_project_risks", project_id="Harbour", limit=1)

    assert ["begun"] == [task["title"] for task in medium["tasks"]]
    assert (2, 1, True) == (first["high"], len(first["tasks"]), first["cut"])


async def test_completed_parts_are_progress_where_nobody_says_any(hall: Hall) -> None:
    whole = await hall.make_task("whole", project="Harbour", status="in_progress")
    await hall.make_task("part", parent_id=whole["key"], status="completed")
    await hall.make_task("part", parent_id=whole["key"])

    assert [] == (await hall.call("get_project_risks", project_id="Harbour"))["tasks"]
    listed = await hall.call("list_tasks", project_id="Harbour")
    assert ["low"] == [task["risk"] for task in listed["tasks"]]


async def test_whoever_does_a_task_hears_once_that_its_risk_rose_to_high(hall: Hall) -> None:
    task = await late(hall, assignee_id="Olive Owner")
    await late(hall, "deprecated", status="deprecated")
    before = await here(hall)

    first = (await hall.rest.post("/api/v1/projects/detect-delays", json={})).json()
    second = await hall.call("detect_delays")

    assert ([task["key"]], 1, 0) == (first["risen"], first["high"], first["medium"])
    assert ([], 1) == (second["risen"], second["high"])
    (told,) = [change for change in await news(hall, before) if "risk" in change.get("changed", [])]
    assert ("task_updated", "high", 50) == (told["type"], told["risk"]["level"], told["risk"]["points"])
    assert ["overdue"] == [reason["why"] for reason in told["risk"]["reasons"]]
    async with hall.world.database.connection() as db:
        people = await db.fetchval("select user_ids from events where entity_id = $1 and data -> 'risk' is not null", task_id(task))
    assert [hall.founded.owner_id] == list(people)
    assert 1 == (await hall.call("get_task", task_id=task["key"]))["version"]


def task_id(task: dict[str, Any]) -> str:
    return str(task["id"])


async def test_a_risk_that_was_averted_and_rises_again_is_told_again(hall: Hall) -> None:
    task = await late(hall)
    await hall.call("detect_delays")
    await hall.call("update_task", task_id=task["key"], due_at=None)
    averted = await hall.call("detect_delays")
    await hall.call("update_task", task_id=task["key"], due_at="2020-01-01T00:00Z")

    again = await hall.call("detect_delays")

    assert 0 == averted["high"]
    assert [task["key"]] == again["risen"]


async def test_of_looks_at_one_moment_one_tells(hall: Hall) -> None:
    task = await late(hall)

    answers = await asyncio.gather(*(hall.call("detect_delays") for _ in range(4)))

    assert [task["key"]] == [key for answer in answers for key in answer["risen"]]


async def test_a_viewer_tells_nobody(hall: Hall) -> None:
    viewer = await hall.person("viewer")

    with pytest.raises(NotAllowed):
        await hall.call("detect_delays", viewer.actor)


async def test_a_look_tells_a_limited_key_nothing_of_other_repositories(hall: Hall) -> None:
    await late(hall, repository="vault")
    async with hall.world.database.connection() as db:
        made = await hall.world.access.make_key(
            db, organisation_id=hall.founded.organisation_id, user_id=hall.founded.agent_id, kind="agent", name="limited",
            repositories=["pier"],
        )  # fmt: skip

    found = await hall.call("detect_delays", await hall.world.access.actor_of(made.key))

    assert [] == found["risen"]


@dataclass
class Run:
    """One start of the daily job."""

    hall: Hall
    id: Any = field(default_factory=new_id)
    told: list[str] = field(default_factory=list)

    @property
    def database(self) -> Any:
        return self.hall.world.database

    def clock(self) -> Any:
        return self.hall.world.clock() + timedelta(seconds=1)

    async def tell(self, progress: str) -> None:
        self.told.append(progress)


@pytest.mark.timeout(60)  # it looks at every organisation that the run has made before
async def test_the_daily_look_tells_every_organisation_in_the_halls_own_name(hall: Hall) -> None:
    other = await Hall.open(hall.world, hall.app)
    ours, theirs = await late(hall), await late(other)
    before = await here(hall), await here(other)
    run: Any = Run(hall)

    await detect_delays(run)
    await detect_delays(run)

    heard = [
        [change for change in await news(one, cursor) if "risk" in change.get("changed", [])]
        for one, cursor in zip((hall, other), before, strict=True)
    ]
    assert [[ours["id"]], [theirs["id"]]] == [[change["task_id"] for change in changes] for changes in heard]
    assert "Crewhall" == heard[0][0]["actor"]["name"]
    assert "0 tasks have risen to high risk" == run.told[1]
    await other.rest.aclose()
