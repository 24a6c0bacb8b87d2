"""`crewhall watch` and what follows the stream: nothing is missed, and the state of the line is always told."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from threading import Event as Flag
from typing import Any

import pytest

from crewhall.faces.cli import client
from crewhall.faces.cli.profiles import Target
from crewhall.faces.cli.stream import LONGEST_PAUSE, Event, Follower, Live, News, Reconnecting, Reset
from crewhall.faces.cli.trouble import NotReachable, NotSignedIn, Trouble
from tests.faces.cli.conftest import Cli
from tests.faces.cli.unreliable import Unreliable
from tests.harness.hall import Hall


@dataclass
class Heard:
    """What a follower in a thread of its own yields."""

    news: asyncio.Queue[News | Trouble]

    async def next(self, *kinds: type[Any]) -> Any:
        """The next of these; what comes between is passed over. A Trouble is raised."""
        async with asyncio.timeout(4):
            while True:
                said = await self.news.get()
                if isinstance(said, Trouble):
                    raise said
                if isinstance(said, kinds):
                    return said


@asynccontextmanager
async def following(address: str, key: str, place: str | None = None, **query: str) -> AsyncIterator[Heard]:
    loop, stop = asyncio.get_running_loop(), Flag()
    heard = Heard(asyncio.Queue())

    def follow() -> None:
        with client.open_target(Target(address, key, "the test")) as hub:
            try:
                for news in Follower(hub, query, place, silence=2):
                    if stop.is_set():
                        return
                    loop.call_soon_threadsafe(heard.news.put_nowait, news)
            except Trouble as trouble:
                loop.call_soon_threadsafe(heard.news.put_nowait, trouble)

    running = asyncio.create_task(asyncio.to_thread(follow))
    try:
        yield heard
    finally:
        stop.set()  # the next heartbeat ends it
        await running


async def test_what_is_missed_while_the_line_is_down_comes_after_it(
    hall: Hall, line: Unreliable, monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    monkeypatch.setattr("crewhall.faces.cli.stream.LONGEST_PAUSE", 0.2)
    async with following(line.address, hall.founded.api_key) as heard:
        await heard.next(Live)
        await hall.make_task("heard")
        assert "heard" == (await heard.next(Event)).data["task"]["title"]
        line.cut()
        await heard.next(Reconnecting)
        await hall.make_task("missed one")
        await hall.make_task("missed two")
        await heard.next(Live)

        titles = [(await heard.next(Event)).data["task"]["title"] for _ in range(2)]

    assert ["missed one", "missed two"] == titles


async def test_separators_that_are_no_line_breaks_do_not_cut_an_event(hall: Hall, address: str) -> None:
    title = "one\u2028two\u0085three"
    async with following(address, hall.founded.api_key) as heard:
        await heard.next(Live)
        await hall.make_task(title)

        assert title == (await heard.next(Event)).data["task"]["title"]


async def test_an_unknown_place_is_a_reset(hall: Hall, address: str) -> None:
    async with following(address, hall.founded.api_key, place="nonsense") as heard:
        await heard.next(Reset)


async def test_a_hall_that_was_never_there_is_not_waited_for(hall: Hall) -> None:
    with pytest.raises(NotReachable):
        async with following("http://127.0.0.1:9", hall.founded.api_key) as heard:
            await heard.next(Live)


async def test_a_wrong_key_ends_it(address: str) -> None:
    with pytest.raises(NotSignedIn):
        async with following(address, "crew_wrong") as heard:
            await heard.next(Live)


def test_pauses_grow_and_stay_bounded() -> None:
    follower = Follower(None, {})  # type: ignore[arg-type]

    pauses = [follower._pause() for _ in range(2000)]

    assert pauses[0] <= 2.0
    assert max(pauses) <= LONGEST_PAUSE
    assert pauses[10] >= LONGEST_PAUSE / 2


async def _made_while(hall: Hall, running: asyncio.Task[Any], line: Unreliable) -> Any:
    """Make a task as soon as the command listens; answers what the command said."""
    async with asyncio.timeout(4):
        while not line.answered:
            await asyncio.sleep(0.01)
        await hall.make_task("Paint the gate", repository="ledger")
        return await running


async def test_watch_tells_a_change_in_one_line(cli: Cli, hall: Hall, line: Unreliable) -> None:
    running = asyncio.create_task(cli("watch", "--count", "1", CREWHALL_URL=line.address))

    said = await _made_while(hall, running, line)

    assert (0, 1, "Live\n") == (said.code, len(said.out.splitlines()), said.err)
    assert all(word in said.out for word in ("CH-1", "○ Not started", "Paint the gate", "made by ◇ robin"))


async def test_watch_as_json_prints_the_event_as_it_came(cli: Cli, hall: Hall, line: Unreliable) -> None:
    running = asyncio.create_task(cli("watch", "--count", "1", "--json", "-r", "ledger", CREWHALL_URL=line.address))

    said = await _made_while(hall, running, line)

    assert ("task_updated", ["created"]) == (json.loads(said.out)["type"], json.loads(said.out)["changed"])
