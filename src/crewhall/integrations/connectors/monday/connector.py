"""monday.com. What goes wrong comes with status 200, and what is left of its complexity with every answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from crewhall.integrations.connectors.monday import models as m
from crewhall.integrations.connectors.monday import queries
from crewhall.integrations.connectors.monday.manifest import API_VERSION, BOARDS_READ, BOARDS_WRITE, MANIFEST
from crewhall.integrations.kit import PlatformRefused, operation
from crewhall.integrations.kit.graphql import GraphQLConnector, RawAnswer, RawQuery, require_kind
from crewhall.kit.capability import Kind
from crewhall.kit.json import dumps

TOO_LITTLE = 20_000
"""Points of complexity: a page of items takes more, so with less it is better to wait than to be refused."""


class Monday(GraphQLConnector):
    """An account."""

    manifest = MANIFEST
    path = "v2"

    def proof(self, token: str) -> Mapping[str, str]:
        return {"authorization": token}

    @property
    def headers(self) -> Mapping[str, str]:
        return {"api-version": API_VERSION}

    async def ask(self, query: str, variables: Mapping[str, Any] | None = None, *, again: bool = True, part: str = "") -> dict[str, Any]:
        data = await super().ask(query, variables, again=again, part=part)
        left = data.get("complexity")
        if isinstance(left, dict) and left["after"] < TOO_LITTLE and self._wire is not None:
            await self._wire.rest(part, left["reset_in_x_seconds"])
        return data

    async def whoami(self) -> dict[str, Any]:
        me = (await self.ask(queries.WHO))["me"]
        account = me["account"]
        return {
            "id": f"{account['id']}/{me['id']}",
            "name": f"{account['name']}, as {me['name']}",
            "email": me["email"],
            "account": account["slug"],
        }

    @operation(
        scopes=BOARDS_READ,
        aliases=("monday_boards", "monday_projects"),
        questions=("Which boards are there on monday?", "What is the id of the board Roadmap?", "List the monday.com boards."),
    )
    async def list_boards(self, wanted: m.BoardsWanted) -> m.BoardPage:
        """The boards that the account sees, with their ids."""
        page = int(wanted.cursor or 1)
        given = {"limit": wanted.limit, "page": page, "workspaces": [wanted.workspace_id] if wanted.workspace_id else None}
        rows = (await self.ask(queries.BOARDS, given))["boards"]
        return m.BoardPage(boards=[_board(one) for one in rows if one], next_cursor=_next_page(rows, page, wanted.limit))

    @operation(
        scopes=BOARDS_READ,
        aliases=("monday_board", "board_columns"),
        questions=("Which columns does this monday board have?", "What groups are on the board?", "Show the monday board."),
    )
    async def get_board(self, wanted: m.BoardWanted) -> m.WholeBoard:
        """One board, with the ids of its columns and groups."""
        found = (await self.ask(queries.ONE_BOARD, {"ids": [wanted.board_id]}))["boards"]
        if not found or not found[0]:
            raise _no("board")
        board = found[0]
        columns = [m.Column(id=one["id"], title=one["title"], type=one["type"]) for one in board["columns"] or [] if not one["archived"]]
        groups = [m.Group(id=one["id"], title=one["title"]) for one in board["groups"] or [] if not (one["archived"] or one["deleted"])]
        return m.WholeBoard(**_board(board), columns=columns, groups=groups)

    @operation(
        scopes=BOARDS_READ,
        aliases=("monday_items", "monday_tasks", "board_items"),
        questions=("What is on the monday board?", "Which items are stuck on monday?", "List the items of the board Roadmap."),
    )
    async def list_items(self, wanted: m.ItemsWanted) -> m.ItemPage:
        """The items of a board, with what their columns say."""
        if wanted.cursor:
            page = (await self.ask(queries.MORE_ITEMS, {"cursor": wanted.cursor, "limit": wanted.limit}))["next_items_page"]
        else:
            boards = (await self.ask(queries.ITEMS, {"ids": [wanted.board_id], "limit": wanted.limit}))["boards"]
            if not boards or not boards[0]:
                raise _no("board")
            page = boards[0]["items_page"]
        return m.ItemPage(items=[_item(one) for one in page["items"]], next_cursor=page["cursor"] or None)

    @operation(
        kind=Kind.OUTWARD,
        scopes=BOARDS_WRITE,
        aliases=("monday_add_item", "new_monday_task"),
        questions=("Put this on the monday board.", "Make an item on monday for the leak.", "Add a row to the board Roadmap."),
    )
    async def create_item(self, wanted: m.NewItem) -> m.Item:
        """Put an item on a board."""
        given = {"board": wanted.board_id, "name": wanted.name, "group": wanted.group_id, "columns": _columns(wanted.columns)}
        return _item((await self.ask(queries.CREATE_ITEM, given, again=False))["create_item"])

    @operation(
        kind=Kind.OUTWARD,
        scopes=BOARDS_WRITE,
        aliases=("monday_change_item", "set_monday_status"),
        questions=("Set the monday item to done.", "Move its date on monday.", "Change the columns of this item."),
    )
    async def update_item(self, wanted: m.ItemChange) -> m.Item:
        """Change columns of an item."""
        board = wanted.board_id or await self._board_of(wanted.item_id)
        given = {"board": board, "item": wanted.item_id, "columns": _columns(wanted.columns)}
        return _item((await self.ask(queries.CHANGE_ITEM, given, again=False))["change_multiple_column_values"])

    async def _board_of(self, item_id: str) -> str:
        """monday.com wants the board as well, and refuses a made-up one."""
        found = (await self.ask(queries.BOARD_OF_ITEM, {"ids": [item_id]}))["items"]
        if not found or not found[0]:
            raise _no("item")
        return str(found[0]["board"]["id"])

    @operation(
        kind=Kind.OUTWARD,
        scopes=("updates:write",),
        aliases=("monday_comment", "comment_on_monday"),
        questions=("Comment on the monday item.", "Tell them on monday that it is done.", "Write an update under this item."),
    )
    async def create_update(self, wanted: m.NewUpdate) -> m.Update:
        """Write an update, which is a comment, under an item."""
        said = (await self.ask(queries.CREATE_UPDATE, {"item": wanted.item_id, "body": wanted.body}, again=False))["create_update"]
        return m.Update(id=said["id"], item_id=str(said["item_id"] or wanted.item_id), created_at=said["created_at"])

    @operation(
        scopes=("workspaces:read",),
        aliases=("monday_workspaces", "monday_spaces"),
        questions=("Which workspaces are there on monday?", "List the monday.com workspaces.", "What is the id of the workspace Yard?"),
    )
    async def list_workspaces(self, wanted: m.WorkspacesWanted) -> m.WorkspacePage:
        """The account's workspaces."""
        page = int(wanted.cursor or 1)
        rows = (await self.ask(queries.WORKSPACES, {"limit": wanted.limit, "page": page}))["workspaces"]
        return m.WorkspacePage(workspaces=[_workspace(one) for one in rows if one], next_cursor=_next_page(rows, page, wanted.limit))

    @operation(
        scopes=BOARDS_READ,
        aliases=("monday_graphql", "ask_monday"),
        questions=("Ask monday.com something of my own in GraphQL.", "Run this query on monday.", "Which tags does monday know?"),
    )
    async def run_query(self, wanted: RawQuery) -> RawAnswer:
        """Ask monday.com in GraphQL, for what no other operation asks; it must be a query."""
        require_kind(wanted.query, "query")
        return RawAnswer(data=await self.ask(wanted.query, wanted.variables))

    @operation(
        kind=Kind.OUTWARD,
        scopes=BOARDS_WRITE,
        aliases=("monday_graphql_mutation", "change_monday"),
        questions=("Run this mutation on monday.", "Create a subitem on monday with GraphQL.", "Change something on monday in GraphQL."),
    )
    async def run_mutation(self, wanted: RawQuery) -> RawAnswer:
        """Change something at monday.com in GraphQL, for what no other operation changes; it must be a mutation."""
        require_kind(wanted.query, "mutation")
        return RawAnswer(data=await self.ask(wanted.query, wanted.variables, again=False))


