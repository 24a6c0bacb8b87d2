"""What a race of agents of which half die costs in double claims and lost time; the storm of the tests at its full size."""

from __future__ import annotations

import random
import sys

from tests.harness.claim_storm import ClaimAccount, ClaimStorm
from tests.harness.process import HallProcess, free_port
from tests.harness.site import Site

from bench.harness import Context
from bench.measure import BenchError, Row

AGENTS, TASKS = 32, 1_000


async def measure(context: Context) -> list[Row]:
    environment = {"LOG_LEVEL": "WARNING", "CREWHALL_CALLS_PER_SECOND": "1000000"}
    hall = HallProcess(context.folder / "claims", free_port(), environment)
    hall.start()
    try:
        await hall.found()
        storm = ClaimStorm(Site.of(hall), random.SystemRandom().randrange(10**9), agents=AGENTS, tasks=TASKS)
        account = await storm.run()
    finally:
        hall.stop()
    print(account, file=sys.stderr, flush=True)
    if account.completed != TASKS or account.left_behind == 0:
        raise BenchError(f"The storm says nothing: {account}")
    return _rows(account)


def _rows(account: ClaimAccount) -> list[Row]:
    race = f"{account.agents} agents over MCP, {account.killed} killed -9, {account.completed} tasks, {account.claims} claims"
    return [
        Row(f"claims: held by two at once ({race})", "", account.double_claims + account.unknown_claims, bar="0"),
        Row("claims: writes under another's claim", "", account.written_by_others, bar="0"),
        Row(f"claims: free again after a dead agent's lease, the latest of {account.left_behind}", "s", account.latest, bar="<= 1"),
        Row(f"claims: accepted of {account.stale_sent} writes with a stale token", "", account.stale_accepted, bar="0"),
        Row("claims: tasks done per second", "1/s", account.completed / account.seconds),
    ]
