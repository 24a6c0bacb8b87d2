"""Kill -9 in the middle of work, again and again: nothing acknowledged is lost, nothing is heard twice or missed."""

from __future__ import annotations

import asyncio
import os
import random
from pathlib import Path

import httpx2
import pytest

from tests.harness.process import HallProcess
from tests.harness.redis import RedisProcess
from tests.harness.site import Site, two_hubs
from tests.harness.storm import Storm


@pytest.mark.journey
@pytest.mark.timeout(300)
async def test_a_storm_of_kills_and_cuts_loses_nothing(hall_process: HallProcess) -> None:
    hall_process.start()
    await hall_process.found()

    account = await Storm(Site.of(hall_process), _seed()).run()

    print(account)
    assert account.clean, account
    assert sum(account.kills.values()) >= 20
    assert account.cuts >= 100
    assert account.acknowledged >= 200


@pytest.mark.journey
@pytest.mark.timeout(300)
async def test_a_storm_over_two_hubs_one_postgresql_and_a_redis_loses_nothing(tmp_path: Path, redis_server: RedisProcess) -> None:
    async with two_hubs(tmp_path, redis_server) as site:
        account = await Storm(site, _seed(), kills=12, cuts=60).run()

    print(account)
    assert account.clean, account
    assert {"hub one": 3, "hub two": 3, "postgres": 3, "redis": 3} == account.kills
    assert account.acknowledged >= 50
    assert account.entries >= 2 * account.acknowledged


@pytest.mark.journey
@pytest.mark.timeout(300)
async def test_a_timer_runs_on_through_every_kill_from_its_own_start(hall_process: HallProcess) -> None:
    """Killed right after an answer, what was answered stands; killed in the middle of a call, one timer runs, the old or the new."""
    hall_process.start()
    await hall_process.found()
    keys = await _tasks(hall_process, 3)

    for key in keys[:2]:
        async with _client(hall_process) as client:
            begun = (await client.post(f"/api/tasks/{key}/timer", json={"note": "The hinges"})).json()
        await _killed_and_back(hall_process)
        async with _client(hall_process) as client:
            runs = (await client.get("/api/v1/timer")).json()["entry"]
            ended = (await client.get("/api/v1/time-entries", params={"running": "false"})).json()["entries"]
        steady = ("id", "key", "started_at", "note", "running")
        assert [begun["entry"][name] for name in steady] == [runs[name] for name in steady]
        assert ([begun["stopped"]] if begun["stopped"] else []) == ended

    async with _client(hall_process) as client:
        cut = asyncio.create_task(client.post(f"/api/tasks/{keys[2]}/timer", json={}))
        await asyncio.sleep(0)  # the request is on its way
        hall_process.kill()
        await asyncio.gather(cut, return_exceptions=True)
    await _back(hall_process)
    async with _client(hall_process) as client:
        running = (await client.get("/api/v1/time-entries", params={"running": "true"})).json()["entries"]
        stopped = (await client.post("/api/v1/timer/stop", json={})).json()

    assert [stopped["id"]] == [one["id"] for one in running]
    assert (True, False) == (stopped["key"] in keys[1:], stopped["running"])


def _client(hall: HallProcess) -> httpx2.AsyncClient:
    return httpx2.AsyncClient(base_url=hall.address, headers={"X-API-Key": hall.api_key}, timeout=20)


async def _tasks(hall: HallProcess, count: int) -> list[str]:
    async with _client(hall) as client:
        return [(await client.post("/api/tasks", json={"title": f"Gate {number}"})).json()["key"] for number in range(count)]


async def _killed_and_back(hall: HallProcess) -> None:
    hall.kill()
    await _back(hall)


async def _back(hall: HallProcess) -> None:
    hall.start()
    await hall.ready()


def _seed() -> int:
    seed = int(os.environ.get("STORM_SEED", random.SystemRandom().randrange(10**9)))
    print(f"storm seed {seed}; run it again with STORM_SEED={seed}")
    return seed
