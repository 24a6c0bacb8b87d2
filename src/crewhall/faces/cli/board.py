"""`crewhall board`: the board in the terminal, alive while it is open."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from crewhall.faces.cli import client, output, task_view, wording
from crewhall.faces.cli.client import Hub
from crewhall.faces.cli.output import text, words
from crewhall.faces.cli.stream import Event, Follower, Live, News, Reconnecting, Reset, filters

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.text import Text

COLUMNS = ("not_started", "in_progress", "blocked", "ready_for_review", "completed")
SHOWN = 50  # of each status, as on the page
NARROW = 100  # below this width the columns stand under each other
GAP = 2

Task = Mapping[str, Any]


class Board:
    """What is known of the tasks. The highest version of each wins, whichever way it came."""

    def __init__(self, *, me: str | None = None, repository: str | None = None) -> None:
        self._me = me
        self._repository = (repository or "").lower()
        self._tasks: dict[str, Task] = {}
        self._cut: frozenset[str] = frozenset()
        self.state = "Connecting"

    def load(self, tasks: Sequence[Task], cut: frozenset[str] = frozenset()) -> None:
        """Begin anew with these; of the statuses in `cut` there are more."""
        self._tasks, self._cut = {task["id"]: task for task in tasks}, cut

    def hear(self, event: Event) -> None:
        task = event.data["task"]
        known = self._tasks.get(task["id"])
        if known is not None and known["version"] > task["version"]:
            return
        if event.type == "task_deleted" or not self._wanted(task):
            self._tasks.pop(task["id"], None)
        else:
            self._tasks[task["id"]] = task

    def _wanted(self, task: Task) -> bool:
        in_repository = not self._repository or (task["repository"] or "").lower() == self._repository
        return in_repository and (self._me is None or task["assignee_id"] == self._me)

    def column(self, status: str) -> list[Task]:
        """The tasks of a status in the order of the board: the largest rank on top."""
        return sorted((task for task in list(self._tasks.values()) if task["status"] == status), key=_rank, reverse=True)

    # How it looks --------------------------------------------------------------------------------------------------

    def drawn(self, width: int, height: int | None) -> RenderableType:
        """Five columns side by side, or under each other where there is no room. `height` None: every card."""
        from rich.console import Group

        head = words("Crewhall", "bold") + words(f"  {self.state}", "green" if self.state == "Live" else "yellow")
        if width < NARROW:
            return Group(head, *self._stacked(height))
        return Group(head, self._side_by_side(width // len(COLUMNS) - GAP, None if height is None else height - 3))

    def _side_by_side(self, width: int, height: int | None) -> RenderableType:
        from rich.console import Group
        from rich.table import Table

        grid = Table(box=None, expand=True, pad_edge=False, padding=(0, GAP, 0, 0))
        cells = []
        for status in COLUMNS:
            tasks = self.column(status)
            grid.add_column(self._head(status, len(tasks)), ratio=1, overflow="ellipsis", no_wrap=True, vertical="top")
            cards = [_card(task, width) for task in tasks]
            most = _fitting(cards, height)
            cells.append(Group(*(line for card in cards[:most] for line in card), *_more(tasks, most)))
        grid.add_row(*cells)
        return grid

    def _head(self, status: str, count: int) -> Text:
        """A column's name and how many it has; `50+` where only the topmost are known."""
        mark = wording.status_mark(status)
        return text(f"{mark.text} {count}{'+' if status in self._cut else ''}", f"bold {mark.style}")

    def _stacked(self, height: int | None) -> Iterator[RenderableType]:
        """Each status with its newest tasks, one line each, as many as there is room for."""
        most = None if height is None else max(1, (height - 2) // len(COLUMNS) - 3)
        for status in COLUMNS:
            tasks = self.column(status)
            yield words("")
            yield self._head(status, len(tasks))
            for task in tasks[:most]:
                yield (
                    text("  ")
                    + task_view.key_of(task)
                    + text("  ")
                    + task_view.title_with_priority(task)
                    + text("  ")
                    + task_view.who(task)
                )
            yield from _more(tasks, most)


def _rank(task: Task) -> tuple[str, str]:
    return task["rank"], task["id"]


def _card(task: Task, width: int) -> list[Text]:
    """A card's lines: whose, the title in at most two, and the space below."""
    about = text(task["key"], "bold") + text(f" {wording.ago(task['updated_at'])}  ", task_view.QUIET) + task_view.who(task)
    return [about, *_folded(task_view.title_with_priority(task), width), text("")]


def _folded(title: Text, width: int) -> list[Text]:
    """A title on one line, or on two; the second is cut where it is still too long."""
    from rich.console import Console

    title.no_wrap = False
    first, *rest = title.wrap(Console(), width) if title.cell_len > width else [title]
    if not rest:
        return [first]
    second = rest[0] if len(rest) == 1 else title[len(first.plain.rstrip()) + 1 :]
    second.no_wrap, second.overflow = True, "ellipsis"
    return [first, second]


def _fitting(cards: Sequence[Sequence[Text]], height: int | None) -> int | None:
    """How many cards have room, with a line for those that have none; None: all."""
    if height is None or sum(map(len, cards)) <= height:
        return None
    used, most = 1, 0
    for card in cards:
        used += len(card)
        if used > height:
            break
        most += 1
    return most


def _more(tasks: Sequence[Task], most: int | None) -> list[Text]:
    hidden = 0 if most is None else len(tasks) - most
    return [text(f"  and {hidden} more", task_view.QUIET)] if hidden > 0 else []


# The command ------------------------------------------------------------------------------------------------------


def show_board(
    mine: Annotated[bool, typer.Option("--mine", "-m", help="Only tasks that are assigned to you.")] = False,
    repository: Annotated[str | None, typer.Option("--repository", "-r", help="Only tasks of this repository.")] = None,
    once: Annotated[bool, typer.Option("--once", help="Print it and leave; so it is without a terminal, too.")] = False,
    as_json: output.AsJson = False,
) -> None:
    """The board, alive in the terminal until Ctrl-C. Narrow terminals have the columns under each other."""
    with client.open_hub() as hub:
        board = Board(me=hub.get("/api/v1/users/me")["id"] if mine else None, repository=repository)
        if once or as_json or not sys.stdout.isatty():
            _print_once(hub, board, mine, repository, as_json)
            return
        _live(hub, board, mine, repository)


def _print_once(hub: Hub, board: Board, mine: bool, repository: str | None, as_json: bool) -> None:
    tasks, cut = _read(hub, mine, repository)
    if as_json:
        output.print_json({"tasks": tasks})
        return
    board.load(tasks, cut)
    board.state = f"as of {wording.exactly(max((task['updated_at'] for task in tasks), default=wording.now()))}"
    screen = output.console()
    screen.print(board.drawn(screen.width if sys.stdout.isatty() else 0, None))


def _read(hub: Hub, mine: bool, repository: str | None) -> tuple[list[Task], frozenset[str]]:
    """The topmost tasks of each column, and the columns that have more."""
    who = "me" if mine else None
    pages = [hub.get("/api/tasks", status=status, user_id=who, repository=repository, order="rank", limit=SHOWN) for status in COLUMNS]
    cut = frozenset(status for status, page in zip(COLUMNS, pages, strict=True) if page["next_cursor"])
    return [task for page in pages for task in page["tasks"]], cut


def _live(hub: Hub, board: Board, mine: bool, repository: str | None) -> None:
    from rich.live import Live as Screen

    terminal = output.console()

    def draw() -> RenderableType:
        return board.drawn(terminal.width, terminal.height)

    with Screen(console=terminal, get_renderable=draw, screen=True, refresh_per_second=2) as screen:
        for news in Follower(hub, filters(mine=mine, repositories=repository)):
            _take(hub, board, news, lambda: _read(hub, mine, repository))
            screen.refresh()


def _take(hub: Hub, board: Board, news: News, read: Any) -> None:
    """Tasks are read after the stream has opened: what changes meanwhile is heard, and the higher version wins."""
    if isinstance(news, Live):
        if board.state == "Connecting":
            board.load(*read())
        board.state = "Live"
    elif isinstance(news, Reset):
        board.load(*read())
    elif isinstance(news, Reconnecting):
        board.state = f"Reconnecting in {news.seconds:.0f} s: {news.reason}"
    elif isinstance(news, Event):
        board.hear(news)
