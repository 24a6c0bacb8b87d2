"""A small ferry company's team at work, made through the same capabilities that everybody else uses.

The story (stories.py) is played in the order in which it happened, under a clock that shows the time of each step.
"""

from __future__ import annotations

import secrets
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from crewhall.accounts import Access, AuditTrail, Founded, Plan
from crewhall.demo.stories import CLAUDE, CODEX, CURSOR, INES, KOFI, PRIYA, STORIES, TOMAS
from crewhall.demo.telling import Step, Story
from crewhall.kit.capability import Actor, Registry
from crewhall.kit.seam import Seam

DEMO_EMAIL = "ines@tidewater.example"
DEMO_PLAN = Plan(organisation="Tidewater", owner="Ines Duarte", email=DEMO_EMAIL, agent=CLAUDE)

PEOPLE = ((KOFI, "Kofi Mensah", "admin"), (PRIYA, "Priya Raman", "member"), (TOMAS, "Tomas Lindqvist", "member"))
AGENTS = ((CODEX, KOFI), (CURSOR, TOMAS))


async def furnish(seam: Seam, registry: Registry, access: Access, founded: Founded) -> None:
    """Fill the new organisation with people, agents and two months of work."""
    team = await Team.gather(seam, registry, access, founded)
    await _play(team, seam)


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

    async def do(self, who: str, capability: str, /, *, seam: Seam | None = None, **given: Any) -> Any:
        """Run a capability as one of the team."""
        return (await (seam or self._seam).run(self._registry[capability], given, actor=self._actors[who], client="demo")).value


async def _play(team: Team, seam: Seam) -> None:
    """Every creation and every step of all stories, in the order of time."""
    now = seam.clock()
    shown = now

    def clock() -> datetime:
        return shown

    past = replace(seam, clock=clock, audit=AuditTrail(clock))
    keys: dict[str, str] = {}
    for at, story, step in _in_order(now):
        shown = at
        if step is None:
            made = await team.do(story.by, "create_task", seam=past, **_fields(story, keys, now))
            keys[story.title] = made["key"]
        else:
            other = {"other_task_id": keys[step.given["other_task_id"]]} if "other_task_id" in step.given else {}
            await team.do(step.who, step.capability, seam=past, task_id=keys[story.title], **{**step.given, **other})


def _in_order(now: datetime) -> list[tuple[datetime, Story, Step | None]]:
    happened: list[tuple[datetime, Story, Step | None]] = []
    for number, story in enumerate(STORIES):
        begin = now - timedelta(days=story.days, minutes=number * 53 % 540)  # nobody does everything at the same minute of the day
        happened.append((begin, story, None))
        happened += [(begin + timedelta(hours=step.hours), story, step) for step in story.steps]
    return sorted(happened, key=lambda entry: entry[0])


def _fields(story: Story, keys: dict[str, str], now: datetime) -> dict[str, Any]:
    """What create_task is given; what the story does not say is left out."""
    given = {
        "title": story.title, "repository": story.repository, "priority": story.priority, "complexity": story.complexity,
        "description": story.description, "assignees": list(story.to), "tags": list(story.tags), "project": story.project,
        "estimate_minutes": round(story.hours * 60) if story.hours else None,
        "due_at": (now + timedelta(days=story.due)).isoformat() if story.due is not None else None,
        "parent_id": keys[story.part_of] if story.part_of else None,
    }  # fmt: skip
    return {name: value for name, value in given.items() if value not in (None, [], "")}
