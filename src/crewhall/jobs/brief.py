"""Runs in few words, for a model's context."""

from __future__ import annotations

from crewhall.jobs.models import Run, RunPage


def line(run: Run) -> str:
    trouble = f": {run['error']}" if run["error"] else ""
    return f"{run['id']} {run['kind']} {run['state']} {run['created_at']:%Y-%m-%d %H:%M}Z, started {run['starts']} times{trouble}"


def page(found: RunPage) -> str:
    lines = [line(run) for run in found["runs"]] or ["No run meets this filter."]
    return "\n".join([*lines, *([f"more: next_cursor={found['next_cursor']}"] if found["next_cursor"] else [])])
