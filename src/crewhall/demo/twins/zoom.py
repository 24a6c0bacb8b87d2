"""A twin of Zoom: one user's meetings, and recordings of some months with their transcripts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any
from urllib.parse import unquote

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from crewhall.demo.twins.consent import Consent
from crewhall.demo.twins.twin import Answer, Twin, page_of

ME = {"id": "z8yAAAAA8bbbQ", "email": "ada@tidewater.example", "first_name": "Ada", "last_name": "Lindqvist", "account_id": "acc-tidewater"}
CODES = {"invalid_auth": 124, "token_expired": 124, "token_revoked": 124, "missing_scope": 4711, "busy": 429}
STATUS = {124: 401, 4711: 400, 300: 400, 3001: 404, 3301: 404, 429: 429}
SPEECH = """WEBVTT

1
00:00:01.000 --> 00:00:04.500
Ada Lindqvist: Good morning, shall we begin?

2
00:00:05.000 --> 00:00:09.000
Kofi Mensah: Yes: the berth plan is ready.

3
00:00:10.000 --> 00:00:12.000
Ada Lindqvist: Then it goes to the harbour master today.
"""
SCOPES = (
    "user:read:user meeting:read:list_meetings meeting:read:meeting meeting:read:list_past_participants"
    " cloud_recording:read:list_user_recordings cloud_recording:read:list_recording_files"
)


class ZoomTwin(Twin):
    """The API below /v2, and beside it the OAuth server, whose refresh tokens are good once."""

    prefix = "/v2"
    slug = "zoom"

    def __init__(self) -> None:
        super().__init__(Consent(
            "Zoom", "/oauth/authorize", "/oauth/token", "/oauth/revoke", {"zoom-client": "zoom-secret"}, rotates=True, life=3600,
            prefix="zoom-", token_auth=("basic",), body=("form",), revoke_by="basic", usual=SCOPES, account=ME["account_id"],
        ))  # fmt: skip
        self.fill()

    def fill(self) -> None:
        self.meetings = [_meeting(number) for number in range(1, 8)]
        self.recordings = [_recording(number, date(2026, 11, 20) - timedelta(days=23 * number)) for number in range(5)]
        self.participants = [{"id": f"p{number}", "name": f"Guest {number}", "user_email": ""} for number in range(1, 6)]

    def keys(self) -> dict[str, str]:
        return {"access_token": self.consent.new_token(SCOPES, life=3600)}

    def answers(self) -> Sequence[tuple[str, str, Answer]]:
        return [
            ("GET", "/users/{user}", self._me),
            ("GET", "/users/{user}/meetings", self._meetings),
            ("GET", "/users/{user}/recordings", self._recordings),
            ("GET", "/meetings/{meeting:path}/recordings", self._recording),
            ("GET", "/meetings/{meeting:path}", self._meeting),
            ("GET", "/past_meetings/{meeting:path}/participants", self._participants),
            ("GET", "/rec/download/{file}", self._file),
        ]

    def refuse(self, code: str) -> Response:
        number = CODES.get(code) or int(code)
        return JSONResponse({"code": number, "message": f"Said by the twin: {code}"}, status_code=STATUS.get(number, 400))

    def _me(self, request: Request, given: Mapping[str, Any]) -> Any:
        return ME | {"display_name": "Ada Lindqvist", "type": 2}

    def _meetings(self, request: Request, given: Mapping[str, Any]) -> Any:
        size = int(given.get("page_size", 30))
        rows, cursor = page_of(self.meetings, given.get("next_page_token"), size)
        return {"page_size": size, "total_records": len(self.meetings), "next_page_token": cursor or "", "meetings": rows}

    def _meeting(self, request: Request, given: Mapping[str, Any]) -> Any:
        return self._found(request, [*self.meetings, *self.recordings]) or self.refuse("3001")

    def _recordings(self, request: Request, given: Mapping[str, Any]) -> Any:
        first, last = date.fromisoformat(given["from"]), date.fromisoformat(given["to"])
        if last - first > timedelta(days=30):
            return self.refuse("300")
        size = int(given.get("page_size", 30))
        held = [one for one in self.recordings if first <= date.fromisoformat(one["start_time"][:10]) <= last]
        rows, cursor = page_of([self._with_addresses(one) for one in held], given.get("next_page_token"), size)
        return {"from": given["from"], "to": given["to"], "page_size": size, "next_page_token": cursor or "", "meetings": rows}

    def _recording(self, request: Request, given: Mapping[str, Any]) -> Any:
        found = self._found(request, self.recordings)
        return self._with_addresses(found) if found else self.refuse("3301")

    def _with_addresses(self, one: Mapping[str, Any]) -> dict[str, Any]:
        base = f"{self.address}{self.prefix}/rec/download"
        files = [
            file | {"download_url": f"{base}/{file['id']}", "play_url": f"https://zoom.us/rec/play/{file['id']}"}
            for file in one["recording_files"]
        ]
        return {**one, "recording_files": files}

    def _participants(self, request: Request, given: Mapping[str, Any]) -> Any:
        if self._found(request, [*self.recordings, *self.meetings]) is None:
            return self.refuse("3001")
        size = int(given.get("page_size", 30))
        rows, cursor = page_of(self.participants, given.get("next_page_token"), size)
        return {"page_count": 1, "page_size": size, "total_records": 5, "next_page_token": cursor or "", "participants": rows}

    def _file(self, request: Request, given: Mapping[str, Any]) -> Any:
        return PlainTextResponse(SPEECH if request.path_params["file"].endswith("t") else "0" * 4096)

    @staticmethod
    def _found(request: Request, rows: Sequence[Mapping[str, Any]]) -> Mapping[str, Any] | None:
        """By id or uuid. A uuid that begins with a slash, or holds two, must have been escaped twice: once was taken off on the way."""
        name = request.path_params["meeting"]
        if name.startswith("/") or "//" in name:
            return None
        return next((one for one in rows if unquote(name) in {str(one["id"]), one["uuid"]}), None)


def _meeting(number: int) -> dict[str, Any]:
    return {
        "uuid": f"mtg{number}==", "id": str(85_000_000_000 + number), "host_id": ME["id"], "topic": f"Berth review {number}", "type": 2,
        "start_time": f"2026-12-{number:02}T09:00:00Z", "duration": 30, "timezone": "Europe/Lisbon", "created_at": "2026-11-01T08:00:00Z",
        "join_url": f"https://zoom.us/j/{85_000_000_000 + number}", "agenda": "Which ship lies where",
    }  # fmt: skip


def _recording(number: int, day: date) -> dict[str, Any]:
    uuid = {0: "/ajXp112QmuoKj4854875==", 1: "a//b2QmuoKj48==", 2: "c/d2Qmuo+j48=="}.get(number, f"rec{number}==")
    start, end = f"{day}T09:00:00Z", f"{day}T09:30:00Z"
    common = {"meeting_id": uuid, "recording_start": start, "recording_end": end, "status": "completed"}
    files = [
        common | {"id": f"file-{number}-v", "file_type": "MP4", "file_extension": "MP4", "file_size": 4096},
        common | {"id": f"file-{number}-t", "file_type": "TRANSCRIPT", "file_extension": "VTT", "file_size": len(SPEECH)},
    ]
    return {
        "uuid": uuid, "id": str(86_000_000_000 + number), "account_id": ME["account_id"], "host_id": ME["id"], "topic": f"Weekly {number}",
        "start_time": start, "duration": 30, "total_size": "8192", "recording_count": "2", "recording_files": files,
    }  # fmt: skip
