"""API keys: what they open, for whom, and how they end."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crewhall.accounts import rules
from crewhall.app import World
from crewhall.kit.capability import Actor
from crewhall.kit.errors import ValidationFailed
from tests.harness.hall import Hall, Person
from tests.harness.stream import listen


async def _make(by: Person, **wanted: Any) -> dict[str, Any]:
    reply = await by.rest.post("/api/v1/api-keys", json={"name": "mine", **wanted})
    assert 201 == reply.status_code, reply.text
    made: dict[str, Any] = reply.json()
    return made


async def _refusal(by: Person, **wanted: Any) -> tuple[int, str]:
    reply = await by.rest.post("/api/v1/api-keys", json={"name": "mine", **wanted})
    return reply.status_code, reply.json()["error"]["message"]


async def _holder(hall: Hall, key: str) -> Actor:
    return await hall.world.access.actor_of(key)


async def test_a_persons_key_acts_as_the_person(hall: Hall) -> None:
    person = await hall.person("admin")

    made = await _make(person)

    holder = await _holder(hall, made["key"])
    assert (person.actor.id, person.actor.scopes) == (holder.id, holder.scopes)
    assert made["key"].startswith(made["hint"])
    assert (None, None) == (made["scopes"], made["repositories"])


async def test_a_key_is_shown_once(hall: Hall) -> None:
    person = await hall.person()
    made = await _make(person)

    listed = await person.rest.get("/api/v1/api-keys")

    assert [made["id"]] == [key["id"] for key in listed.json()["api_keys"]]
    assert made["key"] not in listed.text


async def test_an_agents_key_makes_an_agent_that_works_for_its_maker(hall: Hall) -> None:
    person = await hall.person()

    first = await _make(person, name="Claude Code", kind="agent")
    second = await _make(person, name="claude code", kind="agent")

    holder = await _holder(hall, first["key"])
    assert first["user_id"] == second["user_id"] == str(holder.id)
    assert ("agent", "member", "claude-code", "Claude Code") == (holder.kind, holder.role, holder.username, holder.name)
    outside = {"integrations:read", "integrations:use", "integrations:send"}
    assert {"tasks:read", "tasks:write", "members:read", "notifications:write", *outside} == holder.scopes


async def test_two_keys_for_a_new_agent_at_once_make_one_agent(hall: Hall) -> None:
    person = await hall.person()

    made = await asyncio.gather(*(_make(person, name="wren", kind="agent") for _ in range(4)))

    assert 1 == len({key["user_id"] for key in made})


async def test_somebody_elses_agent_of_the_same_name_is_another_agent(hall: Hall) -> None:
    made = await _make(await hall.person(), name="robin", kind="agent")

    holder = await _holder(hall, made["key"])

    assert (False, "robin-2") == (holder.id == hall.agent.id, holder.username)


async def test_a_service_is_made_by_those_who_manage_members(hall: Hall) -> None:
    admin, member = await hall.person("admin"), await hall.person()

    made = await _make(admin, name="nightly", kind="service")
    status, message = await _refusal(member, name="nightly", kind="service")

    assert ("service", "service") == ((await _holder(hall, made["key"])).kind, (await _holder(hall, made["key"])).role)
    assert 403 == status
    assert "members:write" in message


async def test_agents_services_and_viewers_make_no_keys(hall: Hall) -> None:
    service = await _make(await hall.owner(), name="nightly", kind="service")
    viewer = await hall.join("Vera", role="viewer")

    replies = [
        await hall.rest_as(key).post("/api/v1/api-keys", json={"name": "more"}) for key in (hall.founded.api_key, service["key"], viewer)
    ]

    assert [403, 403, 403] == [reply.status_code for reply in replies]


async def test_an_agent_raised_to_admin_by_hand_still_makes_no_keys_and_manages_nobody(hall: Hall) -> None:
    async with hall.world.database.connection() as db:
        await db.execute("update members set role = 'admin' where user_id = $1", hall.agent.id)
    hall.world.access.forget(hall.founded.organisation_id, hall.agent.id)

    scopes = (await _holder(hall, hall.founded.api_key)).scopes

    assert not scopes & {"keys:write", "members:write", "approvals:write"}


@pytest.mark.parametrize(
    ("role", "wanted", "words"),
    [
        ("owner", {"scopes": ["task:read"]}, "there is no scope task:read, did you mean tasks:read?"),
        ("owner", {"scopes": ["everything"]}, "there is no scope everything: give some of approvals:write, audit:read"),
        ("member", {"scopes": ["members:write"]}, "cannot hold members:write"),
        ("owner", {"scopes": ["members:write"], "kind": "agent"}, "cannot hold members:write"),
        ("owner", {"scopes": ["keys:write"], "kind": "service"}, "cannot hold keys:write"),
        ("owner", {"expires_at": "2020-01-01T00:00:00Z"}, "expires_at: has passed"),
        ("owner", {"expires_at": "2099-01-01T00:00:00"}, "expires_at"),
        ("owner", {"kind": "robot"}, "must be one of person, agent, service"),
        ("owner", {"name": "nul\x00"}, "control characters"),
        ("owner", {"name": ""}, "name"),
        ("owner", {"user_id": "me"}, "there is no such parameter"),
    ],
)
async def test_a_key_that_cannot_be_is_refused_with_the_reason(hall: Hall, role: str, wanted: dict[str, Any], words: str) -> None:
    status, message = await _refusal(await hall.person(role), **wanted)

    assert 422 == status
    assert words in message


async def test_a_key_with_few_scopes_opens_little(hall: Hall) -> None:
    made = await _make(await hall.owner(), scopes=["tasks:read"])

    async with hall.rest_as(made["key"]) as client:
        replies = [await client.get("/api/tasks"), await client.post("/api/tasks", json={"title": "T"}), await client.get("/api/v1/audit")]

    assert [200, 403, 403] == [reply.status_code for reply in replies]


async def test_a_key_that_only_reads_changes_nothing_of_its_holders_account(hall: Hall) -> None:
    owner = await hall.owner()
    made = await _make(owner, scopes=["members:read", "tasks:read"])

    async with hall.rest_as(made["key"]) as client:
        replies = [
            await client.patch("/api/v1/users/me", json={"name": "Mallory"}),
            await client.delete(f"/api/v1/sessions/{owner.actor.credential_id}"),
        ]

    assert [403, 403] == [reply.status_code for reply in replies]
    assert "Olive Owner" == (await owner.rest.get("/users/me")).json()["name"]


async def test_a_key_never_makes_a_key_that_opens_more_or_lasts_longer(hall: Hall) -> None:
    end = datetime.now(UTC) + timedelta(days=1)
    limits = {"scopes": ["tasks:read", "keys:write"], "repositories": ["Ledger"], "expires_at": end.isoformat()}
    limited = hall.rest_as((await _make(await hall.owner(), **limits))["key"])

    same = await limited.post("/api/v1/api-keys", json={"name": "child"})
    agent = await limited.post("/api/v1/api-keys", json={"name": "child", "kind": "agent"})
    refused = [
        await limited.post("/api/v1/api-keys", json={"name": "child", **more})
        for more in (
            {"scopes": ["tasks:write"]},
            {"repositories": ["ledger", "gate-app"]},
            {"expires_at": (end + timedelta(days=1)).isoformat()},
        )
    ]

    shown = same.json()
    assert (["keys:write", "tasks:read"], ["ledger"], end) == (
        shown["scopes"], shown["repositories"], datetime.fromisoformat(shown["expires_at"]),
    )  # fmt: skip
    assert ["tasks:read"] == agent.json()["scopes"]
    assert [422, 422, 422] == [reply.status_code for reply in refused]
    await limited.aclose()


async def test_the_actor_of_a_limited_key_carries_its_repositories(hall: Hall) -> None:
    made = await _make(await hall.owner(), repositories=["Ledger", "GATE-app", "ledger"])

    assert frozenset({"ledger", "gate-app"}) == (await _holder(hall, made["key"])).repositories
    assert (await _holder(hall, hall.founded.api_key)).repositories is None


async def test_a_key_ends_when_it_says(hall: Hall) -> None:
    made = await _make(await hall.person(), expires_at=(datetime.now(UTC) + timedelta(hours=1)).isoformat())
    async with hall.world.database.connection() as db:
        await db.execute("update api_keys set expires_at = now() where id = $1", made["id"])

    assert 401 == (await hall.rest_as(made["key"]).get("/users/me")).status_code


async def test_a_deleted_key_opens_nothing_at_once_and_its_streams_end(hall: Hall, address: str) -> None:
    person = await hall.person()
    made = await _make(person, name="wren", kind="agent")
    async with listen(address, made["key"]) as stream:
        await stream.opened()

        reply = await person.rest.delete(f"/api/v1/api-keys/{made['id']}")
        last = await stream.next()

    assert (200, {}) == (reply.status_code, reply.json())
    assert ("error", "not_signed_in") == (last.event, last.data["code"])
    assert 401 == (await hall.rest_as(made["key"]).get("/users/me")).status_code
    assert 404 == (await person.rest.delete(f"/api/v1/api-keys/{made['id']}")).status_code


async def _names(person: Person) -> set[str]:
    return {key["name"] for key in (await person.rest.get("/api/v1/api-keys")).json()["api_keys"]}


async def test_people_see_their_own_keys_and_those_of_their_agents_and_managers_see_all(hall: Hall) -> None:
    paula, quinn, admin = await hall.person(), await hall.person(), await hall.person("admin")
    await _make(paula, name="paula's")
    await _make(paula, name="wren", kind="agent")
    await _make(quinn, name="quinn's")

    assert {"paula's", "wren"} == await _names(paula)
    assert {"quinn's"} == await _names(quinn)
    assert {"paula's", "wren", "quinn's", "robin"} == await _names(admin)


async def test_nobody_deletes_a_key_that_they_do_not_see(hall: Hall, world: World) -> None:
    made = await _make(await hall.person())
    strangers = [await hall.person(), await (await Hall.open(world, hall.app)).owner()]

    replies = [await stranger.rest.delete(f"/api/v1/api-keys/{made['id']}") for stranger in strangers]

    assert [404, 404] == [reply.status_code for reply in replies]
    assert 200 == (await hall.rest_as(made["key"]).get("/users/me")).status_code


async def test_an_admin_deletes_a_members_key_but_not_an_owners(hall: Hall) -> None:
    admin = await hall.person("admin")
    of_member, of_owner = await _make(await hall.person()), await _make(await hall.owner())

    replies: list[httpx2.Response] = [await admin.rest.delete(f"/api/v1/api-keys/{made['id']}") for made in (of_member, of_owner)]

    assert [200, 403] == [reply.status_code for reply in replies]


# The rules ------------------------------------------------------------------------------------------------------------

SCOPES = st.sets(st.sampled_from([*sorted(rules.MANAGE), "task:read", ""]))
NAMES = st.none() | st.sets(st.sampled_from(["a", "B", "b", "c"]))


def _actor(scopes: set[str], repositories: set[str] | None) -> Actor:
    opened = None if repositories is None else frozenset(name.lower() for name in repositories)
    scoped = rules.scopes_of("owner", scopes)
    return Actor(UUID(int=1), UUID(int=2), "person", "o", "O", "owner", scoped, "key", UUID(int=3), repositories=opened)


@given(SCOPES, st.none() | SCOPES, st.sampled_from([("owner", "person"), ("member", "agent"), ("service", "service")]))
def test_no_key_holds_more_than_its_maker(held: set[str], wanted: set[str] | None, holder: tuple[str, str]) -> None:
    maker = _actor(held, None)
    try:
        granted = rules.granted_scopes(maker, wanted, *holder)
    except ValidationFailed:
        return

    assert rules.scopes_of(holder[0], granted, holder[1]) <= maker.scopes


@given(NAMES, NAMES)
def test_no_key_reaches_repositories_that_its_maker_does_not(held: set[str] | None, wanted: set[str] | None) -> None:
    maker = _actor(set(), held)
    try:
        granted = rules.granted_repositories(maker, wanted)
    except ValidationFailed:
        return

    assert maker.repositories is None or (granted is not None and set(granted) <= maker.repositories)
