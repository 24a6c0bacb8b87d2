"""On a real terminal: the live board, colours and widths, questions, completion in a shell."""

from __future__ import annotations

import asyncio
import os
import pty
import re
import shlex
import signal
import subprocess
import sys
import termios
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.faces.cli.conftest import Cli
from tests.harness.hall import Hall

pytestmark = pytest.mark.timeout(30)

ESCAPES = re.compile(r"\x1b(\[[0-9;?]*[a-zA-Z]|\][^\x07]*\x07|[()][A-Z0-9])")
PROGRAM = [sys.executable, "-m", "crewhall"]


@dataclass
class Terminal:
    """A program on a pseudo-terminal."""

    process: subprocess.Popen[bytes]
    end: int
    raw: str = ""
    _more: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def shown(self) -> str:
        """Everything that was drawn, without escapes."""
        return ESCAPES.sub("", self.raw)

    def read(self) -> None:
        try:
            self.raw += os.read(self.end, 65536).decode("utf-8", "replace")
        except OSError:  # the program has left
            asyncio.get_running_loop().remove_reader(self.end)
        self._more.set()

    async def shows(self, words: str) -> None:
        """Wait until this is drawn."""
        await self.until(lambda: words in self.shown)

    async def until(self, true: Callable[[], bool]) -> None:
        async with asyncio.timeout(10):
            while not true():
                self._more.clear()
                await self._more.wait()

    async def hides(self) -> None:
        """Wait until what is typed is not echoed: what came before is thrown away by the program."""
        async with asyncio.timeout(10):
            while termios.tcgetattr(self.end)[3] & termios.ECHO:
                await asyncio.sleep(0.01)

    def type(self, text: str) -> None:
        os.write(self.end, text.encode())

    async def left(self) -> int:
        return await asyncio.to_thread(self.process.wait, 10)


@asynccontextmanager
async def terminal(cli: Cli, *arguments: str, columns: int = 80, rows: int = 40, **more: str) -> AsyncIterator[Terminal]:
    end, other = pty.openpty()
    termios.tcsetwinsize(other, (rows, columns))
    ours = {name: value for name, value in cli.environment.items() if value is not None and name not in {"COLUMNS", "NO_COLOR"}}
    kept = {name: value for name, value in os.environ.items() if name not in {"COLUMNS", "LINES", "NO_COLOR"}}
    named = kept | ours | {"TERM": "xterm-256color"} | more
    process = subprocess.Popen([*PROGRAM, *arguments], stdin=other, stdout=other, stderr=other, env=named, start_new_session=True)
    os.close(other)
    screen = Terminal(process, end)
    loop = asyncio.get_running_loop()
    loop.add_reader(end, screen.read)
    try:
        yield screen
    finally:
        loop.remove_reader(end)
        os.close(end)
        if process.poll() is None:
            process.kill()
        await asyncio.to_thread(process.wait, 10)


async def test_the_board_moves_by_itself_and_leaves_quietly(cli: Cli, hall: Hall) -> None:
    task = await hall.make_task("Paint the gate")

    async with terminal(cli, "board", columns=140) as screen:
        await screen.shows("Live")
        await screen.shows("Paint the gate")
        await hall.move(task, "completed")
        await screen.shows("✓ Completed 1")
        await hall.make_task("\x1b[2J".replace("\x1b", "\u009b") + "hostile")
        await screen.shows("\\x9b[2Jhostile")
        screen.process.send_signal(signal.SIGINT)
        code = await screen.left()

    assert 130 == code
    assert not [word for word in ("Traceback", "KeyboardInterrupt", "Abort", "\u009b") if word in screen.raw]
    assert screen.raw.rindex("\x1b[?1049l") > screen.raw.index("\x1b[?1049h"), "the screen of before is back"


