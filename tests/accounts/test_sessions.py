"""Log-ins: how they end, at once, and with them the streams that they opened."""

from __future__ import annotations

import asyncio
import threading
import time
from typing import Any

import pytest

from crewhall.accounts import access, rules, store
from crewhall.app import World, open_world
from crewhall.kit.errors import NotSignedIn
from tests.harness.hall import PASSWORD, Hall, Person
from tests.harness.stream import listen


async def _ends(hall: Hall, person: Person) -> bool:
    """Whether the person's token opens nothing (any more)."""
    return (await hall.rest_as(person.token).get("/users/me")).status_code == 401


async def test_a_log_out_takes_effect_at_once(hall: Hall) -> None:
    person = await hall.person()
    other = await hall.log_in(person.email, PASSWORD)

    reply = await person.rest.post("/api/v1/auth/logout")

    assert (200, {}) == (reply.status_code, reply.json())
    assert (True, False) == (await _ends(hall, person), await _ends(hall, other))
    assert 401 == (await person.rest.post("/api/v1/auth/logout")).status_code


async def test_a_log_out_ends_the_streams_of_the_log_in_at_once(hall: Hall, address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hall.world.hub, "_everybody", list)  # the clock of all streams reaches nobody meanwhile
    person = await hall.person()
    async with listen(address, person.token) as stream, listen(address, hall.founded.api_key) as other:
        await stream.opened()
        await other.opened()
        await person.rest.post("/api/v1/auth/logout")
        started = time.monotonic()
        last = await stream.next(within=1.0)
        took = time.monotonic() - started
        with pytest.raises(EOFError):
            await stream.next()
        await hall.make_task("Still heard")
        heard = await other.next()

    assert ("error", "not_signed_in") == (last.event, last.data["code"])
    assert took < 1.0
    assert "Still heard" == heard.data["task"]["title"]


async def test_the_pages_log_out_ends_the_log_in_itself(hall: Hall) -> None:
    person = await hall.person()
    headers = {"Cookie": f"crewhall_session={person.token}", "Origin": "http://localhost"}

    reply = await hall.rest_as(None).post("/logout", headers=headers)
    again = await hall.rest_as(None).post("/logout", headers=headers)

    assert (303, 303) == (reply.status_code, again.status_code)
    assert await _ends(hall, person)


async def test_a_refreshed_log_in_has_a_new_token_and_the_old_one_opens_nothing(hall: Hall) -> None:
    person = await hall.person()

    reply = await person.rest.post("/api/v1/auth/refresh")

    fresh = reply.json()["access_token"]
    assert await _ends(hall, person)
    assert str(person.actor.id) == (await hall.rest_as(fresh).get("/users/me")).json()["id"]


async def test_of_two_refreshes_at_once_one_wins(hall: Hall) -> None:
    person = await hall.person()

    replies = await asyncio.gather(*(person.rest.post("/api/v1/auth/refresh") for _ in range(6)))

    assert [200, 401, 401, 401, 401, 401] == sorted(reply.status_code for reply in replies)
    async with hall.world.database.connection() as db:
        good = await db.fetchval("select count(*) from sessions where user_id = $1 and revoked_at is null", person.actor.id)
    assert 1 == good


async def test_what_was_read_before_a_log_in_ended_is_not_trusted_after_it(hall: Hall, monkeypatch: pytest.MonkeyPatch) -> None:
    person = await hall.person()
    checker, read = hall.world.access, store.holder_of_session
    checker.forget(person.actor.organisation_id, person.actor.id)

    async def read_just_before_the_end(*asked: Any) -> Any:
        row = await read(*asked)
        checker.forget(person.actor.organisation_id, person.actor.id)
        return row

    monkeypatch.setattr(store, "holder_of_session", read_just_before_the_end)
    await checker.actor_of(person.token)

    assert checker.trusts(person.token) is None


