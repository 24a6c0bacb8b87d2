"""`/sync-status`: how the mirrors of ClickUp stand, and what is on its way there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from starlette.types import Scope, Send

from crewhall.faces.web.asking import Ask
from crewhall.faces.web.frame import Frame
from crewhall.faces.web.wording import field_word
from crewhall.kit.capability import Actor

RUNS, SHOWN, WRITES = 30, 10, 50
HEIGHT, WIDTH = 18.0, 294.0
DECISIONS = {"waiting": ("Try now", "Give up"), "failed": ("Try again", "Dismiss"), "conflict": ("Send ours", "Keep ClickUp's")}
"""What can be done with a change that ClickUp does not have: have it sent, or let go of it."""
STATES = {"complete": "ok", "incomplete": "bad", "interrupted": "bad", "running": "none"}


class SyncStatusPage:
    """Shows each mirror: its last runs as bars, what went wrong in words, requests left; and changes that ClickUp does not have."""

    def __init__(self, frame: Frame, ask: Ask) -> None:
        self._frame = frame
        self._ask = ask

    async def show(self, scope: Scope, send: Send, actor: Actor) -> None:
        found = await self._ask(actor, "get_sync_status", runs=RUNS)
        mirrors = [
            {
                "one": one,
                "bars": bars(one["runs"]),
                "told": told(one["runs"]),
                "lag": lag_line(one["runs"]),
                "lag_told": lag_told(one),
                "runs": one["runs"][:SHOWN],
            }
            for one in found["mirrors"]
        ]
        writes = (await self._ask(actor, "list_clickup_writes", state="open", limit=WRITES + 1))["writes"] if mirrors else []
        await self._frame.send(
            send,
            "sync_status.html",
            actor,
            here="integrations",
            mirrors=mirrors,
            message=found["message"],
            writes=[{**one, "words": sentence(one["fields"])} for one in writes[:WRITES]],
            more_writes=len(writes) > WRITES,
            decisions=DECISIONS,
            may_write="tasks:write" in actor.scopes,
            may_run="integrations:use" in actor.scopes,
            may_resync="integrations:manage" in actor.scopes,
        )


def sentence(fields: Sequence[str]) -> str:
    """`Due date, title`: the beginning of a sentence about fields."""
    words = ", ".join(dict.fromkeys(map(field_word, fields)))
    return words[:1].upper() + words[1:]


def seconds_of(run: Mapping[str, Any]) -> float | None:
    """How long a run took; None while it works."""
    return (run["finished"] - run["started"]).total_seconds() if run["finished"] else None


def bars(runs: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The runs from the oldest to the newest, each as high as it was long, beside the longest of them."""
    took = [(STATES[run["state"]], seconds_of(run) or 0.0) for run in reversed(runs)]
    longest = max([seconds for _, seconds in took], default=0.0) or 1.0
    heights = [(kind, max(2.0, round(HEIGHT * seconds / longest, 1))) for kind, seconds in took]
    return [{"kind": kind, "height": height, "top": round(HEIGHT - height, 1)} for kind, height in heights]


def lags(runs: Sequence[Mapping[str, Any]]) -> list[float]:
    """How old what is here had become when each run ended, from the oldest run on; runs before the first complete one have none."""
    return [run["lag_seconds"] for run in reversed(runs) if run["lag_seconds"] is not None]


def lag_line(runs: Sequence[Mapping[str, Any]]) -> str:
    """The lag of the runs as points of a line, beside the longest of them; empty for fewer than two."""
    found = lags(runs)
    if len(found) < 2:
        return ""
    step, most = WIDTH / (len(found) - 1), max(*found, 1.0)
    return " ".join(f"{place * step:.1f},{HEIGHT - 1 - (HEIGHT - 2) * lag / most:.1f}" for place, lag in enumerate(found))


def lag_told(mirror: Mapping[str, Any]) -> str:
    """The line in words."""
    if mirror["lag_seconds"] is None:
        return "No run was complete yet"
    found = lags(mirror["runs"])
    longest = f", {span(max(found))} at the most in the last {len(found)} runs" if found else ""
    return f"What is here is {span(mirror['lag_seconds'])} old{longest}"


def span(seconds: float) -> str:
    """A stretch of time in its largest unit."""
    for unit, length in (("d", 86_400), ("h", 3600), ("min", 60)):
        if seconds >= 2 * length:
            return f"{seconds / length:.0f} {unit}"
    return f"{seconds:.0f} s"


def told(runs: Sequence[Mapping[str, Any]]) -> str:
    """The bars in words."""
    ended = [run for run in runs if run["finished"]]
    if not ended:
        return "No run has ended yet"
    whole = sum(run["state"] == "complete" for run in ended)
    longest = max(seconds_of(run) or 0.0 for run in ended)
    return f"{whole} of the last {len(ended)} runs complete, the longest {longest:.1f} s"
