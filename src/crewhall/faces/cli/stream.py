"""The live stream as a terminal follows it: events in their order, none missed, and always a word about the connection.

What is missed while the line is down comes after it is back, by `Last-Event-ID` (docs/guide/live-events.md).
"""

from __future__ import annotations

import json
import random
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from crewhall.faces.cli.client import Hub
from crewhall.faces.cli.trouble import NotReachable, NotSignedIn, Refused, Trouble

PATH = "/api/tasks/stream"
SILENCE_SECONDS = 45.0  # three heartbeats: a line that says less is dead
RETRY_SECONDS, LONGEST_PAUSE = 2.0, 30.0


@dataclass(frozen=True, slots=True)
class Live:
    """The stream is open: from here on nothing is missed."""


@dataclass(frozen=True, slots=True)
class Reconnecting:
    """The stream is lost; it is tried again after `seconds`."""

    reason: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Beat:
    """The stream lives and has nothing to say."""


@dataclass(frozen=True, slots=True)
class Reset:
    """The place is unknown to the hall: load anew what you show."""


@dataclass(frozen=True, slots=True)
class Event:
    """A change. `raw` is the JSON as it came."""

    type: str
    data: Mapping[str, Any]
    raw: str


News = Live | Reconnecting | Beat | Reset | Event


class Follower:
    """Follows the stream until somebody stops it; `place` is where to resume.

    A hall that cannot be reached at the first attempt is a Trouble; once it was there it is waited for. A refusal (a key that
    ended, an unknown person) is a Trouble at any time.
    """

    def __init__(self, hub: Hub, query: Mapping[str, Any], place: str | None = None, silence: float = SILENCE_SECONDS) -> None:
        self._hub = hub
        self._query = query
        self._silence = silence
        self._retry = RETRY_SECONDS
        self._failures = 0
        self._met = False
        self.place = place

    def __iter__(self) -> Iterator[News]:
        while True:
            reason = "the hall closed the stream"
            try:
                yield from self._once()
            except NotReachable as trouble:
                reason = self._forgive(trouble)
            yield Reconnecting(reason, pause := self._pause())
            time.sleep(pause)

    def _forgive(self, trouble: NotReachable) -> str:
        if not self._met:
            raise trouble
        return trouble.message

    def _pause(self) -> float:
        """Longer with every failure, and never the same for all who were cut off at once."""
        self._failures += 1
        longest = min(LONGEST_PAUSE, self._retry * 2.0 ** min(self._failures - 1, 10))
        return float(longest * random.uniform(0.5, 1.0))

    def _once(self) -> Iterator[News]:
        """One connection, to its end."""
        import httpx2

        headers = {"Accept": "text/event-stream"} | ({"Last-Event-ID": self.place} if self.place else {})
        try:
            with self._hub.stream(PATH, self._query, headers, self._silence) as reply:
                self._met, live = True, False
                for said in httpx2.EventSource(reply):
                    self.place = said.id or self.place
                    self._retry = said.retry / 1000 if said.retry is not None else self._retry
                    if not live:  # only now is there a place to come back to
                        live, self._failures = True, 0
                        yield Live()
                    yield from _news(said.event, said.data)
        except httpx2.TransportError as error:
            raise self._hub.away(error) from error


def _news(event: str, data: str) -> Iterator[News]:
    if not data:
        return
    with suppress(ValueError):  # what is no JSON is none of the hall's
        facts = json.loads(data)
        if event == "error":
            raise _ended(facts)
        yield Beat() if event == "heartbeat" else Reset() if event == "reset" else Event(event, facts, data)


def _ended(facts: Mapping[str, Any]) -> Trouble:
    """The hall ends the stream for good, and says why."""
    message = str(facts.get("message", "the stream has ended"))
    return NotSignedIn(message, "Sign in anew: crewhall login") if facts.get("code") == "not_signed_in" else Refused(message)


def filters(*, mine: bool, repositories: str | None) -> dict[str, Any]:
    return {"user_id": "me" if mine else None, "repositories": repositories}