async def test_another_process_asks_again_when_its_trust_is_over(hall: Hall, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(access, "TRUSTED_SECONDS", 0.0)
    person = await hall.person()
    async with open_world(hall.world.settings) as other:
        before = await other.access.actor_of(person.token)

        await person.rest.post("/api/v1/auth/logout")

        with pytest.raises(NotSignedIn):
            await other.access.actor_of(person.token)
    assert person.actor.id == before.id


@pytest.mark.parametrize("path", ["logout", "refresh"])
async def test_an_api_key_is_no_log_in(hall: Hall, path: str) -> None:
    reply = await hall.rest.post(f"/api/v1/auth/{path}")

    assert (409, "conflict") == (reply.status_code, reply.json()["error"]["code"])


async def test_sessions_are_listed_and_revoked_one_by_one(hall: Hall) -> None:
    person = await hall.person()
    other = await hall.log_in(person.email, PASSWORD)
    listed = (await person.rest.get("/api/v1/sessions")).json()["sessions"]

    reply = await person.rest.delete(f"/api/v1/sessions/{listed[0]['id']}")

    assert [False, True] == [session["current"] for session in listed]
    assert 200 == reply.status_code
    assert (False, True) == (await _ends(hall, person), await _ends(hall, other))
    assert [listed[1]["id"]] == [session["id"] for session in (await person.rest.get("/api/v1/sessions")).json()["sessions"]]


async def test_nobody_revokes_or_sees_somebody_elses_session(hall: Hall, world: World) -> None:
    person = await hall.person()
    others = [await hall.owner(), await (await Hall.open(world, hall.app)).owner()]

    replies = [await other.rest.delete(f"/api/v1/sessions/{person.actor.credential_id}") for other in others]

    assert [404, 404] == [reply.status_code for reply in replies]
    assert str(person.actor.credential_id) not in (await others[0].rest.get("/api/v1/sessions")).text
    assert not await _ends(hall, person)


async def _change(person: Person, current: str, new: str) -> Any:
    return await person.rest.post("/api/v1/auth/password", json={"current_password": current, "new_password": new})


async def test_a_new_password_ends_the_other_log_ins(hall: Hall) -> None:
    person = await hall.person()
    other = await hall.log_in(person.email, PASSWORD)

    reply = await _change(person, PASSWORD, "another good password")

    old = await hall.rest_as(None).post("/api/v1/auth/login", json={"email": person.email, "password": PASSWORD})
    assert 200 == reply.status_code
    assert (False, True, 401) == (await _ends(hall, person), await _ends(hall, other), old.status_code)
    assert person.actor.id == (await hall.log_in(person.email, "another good password")).actor.id


async def test_a_log_in_with_the_old_password_does_not_outlive_its_change(hall: Hall, monkeypatch: pytest.MonkeyPatch) -> None:
    person = await hall.person()
    open_session = access.Access.open_session

    async def change_just_before(*asked: Any) -> Any:
        monkeypatch.undo()
        assert 200 == (await _change(person, PASSWORD, "another good password")).status_code
        return await open_session(*asked)

    monkeypatch.setattr(access.Access, "open_session", change_just_before)
    reply = await hall.rest_as(None).post("/api/v1/auth/login", json={"email": person.email, "password": PASSWORD})

    assert (401, "not_signed_in") == (reply.status_code, reply.json()["error"]["code"])


async def test_a_password_is_changed_by_one_of_two_who_know_the_old_one(hall: Hall) -> None:
    person = await hall.person()
    other = await hall.log_in(person.email, PASSWORD)

    replies = await asyncio.gather(_change(person, PASSWORD, "the password of one"), _change(other, PASSWORD, "the password of another"))

    assert 1 == [reply.status_code for reply in replies].count(200)


async def test_a_refresh_does_not_outlive_a_change_of_password(hall: Hall, monkeypatch: pytest.MonkeyPatch) -> None:
    person = await hall.person()
    thief = await hall.log_in(person.email, PASSWORD)
    open_session = access.Access.open_session
    changes: list[asyncio.Task[Any]] = []

    async def while_the_password_changes(*asked: Any) -> Any:
        changes.append(asyncio.create_task(_change(person, PASSWORD, "another good password")))
        await asyncio.wait(changes, timeout=0.5)  # it comes as far as the refresh lets it
        return await open_session(*asked)

    monkeypatch.setattr(access.Access, "open_session", while_the_password_changes)
    fresh = await thief.rest.post("/api/v1/auth/refresh")

    assert (200, 200) == (fresh.status_code, (await changes[0]).status_code)
    assert 401 == (await hall.rest_as(fresh.json()["access_token"]).get("/users/me")).status_code


async def test_a_wrong_or_a_short_password_changes_nothing(hall: Hall) -> None:
    person = await hall.person()

    replies = [await _change(person, "wrong", "another good password"), await _change(person, PASSWORD, "too short")]

    fields = [reply.json()["error"]["details"]["fields"][0]["field"] for reply in replies]
    assert ["current_password", "new_password"] == fields
    assert not await _ends(hall, await hall.log_in(person.email, PASSWORD))


async def test_guessing_a_password_by_changing_it_is_slowed_down_as_well(hall: Hall) -> None:
    person = await hall.person()

    replies = [await _change(person, "wrong", "another good password") for _ in range(rules.FAILURES_ALLOWED + 1)]

    assert [422] * rules.FAILURES_ALLOWED + [429] == [reply.status_code for reply in replies]


async def test_many_guesses_at_one_moment_are_no_way_around_the_limit(hall: Hall) -> None:
    guess = {"email": hall.founded.email, "password": "wrong"}

    replies = await asyncio.gather(*(hall.rest_as(None).post("/api/v1/auth/login", json=guess) for _ in range(40)))

    assert 0 < len([reply for reply in replies if reply.status_code == 401]) <= rules.FAILURES_ALLOWED


async def test_many_log_ins_at_one_moment_leave_connections_for_everybody_else(hall: Hall, monkeypatch: pytest.MonkeyPatch) -> None:
    go_on, checking = threading.Event(), hall.world.access
    monkeypatch.setattr(access, "_matches", lambda known, password: go_on.wait(5) and False)
    guesses = [{"email": f"{number}@example.test", "password": "wrong"} for number in range(access.MOST_CHECKED_AT_ONCE + 1)]

    async with asyncio.TaskGroup() as group, asyncio.timeout(5):
        slow = [group.create_task(hall.rest_as(None).post("/api/v1/auth/login", json=guess)) for guess in guesses[:-1]]
        while checking._checking < access.MOST_CHECKED_AT_ONCE:
            await asyncio.sleep(0.005)
        one_more = await hall.rest_as(None).post("/api/v1/auth/login", json=guesses[-1])
        other = await hall.rest.get("/users/me")
        go_on.set()

    assert (429, "1", 200) == (one_more.status_code, one_more.headers["retry-after"], other.status_code)
    assert {401} == {task.result().status_code for task in slow}
