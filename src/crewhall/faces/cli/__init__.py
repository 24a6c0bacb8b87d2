"""The command line: a client of a running hall. It never imports the server."""

from __future__ import annotations

from typing import Annotated

import typer

from crewhall import __version__

program = typer.Typer(
    name="crewhall", no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False,
    help="One hall where a team's tasks, time, tools and people meet, for people and for AI agents.",
)  # fmt: skip


def _tell_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"crewhall {__version__}")
        raise typer.Exit


@program.callback()
def options(
    version: Annotated[bool, typer.Option("--version", callback=_tell_version, is_eager=True, help="Tell the version.")] = False,
) -> None:
    """The options of every command."""
