"""A write that is sent twice is done once."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import httpx2
import pytest

from crewhall.app import World
from crewhall.kit.capability import Actor
from crewhall.kit.clock import system_clock
from crewhall.kit.db.idempotency import KEPT, Idempotency
from crewhall.kit.errors import Conflict
from crewhall.kit.seam import Answer
from tests.harness.hall import Hall


async def _create(hall: Hall, key: str, title: str = "Once") -> httpx2.Response:
    return await hall.rest.post("/api/tasks", json={"title": title}, headers={"Idempotency-Key": key})


async def test_the_second_copy_reads_the_first_answer(hall: Hall) -> None:
    first = await _create(hall, "a")
    second = await _create(hall, "a")

    assert (201, 201) == (first.status_code, second.status_code)
    assert first.json() == second.json()
    assert "true" == second.headers["idempotency-replayed"]
    assert "idempotency-replayed" not in first.headers


async def test_a_key_cannot_be_used_for_something_else(hall: Hall) -> None:
    await _create(hall, "a")

    other = await _create(hall, "a", title="Something else")

    assert (409, "conflict") == (other.status_code, other.json()["error"]["code"])


async def test_a_key_belongs_to_its_actor(hall: Hall) -> None:
    await _create(hall, "a")

    other = await hall.rest_as(await hall.join("Robert")).post("/api/tasks", json={"title": "Once"}, headers={"Idempotency-Key": "a"})

    assert "CH-2" == other.json()["key"]


async def test_a_refused_call_keeps_nothing_under_its_key(hall: Hall) -> None:
    refused = await hall.rest.post("/api/tasks", json={"title": "Once", "assignee_id": "Ann"}, headers={"Idempotency-Key": "a"})
    await hall.join("Ann")
    again = await hall.rest.post("/api/tasks", json={"title": "Once", "assignee_id": "Ann"}, headers={"Idempotency-Key": "a"})

    assert (404, 201) == (refused.status_code, again.status_code)


async def test_copies_at_the_same_moment_make_one_task(hall: Hall) -> None:
    replies = await asyncio.gather(*(_create(hall, "a") for _ in range(8)))

    listed = (await hall.rest.get("/api/tasks")).json()["tasks"]
    assert 1 == len(listed)
    assert {201, 409} >= {reply.status_code for reply in replies}
    assert all(reply.headers["retry-after"] == "1" for reply in replies if reply.status_code == 409)


async def test_a_copy_in_another_process_is_refused_at_once(hall: Hall, world: World) -> None:
    ticket = Idempotency.ticket(hall.agent, "a", "create_task", {"title": "Once"})
    async with world.database.connection() as elsewhere, elsewhere.transaction():
        await Idempotency.begin(elsewhere, ticket)

        reply = await _create(hall, "a")

    assert (409, "still_running") == (reply.status_code, reply.json()["error"]["code"])


async def test_keys_are_forgotten_after_a_day(hall: Hall, world: World) -> None:
    await _create(hall, "a")
    async with world.database.connection() as db:
        await Idempotency.forget(db, system_clock() + KEPT)

    assert "CH-2" == (await _create(hall, "a")).json()["key"]


async def test_a_key_must_be_printable_and_short(hall: Hall) -> None:
    statuses = [(await _create(hall, key)).status_code for key in ("x" * 256, "a\tb")]

    assert [400, 400] == statuses


async def test_an_answer_with_a_secret_is_never_kept(hall: Hall, world: World) -> None:
    given = {"email": hall.founded.email, "password": hall.founded.password}
    replies = [await hall.rest.post("/api/v1/auth/login", json=given, headers={"Idempotency-Key": "a"}) for _ in range(2)]

    async with world.database.connection() as db:
        kept = await db.fetchval("select count(*) from idempotency where organisation_id = $1", hall.founded.organisation_id)
    assert 0 == kept
    assert 2 == len({reply.json()["access_token"] for reply in replies})


async def test_a_key_of_somebody_in_two_organisations_is_two_keys(hall: Hall, world: World) -> None:
    elsewhere = await Hall.open(world, hall.app)
    person = await elsewhere.person()
    link = (await (await hall.owner()).rest.post("/api/v1/invitations", json={})).json()["token"]
    account = {"email": person.email, "password": person.password, "name": "x", "invitation": link}
    await hall.rest_as(None).post("/api/v1/auth/register", json=account)
    here = await hall.log_in(person.email, person.password)

    replies = [await one.rest.post("/api/tasks", json={"title": "Once"}, headers={"Idempotency-Key": "a"}) for one in (person, here)]

    assert [False, False] == ["idempotency-replayed" in reply.headers for reply in replies]
    listed = [(await one.rest.get("/api/tasks")).json()["tasks"] for one in (person, here)]
    assert [[reply.json()["id"]] for reply in replies] == [[task["id"] for task in tasks] for tasks in listed]


async def test_a_credential_for_some_repositories_reads_no_answer_that_another_was_given(hall: Hall) -> None:
    given = {"title": "Once", "repository": "ledger"}
    limited = replace(hall.agent, repositories=frozenset({"ledger"}))

    async def send(actor: Actor) -> Answer:
        return await hall.world.seam.run(hall.world.registry["create_task"], given, actor=actor, client="test", idempotency_key="a")

    await send(hall.agent)

    with pytest.raises(Conflict):
        await send(limited)
