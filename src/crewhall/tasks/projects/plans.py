"""What a plan is, and the templates that make one without a model."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from crewhall.kit.text import Line
from crewhall.tasks.board.models import Complexity, Priority, TaskType

MOST_EPICS, MOST_STORIES, MOST_TASKS = 6, 8, 10
Title = Annotated[Line, StringConstraints(max_length=200)]
Words = Annotated[str, StringConstraints(max_length=4000, pattern=r"^[^\x00]*$")]


class _Piece(BaseModel):
    """What a model writes more than it was asked for is left out, not refused."""

    model_config = ConfigDict(extra="ignore", frozen=True)
    title: Annotated[Title, Field(description="A short title in the imperative.")]
    description: Annotated[Words, Field(description="What is done when it is done, in one to three sentences.")] = ""


class PlannedTask(_Piece):
    """One piece of work for one person or agent."""

    priority: Priority = Priority.MEDIUM
    complexity: Complexity = Complexity.MEDIUM
    estimate_hours: Annotated[float | None, Field(ge=0, le=1000, description="Expected hours of work.")] = None


class PlannedStory(_Piece):
    """What somebody can do in the end."""

    tasks: Annotated[tuple[PlannedTask, ...], Field(min_length=1, max_length=MOST_TASKS)]


class PlannedEpic(_Piece):
    """A large part of the project."""

    stories: Annotated[tuple[PlannedStory, ...], Field(min_length=1, max_length=MOST_STORIES)]


class Plan(BaseModel):
    """A project's name, and what there is to do."""

    model_config = ConfigDict(extra="ignore", frozen=True)
    name: Annotated[Title | None, Field(description="A name of two to six words.")] = None
    epics: Annotated[tuple[PlannedEpic, ...], Field(min_length=1, max_length=MOST_EPICS)]


@dataclass(frozen=True, slots=True)
class Piece:
    """One task to be made: its type, and the place of the piece that it is a part of (None: none)."""

    type: TaskType
    above: int | None
    content: PlannedEpic | PlannedStory | PlannedTask


def levels_of(plan: Plan) -> Iterator[list[Piece]]:
    """Epics, then stories, then tasks; each names its place in the level above."""
    stories = [Piece(TaskType.STORY, place, story) for place, epic in enumerate(plan.epics) for story in epic.stories]
    yield [Piece(TaskType.EPIC, None, epic) for epic in plan.epics]
    yield stories
    yield [Piece(TaskType.TASK, place, task) for place, story in enumerate(_stories(plan)) for task in story.tasks]


def _stories(plan: Plan) -> list[PlannedStory]:
    return [story for epic in plan.epics for story in epic.stories]


# Templates ---------------------------------------------------------------------------------------------------------------

Outline = Sequence[tuple[str, Sequence[tuple[str, Sequence[str]]]]]

