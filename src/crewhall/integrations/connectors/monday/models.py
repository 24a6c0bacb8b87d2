"""What monday.com's operations take and answer."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field, StringConstraints
from typing_extensions import TypedDict

from crewhall.integrations.kit import Paged
from crewhall.kit.model import Model
from crewhall.kit.text import Prose, ShortLine

Number = Annotated[str, StringConstraints(pattern=r"^[0-9]{1,20}$")]
BoardId = Annotated[Number, Field(examples=["1234567890"], description="The board's id, from monday_list_boards.")]
ItemId = Annotated[Number, Field(examples=["2345678901"], description="The item's id, from monday_list_items.")]
Columns = Annotated[
    dict[ShortLine, Any],
    Field(
        max_length=100,
        description='Columns by their ids, each as monday.com takes it: {"status": {"label": "Done"}, "date4": {"date": "2026-12-01"}}.',
    ),
]


class BoardsWanted(Paged):
    """Which boards."""

    workspace_id: Annotated[Number | None, Field(examples=["42"], description="Only those of this workspace.")] = None
    cursor: Annotated[str | None, Field(pattern=r"^[0-9]{1,4}$", examples=["2"], description="next_cursor of the last page.")] = None


class BoardWanted(Model):
    """Which board."""

    board_id: BoardId


class ItemsWanted(Paged):
    """Which items of a board."""

    board_id: BoardId


class NewItem(Model):
    """An item to be made."""

    board_id: BoardId
    name: Annotated[ShortLine, Field(description="What it is called.")]
    group_id: Annotated[
        ShortLine | None, Field(description="The group to put it in, from monday_get_board; the first one when left out.")
    ] = None
    columns: Columns = {}


class ItemChange(Model):
    """An item, and the columns that change."""

    item_id: ItemId
    columns: Annotated[Columns, Field(min_length=1, examples=[{"status": {"label": "Done"}}])]
    board_id: Annotated[Number | None, Field(examples=["1234567890"], description="Its board; asked for when left out.")] = None


class NewUpdate(Model):
    """Something to be said under an item."""

    item_id: ItemId
    body: Annotated[Prose, Field(min_length=1, max_length=20_000, description="What is said; HTML is taken.")]


class WorkspacesWanted(Paged):
    """Which part of the workspaces."""

    cursor: Annotated[str | None, Field(pattern=r"^[0-9]{1,4}$", examples=["2"], description="next_cursor of the last page.")] = None


class Board(TypedDict):
    id: str
    name: str
    description: str
    kind: Annotated[str, Field(description="public, private or share.")]
    workspace: str | None
    items: int | None
    link: str | None


class Column(TypedDict):
    id: str
    title: str
    type: str


class Group(TypedDict):
    id: str
    title: str


class WholeBoard(Board):
    """A board with its columns and groups."""

    columns: list[Column]
    groups: list[Group]


class Value(TypedDict):
    """What a column of an item says; `value` as monday.com keeps it."""

    id: str
    title: str
    type: str
    text: str | None
    value: Any


class Item(TypedDict):
    id: str
    name: str
    group: str | None
    state: str | None
    created_at: str | None
    updated_at: str | None
    link: str | None
    columns: list[Value]


class Workspace(TypedDict):
    id: str | None
    name: str
    kind: str | None
    description: str


class Update(TypedDict):
    """What was said under an item."""

    id: str
    item_id: str
    created_at: str | None


class BoardPage(TypedDict):
    """Boards."""

    boards: list[Board]
    next_cursor: str | None


class ItemPage(TypedDict):
    """Items of a board."""

    items: list[Item]
    next_cursor: str | None


class WorkspacePage(TypedDict):
    """Workspaces."""

    workspaces: list[Workspace]
    next_cursor: str | None
