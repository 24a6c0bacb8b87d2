"""The live stream as an editor or a script hears it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import replace

import pytest

from crewhall.app import World
from crewhall.kit.capability import Actor, Announcement
from crewhall.kit.db.pool import Connection
from crewhall.kit.ids import new_id
from crewhall.kit.settings import Settings
from crewhall.live import Interest, LoggedEvent, Reader
from crewhall.live import hub as live_hub
from tests.harness.events import announce
from tests.harness.hall import Hall
from tests.harness.stream import Stream, listen

ORGANISATION, PERSON = new_id(), new_id()


@pytest.fixture
async def stream(hall: Hall, address: str) -> AsyncIterator[Stream]:
    async with listen(address, hall.founded.api_key) as stream:
        await stream.opened()
        yield stream


async def test_the_first_bytes_come_at_once_and_say_how_to_come_back(hall: Hall, address: str) -> None:
    async with listen(address, hall.founded.api_key) as stream:
        async with asyncio.timeout(1):
            await stream.opened()

        assert (200, 2000) == (stream.status, stream.retry)
        assert "text/event-stream; charset=utf-8" == stream.headers["content-type"]
        assert "no-cache, no-transform" == stream.headers["cache-control"]
        assert "no" == stream.headers["x-accel-buffering"]
        assert "access-control-allow-origin" not in stream.headers


async def test_an_event_carries_the_task_and_who_changed_it(hall: Hall, stream: Stream) -> None:
    task = await hall.make_task(assignee_id="me", repository="ledger")

    heard = await stream.next()

    assert "task_assigned" == heard.event == heard.data["type"]
    assert task == heard.data["task"]
    assert (task["id"], ["created"], 1) == (heard.data["task_id"], heard.data["changed"], heard.data["version"])
    assert {"id": str(hall.agent.id), "name": "robin", "kind": "agent"} == heard.data["actor"]
    assert task["created_at"] == heard.data["timestamp"]


async def test_each_change_has_its_type(hall: Hall, stream: Stream) -> None:
    task = await hall.make_task()
    await hall.move(task, "in_progress")
    await hall.move(task, "completed")
    await hall.rest.post(f"/api/tasks/{task['key']}/comments", json={"comment": "Done."})

    heard = [await stream.next() for _ in range(4)]

    assert ["task_updated", "task_updated", "task_completed", "task_commented"] == [one.event for one in heard]
    assert [["created"], ["status"], ["status"], []] == [one.data["changed"] for one in heard]
    assert "Done." == heard[3].data["comment"]["text"]
    assert 4 == len({one.id for one in heard})


@pytest.mark.parametrize("header", [True, False])
async def test_a_listener_that_was_cut_resumes_right_behind_its_last_event(hall: Hall, address: str, header: bool) -> None:
    async with listen(address, hall.founded.api_key) as stream:
        await stream.opened()
        await hall.make_task("heard")
        last = await stream.next()
    await hall.make_task("missed one")
    await hall.make_task("missed two")

    async with listen(address, hall.founded.api_key, resume=last.id, header=header) as stream:
        await hall.make_task("live again")
        titles = [(await stream.next()).data["task"]["title"] for _ in range(3)]

    assert ["missed one", "missed two", "live again"] == titles


async def test_a_listener_that_was_cut_before_its_first_event_misses_nothing(hall: Hall, address: str) -> None:
    async with listen(address, hall.founded.api_key) as stream:
        await stream.opened()
        place = stream.last_id
    await hall.make_task("meanwhile")

    async with listen(address, hall.founded.api_key, resume=place) as stream:
        assert "meanwhile" == (await stream.next()).data["task"]["title"]


async def test_a_quiet_stream_beats_and_moves_its_place(hall: Hall, address: str) -> None:
    async with listen(address, hall.founded.api_key, user_id="Olive Owner") as stream:
        await stream.opened()
        before = stream.last_id
        await hall.make_task("not hers", assignee_id="me")

        while (beat := await stream.next(beats=True)).id == before:  # one that was on its way already has the old place
            pass

    assert ("heartbeat", "heartbeat") == (beat.event, beat.data["type"])


@pytest.mark.parametrize("place", ["nonsense", "00000000.1:1:", "ffffffff.5:9:7"])
async def test_a_place_that_means_nothing_here_is_answered_with_reset(hall: Hall, address: str, place: str) -> None:
    async with listen(address, hall.founded.api_key, resume=place) as stream:
        heard = await stream.next()
        await hall.make_task("after")
        after = await stream.next()

    assert "reset" == heard.event
    assert "after" == after.data["task"]["title"]


async def test_a_person_hears_of_their_tasks_and_of_the_repositories_named(hall: Hall, address: str) -> None:
    async with listen(address, hall.founded.api_key, user_id="me", repositories="ledger, Gate-App") as stream:
        await stream.opened()
        await hall.make_task("elsewhere", repository="docs")
        await hall.make_task("in ledger", repository="ledger")
        await hall.make_task("mine", assignee_id="me")
        await hall.make_task("in the gate", repository="gate-app")

        titles = [(await stream.next()).data["task"]["title"] for _ in range(3)]

    assert ["in ledger", "mine", "in the gate"] == titles


async def test_another_organisation_is_never_heard(hall: Hall, world: World, stream: Stream) -> None:
    other = await Hall.open(world, hall.app)
    await other.make_task("a secret of theirs", repository="ledger")
    await hall.make_task("ours")

    assert "ours" == (await stream.next()).data["task"]["title"]
    await other.rest.aclose()


async def test_a_member_of_another_organisation_cannot_be_selected(hall: Hall, world: World, address: str) -> None:
    other = await Hall.open(world, hall.app)

    async with listen(address, hall.founded.api_key, user_id=str(other.agent.id)) as stream:
        assert 404 == stream.status
    await other.rest.aclose()


async def test_without_a_credential_there_is_no_stream(address: str) -> None:
    async with listen(address, "crew_wrong") as stream:
        assert 401 == stream.status


async def test_a_revoked_key_ends_the_stream_with_a_word(hall: Hall, address: str) -> None:
    key = await hall.join("Robert")
    async with listen(address, key) as stream:
        await stream.opened()
        async with hall.world.database.connection() as db:
            await db.execute("update api_keys set revoked_at = now() where name = 'Robert'")

        last = await stream.next()
        with pytest.raises(EOFError):
            await stream.next()

    assert ("error", "not_signed_in") == (last.event, last.data["code"])


async def test_a_busy_stream_ends_with_its_key_as_well(hall: Hall, address: str) -> None:
    key = await hall.join("Robert")
    async with listen(address, key) as stream:
        await stream.opened()
        async with hall.world.database.connection() as db:
            await db.execute(
                "update api_keys set revoked_at = now() where organisation_id = $1 and name = 'Robert'", hall.founded.organisation_id
            )

        with pytest.raises(EOFError):
            await _hear_while_tasks_are_made(hall, stream)


async def test_a_log_in_that_ends_takes_its_stream_with_it(hall: Hall, address: str) -> None:
    owner = {"email": hall.founded.email, "password": hall.founded.password}
    token = (await hall.rest.post("/api/v1/auth/login", json=owner)).json()["access_token"]
    async with listen(address, token) as stream:
        await stream.opened()
        async with hall.world.database.connection() as db:
            await db.execute("update sessions set revoked_at = now() where organisation_id = $1", hall.founded.organisation_id)

        last = await stream.next()
        with pytest.raises(EOFError):
            await stream.next()

    assert ("error", "not_signed_in") == (last.event, last.data["code"])


async def _hear_while_tasks_are_made(hall: Hall, stream: Stream) -> None:
    while True:
        await hall.make_task()
        await stream.next()


async def test_a_slow_listener_is_ended_and_not_robbed(hall: Hall, address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live_hub, "LONGEST_QUEUE", 2)
    async with listen(address, hall.founded.api_key) as stream:
        await stream.opened()
        place = stream.last_id
        async with hall.world.database.connection() as db, db.transaction():
            tasks = [await _insert_in(db, hall, number) for number in range(5)]
        hall.world.hub.wake()
        with pytest.raises(EOFError):
            await _hear_for_ever(stream)

    monkeypatch.undo()
    async with listen(address, hall.founded.api_key, resume=place) as stream:
        heard = [(await stream.next()).data["n"] for _ in tasks]
    assert tasks == heard


async def _hear_for_ever(stream: Stream) -> None:
    while True:
        await stream.next()


async def _insert_in(db: Connection, hall: Hall, number: int) -> int:
    """Several events in one transaction: they reach the listener in one batch."""
    await announce(db, hall.agent, [Announcement("task_updated", "task", hall.agent.id, {"n": number})])
    return number


async def test_beyond_the_limit_a_stream_is_refused_for_a_moment(hall: Hall, address: str) -> None:
    async with AsyncExitStack() as opened:
        for _ in range(hall.world.settings.streams_per_member):
            await opened.enter_async_context(listen(address, hall.founded.api_key))
        async with listen(address, hall.founded.api_key) as refused:
            assert (503, "5") == (refused.status, refused.headers["retry-after"])


async def test_places_are_given_back(hall: Hall, address: str) -> None:
    for _ in range(3):
        async with listen(address, hall.founded.api_key) as stream:
            await stream.opened()
    async with asyncio.timeout(3):
        while hall.world.hub.listeners_of(hall.founded.organisation_id):
            await asyncio.sleep(0.01)


async def test_changes_since_tells_the_same_story_to_an_agent(hall: Hall) -> None:
    start = (await hall.call("changes_since"))["next_cursor"]
    task = await hall.make_task()
    await hall.move(task, "completed")

    first = await hall.call("changes_since", cursor=start, limit=1)
    second = await hall.call("changes_since", cursor=first["next_cursor"], limit=1)
    third = await hall.call("changes_since", cursor=second["next_cursor"])

    assert ["task_updated", "task_completed"] == [first["changes"][0]["type"], second["changes"][0]["type"]]
    assert [True, False, False] == [answer["has_more"] for answer in (first, second, third)]
    assert [] == third["changes"]


ALPHA = frozenset({"alpha"})


def _event(*repositories: str) -> LoggedEvent:
    return LoggedEvent(1, ORGANISATION, "task_updated", frozenset({PERSON}), frozenset(repositories), b"{}")


@pytest.mark.parametrize(
    ("interest", "heard"),
    [
        (Interest(ORGANISATION, Reader(PERSON, ALPHA)), [True, False, False, False]),
        (Interest(ORGANISATION, Reader(PERSON, ALPHA), frozenset({PERSON})), [True, False, False, False]),
        (Interest(ORGANISATION, Reader(PERSON, ALPHA), repositories=frozenset({"beta"})), [False, False, False, False]),
        (Interest(ORGANISATION, Reader(PERSON, frozenset())), [False, False, False, False]),
        (Interest(ORGANISATION, Reader(PERSON)), [True, True, True, True]),
    ],
)
def test_a_limited_credential_hears_of_its_repositories_alone(interest: Interest, heard: list[bool]) -> None:
    events = [_event("alpha"), _event("beta"), _event("alpha", "beta"), _event()]

    assert heard == [interest.matches(event) for event in events]


async def test_the_stream_of_a_limited_credential_begins_goes_on_and_resumes_within_its_limit(hall: Hall, address: str) -> None:
    key = await hall.join("Robert")
    _limit(hall, key, await hall.world.access.actor_of(key))
    async with listen(address, key) as stream:
        await stream.opened()
        start = stream.last_id
        for title, repository in [("secret", "beta"), ("nowhere", None), ("seen", "Alpha")]:
            await hall.make_task(title, repository=repository)
        assert "seen" == (await stream.next()).data["task"]["title"]
    async with listen(address, key, resume=start, repositories="alpha,beta") as stream:
        assert "seen" == (await stream.next()).data["task"]["title"]


def _limit(hall: Hall, key: str, actor: Actor) -> None:
    """From now on this key opens the repository alpha alone, as if it had been made so."""
    hall.world.access._trusted[key] = (time.monotonic() + 60, replace(actor, repositories=ALPHA))


async def test_changes_since_tells_a_limited_credential_of_its_repositories_alone(hall: Hall) -> None:
    limited = replace(hall.agent, repositories=ALPHA)
    cursor = (await hall.call("changes_since", limited))["next_cursor"]
    for title, repository in [("secret", "beta"), ("one", "Alpha"), ("nowhere", None), ("two", "alpha"), ("secret", "beta")]:
        await hall.make_task(title, repository=repository)

    answers = []
    for _ in range(3):
        answers.append(await hall.call("changes_since", limited, cursor=cursor, limit=1))
        cursor = answers[-1]["next_cursor"]

    assert [["one"], ["two"], []] == [[change["task"]["title"] for change in answer["changes"]] for answer in answers]
    assert [True, False, False] == [answer["has_more"] for answer in answers]


async def test_changes_since_says_when_the_log_does_not_reach_back(hall: Hall) -> None:
    answer = await hall.call("changes_since", cursor="ffffffff.5:9:7")

    assert answer["reset"]


async def test_changes_since_refuses_a_made_up_cursor(hall: Hall) -> None:
    reply = await hall.rest.get("/api/changes", params={"cursor": "yesterday"})

    assert (400, "invalid_input") == (reply.status_code, reply.json()["error"]["code"])


def test_a_heartbeat_is_due_before_a_proxy_loses_patience() -> None:
    assert 15 == Settings.model_fields["heartbeat_seconds"].default
