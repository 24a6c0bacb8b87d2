"""Presence: who has an open page, or called a moment ago."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from crewhall.accounts.presence.capabilities import HERE
from crewhall.accounts.presence.noting import RENEWED, Noting
from crewhall.app import World
from crewhall.kit.capability import Actor
from tests.harness.hall import Hall
from tests.harness.stream import listen


async def _online(hall: Hall, **wanted: Any) -> list[str]:
    reply = await hall.rest.get("/api/v1/presence", params=wanted)
    assert 200 == reply.status_code, reply.text
    return [one["name"] for one in reply.json()["online"]]


async def _seen_at(hall: Hall, actor: Actor) -> Any:
    async with hall.world.database.connection() as db:
        return await db.fetchval(
            "select seen_at from presence where organisation_id = $1 and user_id = $2", actor.organisation_id, actor.id
        )


async def _long_ago(hall: Hall, actor: Actor) -> None:
    async with hall.world.database.connection() as db:
        await db.execute("update presence set seen_at = seen_at - $2::interval where user_id = $1", actor.id, HERE)


async def test_who_calls_is_here_and_who_never_did_is_not(hall: Hall) -> None:
    await hall.join("Quiet")
    await hall.person(name="Ada")

    assert ["Ada", "robin"] == await _online(hall)
    assert ["robin"] == await _online(hall, kind="agent")


async def test_who_has_not_been_seen_for_a_while_is_gone(hall: Hall) -> None:
    ada = await hall.person(name="Ada")
    await _long_ago(hall, ada.actor)

    assert ["robin"] == await _online(hall)


async def test_who_left_is_not_here(hall: Hall) -> None:
    owner, ada = await hall.owner(), await hall.person(name="Ada")
    await owner.rest.post(f"/api/v1/members/{ada.email}/deactivate")

    assert ["Olive Owner", "robin"] == await _online(hall)


async def test_nobody_sees_another_organisation(hall: Hall, world: World) -> None:
    other = await Hall.open(world, hall.app)
    await other.person(name="Eve")

    assert ["robin"] == await _online(hall)
    await other.rest.aclose()


async def test_it_is_written_twice_a_minute_at_the_most_across_hubs(hall: Hall) -> None:
    ada = await hall.person(name="Ada")
    now = hall.world.clock()
    here, elsewhere = Noting(), Noting()
    async with hall.world.database.connection() as db:
        await db.execute("delete from presence where user_id = $1", ada.actor.id)
        for hub, seconds in ((here, 0), (here, 20), (elsewhere, 25), (here, 29)):
            await hub.note(db, ada.actor, now + timedelta(seconds=seconds))
            assert now == await _seen_at(hall, ada.actor)
        later = now + RENEWED + timedelta(seconds=1)
        await here.note(db, ada.actor, later)

    assert later == await _seen_at(hall, ada.actor)


async def test_an_open_stream_keeps_somebody_here(hall: Hall, address: str, monkeypatch: Any) -> None:
    """The stream asks at its heartbeat whether its credential still opens anything; that is when it is noted."""
    monkeypatch.setattr("crewhall.accounts.access.TRUSTED_SECONDS", 0.0)
    monkeypatch.setattr("crewhall.accounts.presence.noting.RENEWED", timedelta(0))
    ada = await hall.person(name="Ada")
    async with listen(address, ada.token) as stream:
        await stream.opened()
        hall.world.access.forget(ada.actor.organisation_id, ada.actor.id)
        await _long_ago(hall, ada.actor)
        for _ in range(3):
            await stream.next(beats=True)

        assert "Ada" in await _online(hall)


async def test_an_agent_sees_it_in_few_words(hall: Hall) -> None:
    await hall.person(name="Ada")

    brief = hall.world.registry["get_online_users"].brief

    assert brief is not None
    assert "Ada @ada person\nrobin @robin agent" == brief(await hall.call("get_online_users"))
