"""What a storm of kills and cuts costs in lost writes and missed events; the same storm that the tests run (tests/harness/storm.py)."""

from __future__ import annotations

import random
import sys

from tests.harness.process import HallProcess, free_port
from tests.harness.site import Site
from tests.harness.storm import Account, Storm

from bench.harness import Context
from bench.measure import BenchError, Row


async def measure(context: Context) -> list[Row]:
    hall = HallProcess(context.folder / "crash", free_port(), {"LOG_LEVEL": "WARNING"})
    hall.start()
    try:
        await hall.found()
        account = await Storm(Site.of(hall), random.SystemRandom().randrange(10**9)).run()
    finally:
        hall.stop()
    print(account, file=sys.stderr, flush=True)
    if account.acknowledged < 100:
        raise BenchError("The storm let too few writes through to say anything")
    return _rows(account)


def _rows(account: Account) -> list[Row]:
    storm = f"{sum(account.kills.values())} kills -9, {account.cuts} cuts, {account.acknowledged} writes"
    return [
        Row(f"crash: lost of what was acknowledged ({storm})", "", len(account.lost), bar="0"),
        Row("crash: done twice", "", len(account.done_twice), bar="0"),
        Row(f"crash: missed by listeners (of {account.heard})", "", account.missed, bar="0"),
        Row("crash: heard twice", "", account.heard_twice, bar="0"),
    ]
