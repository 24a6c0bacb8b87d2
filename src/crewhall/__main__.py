"""The program `crewhall`, also as `python -m crewhall`."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from crewhall.faces.cli import program
from crewhall.kit.errors import CannotStart, CrewhallError

# What needs the server is imported in the commands: every other command is a client of a running hall and must not pay for it.

user = typer.Typer(no_args_is_help=True, help="What the operator does for accounts, at the machine itself.")
program.add_typer(user, name="user")
vault = typer.Typer(no_args_is_help=True, help="What the operator does for the secrets in the database, at the machine itself.")
program.add_typer(vault, name="vault")


@program.command()
def up(demo: Annotated[bool, typer.Option("--demo", help="With the demo organisation and its log-in.")] = False) -> None:
    """Start the hall: its database, its web page, its REST and MCP server. Settings come from the environment."""
    from crewhall.kit.settings import Settings
    from crewhall.serving import run_until_stopped

    with _refusals("Crewhall cannot start. "):
        run_until_stopped(Settings(), demo=demo)


@program.command()
def worker() -> None:
    """Run background jobs beside a hall, as many of these as you like: with its DATABASE_URL, or on its CREWHALL_HOME."""
    from crewhall.kit.settings import Settings
    from crewhall.serving import work_until_stopped

    with _refusals("Crewhall cannot start. "):
        work_until_stopped(Settings())


@program.command("new-connector")
def new_connector(
    slug: Annotated[str, typer.Argument(help="The platform's name in small letters, such as acme_board.")],
    title: Annotated[str | None, typer.Option(help="What people call it; made of the name when left out.")] = None,
    root: Annotated[Path, typer.Option(help="The checkout to write into.")] = Path(),
) -> None:
    """Write the folder, the twin and the tests of a new connector into a checkout of Crewhall, to be filled."""
    from crewhall.scaffold import new_connector as write

    with _refusals(""):
        for path in write(root.resolve(), slug, title):
            typer.echo(path)
    typer.echo("Now run `make docs`, and `make test ARGS=tests/connectors`: it passes as it is. Then fill it.")


@user.command()
def reset(email: Annotated[str, typer.Argument(help="The account's e-mail address.")]) -> None:
    """Give an account a new random password, shown once, and end its log-ins. Works on the data folder, not over the network."""
    from crewhall.kit.settings import Settings
    from crewhall.upkeep import print_new_password

    with _refusals(""):
        print_new_password(Settings(), email)


@vault.command()
def rotate() -> None:
    """Encrypt all secrets of the database under a new key: a fresh one, or the first of CREWHALL_ENCRYPTION_KEY. The hall may be open."""
    from crewhall.kit.settings import Settings
    from crewhall.upkeep import print_rotation

    with _refusals(""):
        print_rotation(Settings())


@contextlib.contextmanager
def _refusals(what: str) -> Iterator[None]:
    """What cannot be, said in one sentence that begins with `what`."""
    from pydantic import ValidationError

    try:
        yield
    except CrewhallError as refusal:
        _refuse(refusal, what)
    except ValidationError as error:
        problems = "; ".join(f"{problem['loc'][0]}: {problem['msg']}" for problem in error.errors(include_url=False))
        _refuse(CannotStart(problems), what)


def _refuse(refusal: CrewhallError, what: str) -> None:
    typer.echo(f"{what}{refusal.message}", err=True)
    raise typer.Exit(refusal.exit_code)


def main() -> None:
    program()


if __name__ == "__main__":
    main()
