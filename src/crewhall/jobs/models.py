"""Runs, as operators ask for them and see them."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field
from typing_extensions import TypedDict

from crewhall.kit.model import Model
from crewhall.kit.text import ShortLine


class State(StrEnum):
    """How a run stands. A dead one is not started again by itself."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    DEAD = "dead"
    CANCELLED = "cancelled"


class RunFilter(Model):
    """Which runs to list."""

    state: State | None = None
    kind: Annotated[ShortLine | None, Field(description="Only runs of the job with this name, such as live.trim_events.")] = None
    limit: Annotated[int, Field(ge=1, le=500, description="How many runs at the most.")] = 100
    cursor: Annotated[ShortLine | None, Field(description="next_cursor of the last page.")] = None


class RunWanted(Model):
    """Which run."""

    run_id: Annotated[UUID, Field(description="The run's id.")]


class Run(TypedDict):
    """One run of one job. Of the hall's own runs neither key nor input are shown."""

    id: UUID
    kind: Annotated[str, Field(description="The job's name, such as live.trim_events.")]
    state: State
    system: Annotated[bool, Field(description="True: the hall's own work, which belongs to no organisation and is only shown.")]
    key: Annotated[str | None, Field(description="Of all runs with one key only one works at a time.")]
    input: dict[str, Any] | None
    actor_id: Annotated[UUID | None, Field(description="On whose account it was enqueued.")]
    starts: Annotated[int, Field(description="How often it was started.")]
    progress: str | None
    error: Annotated[str | None, Field(description="Why the last start failed, without what might be secret.")]
    retry_of: Annotated[UUID | None, Field(description="The run that this one tries again.")]
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None


class RunPage(TypedDict):
    """Runs, newest first."""

    runs: list[Run]
    next_cursor: Annotated[str | None, Field(description="Hand it back for the next page; null on the last one.")]
