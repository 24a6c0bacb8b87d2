"""Agents race for the same tasks, and half of them die: nobody holds what another holds, and nothing stays with the dead."""

from __future__ import annotations

import pytest

from tests.harness.claim_storm import ClaimStorm
from tests.harness.process import HallProcess
from tests.harness.site import Site
from tests.journeys.test_crash import _seed


@pytest.mark.journey
@pytest.mark.timeout(400)
async def test_a_storm_of_agents_claims_nothing_twice_and_leaves_nothing_with_the_dead(hall_process: HallProcess) -> None:
    hall_process.environment["CREWHALL_CALLS_PER_SECOND"] = "100000"
    hall_process.start()
    await hall_process.found()

    account = await ClaimStorm(Site.of(hall_process), _seed(), agents=8, tasks=200).run()

    print(account)
    assert account.clean, account
    assert (4, 200) == (account.killed, account.completed)
    assert account.left_behind >= 1
    assert account.stale_sent >= 5