SOFTWARE: Outline = (
    ("Agree on what is to be built", (
        ("The goal is written down", ("Write the goal, and what is not part of it", "List who needs it", "Say how to measure it")),
        ("The way is decided", ("Sketch the design and its open questions", "Try the riskiest part in a spike")),
    )),
    ("Build it", (
        ("The smallest useful version works", ("Make the data model", "Build the core of it, with tests", "Connect it to what is there")),
        ("It can be trusted", ("Handle errors and hostile input", "Measure speed with real amounts of data")),
    )),
    ("Bring it to its users", (
        ("It can be released", ("Write the guide", "Prepare the release and the way back", "Try it with two users")),
        ("It is looked after", ("Watch errors and use for two weeks", "Collect what was learned and close the project")),
    )),
)  # fmt: skip
REPAIR: Outline = (
    ("Understand the trouble", (
        ("It can be shown", ("Reproduce it and write down the steps", "Find since when and for whom it happens")),
        ("The cause is known", ("Find the cause", "Look for other places with the same cause")),
    )),
    ("Repair it", (
        ("It is gone", ("Write a test that fails because of it", "Repair it", "Repair the data that it damaged")),
        ("It does not come back", ("Watch for it", "Write down what was learned")),
    )),
)  # fmt: skip
RESEARCH: Outline = (
    ("Ask the question well", (
        ("The question is clear", ("Write the question and what decides it", "Collect what is known already")),
    )),
    ("Find answers", (
        ("There are facts", ("Choose the ways to find out", "Gather the data", "Check the data for gaps")),
        ("The options are compared", ("List the options with costs and risks", "Try the two best ones")),
    )),
    ("Decide", (
        ("The decision stands", ("Write the recommendation", "Discuss it with those whom it concerns", "Record the decision")),
    )),
)  # fmt: skip
EVENT: Outline = (
    ("Plan it", (
        ("The frame is set", ("Fix goal, audience and date", "Agree on the budget", "Name who is responsible for what")),
    )),
    ("Prepare it", (
        ("What is shown is ready", ("Write the messages and the texts", "Make pictures and pages", "Have a second person read it all")),
        ("People know of it", ("Choose the channels", "Invite and announce")),
    )),
    ("Hold it and learn from it", (
        ("It takes place", ("Walk through the day once before", "Be there for questions on the day")),
        ("It is closed", ("Thank everybody and collect answers", "Compare with the goal and write down what was learned")),
    )),
)  # fmt: skip
GENERAL: Outline = (
    ("Prepare", (
        ("The goal is clear", ("Write the goal and how to see that it is reached", "List who is concerned and ask them")),
        ("The way is clear", ("Break the work into steps", "Find what could go wrong")),
    )),
    ("Do it", (
        ("The first result is there", ("Do the smallest step that helps somebody", "Show it and collect answers")),
        ("The rest is done", ("Do the remaining steps", "Check the result against the goal")),
    )),
    ("Finish", (
        ("It is handed over", ("Write down what others need to know", "Hand it over", "Record what was learned")),
    )),
)  # fmt: skip

TEMPLATES: Final[dict[str, tuple[Outline, tuple[str, ...]]]] = {
    "repair": (REPAIR, ("bug", "fix", "broken", "crash", "outage", "incident", "regression", "repair", "fails")),
    "event": (EVENT, ("launch", "campaign", "marketing", "event", "conference", "workshop", "announce", "newsletter")),
    "research": (RESEARCH, ("research", "evaluate", "compare", "investigate", "study", "survey", "analyse", "analyze", "which")),
    "software": (SOFTWARE, (
        "app", "api", "build", "software", "website", "site", "service", "feature", "dashboard", "integration", "database", "backend",
        "frontend", "mobile", "platform", "tool", "bot", "system", "migrate", "migration", "page", "login",
    )),
    "general": (GENERAL, ()),
}  # fmt: skip
"""By name: the outline, and the words of a description that call for it."""


def choose(description: str) -> str:
    """The template whose words the description has most of; of equals the earlier one, without any the general one."""
    words = "".join(letter if letter.isalnum() else " " for letter in description.lower()).split()
    counts = {name: sum(words.count(word) for word in calling) for name, (_, calling) in TEMPLATES.items()}
    best = max(counts, key=lambda name: counts[name])
    return best if counts[best] else "general"


def from_template(name: str, description: str) -> Plan:
    """The plan that a template makes; the description stands in each epic, so that nobody has to look for what it was about."""
    outline, _ = TEMPLATES[name]
    about = description.strip()[:3500]
    return Plan(epics=tuple(_epic(title, stories, about) for title, stories in outline))


def _epic(title: str, stories: Sequence[tuple[str, Sequence[str]]], about: str) -> PlannedEpic:
    made = tuple(PlannedStory(title=story, tasks=tuple(PlannedTask(title=task) for task in tasks)) for story, tasks in stories)
    return PlannedEpic(title=title, description=about, stories=made)
