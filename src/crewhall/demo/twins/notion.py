"""A twin of Notion: a workspace with pages, a database of two data sources and one of one, and people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from crewhall.demo.twins.consent import Consent
from crewhall.demo.twins.twin import Answer, Twin, page_of

VERSION = "2025-09-03"
SINCE = "2026-11-02T08:00:00.000Z"
STATUS = {
    "unauthorized": 401, "restricted_resource": 403, "object_not_found": 404, "conflict_error": 409, "rate_limited": 429,
    "internal_server_error": 500, "service_unavailable": 503,
}  # fmt: skip
WORKSPACE = "231674b6-2cc1-46bc-b742-c5c9fe4b9c73"


def an_id(number: int) -> str:
    return f"393abc1e-edcd-8000-8000-{number:012}"


BOT, TOP, TASKS, MIXED = an_id(9001), an_id(1), an_id(101), an_id(102)
TASK_SOURCE, FIRST_SOURCE, SECOND_SOURCE = an_id(201), an_id(202), an_id(203)


class NotionTwin(Twin):
    """The API at /v1."""

    slug = "notion"

    def __init__(self) -> None:
        super().__init__(Consent(
            "Notion", "/v1/oauth/authorize", "/v1/oauth/token", "/v1/oauth/revoke", {"notion-client": "notion-secret"}, rotates=True,
            life=None, prefix="ntn_", token_auth=("basic",), body=("json",), pkce=False, revoke_by="json", says_scope=False,
            refreshes=True, more={"bot_id": BOT, "workspace_id": WORKSPACE, "workspace_name": "Tidewater"},
        ))  # fmt: skip
        self.fill()

    def fill(self) -> None:
        self.pages = {TOP: _page(TOP, "Onboarding", {"type": "workspace", "workspace": True})}
        self.pages |= {an_id(number): _page(an_id(number), f"Yard {number}", _below(TOP)) for number in range(2, 6)}
        rows = {an_id(number): _row(number) for number in range(301, 308)}
        self.pages |= rows
        self.databases = {TASKS: _database(TASKS, "Tasks", [TASK_SOURCE]), MIXED: _database(MIXED, "Mixed", [FIRST_SOURCE, SECOND_SOURCE])}
        self.sources = {
            one: _source(one, database, name)
            for one, database, name in ((TASK_SOURCE, TASKS, "Tasks"), (FIRST_SOURCE, MIXED, "First"), (SECOND_SOURCE, MIXED, "Second"))
        }
        self.blocks: dict[str, list[dict[str, Any]]] = {
            TOP: [
                _block(501, "heading_1", "Welcome"), _block(502, "paragraph", "The yard is behind the gate."),
                _block(503, "toggle", "More", children=True), _block(504, "to_do", "Get a key", checked=True),
                *(_block(510 + number, "bulleted_list_item", f"Berth {number}") for number in range(1, 5)),
            ],
            an_id(503): [_block(505, "paragraph", "The key hangs left.", children=True)],
            an_id(505): [_block(506, "paragraph", "Very deep.")],
        }  # fmt: skip
        people = [("Ada Lindqvist", "ada"), ("Kofi Mensah", "kofi"), ("Mei Tanaka", "mei")]
        self.users = [_person(number, name, mail) for number, (name, mail) in enumerate(people)] + [_bot()]

    def keys(self) -> dict[str, str]:
        return {"access_token": self.consent.new_token("")}

    def answers(self) -> Sequence[tuple[str, str, Answer]]:
        return [
            ("GET", "/v1/users/me", lambda _request, _given: _bot()),
            ("GET", "/v1/users", lambda request, given: self._list(self.users, given, "user")),
            ("POST", "/v1/search", self._search),
            ("POST", "/v1/pages", self._create),
            ("GET", "/v1/pages/{id}", self._one(lambda: self.pages)),
            ("PATCH", "/v1/pages/{id}", self._change),
            ("GET", "/v1/databases/{id}", self._one(lambda: self.databases)),
            ("GET", "/v1/data_sources/{id}", self._one(lambda: self.sources)),
            ("POST", "/v1/data_sources/{id}/query", self._query),
            ("GET", "/v1/blocks/{id}/children", self._children),
            ("PATCH", "/v1/blocks/{id}/children", self._append),
        ]

    def refuse(self, code: str) -> Response:
        code = "unauthorized" if code in {"invalid_auth", "token_expired", "token_revoked"} else code
        status = STATUS.get(code, 400)
        error = {"object": "error", "status": status, "code": code, "message": f"Said by the twin: {code}", "request_id": "r-1"}
        return JSONResponse(error, status_code=status)

    async def _sound(self, request: Request, answer: Answer, body: bytes) -> Response:
        if request.headers.get("notion-version") != VERSION:
            return self.refuse("missing_version")
        return await super()._sound(request, answer, body)

    def _one(self, held: Any) -> Answer:
        def answer(request: Request, _given: Mapping[str, Any]) -> Any:
            return held().get(request.path_params["id"]) or self.refuse("object_not_found")

        return answer

    def _list(self, rows: Sequence[Any], given: Mapping[str, Any], kind: str) -> Any:
        size = int(given.get("page_size", 100))
        if size > 100:
            return self.refuse("validation_error")
        shown, cursor = page_of(rows, given.get("start_cursor"), size)
        return {"object": "list", "results": shown, "next_cursor": cursor, "has_more": cursor is not None, "type": kind, kind: {}}

    def _search(self, request: Request, given: Mapping[str, Any]) -> Any:
        kind, words = (given.get("filter") or {}).get("value"), str(given.get("query", "")).lower()
        every = [*self.pages.values(), *self.sources.values()]
        found = [one for one in every if kind in (None, one["object"]) and words in _words(one).lower()]
        return self._list(found, given, "page_or_data_source")

    def _create(self, request: Request, given: Mapping[str, Any]) -> Any:
        parent = given["parent"]
        below = {**self.pages, **self.sources}.get(str(parent.get("page_id") or parent.get("data_source_id")))
        if below is None:
            return self.refuse("object_not_found")
        made_id = an_id(7000 + len(self.pages))
        kind = "page_id" if "page_id" in parent else "data_source_id"
        made = _page(made_id, "", {"type": kind, kind: below["id"]})
        self.pages[made_id] = made
        self._set(made, given["properties"])
        self.blocks[made_id] = [self._made(one) for one in given.get("children") or []]
        return made

    def _change(self, request: Request, given: Mapping[str, Any]) -> Any:
        found = self.pages.get(request.path_params["id"])
        if found is None:
            return self.refuse("object_not_found")
        if not self._set(found, given.get("properties") or {}):
            return self.refuse("validation_error")
        found |= {name: given[name] for name in ("in_trash", "archived") if name in given}
        return found

    @staticmethod
    def _set(page: dict[str, Any], properties: Mapping[str, Any]) -> bool:
        for name, value in properties.items():
            if name == "title":
                text = "".join(piece["text"]["content"] for piece in value["title"])
                held = next(one for one in page["properties"].values() if one["type"] == "title")
                held["title"] = _rich(text)
            elif name in page["properties"]:
                page["properties"][name] |= value
            else:
                return False
        return True

    def _query(self, request: Request, given: Mapping[str, Any]) -> Any:
        source = request.path_params["id"]
        if source not in self.sources:
            return self.refuse("object_not_found")
        rows = [one for one in self.pages.values() if one["parent"].get("data_source_id") == source]
        wanted = (given.get("filter") or {}).get("checkbox")
        if wanted is not None:
            rows = [one for one in rows if one["properties"]["Done"]["checkbox"] == wanted["equals"]]
        return self._list(rows, given, "page_or_data_source")

    def _children(self, request: Request, given: Mapping[str, Any]) -> Any:
        held = self.blocks.get(request.path_params["id"])
        if held is None and request.path_params["id"] not in self.pages:
            return self.refuse("object_not_found")
        return self._list(held or [], given, "block")

    def _append(self, request: Request, given: Mapping[str, Any]) -> Any:
        block_id = request.path_params["id"]
        if block_id not in self.pages and block_id not in self.blocks:
            return self.refuse("object_not_found")
        made = [self._made(one) for one in given["children"]]
        self.blocks.setdefault(block_id, []).extend(made)
        return self._list(made, {}, "block")

    def _made(self, given: Mapping[str, Any]) -> dict[str, Any]:
        kind = next(name for name in given if name not in {"object", "type"})
        text = "".join(piece["text"]["content"] for piece in given[kind].get("rich_text", []))
        return _block(8000 + sum(map(len, self.blocks.values())), kind, text)


def _words(one: Mapping[str, Any]) -> str:
    pieces = one["title"] if one["object"] == "data_source" else next(
        held["title"] for held in one["properties"].values() if held["type"] == "title"
    )  # fmt: skip
    return "".join(piece["plain_text"] for piece in pieces)


def _rich(text: str) -> list[dict[str, Any]]:
    look = {"bold": False, "italic": False, "strikethrough": False, "underline": False, "code": False, "color": "default"}
    piece = {"type": "text", "text": {"content": text, "link": None}, "annotations": look, "plain_text": text, "href": None}
    return [piece] if text else []


def _below(page_id: str) -> dict[str, Any]:
    return {"type": "page_id", "page_id": page_id}


def _thing(kind: str, thing_id: str, parent: Mapping[str, Any]) -> dict[str, Any]:
    by = {"object": "user", "id": BOT}
    return {
        "object": kind, "id": thing_id, "created_time": SINCE, "last_edited_time": SINCE, "created_by": by, "last_edited_by": by,
        "cover": None, "icon": None, "parent": dict(parent), "in_trash": False, "archived": False, "is_locked": False,
        "url": f"https://app.notion.com/p/{thing_id.replace('-', '')}", "public_url": None,
    }  # fmt: skip


def _page(page_id: str, title: str, parent: Mapping[str, Any]) -> dict[str, Any]:
    return _thing("page", page_id, parent) | {"properties": {"title": {"id": "title", "type": "title", "title": _rich(title)}}}


def _row(number: int) -> dict[str, Any]:
    source = {"type": "data_source_id", "data_source_id": TASK_SOURCE, "database_id": TASKS}
    person = {"object": "user", "id": an_id(900), "name": "Ada Lindqvist"}
    return _thing("page", an_id(number), source) | {"properties": {
        "Name": {"id": "title", "type": "title", "title": _rich(f"Task {number}")},
        "Done": {"id": "d", "type": "checkbox", "checkbox": number % 2 == 0},
        "Status": {"id": "s", "type": "status", "status": {"id": "1", "name": "In progress", "color": "blue"}},
        "Due": {"id": "u", "type": "date", "date": {"start": "2026-12-01", "end": None, "time_zone": None}},
        "Owner": {"id": "o", "type": "people", "people": [person]},
        "Hours": {"id": "h", "type": "number", "number": number - 300},
        "Late": {"id": "l", "type": "formula", "formula": {"type": "boolean", "boolean": False}},
    }}  # fmt: skip


def _database(database_id: str, title: str, sources: Sequence[str]) -> dict[str, Any]:
    return _thing("database", database_id, _below(TOP)) | {
        "title": _rich(title), "description": [], "is_inline": False, "data_sources": [{"id": one, "name": title} for one in sources],
    }  # fmt: skip


def _source(source_id: str, database_id: str, name: str) -> dict[str, Any]:
    kinds = {
        "Name": "title",
        "Done": "checkbox",
        "Status": "status",
        "Due": "date",
        "Owner": "people",
        "Hours": "number",
        "Late": "formula",
    }
    return _thing("data_source", source_id, {"type": "database_id", "database_id": database_id}) | {
        "title": _rich(name), "description": [], "is_inline": False, "database_parent": _below(TOP),
        "properties": {one: {"id": one.lower(), "name": one, "description": None, "type": kind, kind: {}} for one, kind in kinds.items()},
    }  # fmt: skip


def _block(number: int, kind: str, text: str, *, children: bool = False, **more: Any) -> dict[str, Any]:
    block = _thing("block", an_id(number), _below(TOP))
    return block | {"has_children": children, "type": kind, kind: {"rich_text": _rich(text), "color": "default", **more}}


def _person(number: int, name: str, mail: str) -> dict[str, Any]:
    person = {"email": f"{mail}@tidewater.example", "email_verified": True}
    return {"object": "user", "id": an_id(900 + number), "name": name, "avatar_url": None, "type": "person", "person": person}


def _bot() -> dict[str, Any]:
    owner = {"type": "workspace", "workspace": True}
    bot = {"owner": owner, "workspace_name": "Tidewater", "workspace_id": WORKSPACE}
    return {"object": "user", "id": BOT, "name": "Crewhall", "avatar_url": None, "type": "bot", "bot": bot}
