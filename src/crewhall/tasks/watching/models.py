"""Who follows a task, as it comes in and goes out."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from pydantic import Field
from typing_extensions import TypedDict

from crewhall.accounts import Follower, Watch
from crewhall.kit.model import Model
from crewhall.tasks.board.inputs import TaskReference

HEARD = """\
`watching`: every comment, and how it ends. `muted`: only what is meant for you, such as mentions, assignments and questions. \
`usual`: what your part in it brings."""


class Watching(Model):
    """How much you want to hear of a task."""

    task_id: TaskReference
    watch: Annotated[Watch, Field(description=HEARD)] = Watch.WATCHING


class Watched(TypedDict):
    """What you hear of a task (`watch`), and who follows it."""

    task_id: UUID
    key: str
    title: str
    watch: Watch
    followers: list[Follower]
