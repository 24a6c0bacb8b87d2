"""A small ferry company's team at work, made through the same capabilities that everybody else uses."""

from __future__ import annotations

from typing import Any

from crewhall.accounts import Access, Founded, Plan
from crewhall.kit.capability import Actor, Registry
from crewhall.kit.seam import Seam

DEMO_EMAIL = "ines@tidewater.example"
DEMO_AGENT = "claude-code"
DEMO_PLAN = Plan(organisation="Tidewater", owner="Ines Duarte", email=DEMO_EMAIL, agent=DEMO_AGENT)

# title, repository, priority, complexity, assignee, status, comment
TASKS: tuple[tuple[str, str, str, str, str | None, str, str | None], ...] = (
    ("Print boarding lists in two columns", "gate-app", "low", "low", DEMO_EMAIL, "completed", None),
    ("Sailing page loads in one query", "booking-api", "medium", "medium", DEMO_AGENT, "completed", "Was 41 queries; now one."),
    ("Log-in limit by address and account", "booking-api", "high", "medium", DEMO_EMAIL, "completed", None),
    ("Hold a lane for ambulances on every sailing", "booking-api", "high", "high", DEMO_EMAIL, "ready_for_review", None),
    ("Flaky test: seat hold expires at midnight", "booking-api", "medium", "medium", DEMO_AGENT, "ready_for_review",
     "The test compared a local date with a UTC one. Fixed by naming the zone; ran it 500 times."),
    ("Gate app loses scans after ten minutes offline", "gate-app", "critical", "high", DEMO_AGENT, "in_progress",
     "Found it: the queue is kept in memory only. Writing it to disk before the scan is acknowledged."),
    ("Retry ledger webhooks with growing delay", "ledger", "high", "medium", DEMO_AGENT, "in_progress", None),
    ("Wrong date on night crossings in the autumn clock change", "timetable", "high", "medium", DEMO_EMAIL, "in_progress", None),
    ("Card payments on the new processor", "ledger", "high", "extreme", DEMO_EMAIL, "blocked", "Waits for sandbox keys from the bank."),
    ("Split refund rules out of checkout", "booking-api", "high", "high", None, "not_started", None),
    ("Add an index for booking search by phone number", "booking-api", "medium", "low", None, "not_started", None),
    ("Explain every 409 in the public API guide", "docs", "low", "low", None, "not_started", None),
    ("Warn before a sailing is sold above deck capacity", "booking-api", "high", "high", None, "not_started", None),
    ("Remove the old timetable importer", "timetable", "low", "medium", None, "not_started", None),
)  # fmt: skip


async def furnish(seam: Seam, registry: Registry, access: Access, founded: Founded) -> None:
    """Fill the new organisation: the owner creates and moves, the agent moves and comments on what is its own."""
    agent = await access.actor_of(founded.api_key)
    owner = await _owner(seam, registry, access, founded)

    async def do(name: str, actor: Actor, **given: Any) -> Any:
        return (await seam.run(registry[name], given, actor=actor, client="demo")).value

    for title, repository, priority, complexity, assignee, status, comment in TASKS:
        task = await do(
            "create_task", owner, title=title, repository=repository, priority=priority, complexity=complexity, assignee_id=assignee
        )  # fmt: skip
        doer = agent if assignee == DEMO_AGENT else owner
        if status != "not_started":
            await do("update_task_status", doer, task_id=task["key"], new_status=status)
        if comment is not None:
            await do("add_task_comment", doer, task_id=task["key"], comment=comment)


async def _owner(seam: Seam, registry: Registry, access: Access, founded: Founded) -> Actor:
    given = {"email": founded.email, "password": founded.password}
    logged_in = (await seam.run(registry["log_in"], given, actor=None, client="demo")).value
    return await access.actor_of(logged_in["access_token"])
