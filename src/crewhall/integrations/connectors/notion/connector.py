"""Notion. A database holds data sources since 2025-09-03: rows are asked of these, not of the database."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from crewhall.integrations.connectors.notion import models as m
from crewhall.integrations.connectors.notion import reading
from crewhall.integrations.connectors.notion.manifest import MANIFEST, VERSION
from crewhall.integrations.kit import (
    Ask,
    Connector,
    ConnectorError,
    Missing,
    NeedsReconnect,
    PlatformBusy,
    PlatformUnreadable,
    operation,
)
from crewhall.kit.capability import Kind
from crewhall.kit.errors import ValidationFailed

MOST_CALLS = 60
"""For one page's content. At three requests a second, more would take longer than anybody waits."""
MOST_SOURCES = 20


class Notion(Connector):
    """What is shared with one integration of a workspace."""

    manifest = MANIFEST

    def proof(self, token: str) -> Mapping[str, str]:
        return {"authorization": f"Bearer {token}", "notion-version": VERSION}

    def error_of(self, status: int, body: Any) -> str | None:
        return str(body.get("code") or "error") if isinstance(body, dict) and body.get("object") == "error" else None

    async def _patch(self, path: str, body: Any, *, again: bool) -> Any:
        return await self.send(Ask("PATCH", self.url(path), json=body, again=again))

    async def whoami(self) -> dict[str, Any]:
        me = await self.get("v1/users/me")
        bot = me.get("bot") or {}
        return {
            "id": f"{bot.get('workspace_id') or 'workspace'}/{me['id']}",
            "name": f"{bot.get('workspace_name') or 'Notion'}, as {me.get('name') or 'integration'}",
            "workspace": bot.get("workspace_name"),
        }

    @operation(
        aliases=("search_notion", "find_in_notion"),
        questions=("Find the page about onboarding in Notion.", "Which Notion databases are there?", "What changed in Notion last?"),
    )
    async def search(self, wanted: m.SearchWanted) -> m.FoundPage:
        """Pages and data sources that are shared with the integration, by words of their titles."""
        body: dict[str, Any] = {"page_size": wanted.limit, "sort": {"direction": "descending", "timestamp": "last_edited_time"}}
        if wanted.query:
            body["query"] = wanted.query
        if wanted.kind:
            body["filter"] = {"property": "object", "value": "page" if wanted.kind == "page" else "data_source"}
        page = await self.post("v1/search", json=_with_cursor(body, wanted.cursor), again=True)
        return m.FoundPage(results=[reading.found(one) for one in _rows(page)], next_cursor=_next(page))

    @operation(
        aliases=("notion_page", "show_notion_page"),
        questions=("Show this Notion page.", "What are the properties of the page?", "Who owns this row in Notion?"),
    )
    async def get_page(self, wanted: m.PageWanted) -> m.Page:
        """One page with its properties, without what stands in it."""
        return reading.page(await self.get(f"v1/pages/{wanted.page_id}"))

    @operation(
        aliases=("read_notion_page", "notion_text"),
        questions=("Read the Notion page.", "What does the onboarding page say?", "Give me the text of this page."),
    )
    async def get_page_content(self, wanted: m.ContentWanted) -> m.Content:
        """What stands in a page, as text and block by block, with blocks within blocks."""
        walk = _Walk(self, wanted)
        await walk.below(wanted.page_id, 0)
        return m.Content(page_id=wanted.page_id, text=reading.together(walk.blocks), blocks=walk.blocks, missing=walk.missing)

    @operation(
        kind=Kind.OUTWARD,
        aliases=("notion_new_page", "write_notion_page"),
        questions=("Make a Notion page for the meeting.", "Add a row to the Notion database.", "Write this down in Notion."),
    )
    async def create_page(self, wanted: m.NewPage) -> m.Page:
        """Make a page below another page, or a row in a database."""
        body: dict[str, Any] = {
            "parent": await self._parent(wanted), "properties": {**wanted.properties, "title": {"title": reading.rich(wanted.title)}},
        }  # fmt: skip
        if wanted.text:
            body["children"] = _at_most(reading.paragraphs(wanted.text))
        return reading.page(await self.post("v1/pages", json=body))

    async def _parent(self, wanted: m.NewPage) -> dict[str, str]:
        if wanted.parent_type == "page":
            return {"page_id": wanted.parent_id}
        source = wanted.parent_id if wanted.parent_type == "data_source" else await self._source_of(wanted.parent_id)
        return {"type": "data_source_id", "data_source_id": source}

    @operation(
        kind=Kind.OUTWARD,
        aliases=("notion_change_page", "set_notion_property"),
        questions=("Set the Notion row to done.", "Rename the Notion page.", "Put this page into the trash."),
    )
    async def update_page(self, wanted: m.PageChange) -> m.Page:
        """Change a page's title or properties, or put it into the trash."""
        properties = dict(wanted.properties)
        if wanted.title is not None:
            properties["title"] = {"title": reading.rich(wanted.title)}
        body: dict[str, Any] = {"properties": properties} if properties else {}
        if wanted.in_trash is not None:
            body["in_trash"] = wanted.in_trash
        return reading.page(await self._patch(f"v1/pages/{wanted.page_id}", body, again=True))

    @operation(
        aliases=("query_notion", "notion_rows"),
        questions=("Which rows of the Notion database are open?", "List the tasks in Notion.", "Filter the database by owner."),
    )
    async def query_database(self, wanted: m.Query) -> m.RowPage:
        """Rows of a database, filtered and sorted as Notion does it."""
        source = wanted.data_source_id or await self._source_of(wanted.database_id)
        body: dict[str, Any] = {name: value for name, value in (("filter", wanted.filter), ("sorts", wanted.sorts)) if value}
        body["page_size"] = wanted.limit
        page = await self.post(f"v1/data_sources/{source}/query", json=_with_cursor(body, wanted.cursor), again=True)
        return m.RowPage(rows=[reading.page(one) for one in _rows(page)], next_cursor=_next(page))

    async def _source_of(self, database_id: str) -> str:
        """The data source of a database; ValidationFailed names them where there are several."""
        sources = (await self.get(f"v1/databases/{database_id}"))["data_sources"]
        if len(sources) == 1:
            return str(sources[0]["id"])
        if not sources:
            raise PlatformUnreadable("Notion shows no data source of this database: it may be linked from elsewhere", status_code=200)
        raise ValidationFailed.of(
            "data_source_id", f"this database has {len(sources)} data sources: name one of them, from notion_get_database",
            candidates=[{"id": str(one["id"])} for one in sources[:MOST_SOURCES]],
        )  # fmt: skip

    @operation(
        aliases=("notion_database", "database_properties"),
        questions=("Which properties does the Notion database have?", "What data sources are in it?", "Show the Notion database."),
    )
    async def get_database(self, wanted: m.DatabaseWanted) -> m.Database:
        """A database with its data sources, and the properties of each."""
        found = await self.get(f"v1/databases/{wanted.database_id}")
        sources: list[m.Source] = []
        missing: list[Missing] = []
        for one in found["data_sources"][:MOST_SOURCES]:
            try:
                sources.append(reading.source(await self.get(f"v1/data_sources/{one['id']}")))
            except (NeedsReconnect, PlatformBusy):
                raise
            except ConnectorError as trouble:
                missing.append(Missing(what=str(one["id"]), reason=trouble.message))
        return m.Database(
            id=found["id"], title=reading.plain(found["title"]), link=found.get("url"), in_trash=bool(found.get("in_trash")),
            data_sources=sources, missing=missing,
        )  # fmt: skip

    @operation(
        kind=Kind.OUTWARD,
        aliases=("append_to_notion", "write_to_notion"),
        questions=("Add this paragraph to the Notion page.", "Append the minutes to the page.", "Write these points below the heading."),
    )
    async def append_block_children(self, wanted: m.NewBlocks) -> m.Written:
        """Write text or blocks at the end of a page, or within a block."""
        blocks = _at_most([*reading.paragraphs(wanted.text or ""), *wanted.blocks])
        made = await self._patch(f"v1/blocks/{wanted.block_id}/children", {"children": blocks}, again=False)
        return m.Written(block_id=wanted.block_id, blocks=[str(one["id"]) for one in _rows(made)])

    @operation(
        aliases=("notion_people", "notion_members"),
        questions=("Who is in our Notion?", "What is Ada's Notion id?", "List the users of the Notion workspace."),
    )
    async def list_users(self, wanted: m.UsersWanted) -> m.UserPage:
        """People and integrations of the workspace, with their ids."""
        page = await self.get("v1/users", {"page_size": wanted.limit, "start_cursor": wanted.cursor})
        return m.UserPage(users=[reading.user(one) for one in _rows(page)], next_cursor=_next(page))


