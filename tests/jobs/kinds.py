"""Jobs for tests. What they do, they write into a table, so that other processes' work is seen too."""

from __future__ import annotations

import asyncio
import os
import signal
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from crewhall.kit.db.pool import Connection
from crewhall.kit.errors import Conflict
from crewhall.kit.work import Every, Job, Schedule, Work

TABLE = "create table if not exists note (at timestamptz default clock_timestamp(), pid int, run uuid, name text, what text)"
NOTE = "insert into note (pid, run, name, what) values ($1, $2, $3, $4)"
SECRET = "the password is hunter2"


async def note(work: Work, what: str) -> None:
    async with work.database.connection() as db:
        await db.execute(NOTE, os.getpid(), work.id, work.input.get("name", work.__class__.__name__), what)


async def nap(work: Work) -> None:
    """Takes a while; says when it began and ended."""
    await note(work, "began")
    await asyncio.sleep(work.input.get("seconds", 0))
    await note(work, "ended")


async def fail(work: Work) -> None:
    await note(work, "began")
    raise ValueError(SECRET)


async def refuse(work: Work) -> None:
    raise Conflict("The gate is shut: open it first")


async def die(work: Work) -> None:
    """Takes its worker with it."""
    await note(work, "began")
    os.kill(os.getpid(), signal.SIGKILL)


async def post_twice(work: Work) -> None:
    """Two effects on an outside that is a folder; the first time its worker dies between the second and its record."""
    outside = Path(work.input["outside"])

    async def first(idem: UUID) -> Any:
        return _post(outside / "first", idem)

    async def second(idem: UUID) -> Any:
        _post(outside / "second", idem)
        if work.starts == 1:
            os.kill(os.getpid(), signal.SIGKILL)
        return "posted"

    async def look(idem: UUID) -> Any:
        return "found" if str(idem) in (outside / "second").read_text() else None

    await work.step("first", first)
    await note(work, str(await work.step("second", second, look)))


def _post(path: Path, idem: UUID) -> str:
    with path.open("a") as file:
        file.write(f"{idem}\n")
    return "posted"


async def write(work: Work) -> None:
    """Writes for a long time in one transaction."""
    async with work.database.connection() as db, db.transaction():
        await db.execute(NOTE, os.getpid(), work.id, "write", "written")
        await db.execute("select pg_sleep(60)")


async def tick(work: Work) -> None:
    await note(work, "tick")


FIRST = timedelta(seconds=0.4)
NAP = Job("test.nap", nap)
FAIL = Job("test.fail", fail, tries=3, first=FIRST)
REFUSE = Job("test.refuse", refuse, may_retry=lambda trouble: not isinstance(trouble, Conflict))
DIE = Job("test.die", die, tries=2, first=FIRST)
POST = Job("test.post", post_twice, first=FIRST)
TICK = Job("test.tick", tick)
WRITE = Job("test.write", write)
JOBS = (WRITE, NAP, FAIL, REFUSE, DIE, POST, TICK)
SCHEDULES = (Schedule(TICK, Every(3)),)


async def notes(db: Connection, what: str | None = None) -> list[Any]:
    return await db.fetch("select * from note where $1::text is null or what = $1 order by at", what)
