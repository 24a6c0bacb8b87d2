"""The program `crewhall`, also as `python -m crewhall`."""

from __future__ import annotations

from typing import Annotated

import typer

from crewhall.faces.cli import program
from crewhall.kit.errors import CannotStart


@program.command()
def up(demo: Annotated[bool, typer.Option("--demo", help="With the demo organisation and its log-in.")] = False) -> None:
    """Start the hall: its database, its web page, its REST and MCP server. Settings come from the environment."""
    # Imported here: every other command is a client of a running hall and must not pay for the server.
    from pydantic import ValidationError

    from crewhall.kit.settings import Settings
    from crewhall.serving import run_until_stopped

    try:
        run_until_stopped(Settings(), demo=demo)
    except CannotStart as refusal:
        _refuse(refusal)
    except ValidationError as error:
        _refuse(CannotStart("; ".join(f"{problem['loc'][0]}: {problem['msg']}" for problem in error.errors(include_url=False))))


def _refuse(refusal: CannotStart) -> None:
    typer.echo(f"Crewhall cannot start. {refusal.message}", err=True)
    raise typer.Exit(refusal.exit_code)


def main() -> None:
    program()


if __name__ == "__main__":
    main()
