"""The review gate: what the board asks before a task of a reviewed project is completed.

And what people are asked about a task, in few words. The board imports this, so nothing of the board is imported here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Final, cast
from uuid import UUID

from pydantic import Field
from typing_extensions import TypedDict

from crewhall.kit.capability import Actor, Call
from crewhall.kit.db.pool import Connection
from crewhall.kit.ids import new_id
from crewhall.tasks.approvals import store_gate as store

SCOPE = "approvals:write"
IN_EVENTS = ("id", "kind", "status", "question", "asked_by", "asked_by_id", "asked_of_id", "answer", "answered_by")
NOTHING_SAID = "Please look at what was done."


class Review(TypedDict):
    """A review that a task waits for; somebody who did not do the work approves it."""

    id: UUID
    asked_by: str
    asked_by_id: UUID
    asked_at: datetime


class Asked(TypedDict):
    """Something that people were asked about a task, and what became of it."""

    id: UUID
    kind: Annotated[str, Field(description="question or review")]
    status: Annotated[str, Field(description="pending, answered, approved or rejected")]
    task_key: str
    question: Annotated[str, Field(description="Its first 500 characters.")]
    options: list[str]
    asked_by: str
    asked_by_id: UUID
    asked_of: str | None
    answer: str | None
    answered_by: str | None
    answered_at: datetime | None
    created_at: datetime


class Step(StrEnum):
    """What a change does to the review of its task, in the word that history has for it."""

    ASKED = "asked"
    APPROVED = "approved"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Gate:
    """What stands before completing one task: whether its project wants a review, the one that waits, and whether the actor may give it."""

    required: bool = False
    review_id: UUID | None = None
    yours: bool = False


OPEN: Final = Gate()


@dataclass(frozen=True, slots=True)
class Wish:
    """A review to be asked for: `holder_id` had claimed the task, `said` is what the asker says of the work."""

    task_id: UUID
    holder_id: UUID | None = None
    said: str | None = None


@dataclass(frozen=True, slots=True)
class Waiting:
    """What waits for people, as events tell of it, and who hears of it; `review` when it is one."""

    asked: dict[str, Any]
    told: tuple[UUID, ...]
    review: Review | None


@dataclass(frozen=True, slots=True)
class Begun:
    """A review that waits now. `told` are the people who hear of it; empty when it waited before."""

    review: Review
    question: str
    new: bool
    told: tuple[UUID, ...] = ()

    def in_short(self) -> dict[str, Any]:
        nothing = dict.fromkeys(("asked_of_id", "answer", "answered_by"))
        return in_short({**self.review, **nothing, "kind": "review", "status": "pending", "question": self.question})


def is_person(actor: Actor) -> bool:
    """Whether a person decides here: a program that a person let in is none."""
    return actor.kind == "person" and actor.through is None


async def gates_of(db: Connection, actor: Actor, task_ids: Sequence[UUID]) -> dict[UUID, Gate]:
    """The gates of these locked tasks; one without a project, or whose project wants no review, has none unless a review waits."""
    reviewer = is_person(actor) and SCOPE in actor.scopes
    return {
        row["id"]: Gate(row["required"], row["review_id"], row["review_id"] is not None and reviewer and actor.id not in row["done_by"])
        for row in await store.gates(db, actor.organisation_id, task_ids)
    }


async def ask(call: Call, wish: Wish) -> Begun:
    """The one review that this task waits for, opened unless there is one."""
    actor, question = call.actor, wish.said or NOTHING_SAID
    review = Review(id=new_id(), asked_by=actor.name, asked_by_id=actor.id, asked_at=call.now)
    done_by = list(dict.fromkeys(one for one in (actor.id, wish.holder_id) if one is not None))
    if not await store.add_review(call.db, actor, wish.task_id, review, question, done_by, with_assignees=wish.holder_id is None):
        return Begun(cast(Review, await store.pending_review(call.db, wish.task_id)), question, new=False)
    return Begun(review, question, new=True, told=await people_to_ask(call.db, actor, wish.task_id, review["id"]))


async def people_to_ask(db: Connection, actor: Actor, task_id: UUID, approval_id: UUID) -> tuple[UUID, ...]:
    """Who hears of what is asked of nobody by name.

    The person whom the asker works for, the project's lead, who created the task and who works on it; without any of them the
    owners and admins. Never an agent, nor who did the work.
    """
    return tuple(await store.people_to_ask(db, actor.organisation_id, actor.id, task_id, approval_id))


async def close(call: Call, task_ids: Sequence[UUID], step: Step, said: str | None = None) -> dict[UUID, dict[str, Any]]:
    """The reviews that these tasks wait for end by the actor; answers them by their tasks, as events tell of them."""
    rows = await store.close_reviews(call.db, call.actor, task_ids, step.value, said, call.now)
    return {row["task_id"]: in_short(row) for row in rows}


async def wait_again(call: Call, task_id: UUID, deleted_at: datetime | None) -> list[Waiting]:
    """What people were asked about a task when it was deleted, now that it is back: its review, by the same who did the work, and
    its questions, which waited unseen."""
    return [await _waiting(call, task_id, row) for row in await store.reopen(call.db, call.actor.organisation_id, task_id, deleted_at)]


async def _waiting(call: Call, task_id: UUID, row: Mapping[str, Any]) -> Waiting:
    home, whom = call.actor.organisation_id, row["asked_of_id"]
    told = [whom] if whom else await store.people_to_ask(call.db, home, row["asked_by_id"], task_id, row["id"])
    review = cast(Review, {name: row[name] for name in Review.__annotations__}) if row["kind"] == "review" else None
    return Waiting(in_short(row), tuple(told), review)


def in_short(asked: Mapping[str, Any]) -> dict[str, Any]:
    """What an event says of something that people are asked."""
    return {name: asked[name] for name in IN_EVENTS}


async def asked_about(db: Connection, organisation_id: UUID, task_id: UUID) -> list[Asked]:
    """What waits for people about this task, oldest first."""
    return cast("list[Asked]", await store.asked_about(db, organisation_id, task_id))


async def asked_by(db: Connection, actor: Actor, now: datetime, within: Callable[[list[Any]], str], limit: int) -> list[Asked]:
    """What the actor asked about unfinished tasks and what was said lately, the answers first; `within` keeps it to what it may see."""
    return cast("list[Asked]", await store.asked_by(db, actor, now, within, limit))
