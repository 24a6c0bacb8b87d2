"""`crewhall call`: every capability of the hall by its name, the same over REST and here."""

from __future__ import annotations

import json
import sys
from typing import Annotated, Any

import typer

from crewhall.faces.cli import client, completion, output, wording
from crewhall.faces.cli.client import Hub
from crewhall.faces.cli.openapi import Catalogue, Operation
from crewhall.faces.cli.output import note
from crewhall.faces.cli.trouble import Misused, Refused

DESCRIPTION = "/openapi.json"


def call(
    name: Annotated[str | None, typer.Argument(help="The capability, such as get_tasks.", autocompletion=completion.capabilities)] = None,
    fields: Annotated[list[str] | None, typer.Argument(help="name=value, name:=JSON, or - for an object on the standard input.")] = None,
    given: Annotated[str | None, typer.Option("--json", help="All fields as one JSON object.")] = None,
    listing: Annotated[bool, typer.Option("--list", help="List the capabilities, or those with the words that follow.")] = False,
    describe: Annotated[bool, typer.Option("--describe", help="Show the capability's fields instead of calling it.")] = False,
) -> None:
    """Call a capability of the hall and print its JSON.

    Examples: crewhall call get_tasks status=blocked limit=5 · crewhall call create_task title="Paint the gate" tags=sea,paint ·
    crewhall call --list comment
    """
    words = [word for word in (name, *(fields or [])) if word is not None]
    with client.open_hub(signed_in=False) as hub:
        catalogue = Catalogue(hub.get(DESCRIPTION))
        if listing:
            _print_list(catalogue, " ".join(words))
            return
        if name is None:
            raise Misused("Which capability?", "All of them: crewhall call --list")
        operation = catalogue.find(name)
        if describe:
            _print_fields(operation)
        else:
            _run(hub, operation, _given(operation, fields or [], given))


def _run(hub: Hub, operation: Operation, given: dict[str, Any]) -> None:
    if operation.streams:
        raise Refused(f"{operation.name} never ends", "Follow it with: crewhall watch")
    path, query, body, headers = operation.request(given)
    reply = hub.call(operation.method, path, query=query, body=body, headers=headers, repeatable=operation.repeatable)
    if "json" in reply.headers.get("content-type", ""):
        output.json_of(reply)
    elif reply.text:
        typer.echo(wording.prose(reply.text) if sys.stdout.isatty() else reply.text, nl=False)


def _given(operation: Operation, fields: list[str], whole: str | None) -> dict[str, Any]:
    """One object of the JSON and the single fields; the single ones win."""
    texts = [whole] if whole is not None else []
    texts += [output.read_text(field) for field in fields if field == "-"]
    given: dict[str, Any] = {}
    for text in texts:
        given |= _object(text)
    return given | dict(operation.read(field) for field in fields if field != "-")


def _object(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except ValueError as error:
        raise Misused(f"That is not JSON: {error}") from error
    if not isinstance(found, dict):
        raise Misused("The JSON must be an object, such as {}")
    return found


def _print_list(catalogue: Catalogue, words: str) -> None:
    found = catalogue.with_words(words)
    if not found:
        note(f"No capability has the words {words}")
    columns = [output.Column("Name"), output.Column("What it does", gives_way=True)]
    output.table(columns, [[output.text(one.name, "bold"), output.text(one.summary)] for one in found])


def _print_fields(operation: Operation) -> None:
    output.say(f"{operation.name}: {operation.summary}")
    output.say(f"{operation.method} {operation.path}")
    columns = [output.Column("Field"), output.Column("Type"), output.Column("In"), output.Column("Meaning", gives_way=True)]
    rows = [(name, operation.types[name], place, operation.meanings[name]) for name, place in operation.places.items()]
    output.table(columns, [[output.text(part) for part in row] for row in rows])
