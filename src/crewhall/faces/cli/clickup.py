"""`crewhall clickup ...`: connecting, reading ClickUp again, how the mirror stands, and the snapshot of a day."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import typer

from crewhall.faces.cli import client, output, signing_in
from crewhall.faces.cli.client import Hub
from crewhall.faces.cli.output import AsJson, Column, note, say, text
from crewhall.faces.cli.tasks import path_piece
from crewhall.faces.cli.trouble import Misused, Refused

app = typer.Typer(help="ClickUp and its mirror: connect it, read it again, see how it stands, keep a day.", no_args_is_help=True)

SYNC, RESYNC, STATUS, DAILY = "/sync/tasks", "/api/v1/clickup/resync", "/sync/status", "/sync/daily"
INTEGRATIONS, CONNECT = "/api/v1/integrations", "/api/v1/integrations/connect"
TOKEN = "CLICKUP_API_TOKEN"
WHERE = "A token is made in ClickUp under Settings, Apps: API Token"


# Connecting -------------------------------------------------------------------------------------------------------


@app.command("connect")
def connect(
    token: Annotated[
        str | None, typer.Option("--token", help=f"Only -: read it from the standard input. Else {TOKEN}, or you are asked.")
    ] = None,
    workspace: Annotated[
        str | None, typer.Option("--workspace", "-w", help="Mirror only this one, by name or id; else all that the token opens.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Connect ClickUp with an API token, and mirror its workspaces. Where it is connected already, say how that stands.

    Example: crewhall clickup connect --workspace Tidewater
    """
    if token not in {None, "-"}:
        raise Misused("A token in an argument can be read by everybody on this machine", f"Write it to --token -, or set {TOKEN}", WHERE)
    with client.open_hub() as hub:
        there = hub.get(INTEGRATIONS, platform="clickup")["integrations"]
        held = [one for one in there if one["status"] != "revoked"]
        if token is None and held and not any(one["needs_reconnect"] for one in held):
            _show_connected(hub, held if workspace is None else [_choose(hub, held, workspace)], as_json)
            return
        reply = _connect(hub, _token(token), workspace)
    if as_json:
        output.json_of(reply)
        return
    say(f"ClickUp is connected as {reply.json()['account_name']}")
    note("The first reading begins within seconds: crewhall clickup status")


def _token(given: str | None) -> str:
    """From the standard input for `-`, else from the environment, else from whoever sits here, without echo."""
    if given is None and (known := os.environ.get(TOKEN, "").strip()):
        return known
    if given is None and not output.on_terminal():
        raise Misused("Nobody can be asked for a token here", f"Write it to --token -, or set {TOKEN}", WHERE)
    return signing_in.secret("API token of ClickUp", from_input=given == "-").strip()


def _connect(hub: Hub, token: str, workspace: str | None) -> Any:
    given: dict[str, Any] = {"platform": "clickup", "credentials": {"access_token": token}}
    given |= {"settings": {"workspace_id": workspace}} if workspace else {}
    try:
        return hub.call("POST", CONNECT, body=given, repeatable=False)
    except (Refused, Misused) as refusal:
        raise type(refusal)(refusal.message, *refusal.hints, WHERE, answer=refusal.answer) from refusal


def _choose(hub: Hub, held: Sequence[Mapping[str, Any]], workspace: str) -> Mapping[str, Any]:
    """Set the one connection to one workspace."""
    if len(held) > 1:
        names = ", ".join(one["account_name"] for one in held)
        raise Misused(f"ClickUp is connected several times ({names}): choose the workspace of each at {hub.target.address}/integrations")
    path = f"{INTEGRATIONS}/{path_piece(held[0]['id'])}"
    changed: Mapping[str, Any] = hub.send("PATCH", path, {"settings": {"workspace_id": workspace}})
    return changed


def _show_connected(hub: Hub, held: Sequence[Mapping[str, Any]], as_json: bool) -> None:
    status = hub.get(STATUS, runs=1)
    if as_json:
        output.print_json({"integrations": held, "mirrors": status["mirrors"]})
        return
    for one in held:
        say(f"ClickUp is connected as {one['account_name']}: {one['error_message'] or 'it works'}")
        for mirror in status["mirrors"]:
            if mirror["integration_id"] == one["id"]:
                say(f"  {mirror['workspace']}: {mirror['tasks']} tasks, {_last(mirror['last_run'])}")
    note("With another token: crewhall clickup connect --token -")


def _last(run: Mapping[str, Any] | None) -> str:
    return f"last run {run['started'][:19]} {run['state']}" if run else "not read yet"


# The mirror -------------------------------------------------------------------------------------------------------


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
