"""A twin of monday.com: an account with boards. All its refusals but that of a token have status 200."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from crewhall.demo.twins import graph
from crewhall.demo.twins.consent import Consent
from crewhall.demo.twins.twin import Answer, Twin, page_of

SCOPES = "me:read boards:read boards:write workspaces:read users:read updates:read updates:write"
ACCOUNT = {"id": "7001", "name": "Tidewater", "slug": "tidewater"}
ME = {"id": "8001", "name": "Ada Lindqvist", "email": "ada@tidewater.example", "account": ACCOUNT}
SINCE = "2026-11-02T08:00:00Z"
BUSY = ("COMPLEXITY_BUDGET_EXHAUSTED", "maxConcurrencyExceeded")


class MondayTwin(Twin):
    """The GraphQL API at /v2."""

    slug = "monday"

    def __init__(self) -> None:
        super().__init__(Consent(
            "monday.com", "/oauth2/authorize", "/oauth2/token", None, {"monday-client": "monday-secret"}, rotates=False, life=None,
            prefix="eyJtb25kYXk.", token_auth=("post",), body=("form",), pkce=False,
        ))  # fmt: skip
        self.fill()

    def fill(self) -> None:
        self.complexity = 5_000_000
        self.workspaces = [
            {"id": str(50 + number), "name": name, "kind": "open", "description": f"All about the {name.lower()}"}
            for number, name in enumerate(["Yard", "Office", "Boats"])
        ]
        self.boards = [self._board(number) for number in range(1, 6)]
        self.items = {
            board["id"]: [_item(int(board["id"]) * 100 + number, f"Berth {number}", board) for number in range(1, 8)]
            for board in self.boards
        }
        self.updates: list[dict[str, Any]] = []

    def _board(self, number: int) -> dict[str, Any]:
        columns = [("status", "Status", "status"), ("date4", "Due", "date"), ("mirror", "Crane", "mirror")]
        return {
            "id": str(9000 + number), "name": f"Board {number}", "description": "What is to be done" if number == 1 else None,
            "board_kind": "public", "items_count": 7, "url": f"https://tidewater.monday.com/boards/{9000 + number}",
            "workspace": self.workspaces[number % 3], "state": "active",
            "columns": [{"id": one, "title": title, "type": kind, "archived": False} for one, title, kind in columns],
            "groups": [{"id": "topics", "title": "This week", "archived": False, "deleted": False}],
        }  # fmt: skip

    def keys(self) -> dict[str, str]:
        return {"access_token": self.consent.new_token(SCOPES)}

    def answers(self) -> Sequence[tuple[str, str, Answer]]:
        return [("POST", "/v2", self._graph)]

    def refuse(self, code: str) -> Response:
        if code in {"invalid_auth", "token_expired", "token_revoked"}:
            return JSONResponse(
                {"errors": [{"message": "Not Authenticated", "extensions": {"code": "NOT_AUTHENTICATED"}}]}, status_code=401
            )
        more: dict[str, Any] = {"code": code, "status_code": 200} | ({"retry_in_seconds": 42} if code in BUSY else {})
        return JSONResponse({"errors": [{"message": f"Said by the twin: {code}", "extensions": more}], "data": None})

    def _graph(self, request: Request, given: Mapping[str, Any]) -> Any:
        if not request.headers.get("api-version"):
            return self.refuse("InvalidVersionException")
        resolvers: dict[str, graph.Resolver] = {
            "complexity": lambda _: {"after": self.complexity, "before": self.complexity, "query": 10, "reset_in_x_seconds": 37},
            "me": lambda _: ME, "boards": self._boards, "items": self._items, "workspaces": lambda one: _page(self.workspaces, one),
            "next_items_page": self._more_items, "create_item": self._create_item, "create_update": self._create_update,
            "change_multiple_column_values": self._change,
        }  # fmt: skip
        try:
            return {"data": graph.answer(given["query"], given.get("variables") or {}, resolvers), "extensions": {"request_id": "r-1"}}
        except graph.GraphError as error:
            return self.refuse("undefinedField" if "field" in str(error) else "ParseError")
        except LookupError as error:
            return self.refuse(str(error.args[0]))

    def _boards(self, given: Mapping[str, Any]) -> Any:
        if given.get("ids"):
            return [self._with_items(one) for one in self.boards if one["id"] in given["ids"]]
        spaces = given.get("workspace_ids")
        return _page([one for one in self.boards if not spaces or one["workspace"]["id"] in spaces], given)

    def _with_items(self, board: Mapping[str, Any]) -> dict[str, Any]:
        return {**board, "items_page": lambda given: self._items_page(board["id"], None, int(given.get("limit") or 25))}

    def _items_page(self, board_id: str, cursor: str | None, limit: int) -> dict[str, Any]:
        rows, after = page_of(self.items[board_id], cursor, limit)
        return {"cursor": f"{board_id}/{after}" if after else None, "items": rows}

    def _more_items(self, given: Mapping[str, Any]) -> Any:
        board_id, _, cursor = str(given["cursor"]).partition("/")
        if board_id not in self.items:
            raise LookupError("InvalidCursorException")
        return self._items_page(board_id, cursor, int(given["limit"]))

    def _items(self, given: Mapping[str, Any]) -> Any:
        return [one for held in self.items.values() for one in held if one["id"] in given["ids"]]

    def _create_item(self, given: Mapping[str, Any]) -> Any:
        board = next((one for one in self.boards if one["id"] == given["board_id"]), None)
        if board is None:
            raise LookupError("InvalidBoardIdException")
        held = self.items[board["id"]]
        made = _item(int(board["id"]) * 100 + len(held) + 1, given["item_name"], board)
        self._set(made, given.get("column_values"))
        held.append(made)
        return made

    def _change(self, given: Mapping[str, Any]) -> Any:
        found = next((one for one in self.items.get(given["board_id"], []) if one["id"] == given["item_id"]), None)
        if found is None:
            raise LookupError("InvalidItemIdException" if given["board_id"] in self.items else "InvalidBoardIdException")
        self._set(found, given["column_values"])
        return found

    @staticmethod
    def _set(item: Mapping[str, Any], columns: str | None) -> None:
        known = {one["id"]: one for one in item["column_values"]}
        for name, value in json.loads(columns or "{}").items():
            if name not in known:
                raise LookupError("InvalidColumnIdException")
            known[name] |= {"value": json.dumps(value), "text": next(iter(value.values())) if isinstance(value, dict) else str(value)}

    def _create_update(self, given: Mapping[str, Any]) -> Any:
        if not self._items({"ids": [given["item_id"]]}):
            raise LookupError("InvalidItemIdException")
        made = {"id": str(4000 + len(self.updates)), "item_id": given["item_id"], "created_at": SINCE, "body": given["body"]}
        self.updates.append(made)
        return made


def _page(rows: Sequence[Any], given: Mapping[str, Any]) -> list[Any]:
    limit, page = int(given.get("limit") or 25), int(given.get("page") or 1)
    return list(rows[(page - 1) * limit : page * limit])


def _item(number: int, name: str, board: Mapping[str, Any]) -> dict[str, Any]:
    values: list[dict[str, Any]] = [
        {"__typename": "StatusValue", "id": "status", "type": "status", "text": "Working on it", "value": '{"index":0}'},
        {"__typename": "DateValue", "id": "date4", "type": "date", "text": "2026-12-01", "value": '{"date":"2026-12-01"}'},
        {"__typename": "MirrorValue", "id": "mirror", "type": "mirror", "text": None, "value": None, "display_value": "The big one"},
    ]
    titles = {one["id"]: {"title": one["title"]} for one in board["columns"]}
    return {
        "id": str(number), "name": name, "state": "active", "created_at": SINCE, "updated_at": SINCE, "group": board["groups"][0],
        "board": {"id": board["id"]}, "url": f"{board['url']}/pulses/{number}",
        "column_values": [{**value, "column": titles[value["id"]]} for value in values],
    }  # fmt: skip
