"""`python -m bench [ROW ...]`: measure, and print each figure beside its floor."""

from __future__ import annotations

import argparse
import asyncio
import gc
import signal
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import uvloop

from bench.harness import opened
from bench.measure import BenchError, Row
from bench.rows import ON_REQUEST, ROWS
from bench.table import as_json, in_words, machine
from crewhall.kit.errors import CannotStart

FULL, QUICK = (7, 1.2), (3, 0.6)
"""How many rounds, and how many seconds each of them lasts."""


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description="Measure Crewhall, each row beside its floor in the same run.")
    parser.add_argument(
        "rows", nargs="*", metavar="ROW", help=f"one or more of {', '.join(ROWS)}; all when left out, but {', '.join(ON_REQUEST)}"
    )
    parser.add_argument("--quick", action="store_true", help="few and short rounds: an impression")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures into this file, too")
    given = parser.parse_args()
    unknown = [name for name in given.rows if name not in ROWS]
    if unknown:
        parser.error(f"there is no row {unknown[0]}: choose from {', '.join(ROWS)}")
    return given


async def run(names: Sequence[str], rows: list[Row], *, quick: bool) -> None:
    """Measure, adding to `rows` as they are known. A request to terminate ends it as Ctrl-C does."""
    me = asyncio.current_task()
    assert me is not None
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, me.cancel)
    rounds, seconds = QUICK if quick else FULL
    async with opened(rounds=rounds, seconds=seconds) as context:
        for name in names:
            started = time.perf_counter()
            rows += await ROWS[name](context)
            print(f"{name}: {time.perf_counter() - started:.0f} s", file=sys.stderr, flush=True)


def measured(names: Sequence[str], *, quick: bool) -> tuple[list[Row], list[str]]:
    """The rows, and why there are no more of them."""
    rows: list[Row] = []
    troubles: list[str] = []
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(run(names, rows, quick=quick))
    except* (BenchError, CannotStart) as refused:  # several connections may be refused at once
        troubles = _reasons(refused)
    return rows, troubles


def _reasons(trouble: BaseException) -> list[str]:
    if isinstance(trouble, BaseExceptionGroup):
        return [reason for one in trouble.exceptions for reason in _reasons(one)]
    return [str(trouble)]


def main() -> None:
    given = options()
    gc.disable()  # a collection in the client would be taken for slowness of a server; the run is short
    rows, troubles = measured(given.rows or [name for name in ROWS if name not in ON_REQUEST], quick=given.quick)
    print(f"\n{in_words(rows)}\n\n{machine()}")
    if given.json:
        given.json.write_bytes(as_json(rows))
    if troubles:
        sys.exit(f"\nNot all was measured: {'; '.join(troubles)}")


if __name__ == "__main__":
    try:
        main()
    except (KeyboardInterrupt, asyncio.CancelledError):
        sys.exit(130)
