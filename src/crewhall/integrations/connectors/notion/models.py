"""What Notion's operations take and answer."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Field, StringConstraints, model_validator
from typing_extensions import TypedDict

from crewhall.integrations.kit import Missing, Paged
from crewhall.kit.model import Model
from crewhall.kit.text import Line, Prose, ShortLine

_ID = re.compile(r"[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}", re.IGNORECASE)


def _dashed(text: str) -> str:
    """An id as Notion writes it: bare, with dashes, or at the end of a page's address."""
    found = _ID.findall(text.partition("?")[0]) or _ID.findall(text)
    if not found:
        raise ValueError("must be an id of Notion or the address of a page: 32 characters of 0-9 and a-f")
    plain = found[-1].replace("-", "").lower()
    return f"{plain[:8]}-{plain[8:12]}-{plain[12:16]}-{plain[16:20]}-{plain[20:]}"


NotionId = Annotated[str, StringConstraints(max_length=500, pattern=_ID.pattern.replace("a-f", "a-fA-F")), AfterValidator(_dashed)]
EXAMPLE = "393abc1e-edcd-8181-8d59-e30a27148c69"
PageId = Annotated[NotionId, Field(examples=[EXAMPLE], description="The page's id or address, from notion_search.")]
DatabaseId = Annotated[NotionId, Field(examples=[EXAMPLE], description="The database's id or address.")]
Properties = Annotated[
    dict[ShortLine, Any],
    Field(
        max_length=100,
        description='Values by the properties\' names, each as Notion takes it: {"Status": {"status": {"name": "Done"}}}.',
    ),
]
Blocks = Annotated[
    list[dict[str, Any]],
    Field(max_length=100, description='Blocks as Notion takes them: [{"paragraph": {"rich_text": [{"text": {"content": "Hello"}}]}}].'),
]
MostText = Annotated[Prose, Field(max_length=50_000)]


class Wanted(Paged):
    """Which part of a list; Notion gives at most 100 at once."""

    limit: Annotated[int, Field(ge=1, le=100, description="How many at the most.")] = 50


class SearchWanted(Wanted):
    """What to look for."""

    query: Annotated[ShortLine | None, Field(description="Words of the title; everything that is shared when left out.")] = None
    kind: Annotated[
        Literal["page", "data_source", "database"] | None, Field(description="Only pages, or only data sources (database means these).")
    ] = None


class UsersWanted(Wanted):
    """Which part of the users."""


class PageWanted(Model):
    """Which page."""

    page_id: PageId


class ContentWanted(PageWanted):
    """Which page, and how much of it."""

    depth: Annotated[int, Field(ge=1, le=8, description="How many levels of blocks within blocks.")] = 4
    limit: Annotated[int, Field(ge=1, le=2000, description="How many blocks at the most.")] = 500


class NewPage(Model):
    """A page to be made."""

    parent_id: Annotated[NotionId, Field(examples=[EXAMPLE], description="Below what: a page's, a database's or a data source's id.")]
    parent_type: Annotated[Literal["page", "database", "data_source"], Field(description="What the parent is.")] = "page"
    title: Annotated[Line, Field(description="What it is called.")]
    properties: Properties = {}
    text: Annotated[MostText | None, Field(description="What stands in it; an empty line begins a new paragraph.")] = None


class PageChange(Model):
    """A page, and what changes of it."""

    page_id: PageId
    title: Annotated[Line | None, Field(description="New title.")] = None
    properties: Properties = {}
    in_trash: Annotated[bool | None, Field(description="true puts it into the trash, false takes it out again.")] = None

    @model_validator(mode="after")
    def _something(self) -> Self:
        if self.title is None and not self.properties and self.in_trash is None:
            raise ValueError("name title, properties or in_trash: nothing else changes")
        return self


class Query(Wanted):
    """Which rows of a database."""

    database_id: DatabaseId
    data_source_id: Annotated[
        NotionId | None, Field(examples=[EXAMPLE], description="Which of its data sources; needed where it has several.")
    ] = None
    filter: Annotated[
        dict[str, Any] | None, Field(description='As Notion takes it: {"property": "Done", "checkbox": {"equals": true}}.')
    ] = None
    sorts: Annotated[
        list[dict[str, Any]] | None, Field(max_length=10, description='Likewise: [{"property": "Name", "direction": "ascending"}].')
    ] = None


class DatabaseWanted(Model):
    """Which database."""

    database_id: DatabaseId


class NewBlocks(Model):
    """What to write at the end of a page or block: text or blocks."""

    block_id: Annotated[NotionId, Field(examples=[EXAMPLE], description="The id of a page or of a block that holds others.")]
    text: Annotated[MostText | None, Field(description="Plain text; an empty line begins a new paragraph.")] = None
    blocks: Annotated[Blocks, Field()] = []

    @model_validator(mode="after")
    def _something(self) -> Self:
        if not self.text and not self.blocks:
            raise ValueError("name text or blocks: there is nothing to write")
        return self


class Found(TypedDict):
    id: str
    kind: Annotated[str, Field(description="page or data_source.")]
    title: str
    link: str | None
    parent: str | None
    edited_at: str | None


class FoundPage(TypedDict):
    """What was found, edited last first."""

    results: list[Found]
    next_cursor: str | None


class Page(TypedDict):
    """A page; its properties as plain values."""

    id: str
    title: str
    link: str | None
    parent: str | None
    in_trash: bool
    created_at: str | None
    edited_at: str | None
    properties: dict[str, Any]


class RowPage(TypedDict):
    """Rows of a database, each of which is a page."""

    rows: list[Page]
    next_cursor: str | None


class Block(TypedDict):
    id: str
    kind: str
    depth: int
    text: str


class Content(TypedDict):
    """What stands in a page, from its top to its end, blocks within blocks deeper."""

    page_id: str
    text: str
    blocks: list[Block]
    missing: list[Missing]


class Source(TypedDict):
    """A data source of a database; `properties` by name, each with its type."""

    id: str
    name: str
    properties: dict[str, str]


class Database(TypedDict):
    """A database with its data sources."""

    id: str
    title: str
    link: str | None
    in_trash: bool
    data_sources: list[Source]
    missing: list[Missing]


class Written(TypedDict):
    """What was written, by the new blocks' ids."""

    block_id: str
    blocks: list[str]


class User(TypedDict):
    id: str
    name: str
    kind: Annotated[str, Field(description="person or bot.")]
    email: str | None


class UserPage(TypedDict):
    """Users of the workspace."""

    users: list[User]
    next_cursor: str | None
