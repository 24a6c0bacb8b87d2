"""The page of the command line and the program say the same."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer.main

from crewhall.faces.cli import program, trouble

importlib.import_module("crewhall.__main__")  # it adds the commands that run the server

PAGE = (Path(__file__).parents[2] / "docs" / "guide" / "command-line.md").read_text("utf-8")
ROOM = (Path(__file__).parents[2] / "docs" / "rooms" / "cli.md").read_text("utf-8")
FOLDER = Path(__file__).parents[2] / "src/crewhall/faces/cli"


def _commands(command: Any, name: str) -> Iterator[tuple[str, Any]]:
    for word, inner in getattr(command, "commands", {}).items():
        yield f"{name} {word}", inner
        yield from _commands(inner, f"{name} {word}")


COMMANDS = [(name, command) for name, command in _commands(typer.main.get_command(program), "crewhall") if not hasattr(command, "commands")]
every_command = pytest.mark.parametrize(("name", "command"), COMMANDS, ids=[name for name, _ in COMMANDS])


@every_command
def test_every_command_is_on_the_page(name: str, command: Any) -> None:
    assert f"`{name}" in PAGE


@every_command
def test_every_command_and_option_says_what_it_is_for(name: str, command: Any) -> None:
    assert (command.help or "").strip()
    assert [] == [parameter.name for parameter in command.params if parameter.name != "help" and not getattr(parameter, "help", None)]


def test_every_exit_code_is_on_the_page() -> None:
    codes = {kind.exit_code for kind in vars(trouble).values() if isinstance(kind, type) and issubclass(kind, trouble.Trouble)}

    assert [] == [code for code in codes if f"\n| {code} |" not in PAGE]


def test_every_file_of_the_command_line_is_in_its_room() -> None:
    assert [] == [path.name for path in FOLDER.glob("*.py") if f"`{path.name}`" not in ROOM]
