"""Kill -9 in the middle of work, again and again: nothing acknowledged is lost, nothing is heard twice or missed."""

from __future__ import annotations

import os
import random
from pathlib import Path

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


def _seed() -> int:
    seed = int(os.environ.get("STORM_SEED", random.SystemRandom().randrange(10**9)))
    print(f"storm seed {seed}; run it again with STORM_SEED={seed}")
    return seed
