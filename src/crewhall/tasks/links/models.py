"""Links between tasks, as they come in and go out."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated

from pydantic import Field
from typing_extensions import TypedDict

from crewhall.tasks.board.inputs import FencingToken, TaskReference, TaskWanted
from crewhall.tasks.board.models import Status
from crewhall.tasks.links.effects import Link

LINK_WORDS = "blocks, blocked_by, relates, duplicates or duplicated_by, as seen from task_id."


class LinkKind(StrEnum):
    """What a task is to another one."""

    BLOCKS = "blocks"
    BLOCKED_BY = "blocked_by"
    RELATES = "relates"
    DUPLICATES = "duplicates"
    DUPLICATED_BY = "duplicated_by"


class NewLink(TaskWanted):
    """What a task is to another one from now on."""

    kind: Annotated[LinkKind, Field(description=LINK_WORDS)]
    other_task_id: Annotated[TaskReference, Field(description="The other task: key or id.")]
    fencing_token: FencingToken = None


class LinkWanted(TaskWanted):
    """Which link ends."""

    other_task_id: Annotated[TaskReference, Field(description="The other task: key or id.")]
    kind: Annotated[LinkKind | None, Field(description=f"{LINK_WORDS} Left out: all links between the two.")] = None
    fencing_token: FencingToken = None


class BlockersWanted(TaskWanted):
    """Which task waits, and how much of what it waits for is shown."""

    limit: Annotated[int, Field(ge=1, le=200, description="How many blockers at the most.")] = 25


class Linked(TypedDict):
    """A task with its links after one came or went."""

    key: str
    title: str
    status: Status
    open_blockers: int
    version: int
    changed: Annotated[bool, Field(description="False: it was so already.")]
    closed: Annotated[str | None, Field(description="The duplicate that was closed by this, by key.")]
    links: list[Link]


class Blocker(TypedDict):
    """An unfinished task that stands in the way, directly or through others."""

    key: str
    title: str
    status: Status
    depth: Annotated[int, Field(description="1: it blocks the task itself; 2: it blocks one of those; and so on.")]
    blocks: Annotated[list[str], Field(description="What it blocks on the way, by key.")]
    can_be_done_now: Annotated[bool, Field(description="Nothing blocks it.")]
    assignee_name: str | None
    holder: Annotated[str | None, Field(description="Who works on it now, by a claim.")]
    held_until: datetime | None


class Blockers(TypedDict):
    """Why a task cannot be done, down to what can be done now."""

    key: str
    title: str
    status: Status
    open_blockers: int
    blockers: Annotated[list[Blocker], Field(description="The nearest first; what can be done now is always among them, up to the limit.")]
    not_shown: Annotated[int, Field(description="How many more stand in the way that do not fit, or are not yours to see.")]
