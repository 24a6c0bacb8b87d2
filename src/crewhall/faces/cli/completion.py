"""Completion in the shell: the program's words by typer, and what only the hall knows."""

from __future__ import annotations

import os
from enum import StrEnum
from typing import Annotated

import typer

from crewhall.faces.cli import client, wording
from crewhall.faces.cli.openapi import Catalogue
from crewhall.faces.cli.trouble import Trouble

PROGRAM, VARIABLE = "crewhall", "_CREWHALL_COMPLETE"
OFFERED = 200


class Shell(StrEnum):
    BASH = "bash"
    ZSH = "zsh"
    FISH = "fish"


def print_script(shell: Annotated[Shell, typer.Argument(help="Which shell.", show_default=False)]) -> None:
    """Print the script that completes commands, task keys and statuses.

    Example: crewhall completion bash >> ~/.bashrc
    """
    from typer.completion import get_completion_script  # type: ignore[attr-defined]  # typer documents only its own options for it

    typer.echo(get_completion_script(prog_name=PROGRAM, complete_var=VARIABLE, shell=shell.value))


def prepare() -> None:
    """When a shell asks for completions: let typer answer it. (Done only then; typer itself does it with options that we do not offer.)"""
    if VARIABLE in os.environ:
        from typer.completion import completion_init  # type: ignore[attr-defined]

        completion_init()


def keys(incomplete: str) -> list[tuple[str, str]]:
    """The keys of the newest tasks, with their titles. A hall that does not answer completes nothing and says nothing."""
    try:
        with client.open_hub() as hub:
            page = hub.call("GET", "/api/tasks", query={"limit": OFFERED}, repeatable=False).json()
    except Trouble:
        return []
    begun = incomplete.upper()
    return [(task["key"], wording.line(task["title"])) for task in page["tasks"] if task["key"].startswith(begun)]


def capabilities(incomplete: str) -> list[tuple[str, str]]:
    """The names of what the hall can do."""
    try:
        with client.open_hub(signed_in=False) as hub:
            catalogue = Catalogue(hub.get("/openapi.json"))
    except Trouble:
        return []
    return [(one.name, wording.line(one.summary)) for one in catalogue.operations.values() if one.name.startswith(incomplete)]


def link_kinds(incomplete: str) -> list[tuple[str, str]]:
    """What a task can be to another one, with dashes."""
    offered = [(kind.replace("_", "-"), meaning) for kind, meaning in wording.LINKS.items()]
    return [(word, meaning) for word, meaning in offered if word.startswith(incomplete.lower().replace("_", "-"))]


def statuses(incomplete: str) -> list[tuple[str, str]]:
    """The statuses as they are typed, with dashes."""
    offered = [(status.replace("_", "-"), mark.word) for status, mark in wording.STATUSES.items()]
    return [(word, meaning) for word, meaning in offered if word.startswith(incomplete.lower().replace("_", "-"))]
