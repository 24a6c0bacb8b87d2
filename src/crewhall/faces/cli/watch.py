"""`crewhall watch`: one line for each change, as it happens."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any

import typer

from crewhall.faces.cli import client, output, task_view, wording
from crewhall.faces.cli.output import note
from crewhall.faces.cli.stream import Event, Follower, Live, Reconnecting, filters

SAID = {"task_completed": "completed", "task_commented": "commented", "task_deleted": "deleted"}
LONGEST_COMMENT = 60


def watch(
    mine: Annotated[bool, typer.Option("--mine", "-m", help="Only tasks that are assigned to you.")] = False,
    repository: Annotated[str | None, typer.Option("--repository", "-r", help="Only these, with commas between them.")] = None,
    count: Annotated[int | None, typer.Option("--count", min=1, help="Leave after so many changes.")] = None,
    since: Annotated[str | None, typer.Option("--since", help="Begin behind this event's id.")] = None,
    as_json: output.AsJson = False,
) -> None:
    """Tell every change as it happens, until Ctrl-C. A lost connection comes back and misses nothing.

    Example: crewhall watch --mine --json | jq .task.key
    """
    with client.open_hub() as hub:
        left = count
        for news in Follower(hub, filters(mine=mine, repositories=repository), since):
            if isinstance(news, Live):
                note("Live")
            elif isinstance(news, Reconnecting):
                note(f"Reconnecting in {news.seconds:.0f} s: {news.reason}")
            elif isinstance(news, Event):
                _tell(news, as_json)
                left = None if left is None else left - 1
                if left == 0:
                    return


def _tell(event: Event, as_json: bool) -> None:
    if as_json:
        typer.echo(event.raw)
        return
    task = event.data["task"]
    mark = wording.status_mark(task["status"])
    at = output.words(f"{datetime.fromisoformat(event.data['timestamp']).astimezone():%H:%M:%S}  ", task_view.QUIET)
    actor = event.data.get("actor") or {}
    said = output.words(f"  {_deed(event)} by ", task_view.QUIET) + task_view.name_of(actor.get("name", "?"), actor.get("kind"))
    line = at + output.words(f"{task['key']}", "bold") + output.words(f"  {mark.text}", mark.style) + output.words(f"  {task['title']}")
    output.console().print(line + said)


def _deed(event: Event) -> str:
    """What was done, in a word or two."""
    data: Mapping[str, Any] = event.data
    if "created" in data["changed"] or (event.type == "task_assigned" and data["version"] == 1):
        return "made"
    if event.type == "task_commented":
        return f"“{wording.line((data.get('comment') or {}).get('text', ''))[:LONGEST_COMMENT]}” said"
    if event.type == "task_assigned":
        return f"given to {data['task']['assignee_name']}"
    if "unblocked" in data["changed"]:
        return "free to begin, last blocker ended"
    return SAID.get(event.type) or f"{', '.join(data['changed']) or 'something'} changed"
