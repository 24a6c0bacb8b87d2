"""Kill -9 in the middle of work, again and again: nothing acknowledged is lost, nothing is heard twice or missed."""

from __future__ import annotations

import os
import random

import pytest

from tests.harness.process import HallProcess
from tests.harness.storm import Storm


@pytest.mark.journey
@pytest.mark.timeout(300)
async def test_a_storm_of_kills_and_cuts_loses_nothing(hall_process: HallProcess) -> None:
    seed = int(os.environ.get("STORM_SEED", random.SystemRandom().randrange(10**9)))
    print(f"storm seed {seed}; run it again with STORM_SEED={seed}")
    hall_process.start()
    await hall_process.ready()

    account = await Storm(hall_process, seed).run()

    print(account)
    assert account.clean, account
    assert sum(account.kills.values()) >= 20
    assert account.cuts >= 100
    assert account.acknowledged >= 200
