"""`crewhall token`: the credential in use, and API keys for agents and scripts."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Annotated, Any

import typer

from crewhall.faces.cli import client, output, wording
from crewhall.faces.cli.output import AsJson, Column, Yes, note, say, text
from crewhall.faces.cli.tasks import path_piece, read_instant
from crewhall.faces.cli.trouble import Misused

KEYS = "/api/v1/api-keys"
UNITS = {"h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1), "y": timedelta(days=365)}

app = typer.Typer(help="The credential in use, and API keys.", invoke_without_command=True)


class Kind(StrEnum):
    PERSON = "person"
    AGENT = "agent"
    SERVICE = "service"


@app.callback()
def print_token(context: typer.Context) -> None:
    """Print the credential of the profile, for scripts: curl -H "Authorization: Bearer $(crewhall token)" ..."""
    if context.invoked_subcommand is None:
        with client.open_hub() as hub:
            typer.echo(hub.target.credential)


@app.command("new")
def new_token(
    name: Annotated[str, typer.Argument(help="What it is for; an agent is called so.", show_default=False)],
    kind: Annotated[Kind, typer.Option("--kind", "-k", help="Acts as you, as an agent of its own, or as a service.")] = Kind.PERSON,
    scope: Annotated[list[str] | None, typer.Option("--scope", help="Such as tasks:read; once for each. Default: all of yours.")] = None,
    repository: Annotated[list[str] | None, typer.Option("--repository", "-r", help="Only these; once for each.")] = None,
    expires: Annotated[str | None, typer.Option("--expires", help="Such as 30d, 12h, or a day.")] = None,
    as_json: AsJson = False,
) -> None:
    """Make an API key. It is shown this once.

    Example: crewhall token new builder --kind agent --scope tasks:read --scope tasks:write --expires 30d
    """
    given: dict[str, Any] = {"name": name, "kind": kind.value}
    given |= {"scopes": scope} if scope else {}
    given |= {"repositories": repository} if repository else {}
    given |= {"expires_at": read_end(expires, datetime.now(UTC))} if expires else {}
    with client.open_hub() as hub:
        reply = hub.call("POST", KEYS, body=given, repeatable=False)
    if as_json:
        output.json_of(reply)
        return
    typer.echo(reply.json()["key"])
    note("This is the only time that it is shown. Give it to the agent as CREWHALL_API_KEY, or: crewhall login --key")


@app.command("list")
def list_tokens(as_json: AsJson = False) -> None:
    """List the API keys. Only their last characters are kept."""
    with client.open_hub() as hub:
        reply = hub.call("GET", KEYS)
    if as_json:
        output.json_of(reply)
        return
    columns = [
        Column("Id"),
        Column("Name", 20),
        Column("Kind"),
        Column("Key"),
        Column("Scopes", gives_way=True),
        Column("Used"),
        Column("Ends"),
    ]
    output.table(columns, [_row(key) for key in reply.json()["api_keys"]])


def _row(key: dict[str, Any]) -> list[Any]:
    used = wording.ago(key["last_used_at"]) or "never"
    ends = wording.exactly(key["expires_at"]) if key["expires_at"] else "never"
    scopes = key["scopes"] if key["scopes"] is not None else ["all of its role"]
    limits = ", ".join([*scopes, *(f"only {name}" for name in key["repositories"] or [])])
    return [text(part) for part in (key["id"], key["name"], key["kind"], key["hint"], limits, used, ends)]


@app.command("delete")
def delete_token(
    key_id: Annotated[str, typer.Argument(help="The key's id, from crewhall token list.", show_default=False)],
    yes: Yes = False,
) -> None:
    """Delete an API key: whoever uses it is locked out at once."""
    output.confirm(f"Delete the API key {key_id}?", yes)
    with client.open_hub() as hub:
        hub.call("DELETE", f"{KEYS}/{path_piece(key_id)}")
    say(f"Deleted. Nobody can use the key {key_id} any more")


def read_end(text: str, now: datetime) -> str:
    """An instant from `30d`, `12h`, `1y` or a day."""
    found = re.fullmatch(r"(\d{1,4})([hdwy])", text.strip().lower())
    if found:
        return (now + int(found[1]) * UNITS[found[2]]).isoformat()
    instant = read_instant(text, end=True)
    if instant is None:
        raise Misused(f"{text!r} is no end", "It looks like 30d, 12h or 2026-12-01")
    return instant
