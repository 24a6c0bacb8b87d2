"""A twin of Otter: the conversations that one key of an Enterprise plan sees. It is limited without a word."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from crewhall.demo.twins.consent import keys_only
from crewhall.demo.twins.twin import Answer, Twin, page_of

STATUS = {"invalid_auth": 401, "token_expired": 401, "token_revoked": 401, "not_enterprise": 403, "not_found": 404, "rate_limited": 429}


class OtterTwin(Twin):
    """The API at /v1."""

    slug = "otter"

    def __init__(self) -> None:
        super().__init__(keys_only("Otter", "ot-"))
        self.fill()

    def fill(self) -> None:
        self.conversations = {f"conv{number:03}": _conversation(number) for number in range(1, 8)}
        self.recordings: list[dict[str, Any]] = []

    def keys(self) -> dict[str, str]:
        return {"access_token": self.consent.new_token("")}

    def answers(self) -> Sequence[tuple[str, str, Answer]]:
        return [
            ("GET", "/v1/workspace", lambda _request, _given: {"data": {"id": "ws-1", "name": "Tidewater"}}),
            ("GET", "/v1/channels", lambda request, given: self._page([{"id": "ch-1", "name": "Yard"}], given)),
            ("GET", "/v1/conversations", self._list),
            ("POST", "/v1/conversations", self._import),
            ("GET", "/v1/conversations/{id}", self._one),
        ]

    def refuse(self, code: str) -> Response:
        status = STATUS.get(code, 400)
        return (
            Response(b"", status_code=429) if status == 429 else JSONResponse({"message": f"Said by the twin: {code}"}, status_code=status)
        )

    def _page(self, rows: Sequence[Any], given: Mapping[str, Any]) -> Any:
        shown, cursor = page_of(rows, given.get("cursor"), int(given.get("limit", 50)))
        return {"meta": {"has_more": cursor is not None, "next_cursor": cursor, "retrieved_at": "2026-11-28T10:00:00Z"}, "data": shown}

    def _list(self, request: Request, given: Mapping[str, Any]) -> Any:
        rows = [{name: value for name, value in one.items() if name != "relationships"} for one in self.conversations.values()]
        return self._page(rows, given)

    def _one(self, request: Request, given: Mapping[str, Any]) -> Any:
        found = self.conversations.get(request.path_params["id"])
        if found is None:
            return self.refuse("not_found")
        wanted = str(given.get("include", "")).split(",")
        parts = {name: value for name, value in found["relationships"].items() if name in wanted}
        return {"meta": {}, "data": {**found, "relationships": parts}}

    def _import(self, request: Request, given: Mapping[str, Any]) -> Any:
        self.recordings.append(dict(given))
        return {"status": "queued", "completed_at": "", "file": given["file"]}


def _conversation(number: int) -> dict[str, Any]:
    text = f"Ada Lindqvist  0:03\nBerth {number} is free.\n\nKofi Mensah  {number}:30\nThen we begin.\n"
    return {
        "id": f"conv{number:03}", "title": f"Berth meeting {number}", "url": f"https://otter.ai/u/conv{number:03}",
        "owner": {"name": "Ada Lindqvist", "email": "ada@tidewater.example"}, "created_at": f"2026-11-{20 + number}T09:00:00Z",
        "process_status": "finished", "conf_join_url": None, "abstract_summary": f"Berth {number} is given away.",
        "calendar_guests": [{"name": "Mei Tanaka", "email": "mei@tidewater.example"}],
        "relationships": {
            "transcript": {"content": text if number > 1 else "", "format": "txt"},
            "action_items": [{"id": "a1", "text": "Paint the gate", "assignee": None}],
        },
    }  # fmt: skip
