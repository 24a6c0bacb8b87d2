"""A twin of Granola: the notes that one key sees. One of them is not finished: it is listed, and answers 404."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from crewhall.demo.twins.consent import keys_only
from crewhall.demo.twins.twin import Answer, Twin, page_of

STATUS = {"invalid_auth": 401, "token_expired": 401, "token_revoked": 401, "not_found": 404, "rate_limited": 429}


def note_id(number: int) -> str:
    return f"not_{number:014}"


class GranolaTwin(Twin):
    """The API at /v1."""

    slug = "granola"

    def __init__(self) -> None:
        super().__init__(keys_only("Granola", "grn_"))
        self.fill()

    def fill(self) -> None:
        today = datetime.now(UTC).replace(hour=9, minute=0, second=0, microsecond=0)
        self.notes = {note_id(number): _note(number, today - timedelta(days=7 * number)) for number in range(1, 8)}
        self.unfinished: set[str] = set()
        self.folders = [
            {"id": f"fol_{number}", "name": name, "parent_folder_id": None} for number, name in enumerate(["Yard", "Office", "Boats"])
        ]

    def keys(self) -> dict[str, str]:
        return {"access_token": self.consent.new_token("")}

    def answers(self) -> Sequence[tuple[str, str, Answer]]:
        return [("GET", "/v1/notes", self._list), ("GET", "/v1/notes/{id}", self._one), ("GET", "/v1/folders", self._folders)]

    def refuse(self, code: str) -> Response:
        return JSONResponse({"error": f"Said by the twin: {code}"}, status_code=STATUS.get(code, 400))

    def _page(self, name: str, rows: Sequence[Any], given: Mapping[str, Any]) -> Any:
        shown, cursor = page_of(rows, given.get("cursor"), int(given.get("page_size", 10)))
        return {name: shown, "hasMore": cursor is not None, "cursor": cursor}

    def _list(self, request: Request, given: Mapping[str, Any]) -> Any:
        after, before = str(given.get("created_after", "")), str(given.get("created_before", "9"))
        rows = [one for one in self.notes.values() if after <= one["created_at"] < before]
        short = [{name: one[name] for name in ("id", "object", "title", "owner", "created_at", "updated_at")} for one in rows]
        return self._page("notes", short, given)

    def _folders(self, request: Request, given: Mapping[str, Any]) -> Any:
        return self._page("folders", self.folders, given)

    def _one(self, request: Request, given: Mapping[str, Any]) -> Any:
        found = self.notes.get(request.path_params["id"])
        if found is None or found["id"] in self.unfinished:
            return self.refuse("not_found")
        return found if given.get("include") == "transcript" else {**found, "transcript": None}


def _note(number: int, at: datetime) -> dict[str, Any]:
    people = [{"name": "Ada Lindqvist", "email": "ada@tidewater.example"}, {"name": "Kofi Mensah", "email": "kofi@tidewater.example"}]
    attendees, begins, ends = people[: 1 + number % 2], at.isoformat(), (at + timedelta(minutes=30)).isoformat()
    speaker = {"source": "microphone", "diarization_label": "Speaker 1"}
    return {
        "id": note_id(number), "object": "note", "title": f"Berth meeting {number}", "owner": people[0], "created_at": begins,
        "updated_at": begins, "web_url": f"https://notes.granola.ai/d/{number}", "attendees": attendees,
        "calendar_event": {
            "event_title": f"Berth meeting {number}", "invitees": attendees, "organiser": "ada@tidewater.example",
            "calendar_event_id": None, "scheduled_start_time": begins, "scheduled_end_time": ends,
        },
        "folder_membership": [{"id": "fol_0", "object": "folder", "name": "Yard"}],
        "summary_text": f"Berth {number} is given away.", "summary_markdown": "### Next steps\n- Paint the gate\n- Order rope",
        "transcript": [{"speaker": speaker, "text": f"Berth {number} is free.", "start_time": begins, "end_time": ends}],
    }  # fmt: skip
