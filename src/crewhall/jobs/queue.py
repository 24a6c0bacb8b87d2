"""Putting work into the queue, in the transaction of whoever wants it done."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

from crewhall.jobs import store
from crewhall.kit.db.pool import Connection
from crewhall.kit.ids import new_id
from crewhall.kit.work import Job

LANES = 32
FREE = "free"
NOW = timedelta(0)


def lane_of(key: str | None) -> str:
    """The lane of a key: what is in one lane runs one after the other. Without a key nothing is held up."""
    return FREE if key is None else f"lane{zlib.crc32(key.encode()) % LANES:02}"


async def enqueue(
    db: Connection,
    job: Job,
    given: Mapping[str, Any],
    *,
    key: str | None = None,
    once: str | None = None,
    delay: timedelta = NOW,
    organisation_id: UUID | None = None,
    actor_id: UUID | None = None,
) -> UUID | None:
    """Have `job` run with `given` (JSON values) once this connection's transaction is committed; answers the run's id.

    Of all runs with one `key`, whatever their job, only one works at a time. With `once`, nothing is enqueued (None) while
    an earlier run under the same word waits or works; so a job cannot enqueue its own successor that way.
    """
    run_id = new_id()
    fresh = await store.enqueue(
        db, run_id, lane=lane_of(key), kind=job.name, given=given, key=key, once=once, delay=delay,
        organisation_id=organisation_id, actor_id=actor_id,
    )  # fmt: skip
    return run_id if fresh else None
