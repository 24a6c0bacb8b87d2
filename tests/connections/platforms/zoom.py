"""Zoom, tried. Its published document is of 2021: paths and required parameters count, shapes do not (../shared/providers/zoom)."""

from __future__ import annotations

import re

from crewhall.demo.twins import Exchange
from tests.connections.platforms import Judge, Tried
from tests.harness.specification import Specification

SINCE_THEN = {("/users/me/meetings", "next_page_token")}
SESSION = "/ajXp112QmuoKj4854875=="


def judge() -> Judge:
    specification = Specification.of("zoom")

    def faults(exchange: Exchange) -> list[str]:
        if exchange.path.startswith("/rec/download/"):  # a file, which no document describes
            return [] if exchange.query == [] else ["a file takes no query"]
        found = specification.faults(
            exchange, re.sub(r"^/(meetings|past_meetings)/.+?(/recordings|/participants)?$", r"/\1/1\2", exchange.path)
        )
        known = [f"no parameter {name}" for where, name in SINCE_THEN if where == exchange.path]
        return [one for one in found if ": answer at" not in one and not any(one.endswith(word) for word in known)]

    return faults


TRIED = Tried(
    slug="zoom",
    twin="zoom",
    judge=judge,
    calls=(
        ("list_meetings", {"limit": 2}),
        ("get_meeting", {"meeting_id": "85000000001"}),
        ("list_recordings", {"after": "2026-08-01T00:00:00Z", "before": "2026-11-28T00:00:00Z"}),
        ("get_recording", {"meeting_id": SESSION}),
        ("get_recording", {"meeting_id": "86000000001"}),
        ("get_meeting_participants", {"meeting_id": SESSION, "limit": 2}),
        ("get_transcript", {"meeting_id": SESSION}),
        ("download_recording", {"meeting_id": SESSION, "file_id": "file-0-v"}),
    ),
    lists=(
        ("list_meetings", {"limit": 2}, 7),
        ("list_recordings", {"after": "2026-08-01T00:00:00Z", "before": "2026-11-28T00:00:00Z", "limit": 1}, 5),
        ("get_meeting_participants", {"meeting_id": "86000000003", "limit": 2}, 5),
        ("get_transcript", {"meeting_id": SESSION, "limit": 2}, 3),
    ),
    read="list_meetings",
    path="/meetings",
)
