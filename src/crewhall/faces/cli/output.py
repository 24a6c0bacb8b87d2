"""Writing to the terminal: plain when it is none, JSON when asked, and never a control character that somebody else wrote.

What the hall sends reaches the screen only as `rich.text.Text`, which is never read as markup, after wording.py made
everything visible in it.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import typer

from crewhall.faces.cli import wording
from crewhall.faces.cli.trouble import Misused, Trouble

if TYPE_CHECKING:
    import httpx2
    from rich.console import Console
    from rich.text import Text

_errors_as_json: ContextVar[bool] = ContextVar("errors as JSON", default=False)


def _speak_json(wanted: bool) -> bool:
    """Who asks for JSON gets its errors so, too."""
    _errors_as_json.set(wanted)
    return wanted


AsJson = Annotated[bool, typer.Option("--json", callback=_speak_json, help="Print the API's JSON as it is.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]

WIDE = 10_000  # a pipe cuts nothing off
_BARE = re.compile("[\x7f-\x9f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff\U000e0000-\U000e007f]")


def console() -> Console:
    """The terminal, or a wide page without colours where there is none. NO_COLOR is respected."""
    from rich.console import Console

    width = None if sys.stdout.isatty() else WIDE
    return Console(file=sys.stdout, width=width, highlight=False, markup=False, emoji=False, soft_wrap=False)


def say(*parts: object) -> None:
    """A line of our own words and values of others."""
    typer.echo(wording.line(" ".join(map(str, parts))))


def note(text: str) -> None:
    """A line for the person, not for the pipe."""
    typer.echo(wording.line(text), err=True)


def complain(trouble: Trouble) -> None:
    """A refusal on the error output: what was wrong, then what to do; after `--json` the API's own error, or one of its shape."""
    if _errors_as_json.get():
        ours = {"error": {"code": trouble.code, "message": trouble.message, "details": {"hints": trouble.hints}}}
        typer.echo(_unobeyed(trouble.answer or json.dumps(ours)), err=True)
        return
    note(trouble.message)
    for hint in trouble.hints:
        note(f"  {hint}")


def text(value: object, style: str = "") -> Text:
    """One line of somebody's text in a table, safe and uninterpreted; cut with an ellipsis where there is no room."""
    from rich.text import Text

    return Text(no_wrap=True, overflow="ellipsis").append(wording.line(value), style)


def words(value: object, style: str = "") -> Text:
    """The same where it stands alone: it wraps instead of being cut."""
    from rich.text import Text

    return Text().append(wording.line(value), style)


def marked(mark: wording.Mark) -> Text:
    """A status or a priority."""
    return text(mark.text, mark.style)


def paragraph(value: object, style: str = "") -> Text:
    """Somebody's text of many lines; it wraps."""
    from rich.text import Text

    return Text(wording.prose(value), style=style)


# Tables -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its head, how wide it may be, and whether it gives way first when there is no room."""

    head: str
    most: int | None = None
    gives_way: bool = False


def table(columns: Sequence[Column], rows: Sequence[Sequence[Text]]) -> None:
    """Aligned columns under dim heads; on a terminal the lines are cut at its width, in a pipe nothing is."""
    from rich.table import Table

    terminal = sys.stdout.isatty()
    grid = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bright_black", show_header=terminal)
    for column in columns:
        cut = column.most if terminal else None
        grid.add_column(column.head, no_wrap=not column.gives_way, max_width=cut)  # rich narrows only what may wrap; its text does not
    for row in rows:
        grid.add_row(*row)
    console().print(grid)


# Progress ---------------------------------------------------------------------------------------------------------


@contextmanager
def progress(what: str, total: int | None = None) -> Iterator[Callable[[int], None]]:
    """A bar on the error output while something long goes on, if somebody looks at it; call what it gives with each step."""
    if not sys.stderr.isatty():
        yield lambda _more: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    parts = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*parts, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(what, total=total)
        yield lambda more: bar.advance(task, more)


# JSON -------------------------------------------------------------------------------------------------------------


def json_of(reply: httpx2.Response) -> None:
    """An answer of the API: in a pipe byte for byte, on a terminal indented."""
    if sys.stdout.isatty() and reply.content:
        print_json(reply.json())
    else:
        typer.echo(reply.text)


def print_json(value: Any) -> None:
    """A value as JSON; what a terminal might obey is escaped in it, which changes no value."""
    written = json.dumps(value, ensure_ascii=False, indent=2 if sys.stdout.isatty() else None)
    typer.echo(_unobeyed(written))


def _unobeyed(written: str) -> str:
    return _BARE.sub(lambda found: json.dumps(found[0])[1:-1], written)


# Asking -----------------------------------------------------------------------------------------------------------


def on_terminal() -> bool:
    """Whether somebody can be asked."""
    return sys.stdin.isatty() and sys.stderr.isatty()


def confirm(question: str, yes: bool) -> None:
    """Go on only with a yes; without a terminal nobody can be asked, and `--yes` is needed."""
    if yes:
        return
    if not on_terminal():
        raise Misused(f"{question} Nobody can be asked here: say --yes")
    if not typer.confirm(wording.line(question), err=True):
        raise typer.Exit(1)


def read_text(given: str) -> str:
    """What was typed, or the standard input for `-`."""
    if given != "-":
        return given
    try:
        return sys.stdin.buffer.read().decode("utf-8")
    except UnicodeDecodeError as error:
        raise Misused(f"The standard input is not UTF-8 (at byte {error.start})") from error


def prepare() -> None:
    """At the start of a run: a terminal that cannot show a character gets its code instead of a traceback."""
    _errors_as_json.set(False)
    for stream in (sys.stdout, sys.stderr):
        with suppress(AttributeError, ValueError):
            stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
