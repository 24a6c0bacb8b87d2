"""Issues, as they come in. They go out as the tasks that they are."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import AliasChoices, BeforeValidator, Field, WithJsonSchema

from crewhall.kit.model import Model
from crewhall.kit.text import Line, Prose, ShortLine
from crewhall.tasks.board.inputs import Cursor, FencingToken, Name, Person, Statuses
from crewhall.tasks.board.models import STATUSES, Priority
from crewhall.tasks.board.rules import OPEN


class IssueType(StrEnum):
    """What kind of trouble it is."""

    BLOCKER = "blocker"
    BUG = "bug"
    QUESTION = "question"


ENDED = tuple(status for status in STATUSES if status not in OPEN)
WORDS = {"open": OPEN, "unresolved": OPEN, "resolved": ENDED, "closed": ENDED}


def _statuses(value: object) -> object:
    """`open` and `resolved` are several of our statuses each."""
    if not isinstance(value, str):
        return value
    words = [word.strip() for word in value.split(",")]
    return ",".join(dict.fromkeys(status for word in words for status in WORDS.get(word.lower(), (word,))))


IssueStatuses = Annotated[
    Statuses,
    BeforeValidator(_statuses),
    WithJsonSchema({"type": "string", "description": f"open, resolved, or one of {', '.join(STATUSES)}; several with commas."}),
]
Project = Annotated[ShortLine, Field(description="The project's name or id.")]
Issue = Annotated[ShortLine, Field(description="The issue's key, such as CH-12, or id.")]


class NewIssue(Model):
    """Trouble that somebody ran into."""

    project_id: Project
    title: Annotated[Line, Field(description="One line.")]
    description: Annotated[Prose, Field(description="What happens, what should happen, how to see it; Markdown.")] = ""
    issue_type: Annotated[IssueType, Field(description="blocker: somebody cannot go on. bug: it does wrong. question: it is unclear.")] = (
        IssueType.BUG
    )
    priority: Annotated[Priority, Field(description="How much it matters.")] = Priority.MEDIUM
    repository: Annotated[Name | None, Field(description="Where the code is; a key limited to repositories must name one.")] = None


class IssuesWanted(Model):
    """Which issues of a project."""

    project_id: Project
    status: IssueStatuses = None
    limit: Annotated[int, Field(ge=1, le=200, description="How many at the most.")] = 50
    cursor: Cursor = None


class IssueAssignment(Model):
    """Who shall settle an issue."""

    issue_id: Issue
    assigned_to: Annotated[
        Person,
        Field(validation_alias=AliasChoices("assigned_to", "assignee_id"), description="Who: me, an id, an e-mail, a user name or a name."),
    ]
    fencing_token: FencingToken = None


class IssueResolution(Model):
    """How an issue was settled."""

    issue_id: Issue
    resolution: Annotated[Prose, Field(min_length=1, max_length=10_000, description="What was done about it; Markdown.")]
    fencing_token: FencingToken = None
