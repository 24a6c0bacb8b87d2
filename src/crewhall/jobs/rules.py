"""Decisions without a database: when to start again, and what may be said of an error."""

from __future__ import annotations

import traceback
from datetime import timedelta
from pathlib import Path

from crewhall.kit.errors import CrewhallError
from crewhall.kit.work import Job

PACKAGE = Path(__file__).parents[1]


def wait_after(job: Job, starts: int, chance: float) -> timedelta:
    """How long to wait after the start of this number (1, 2, ...); `chance` around 1 keeps many from coming back at once."""
    doubled: int = 2 ** min(starts - 1, 20)
    return min(job.first * doubled * chance, job.longest)


def describe(trouble: BaseException) -> str:
    """What was wrong and where, without the words of a foreign error: they may hold a secret, an address, a person's text.

    Our own refusals are written to be read; of any other only the class and the place in our code are told.
    """
    name = type(trouble).__name__
    if isinstance(trouble, CrewhallError):
        return f"{name}: {trouble.message}"
    ours = [frame for frame in traceback.extract_tb(trouble.__traceback__) if PACKAGE in Path(frame.filename).parents]
    return f"{name} at {Path(ours[-1].filename).relative_to(PACKAGE)}:{ours[-1].lineno}" if ours else name