async def test_a_list_fits_eighty_columns_in_colour_and_without(cli: Cli, hall: Hall) -> None:
    await hall.make_task(
        "A title that is much too long for a line of a terminal and needs to be cut somewhere", assignee_id="me", priority="critical"
    )

    async with terminal(cli, "task", "list") as coloured, terminal(cli, "task", "list", NO_COLOR="1") as plain:
        assert (0, 0) == (await coloured.left(), await plain.left())
        await coloured.shows("now")
        await plain.shows("now")

    assert coloured.shown == plain.shown
    assert all(len(line) <= 80 for line in coloured.shown.splitlines())
    assert all(word in coloured.shown for word in ("○ Not started", "▲ A title", "…", "◇ robin"))
    assert ("\x1b[36m" in coloured.raw, re.search(r"\x1b\[[0-9;]*3[0-9]", plain.raw)) == (True, None)


@pytest.mark.parametrize(("answer", "status"), [("n\n", 200), ("y\n", 404)])
async def test_a_deletion_asks_first(cli: Cli, hall: Hall, answer: str, status: int) -> None:
    task = await hall.make_task("Paint the gate")

    async with terminal(cli, "task", "delete", task["key"]) as screen:
        await screen.shows("Delete CH-1 'Paint the gate'?")
        screen.type(answer)
        await screen.left()

    deleted = (await hall.rest.get("/api/tasks", params={"deleted": "true"})).json()["tasks"]
    assert (status == 404) == bool(deleted)


async def test_a_password_is_asked_for_without_echo(nobody: Cli, hall: Hall, address: str) -> None:
    async with terminal(nobody, "login", address) as screen:
        await screen.shows("E-mail")
        screen.type(f"{hall.founded.email}\n")
        await screen.shows("Password")
        await screen.hides()
        screen.type(f"{hall.founded.password}\n")
        code = await screen.left()
        await screen.shows("Signed in")

    assert (0, False) == (code, hall.founded.password in screen.raw)


async def test_a_description_is_written_in_the_editor(cli: Cli, hall: Hall, tmp_path: Path) -> None:
    editor = tmp_path / "editor.py"
    editor.write_text("import sys; f = open(sys.argv[1], 'r+'); before = f.read(); f.write(before + ' and more'); f.close()")
    task = await hall.make_task(description="before")

    async with terminal(cli, "task", "edit", task["key"], "--edit", EDITOR=shlex.join([sys.executable, str(editor)])) as screen:
        assert 0 == await screen.left(), screen.shown

    assert "beforebefore and more" == (await hall.rest.get(f"/api/tasks/{task['key']}")).json()["description"]


# Completion -------------------------------------------------------------------------------------------------------


def _completed(cli: Cli, words: str, cursor: int) -> list[str]:
    environment = {name: value for name, value in cli.environment.items() if value is not None}
    asked = {"_CREWHALL_COMPLETE": "complete_bash", "COMP_WORDS": words, "COMP_CWORD": str(cursor)}
    run = subprocess.run([*PROGRAM], env=os.environ | environment | asked, capture_output=True, text=True, timeout=20, check=False)
    assert "" == run.stderr
    return run.stdout.split()


@pytest.mark.parametrize(("words", "cursor", "offered"), [
    ("crewhall ta", 1, ["task"]), ("crewhall task mo", 2, ["move"]), ("crewhall task move CH-", 3, ["CH-1"]),
    ("crewhall task move CH-1 in", 4, ["in-progress"]), ("crewhall call get_task_h", 2, ["get_task_history"]),
])  # fmt: skip
async def test_the_shell_completes_words_keys_and_statuses(cli: Cli, hall: Hall, words: str, cursor: int, offered: list[str]) -> None:
    await hall.make_task()

    assert offered == await asyncio.to_thread(_completed, cli, words, cursor)


async def test_completion_without_a_hall_offers_nothing_and_is_silent(nobody: Cli) -> None:
    assert [] == await asyncio.to_thread(_completed, nobody, "crewhall task show CH-", 3)


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
async def test_the_script_of_a_shell_is_printed(nobody: Cli, shell: str) -> None:
    said = await nobody("completion", shell)

    assert 0 == said.code
    assert f"_CREWHALL_COMPLETE=complete_{shell}" in said.out
