"""Claims as they come in and go out."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BeforeValidator, Field, WithJsonSchema
from typing_extensions import TypedDict

from crewhall.accounts import Notification
from crewhall.kit.model import Model
from crewhall.kit.text import Prose, ShortLine
from crewhall.tasks.approvals.gate import Asked
from crewhall.tasks.board.inputs import TaskReference
from crewhall.tasks.board.models import Complexity, Task

LEASE_SECONDS, SHORTEST, LONGEST = 1800, 1, 86_400
MOST_ASKED_FOR = 20
"""So many skills are looked for at once."""

LeaseSeconds = Annotated[int, Field(ge=SHORTEST, le=LONGEST, description="How long it lasts after each of your writes.")]
Token = Annotated[int, Field(ge=1, le=2**62, description="From claim_task.")]
Reason = Annotated[Prose | None, Field(min_length=1, description="Why; kept in the history.")]
Override = Annotated[bool, Field(description="People only, with a reason: end somebody else's claim.")]


def _words(value: object) -> object:
    return [word for word in (part.strip() for part in value.split(",")) if word] if isinstance(value, str) else value


Skills = Annotated[
    tuple[ShortLine, ...],
    BeforeValidator(_words),
    Field(max_length=MOST_ASKED_FOR),
    WithJsonSchema({"type": "string", "description": "What you are good at, with commas: tags or words of titles, such as sql, css."}),
]


class NewClaim(Model):
    """Which task is claimed, and for how long."""

    task_id: TaskReference
    lease_seconds: LeaseSeconds = LEASE_SECONDS
    reason: Reason = None
    override: Override = False


class Renewal(Model):
    """Which claim goes on."""

    task_id: TaskReference
    fencing_token: Token
    lease_seconds: Annotated[LeaseSeconds | None, Field(description="Another length from now on.")] = None


class Release(Model):
    """Which claim ends."""

    task_id: TaskReference
    fencing_token: Annotated[Token | None, Field(description="From claim_task; refused when that claim is over.")] = None
    reason: Reason = None
    override: Override = False


class Claimed(TypedDict):
    """A claim that is yours. Send `fencing_token` with your writes: they are refused once somebody else has the task."""

    task_id: UUID
    key: str
    title: str
    status: str
    holder: str
    holder_id: UUID
    fencing_token: int
    lease_seconds: int
    expires_at: datetime
    taken_from: Annotated[str | None, Field(description="Who held it before and went silent, or was overridden.")]
    remarks: Annotated[list[str], Field(description="What speaks against working on it now: it waits for others, or is somebody else's.")]


class Released(TypedDict):
    """A task that nobody holds; `released` says whether somebody held it until now."""

    task_id: UUID
    key: str
    title: str
    status: str
    released: bool


class Wish(Model):
    """Which work is looked for."""

    skills: Skills = ()
    repository: Annotated[ShortLine | None, Field(description="Only of this one.")] = None
    project: Annotated[ShortLine | None, Field(description="Only of this one.")] = None
    complexity: Annotated[Complexity | None, Field(description="The most complex that you take on.")] = None
    limit: Annotated[int, Field(ge=1, le=20, description="How many at the most.")] = 3
    claim: Annotated[bool, Field(description="Claim the first one for you.")] = False
    lease_seconds: LeaseSeconds = LEASE_SECONDS


class ReadyTask(TypedDict):
    """A task that can be taken up now, and why it stands where it stands."""

    task: Task
    points: int
    reasons: list[str]


class PassedOver(TypedDict):
    """Unfinished tasks that nobody like you can take up now."""

    reason: Annotated[str, Field(description="blocked, claimed, given, later, in_parts, kind, too_complex, elsewhere or taken.")]
    tasks: Annotated[int, Field(description="How many, of the first 1,000 that were looked at.")]
    until: Annotated[datetime | None, Field(description="When the first of them may be free: a claim ends, a task starts.")]


class NextWork(TypedDict):
    """What can be taken up now, the best first. With `claim` the first one is yours, under this claim."""

    tasks: list[ReadyTask]
    claim: Claimed | None
    passed_over: Annotated[list[PassedOver], Field(description="Why there is none; empty when there is one.")]


class MineWanted(Model):
    """How much of what is yours is shown."""

    limit: Annotated[int, Field(ge=1, le=20, description="How many of each kind at the most.")] = 5


class Counts(TypedDict):
    """How many there are in all, however few of them are shown."""

    held: int
    unread: int
    answered: Annotated[int, Field(description="Of what you asked, up to 50.")]


class Mine(TypedDict):
    """Where you stand: enough to go on after you have forgotten everything."""

    counts: Counts
    claims: Annotated[list[Task], Field(description="What you hold, the claim first that runs out first; each with its token.")]
    lapsed: Annotated[list[Task], Field(description="What you held and nobody has taken since: claim_task takes it up again.")]
    asked: Annotated[list[Asked], Field(description="What you asked people about unfinished tasks: their answers first, then what waits.")]
    assigned: Annotated[list[Task], Field(description="What is given to you, open and not blocked, in the order to be done.")]
    ready: Annotated[list[ReadyTask], Field(description="What you could take up besides.")]
    unread: Annotated[list[Notification], Field(description="What you should hear of, newest first.")]
    now: Annotated[datetime, Field(description="The hall's clock, by which claims end.")]


class ClaimsWanted(Model):
    """Which claims to list."""

    holder: Annotated[ShortLine | None, Field(description="Only of this one: me, an id, an e-mail, a user name or a name.")] = None
    limit: Annotated[int, Field(ge=1, le=200, description="How many at the most.")] = 50


class ClaimList(TypedDict):
    """What is held right now, the claim first that runs out first."""

    claims: Annotated[list[Task], Field(description="Each with its claim: who holds it, and until when.")]
    more: Annotated[bool, Field(description="True: more is held than is shown.")]
