"""The command line: a client of a running hall. It never imports the server.

Exit codes: 0 done, 1 refused, 2 wrong usage, 3 no hall answers, 4 not signed in, 130 Ctrl-C (trouble.py).
"""

from __future__ import annotations

import os
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from crewhall import __version__
from crewhall.faces.cli import (
    board,
    call,
    clickup,
    completion,
    doctor,
    mcp,
    moving,
    output,
    profiles,
    signing_in,
    tasks,
    timekeeping,
    tokens,
    watch,
    work,
)
from crewhall.faces.cli.trouble import Misused, Trouble

DEBUG = "CREWHALL_DEBUG"
UNLIKE_US = (KeyError, TypeError, ValueError, AttributeError, IndexError)
NOT_TEXT = "Something that was typed is not text: the terminal and the program disagree about its encoding"
MISMATCH = ("Compare the versions: crewhall doctor", f"See where it happens: {DEBUG}=1")


class Program(TyperGroup):
    """Every command of ours ends in an answer or in a Trouble, which is shown here and nowhere else."""

    def main(self, *arguments: Any, **options: Any) -> Any:
        completion.prepare()
        return super().main(*arguments, **{"complete_var": completion.VARIABLE} | options)

    def invoke(self, ctx: Any) -> Any:
        output.prepare()
        try:
            return super().invoke(ctx)
        except Trouble as trouble:
            raise _left(trouble) from trouble
        except UnicodeEncodeError as error:
            raise _left(Misused(NOT_TEXT, "Use UTF-8")) from error
        except UNLIKE_US as error:  # a face's outermost layer: a hall of another version may answer in another shape
            if DEBUG in os.environ or ctx.invoked_subcommand not in CLIENTS:
                raise
            raise _left(Trouble(f"The hall's answer is not understood here ({type(error).__name__}: {error})", *MISMATCH)) from error


def _left(trouble: Trouble) -> typer.Exit:
    """Say what was wrong; answers the end of the program."""
    output.complain(trouble)
    return typer.Exit(trouble.exit_code)


program = typer.Typer(
    name="crewhall", cls=Program, no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False,
    help="One hall where a team's tasks, time, tools and people meet, for people and for AI agents.",
)  # fmt: skip


def _tell_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"crewhall {__version__}")
        raise typer.Exit


@program.callback()
def options(
    profile: Annotated[str | None, typer.Option("--profile", help="Speak to the hall of this profile.")] = None,
    version: Annotated[bool, typer.Option("--version", callback=_tell_version, is_eager=True, help="Tell the version.")] = False,
) -> None:
    """The options of every command."""
    profiles.choose(profile)


WORK, ACCESS, MACHINES = "Daily work", "Signing in", "For scripts, agents and operators"

program.add_typer(tasks.app, name="task", rich_help_panel=WORK)
program.add_typer(work.app, name="work", rich_help_panel=WORK)
program.add_typer(timekeeping.app, name="time", rich_help_panel=WORK)
program.add_typer(clickup.app, name="clickup", rich_help_panel=WORK)
program.command("board", rich_help_panel=WORK)(board.show_board)
program.command("watch", rich_help_panel=WORK)(watch.watch)
program.command("import", rich_help_panel=WORK)(moving.import_file)
program.command("export", rich_help_panel=WORK)(moving.export_file)
program.command("login", rich_help_panel=ACCESS)(signing_in.login)
program.command("logout", rich_help_panel=ACCESS)(signing_in.logout)
program.command("whoami", rich_help_panel=ACCESS)(signing_in.whoami)
program.add_typer(signing_in.app, name="profiles", rich_help_panel=ACCESS)
program.add_typer(tokens.app, name="token", rich_help_panel=ACCESS)
program.command("doctor", rich_help_panel=MACHINES)(doctor.run_checks)
program.command("call", rich_help_panel=MACHINES)(call.call)
program.command("mcp", rich_help_panel=MACHINES)(mcp.run_bridge)
program.command("completion", rich_help_panel=MACHINES)(completion.print_script)

CLIENTS = frozenset({*(command.name for command in program.registered_commands), *(group.name for group in program.registered_groups)})
"""The commands of this face. What is added to the program elsewhere (`up`) runs the server, whose errors are its own."""