# What monday.com sends, as Crewhall shows it -----------------------------------------------------------------------------------


def _no(what: str) -> PlatformRefused:
    """It does not say so by itself: a list without the thing is all that comes."""
    return PlatformRefused(f"monday.com knows no such {what}, or it is not shared with this account", status_code=200, platform="monday")


def _columns(columns: Mapping[str, Any]) -> str:
    """JSON within a variable: monday.com wants it as text."""
    return dumps(dict(columns)).decode()


def _next_page(rows: list[Any], page: int, limit: int) -> str | None:
    """A page that is not full is the last one: nothing says so otherwise."""
    return str(page + 1) if len(rows) == limit else None


def _board(one: Mapping[str, Any]) -> m.Board:
    return m.Board(
        id=one["id"], name=one["name"], description=one["description"] or "", kind=one["board_kind"],
        workspace=(one["workspace"] or {}).get("name"), items=one["items_count"], link=one["url"],
    )  # fmt: skip


def _item(one: Mapping[str, Any]) -> m.Item:
    return m.Item(
        id=one["id"], name=one["name"], group=(one["group"] or {}).get("title"), state=one["state"], created_at=one["created_at"],
        updated_at=one["updated_at"], link=one["url"], columns=[_value(value) for value in one["column_values"]],
    )  # fmt: skip


def _value(one: Mapping[str, Any]) -> m.Value:
    text = one["text"] or one.get("mirrored") or one.get("related") or None
    return m.Value(id=one["id"], title=one["column"]["title"], type=one["type"], text=text, value=one["value"])


def _workspace(one: Mapping[str, Any]) -> m.Workspace:
    return m.Workspace(id=one["id"], name=one["name"], kind=one["kind"], description=one["description"] or "")
