"""What people are asked, as it comes in and goes out."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import Field
from typing_extensions import TypedDict

from crewhall.kit.model import SECRET, Model
from crewhall.kit.text import Prose, ShortLine
from crewhall.tasks.board.inputs import Cursor, FencingToken, Person, TaskReference, TaskWanted
from crewhall.tasks.board.models import Status

MOST_OPTIONS = 10


class ApprovalKind(StrEnum):
    """What is asked: for an answer, for a look at what was done, or for leave to do something."""

    QUESTION = "question"
    REVIEW = "review"
    CONFIRMATION = "confirmation"


class ApprovalStatus(StrEnum):
    """Where it stands. What nobody decided in time is expired, a review whose task went on without it is withdrawn."""

    PENDING = "pending"
    APPROVED = "approved"
    REJECTED = "rejected"
    ANSWERED = "answered"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


class Decision(StrEnum):
    """What a person says to it: a question is answered, everything else approved or rejected."""

    APPROVE = "approve"
    REJECT = "reject"
    ANSWER = "answer"


class ConfirmationRule(StrEnum):
    """Who confirms what agents and services are about to do: they themselves in a second step, or a person."""

    SELF = "self"
    PERSON = "person"


Question = Annotated[Prose, Field(min_length=1, max_length=10_000)]
Told = Annotated[Prose, Field(max_length=20_000)]
CapabilityName = Annotated[ShortLine, Field(description="The capability that is to be called.")]
ArgumentsHash = Annotated[ShortLine, Field(description="A hash of its arguments; the call must have the same.")]


class NewQuestion(Model):
    """A question to people about a task."""

    task_id: TaskReference
    question: Annotated[Question, Field(description="What you need to know, with what you know already.")]
    options: Annotated[
        tuple[ShortLine, ...], Field(max_length=MOST_OPTIONS, description="Answers to choose from; another answer stays possible.")
    ] = ()
    to: Annotated[Person | None, Field(description="Whom you ask; left out: whoever can answer.")] = None


class HandOff(TaskWanted):
    """Who goes on with a task, and what they have to know."""

    to: Annotated[Person, Field(description="Who takes it: an id, an e-mail, a user name or a name.")]
    next: Annotated[Told, Field(min_length=1, description="What is left to do, and where to begin.")]
    done: Annotated[Told, Field(description="What is done.")] = ""
    watch_out: Annotated[Told, Field(description="What to look out for.")] = ""
    fencing_token: FencingToken = None


class ApprovalsWanted(Model):
    """Which of the things that people are asked."""

    status: Annotated[ApprovalStatus, Field(description="Where it stands.")] = ApprovalStatus.PENDING
    kind: Annotated[ApprovalKind | None, Field(description="Only questions, reviews or confirmations.")] = None
    task_id: Annotated[TaskReference | None, Field(description="Only about this task: key or id.")] = None
    yours: Annotated[bool, Field(description="Only what waits for you.")] = False
    limit: Annotated[int, Field(ge=1, le=100, description="At the most.")] = 20
    cursor: Cursor = None


class ApprovalAnswer(Model):
    """What a person says to what was asked."""

    approval_id: Annotated[UUID, Field(description="Its id, from list_approvals.")]
    decision: Annotated[Decision, Field(description="answer for a question, approve or reject for everything else.")]
    text: Annotated[Prose | None, Field(max_length=10_000, description="The answer, or why.")] = None


class ConfirmationWanted(Model):
    """What is about to be done, for which a word is needed."""

    capability: CapabilityName
    arguments_hash: ArgumentsHash
    preview: Annotated[Question, Field(description="What would be done, in words for a person.")]


class ConfirmationUse(Model):
    """The word that was given for a call."""

    token: Annotated[ShortLine, Field(description="The word from request_confirmation.", json_schema_extra=SECRET)]
    capability: CapabilityName
    arguments_hash: ArgumentsHash


class ConfirmationSetting(Model):
    """Who confirms."""

    confirmations: Annotated[ConfirmationRule, Field(description="self: they themselves, in a second step. person: somebody else.")]


class Approval(TypedDict):
    """Something that people are asked, and what they said."""

    id: UUID
    kind: ApprovalKind
    status: ApprovalStatus
    task_id: UUID | None
    task_key: str | None
    task_title: str | None
    question: Annotated[str, Field(description="Of a confirmation: what would be done.")]
    options: list[str]
    asked_by: str
    asked_by_id: UUID
    asked_through: Annotated[str | None, Field(description="The program that a person let in and that asks in their name.")]
    done_by: Annotated[list[UUID], Field(description="Of a review: who did the work, and so does not approve it.")]
    yours: Annotated[bool, Field(description="Whether it waits for you, as one of those who may answer.")]
    asked_of: Annotated[str | None, Field(description="Who is asked; null: whoever may answer.")]
    asked_of_id: UUID | None
    answer: str | None
    answered_by: str | None
    answered_by_id: UUID | None
    answered_at: datetime | None
    created_at: datetime
    expires_at: datetime | None


class ApprovalPage(TypedDict):
    """One page of what people are asked, newest first."""

    approvals: list[Approval]
    next_cursor: Annotated[str | None, Field(description="Hand it back for the next page; null on the last.")]


class Confirmation(TypedDict):
    """A word that opens one call. `token` is shown once."""

    token: str
    approval_id: UUID
    expires_at: datetime
    waits_for_person: Annotated[bool, Field(description="True: the word is good only after a person approved.")]


class Confirmed(TypedDict):
    """The word was good, and is used up now."""

    approval_id: UUID
    confirmed_by: Annotated[str | None, Field(description="The person who approved; null: the caller itself.")]


class ConfirmationsSet(TypedDict):
    """Who confirms from now on what agents and services are about to do."""

    confirmations: ConfirmationRule


class HandedOff(TypedDict):
    """Who has the task now, and what they were told."""

    key: str
    title: str
    status: Status
    handed_to: str
    version: int
    comment_id: UUID
    released: Annotated[bool, Field(description="Whether a claim ended with it.")]