class _Walk:
    """Through a page from its top to its end. What cannot be read, or lies too deep, is named and hides nothing else."""

    def __init__(self, notion: Notion, wanted: m.ContentWanted) -> None:
        self._notion = notion
        self._wanted = wanted
        self._calls = 0
        self._begun: set[str] = set()
        self.blocks: list[m.Block] = []
        self.missing: list[Missing] = []

    async def below(self, block_id: str, depth: int) -> None:
        cursor: str | None = None
        self._begun.add(block_id)
        while True:
            if self._calls >= MOST_CALLS or len(self.blocks) >= self._wanted.limit:
                self.missing.append(Missing(what=block_id, reason="the page is longer than was asked for: raise limit"))
                return
            self._calls += 1
            query = {"page_size": reading.MOST_BLOCKS, "start_cursor": cursor}
            page = await self._notion.get(f"v1/blocks/{block_id}/children", query)
            for one in _rows(page):
                await self._one(one, depth)
            before, cursor = cursor, _next(page)
            if cursor is None:
                return
            if cursor == before:
                raise PlatformUnreadable("Notion gives the same page again and again")

    async def _one(self, one: Mapping[str, Any], depth: int) -> None:
        if len(self.blocks) >= self._wanted.limit:
            return
        self.blocks.append(reading.block(one, depth))
        if not one.get("has_children") or one["type"] in {"child_page", "child_database"}:
            return
        if depth + 1 >= self._wanted.depth:
            self.missing.append(Missing(what=str(one["id"]), reason="it lies deeper than was asked for: raise depth"))
        elif one["id"] not in self._begun:
            await self._within(str(one["id"]), depth + 1)

    async def _within(self, block_id: str, depth: int) -> None:
        try:
            await self.below(block_id, depth)
        except (NeedsReconnect, PlatformBusy):
            raise  # the others would meet the same
        except ConnectorError as trouble:
            self.missing.append(Missing(what=block_id, reason=trouble.message))


def _with_cursor(body: dict[str, Any], cursor: str | None) -> dict[str, Any]:
    return body | ({"start_cursor": cursor} if cursor else {})


def _rows(page: Mapping[str, Any]) -> list[Any]:
    rows = page.get("results")
    if not isinstance(rows, list):
        raise PlatformUnreadable("Notion answered without results")
    return rows


def _next(page: Mapping[str, Any]) -> str | None:
    return (page.get("next_cursor") or None) if page.get("has_more") else None


def _at_most(blocks: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Several calls could leave half of it written: so it is one, or none."""
    if len(blocks) > reading.MOST_BLOCKS:
        raise ValidationFailed.of("text", f"makes {len(blocks)} blocks, and Notion takes {reading.MOST_BLOCKS} at once: write it in parts")
    return blocks
