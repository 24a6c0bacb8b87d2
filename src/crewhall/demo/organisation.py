"""A small ferry company's team at work, made through the same capabilities that everybody else uses.

The story (stories.py) is played in the order in which it happened, under a clock that shows the time of each step.
"""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from crewhall.accounts import Access, AuditTrail, Founded, Plan
from crewhall.demo.stories import CLAUDE, CODEX, CURSOR, FOR_REVIEW, HELD, INES, KOFI, PRIYA, PROJECTS, REVIEW, STORIES, TOMAS
from crewhall.demo.telling import Step, Story, Undertaking
from crewhall.kit.capability import Actor, Announcement, Registry
from crewhall.kit.clock import Clock
from crewhall.kit.db.together import Statement
from crewhall.kit.seam import EventLog, Seam

DEMO_EMAIL = "ines@tidewater.example"
DEMO_PLAN = Plan(organisation="Tidewater", owner="Ines Duarte", email=DEMO_EMAIL, agent=CLAUDE)

PEOPLE = ((KOFI, "Kofi Mensah", "admin"), (PRIYA, "Priya Raman", "member"), (TOMAS, "Tomas Lindqvist", "member"))
AGENTS = ((CODEX, KOFI), (CURSOR, TOMAS))
NEWS = timedelta(days=2.5)


class Team:
    """Everybody of the demo, ready to act."""

    def __init__(self, seam: Seam, registry: Registry, access: Access) -> None:
        self._seam = seam
        self._registry = registry
        self._access = access
        self._actors: dict[str, Actor] = {}

    @classmethod
    async def gather(cls, seam: Seam, registry: Registry, access: Access, founded: Founded) -> Team:
        """Log the founded two in; invite the other people, and let some of them bring their agents."""
        team = cls(seam, registry, access)
        await team._log_in(INES, "log_in", email=founded.email, password=founded.password)
        team._actors[CLAUDE] = await access.actor_of(founded.api_key)
        for who, name, role in PEOPLE:
            invitation = await team.do(INES, "create_invitation", role=role)
            await team._log_in(
                who, "register", name=name, username=who, email=f"{who}@tidewater.example", password=secrets.token_urlsafe(12),
                invitation=invitation["token"],
            )  # fmt: skip
        for agent, owner in AGENTS:
            key = await team.do(owner, "create_api_key", name=agent, kind="agent")
            team._actors[agent] = await access.actor_of(key["key"])
        return team

    async def _log_in(self, who: str, way: str, **given: Any) -> None:
        token = (await self._seam.run(self._registry[way], given, actor=None, client="demo")).value["access_token"]
        self._actors[who] = await self._access.actor_of(token)

    def id_of(self, who: str) -> str:
        return str(self._actors[who].id)

    async def do(self, who: str, capability: str, /, *, seam: Seam | None = None, **given: Any) -> Any:
        """Run a capability as one of the team."""
        return (await (seam or self._seam).run(self._registry[capability], given, actor=self._actors[who], client="demo")).value


Act = Callable[[Team, Seam], Awaitable[None]]


async def furnish(team: Team, seam: Seam) -> None:
    """Two months of work: every beginning, creation and every step of all stories, in the order of time; then what is so right now."""
    now = seam.clock()
    shown = now

    def clock() -> datetime:
        return shown

    past = replace(seam, clock=clock, audit=AuditTrail(clock), events=_only_of_late(seam, clock, now))
    keys: dict[str, str] = {}
    for at, act in _in_order(now, keys):
        shown = at
        await act(team, past)
    for one in PROJECTS:
        await _settle(team, one)
    await team.do(REVIEW.who, REVIEW.capability, task_id=keys[FOR_REVIEW], **REVIEW.given)
    for hold in HELD:
        await team.do(hold.who, "claim_task", task_id=keys[hold.title], lease_seconds=hold.minutes * 60)


def _only_of_late(seam: Seam, clock: Clock, now: datetime) -> EventLog:
    """The event log of a hall that has stood for two months begins some days ago: what was before is no news to anybody."""

    def events(actor: Actor, announcement: Announcement) -> Statement | None:
        return seam.events(actor, announcement) if now - clock() < NEWS else None

    return events


def _in_order(now: datetime, keys: dict[str, str]) -> list[tuple[datetime, Act]]:
    """When which act is due. A creation notes its key in `keys`, where its steps find it."""
    happened: list[tuple[datetime, Act]] = [(now - timedelta(days=one.days), partial(_begin, one)) for one in PROJECTS]
    for number, story in enumerate(STORIES):
        begin = now - timedelta(days=story.days, minutes=number * 53 % 540)  # nobody does everything at the same minute of the day
        happened.append((begin, partial(_create, story, keys, now)))
        happened += [(begin + timedelta(hours=step.hours), partial(_step, story, step, keys)) for step in story.steps]
    return sorted(happened, key=lambda entry: entry[0])


async def _begin(project: Undertaking, team: Team, seam: Seam) -> None:
    await team.do(project.by, "create_project", seam=seam, name=project.name, description=project.description, plan=False)
    await team.do(project.by, "update_project", seam=seam, project_id=project.name, lead="me")


async def _create(story: Story, keys: dict[str, str], now: datetime, team: Team, seam: Seam) -> None:
    made = await team.do(story.by, "create_task", seam=seam, **_fields(story, keys, now))
    keys[story.title] = made["key"]


async def _step(story: Story, step: Step, keys: dict[str, str], team: Team, seam: Seam) -> None:
    other = {"other_task_id": keys[step.given["other_task_id"]]} if "other_task_id" in step.given else {}
    await team.do(step.who, step.capability, seam=seam, task_id=keys[story.title], **(dict(step.given) | other))


async def _settle(team: Team, project: Undertaking) -> None:
    """Who is in a project, and by which rules it works. It is done last: the stories were told before these held."""
    for member in project.team:
        await team.do(project.by, "add_project_member", project_id=project.name, member=team.id_of(member))
    rules: dict[str, Any] = ({"visibility": "private"} if project.private else {}) | ({"review_required": True} if project.reviewed else {})
    if rules:
        await team.do(project.by, "update_project", project_id=project.name, **rules)


def _fields(story: Story, keys: dict[str, str], now: datetime) -> dict[str, Any]:
    """What create_task is given; what the story does not say is left out."""
    given = {
        "title": story.title, "repository": story.repository, "priority": story.priority, "complexity": story.complexity,
        "description": story.description, "assignees": list(story.to), "tags": list(story.tags), "project": story.project,
        "estimate_minutes": round(story.hours * 60) if story.hours else None, "type": story.type,
        "due_at": (now + timedelta(days=story.due)).isoformat() if story.due is not None else None,
        "parent_id": keys[story.part_of] if story.part_of else None,
    }  # fmt: skip
    return {name: value for name, value in given.items() if value not in (None, [], "")}
