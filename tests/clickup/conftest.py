"""A workspace of two thousand tasks, and a hall that mirrors it."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from starlette.types import ASGIApp

from crewhall.app import World, open_faces, open_world
from crewhall.clickup import make_mirrors, read_once
from crewhall.clickup.reading import Reading
from crewhall.demo.twins import ClickUpTwin, serving
from tests.harness.database import TestServer
from tests.harness.hall import Hall
from tests.harness.twins import Twins, connect_with, outer_settings

SIZE, SMALL = 2000, 350


@pytest.fixture(scope="session")
async def big_twin(anyio_backend: object) -> AsyncIterator[ClickUpTwin]:
    twin = ClickUpTwin(SIZE)
    async with serving(twin):
        yield twin


@pytest.fixture(scope="session")
async def mirror_world(
    big_twin: ClickUpTwin, postgres: TestServer, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[World]:  # fmt: skip
    settings = outer_settings(Twins({"clickup": big_twin}), await postgres.clone(), tmp_path_factory.mktemp("home"))
    async with open_world(settings) as world:
        yield world


@pytest.fixture(scope="session")
async def mirror_app(mirror_world: World) -> AsyncIterator[ASGIApp]:
    async with open_faces(mirror_world) as app:
        yield app


@dataclass
class Mirrored:
    """A hall with a mirror of the twin, and what the tests ask of both."""

    hall: Hall
    twin: ClickUpTwin
    mirror_id: UUID
    integration_id: UUID

    async def read(self, *, whole: bool = False) -> Reading:
        """One run; the comments are counted apart."""
        world = self.hall.world
        return await read_once(world.connections, world.settings, self.mirror_id, _say_nothing, whole=whole)

    async def read_all(self) -> Reading:
        """As many runs as it takes until all comments are here."""
        reading = await self.read()
        while reading.counts.comments_left and reading.state == "complete":
            reading = await self.read()
        return reading

    async def rows(self, query: str, *values: Any) -> list[asyncpg.Record]:
        async with self.hall.world.database.connection() as db:
            return await db.fetch(query, self.hall.founded.organisation_id, *values)

    async def value(self, query: str, *values: Any) -> Any:
        async with self.hall.world.database.connection() as db:
            return await db.fetchval(query, self.hall.founded.organisation_id, *values)

    def asked(self) -> Counter[str]:
        """How often the twin was asked, and for what; it begins to count anew."""
        count = Counter("comments" if one.path.endswith("/comment") else "rest" for one in self.twin.exchanges)
        self.twin.exchanges.clear()
        return count

    async def difference(self) -> dict[str, Any]:
        """Where the mirror is not what ClickUp has: ids of tasks, milliseconds by who logged them, comments."""
        tasks = {
            row["external_id"]: (
                row["title"],
                row["status_name"],
                row["archived"],
                row["list"],
                row["parent"],
                tuple(sorted(row["people"])),
            )
            for row in await self.rows(TASKS)
        }
        truth = {
            one["id"]: (
                one["name"], one["status"]["status"], one["archived"], one["list"]["name"], one["parent"],
                tuple(sorted(person["username"] for person in one["assignees"])),
            )
            for one in self.twin.tasks.values()
        }  # fmt: skip
        time = {row["user_name"]: int(row["ms"]) for row in await self.rows(TIME)}
        logged: Counter[str] = Counter()
        for entry in self.twin.entries.values():
            logged[entry["user"]["username"]] += max(0, int(entry["duration"]))
        comments = {row["external_id"]: row["comments"] for row in await self.rows(COMMENTS)}
        said = {name: len(held) for name, held in self.twin.comments.items() if held and name in self.twin.tasks}
        return {
            "tasks": sorted(tasks.items() ^ truth.items())[:5],
            "time": sorted(time.items() ^ {name: ms for name, ms in logged.items() if ms}.items()),
            "running": await self.value(RUNNING) - sum(int(one["duration"]) < 0 for one in self.twin.entries.values()),
            "comments": sorted(comments.items() ^ said.items())[:5],
        }


NOTHING_DIFFERS = {"tasks": [], "time": [], "running": 0, "comments": []}
TASKS = """
select f.external_id, f.title, f.status_name, f.archived, f.list, p.external_id as parent, f.assignee_names as people
  from task_facts f left join tasks p on p.id = f.parent_id
 where f.organisation_id = $1 and f.source = 'clickup'
"""
TIME = "select user_name, sum(ms) as ms from time_entry where organisation_id = $1 and not running group by user_name having sum(ms) > 0"
RUNNING = "select count(*) from time_entry where organisation_id = $1 and running"
COMMENTS = """
select t.external_id, count(*) as comments from task_comments c join tasks t on t.id = c.task_id
 where c.organisation_id = $1 and c.deleted_at is null and t.deleted_at is null group by 1
"""


async def _say_nothing(_words: str) -> None: ...


@pytest.fixture
def size() -> int:
    """How many tasks there are at ClickUp; a test that wants two thousand says so."""
    return SMALL


@pytest.fixture
async def mirrored(mirror_world: World, mirror_app: ASGIApp, big_twin: ClickUpTwin, size: int) -> AsyncIterator[Mirrored]:
    """Not read yet."""
    big_twin.size, big_twin.per_minute, big_twin.window = size, 10_000, 60.0
    big_twin.reset()
    hall = await Hall.open(mirror_world, mirror_app)
    made = await connect_with(hall, "clickup", big_twin.keys())
    integration_id = UUID(made["id"])
    ids = await make_mirrors(mirror_world.connections, mirror_world, integration_id, hall.founded.organisation_id, None)
    big_twin.exchanges.clear()
    yield Mirrored(hall, big_twin, ids[0], integration_id)
    await hall.rest.aclose()
