"""A twin of Fireflies: recorded meetings of one account. It answers 50 requests a day, when it is told to count."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from crewhall.demo.twins import graph
from crewhall.demo.twins.consent import keys_only
from crewhall.demo.twins.twin import Answer, Twin

ME = {"user_id": "ff-1", "name": "Ada Lindqvist", "email": "ada@tidewater.example", "num_transcripts": 7, "is_admin": True}
STATUS = {"auth_failed": 401, "forbidden": 403, "object_not_found": 404, "too_many_requests": 429, "internal_server_error": 500}


class FirefliesTwin(Twin):
    """The GraphQL API at /graphql."""

    slug = "fireflies"

    def __init__(self) -> None:
        super().__init__(keys_only("Fireflies", "ff-"))
        self.fill()

    def fill(self) -> None:
        self.left: int | None = None
        self.transcripts = [_transcript(number) for number in range(7, 0, -1)]

    def keys(self) -> dict[str, str]:
        return {"access_token": self.consent.new_token("")}

    def answers(self) -> Sequence[tuple[str, str, Answer]]:
        return [("POST", "/graphql", self._graph)]

    def refuse(self, code: str) -> Response:
        code = "auth_failed" if code in {"invalid_auth", "token_expired", "token_revoked"} else code
        more: dict[str, Any] = {"code": code, "status": STATUS.get(code, 400), "correlationId": "c-1"}
        if code == "too_many_requests":
            more["metadata"] = {"retryAfter": int((time.time() + 3600) * 1000)}
        error = {"message": f"Said by the twin: {code}", "code": code, "friendly": True, "extensions": more}
        return JSONResponse({"errors": [error], "data": None}, status_code=STATUS.get(code, 200))

    def _graph(self, request: Request, given: Mapping[str, Any]) -> Any:
        if self.left is not None:
            if self.left == 0:
                return self.refuse("too_many_requests")
            self.left -= 1
        resolvers: dict[str, graph.Resolver] = {
            "user": lambda _: ME, "transcripts": self._list, "transcript": self._one, "deleteTranscript": self._delete,
        }  # fmt: skip
        try:
            return {"data": graph.answer(given["query"], given.get("variables") or {}, resolvers)}
        except graph.GraphError:
            return self.refuse("GRAPHQL_VALIDATION_FAILED")

    def _list(self, given: Mapping[str, Any]) -> Any:
        words, scope = str(given.get("keyword") or "").lower(), given.get("scope") or "all"
        found = [
            one for one in self.transcripts
            if words in _words(one, scope) and given.get("host_email") in (None, one["host_email"])
            and (given.get("fromDate") or "") <= one["dateString"] < (given.get("toDate") or "9")
        ]  # fmt: skip
        start = int(given.get("skip") or 0)
        return found[start : start + int(given.get("limit") or 50)]

    def _one(self, given: Mapping[str, Any]) -> Any:
        return next((one for one in self.transcripts if one["id"] == given["id"]), None)

    def _delete(self, given: Mapping[str, Any]) -> Any:
        found = self._one(given)
        self.transcripts = [one for one in self.transcripts if one is not found]
        return found


def _words(one: Mapping[str, Any], scope: str) -> str:
    said = " ".join(str(sentence["text"]) for sentence in one["sentences"])
    return str({"title": one["title"], "sentences": said}.get(scope, f"{one['title']} {said}")).lower()


def _transcript(number: int) -> dict[str, Any]:
    talk = [("Ada Lindqvist", f"Berth {number} is free."), ("Ada Lindqvist", "From Monday."), ("Kofi Mensah", "Then we begin.")]
    return {
        "id": f"ff{number:03}", "title": f"Berth meeting {number}", "dateString": f"2026-11-{20 + number}T09:00:00.000Z", "duration": 30.5,
        "host_email": "ada@tidewater.example", "organizer_email": "ada@tidewater.example",
        "participants": ["ada@tidewater.example", "kofi@tidewater.example"], "transcript_url": f"https://app.fireflies.ai/view/ff{number:03}",
        "sentences": [
            {"index": index, "speaker_name": speaker, "text": text, "start_time": index * 4.0, "end_time": index * 4.0 + 3}
            for index, (speaker, text) in enumerate(talk)
        ],
        "summary": {
            "overview": f"Berth {number} is given away.", "action_items": "**Kofi Mensah**\nPaint the gate (00:12)\n- Order rope",
            "keywords": ["berth", "gate"],
        },
        "meeting_info": {"summary_status": "processed" if number > 1 else "processing"},
    }  # fmt: skip
