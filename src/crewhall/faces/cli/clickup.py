"""`crewhall clickup ...`: reading ClickUp again, how the mirror stands, and the snapshot of a day."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import typer

from crewhall.faces.cli import client, output
from crewhall.faces.cli.output import AsJson, Column, say, text

app = typer.Typer(help="The mirror of ClickUp: read it again, see how it stands, keep a day.", no_args_is_help=True)

SYNC, RESYNC, STATUS, DAILY = "/sync/tasks", "/api/v1/clickup/resync", "/sync/status", "/sync/daily"


@app.command("sync")
def sync(
    whole: Annotated[bool, typer.Option("--whole", help="Read everything anew, and take away what was deleted there.")] = False,
    as_json: AsJson = False,
) -> None:
    """Read what changed at ClickUp, now.

    Example: crewhall clickup sync
    """
    with client.open_hub() as hub:
        reply = hub.call("POST", RESYNC if whole else SYNC, body={})
    if as_json:
        output.json_of(reply)
    else:
        say(reply.json()["message"])


@app.command("status")
def show_status(
    runs: Annotated[int, typer.Option("--runs", "-n", min=1, max=100, help="How many runs to show.")] = 5,
    as_json: AsJson = False,
) -> None:
    """How the mirror stands: its last runs, what went wrong, when the next comes.

    Example: crewhall clickup status --runs 10
    """
    with client.open_hub() as hub:
        reply = hub.call("GET", STATUS, query={"runs": runs})
    if as_json:
        output.json_of(reply)
        return
    found = reply.json()
    for mirror in found["mirrors"]:
        _print_mirror(mirror)
    if not found["mirrors"]:
        say(found["message"])


def _print_mirror(mirror: Mapping[str, Any]) -> None:
    say(f"{mirror['workspace']}: {mirror['tasks']} tasks, next run {mirror['next_run']}")
    columns = [
        Column("Started"),
        Column("Scope"),
        Column("State"),
        Column("Requests"),
        Column("Read"),
        Column("Changed"),
        Column("Trouble", gives_way=True),
    ]
    output.table(columns, [_run(run) for run in mirror["runs"]])


def _run(run: Mapping[str, Any]) -> list[Any]:
    trouble = "; ".join(f"{one['what']}: {one['message']}" for one in run["errors"])
    cells = (run["started"][:19], run["scope"], run["state"], run["requests"], run["rows_read"], run["rows_changed"], trouble)
    return [text(str(cell)) for cell in cells]


@app.command("snapshot")
def take_snapshot(as_json: AsJson = False) -> None:
    """Keep what today's tasks are like now, beside the days before.

    Example: crewhall clickup snapshot
    """
    with client.open_hub() as hub:
        reply = hub.call("POST", DAILY, body={})
    if as_json:
        output.json_of(reply)
    else:
        found = reply.json()
        say(f"{found['rows']} tasks kept for {found['sync_date']} ({found['time_zone']})")
