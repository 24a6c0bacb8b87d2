"""Coming in: the first account, invitation links, and accounts that join one more organisation."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from crewhall.accounts import rules
from crewhall.app import SET_UP_CODE, World, open_faces, open_world
from crewhall.kit.secrets import kept_secret
from crewhall.kit.settings import Settings
from tests.harness.database import TestServer
from tests.harness.hall import PASSWORD, Hall, Person, rest_client

ADA = {"email": "Ada@Example.test", "password": "analytical engine", "name": "Ada Lovelace"}


async def _invite(by: Person, **wanted: Any) -> dict[str, Any]:
    reply = await by.rest.post("/api/v1/invitations", json=wanted)
    assert 201 == reply.status_code, reply.text
    made: dict[str, Any] = reply.json()
    return made


async def _register(hall: Hall, invitation: str, **account: Any) -> httpx2.Response:
    return await hall.rest_as(None).post("/api/v1/auth/register", json={**_somebody(), **account, "invitation": invitation})


def _somebody() -> dict[str, str]:
    return ADA | {"email": f"ada.{next(NUMBERS)}@example.test"}


NUMBERS = iter(range(10**6))


# In other words ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("account", "name", "username"),
    [
        ({"username": "adal"}, "Ada Lovelace", "adal"),
        ({}, "Ada Lovelace", "ada.lovelace-"),
        ({"full_name": "Countess Lovelace"}, "Countess Lovelace", "ada.lovelace-"),
    ],
)
async def test_a_registration_as_atlas_takes_it_makes_a_decent_name(
    hall: Hall, account: dict[str, str], name: str, username: str
) -> None:  # fmt: skip
    link = await _invite(await hall.owner())
    given = {"email": f"ada.lovelace+{next(NUMBERS)}@example.test", "password": "analytical engine", **account}

    reply = await hall.rest_as(None).post("/api/v1/auth/register", json={**given, "invitation": link["token"]})

    assert 201 == reply.status_code, reply.text
    assert name == reply.json()["user"]["name"]
    assert reply.json()["user"]["username"].startswith(username)


@pytest.mark.parametrize(
    ("email", "name"),
    [
        ("ada@example.org", "Ada"), ("ADA_KING@example.org", "ADA KING"), ("j.-p.sartre@example.org", "J P Sartre"),
        ("+x@example.org", "+x@example.org"), ("...@example.org", "...@example.org"), ("42@example.org", "42"),
    ],
)  # fmt: skip
def test_a_name_is_made_of_any_e_mail(email: str, name: str) -> None:
    assert name == rules.name_from(email)


async def test_two_names_at_once_or_an_empty_one_are_refused(hall: Hall) -> None:
    link = await _invite(await hall.owner())

    replies = [await _register(hall, link["token"], **account) for account in ({"full_name": "Ada L."}, {"name": ""}, {"name": 7})]

    assert [422] * 3 == [reply.status_code for reply in replies]


# The first account ----------------------------------------------------------------------------------------------------


@pytest.fixture
async def empty(postgres: TestServer, tmp_path: Path) -> AsyncIterator[tuple[httpx2.AsyncClient, str, World]]:
    """A hall that nobody has entered yet: a client without a credential, and the code that the start would print."""
    settings = Settings(CREWHALL_HOME=tmp_path, DATABASE_URL=SecretStr(await postgres.clone()))
    async with open_world(settings, address="http://hall.test") as world, open_faces(world) as app, rest_client(app, None) as client:
        yield client, kept_secret(settings.secrets_folder, SET_UP_CODE), world


async def test_the_set_up_code_makes_the_first_owner_and_opens_nothing_afterwards(empty: tuple[httpx2.AsyncClient, str, World]) -> None:
    client, code, _ = empty
    before = await client.get(f"/api/v1/invitations/open/{code}")

    first = await client.post("/api/v1/auth/register", json={**ADA, "invitation": code, "organisation": "Engine room"})

    again = await client.post("/api/v1/auth/register", json={**_somebody(), "invitation": code, "organisation": "Mine"})
    after = await client.get(f"/api/v1/invitations/open/{code}")
    me = await client.get("/users/me", headers={"Authorization": f"Bearer {first.json()['access_token']}"})
    assert (200, "owner", None) == (before.status_code, before.json()["role"], before.json()["organisation"])
    assert (201, "owner", "ada") == (first.status_code, me.json()["role"], me.json()["username"])
    assert (404, 404) == (again.status_code, after.status_code)
    assert "first account exists" in again.json()["error"]["message"] == after.json()["error"]["message"]


async def test_of_two_first_owners_at_once_one_is_let_in(empty: tuple[httpx2.AsyncClient, str, World]) -> None:
    client, code, world = empty
    wanted = {"invitation": code, "organisation": "Engine room"}

    replies = await asyncio.gather(*(client.post("/api/v1/auth/register", json={**_somebody(), **wanted}) for _ in range(4)))

    async with world.database.connection() as db:
        organisations = await db.fetchval("select count(*) from organisations")
    assert [201, 404, 404, 404] == sorted(reply.status_code for reply in replies)
    assert 1 == organisations


async def test_the_first_account_names_its_organisation(empty: tuple[httpx2.AsyncClient, str, World]) -> None:
    client, code, _ = empty

    reply = await client.post("/api/v1/auth/register", json={**ADA, "invitation": code})

    assert (422, "organisation") == (reply.status_code, reply.json()["error"]["details"]["fields"][0]["field"])


async def test_a_link_carries_the_address_of_the_hall(empty: tuple[httpx2.AsyncClient, str, World]) -> None:
    client, code, _ = empty
    first = await client.post("/api/v1/auth/register", json={**ADA, "invitation": code, "organisation": "Engine room"})
    owner = {"Authorization": f"Bearer {first.json()['access_token']}"}

    link = (await client.post("/api/v1/invitations", json={}, headers=owner)).json()

    assert f"http://hall.test/join/{link['token']}" == link["url"]


# Invitations ----------------------------------------------------------------------------------------------------------


async def test_an_invited_person_is_logged_in_with_the_role_of_the_invitation(hall: Hall) -> None:
    link = await _invite(await hall.owner(), role="viewer")
    shown = await hall.rest_as(None).get(f"/api/v1/invitations/open/{link['token']}")

    reply = await _register(hall, link["token"], name="Vera <script>")

    user = reply.json()["user"]
    assert ("Olive Owner", "viewer", None) == tuple(shown.json()[name] for name in ("invited_by", "role", "email"))
    assert (201, "viewer", "Vera <script>") == (reply.status_code, user["role"], user["name"])
    assert 200 == (await hall.rest_as(reply.json()["access_token"]).get("/api/tasks")).status_code


async def test_of_two_registrations_at_once_with_one_invitation_one_wins(hall: Hall) -> None:
    link = await _invite(await hall.owner())

    replies = await asyncio.gather(*(_register(hall, link["token"]) for _ in range(5)))

    assert [201, 404, 404, 404, 404] == sorted(reply.status_code for reply in replies)


async def test_an_invitation_is_kept_only_as_a_salted_hash(hall: Hall) -> None:
    link = await _invite(await hall.owner())

    async with hall.world.database.connection() as db:
        row = await db.fetchrow("select * from invitations where organisation_id = $1", hall.founded.organisation_id)

    assert row is not None
    assert link["token"] not in str(dict(row))
    assert 32 == len(row["token_hash"])


@pytest.mark.parametrize(
    ("end", "words"),
    [
        ("update invitations set expires_at = now() - interval '1 second' where id = $1", "is over"),
        ("update invitations set revoked_at = now() where id = $1", "is over"),
        ("update invitations set used_at = now() where id = $1", "was used"),
        ("delete from invitations where id = $1", "no such invitation"),
    ],
)
async def test_an_invitation_that_is_no_longer_good_says_so(hall: Hall, end: str, words: str) -> None:
    link = await _invite(await hall.owner())
    async with hall.world.database.connection() as db:
        await db.execute(end, link["id"])

    shown = await hall.rest_as(None).get(f"/api/v1/invitations/open/{link['token']}")
    reply = await _register(hall, link["token"])

    assert (404, 404) == (shown.status_code, reply.status_code)
    assert words in reply.json()["error"]["message"] == shown.json()["error"]["message"]


async def test_an_invitation_lasts_a_week_and_thirty_days_at_most(hall: Hall) -> None:
    owner = await hall.owner()

    listed = await _invite(owner)
    longest = await _invite(owner, days=30)
    refused = await owner.rest.post("/api/v1/invitations", json={"days": 31})

    rows = {row["id"]: row for row in (await owner.rest.get("/api/v1/invitations")).json()["invitations"]}
    assert {listed["id"], longest["id"]} == rows.keys()
    assert "token" not in str(rows)
    assert 422 == refused.status_code


async def test_an_invitation_for_an_e_mail_is_for_nobody_else(hall: Hall) -> None:
    link = await _invite(await hall.owner(), email="Grace@example.test")

    other = await _register(hall, link["token"])
    right = await _register(hall, link["token"], email="grace@EXAMPLE.test")

    assert (403, 201) == (other.status_code, right.status_code)


@pytest.mark.parametrize(("role", "wanted", "status"), [("admin", "owner", 403), ("admin", "admin", 201), ("owner", "owner", 201)])
async def test_nobody_invites_above_their_own_role(hall: Hall, role: str, wanted: str, status: int) -> None:
    inviter = await hall.person(role)

    reply = await inviter.rest.post("/api/v1/invitations", json={"role": wanted})

    assert status == reply.status_code


@pytest.mark.parametrize("cut", [{"scopes": ["members:read", "members:write"]}, {"repositories": ["ledger"]}])
async def test_a_key_that_was_cut_down_invites_nobody_to_more_than_it_opens(hall: Hall, cut: dict[str, Any]) -> None:
    made = await (await hall.owner()).rest.post("/api/v1/api-keys", json={"name": "cut down", **cut})
    cut_down = hall.rest_as(made.json()["key"])

    replies = [await cut_down.post("/api/v1/invitations", json={"role": role}) for role in ("owner", "member")]

    assert [(403, "not_allowed")] * 2 == [(reply.status_code, reply.json()["error"]["code"]) for reply in replies]


async def test_an_invitation_is_revoked_by_its_own_organisation_only(hall: Hall, world: World) -> None:
    owner, link = await hall.owner(), await _invite(await hall.owner())
    stranger = await (await Hall.open(world, hall.app)).owner()

    foreign = await stranger.rest.delete(f"/api/v1/invitations/{link['id']}")
    still_good = await hall.rest_as(None).get(f"/api/v1/invitations/open/{link['token']}")
    own = await owner.rest.delete(f"/api/v1/invitations/{link['id']}")

    assert (404, 200, 200) == (foreign.status_code, still_good.status_code, own.status_code)
    assert 404 == (await _register(hall, link["token"])).status_code


async def test_an_admin_does_not_revoke_an_invitation_for_an_owner(hall: Hall) -> None:
    link = await _invite(await hall.owner(), role="owner")

    reply = await (await hall.person("admin")).rest.delete(f"/api/v1/invitations/{link['id']}")

    assert 403 == reply.status_code


# Accounts -------------------------------------------------------------------------------------------------------------


async def test_somebody_with_an_account_joins_with_its_own_password_only(hall: Hall, world: World) -> None:
    known = await (await Hall.open(world, hall.app)).person("admin")
    link = await _invite(await hall.owner(), role="viewer")

    wrong = await _register(hall, link["token"], email=known.email.upper(), password="not the password at all")
    right = await _register(hall, link["token"], email=known.email.upper(), password=PASSWORD)

    assert (401, 201) == (wrong.status_code, right.status_code)
    assert (str(known.actor.id), "viewer") == (right.json()["user"]["id"], right.json()["user"]["role"])
    assert "admin" == (await known.rest.get("/users/me")).json()["role"]
    here = await hall.log_in(known.email, PASSWORD)
    assert (hall.founded.organisation_id, "viewer") == (here.actor.organisation_id, here.actor.role)


async def test_guessing_a_password_by_registering_is_slowed_down_as_well(hall: Hall) -> None:
    victim = await hall.person()
    links = await _invite(await hall.owner())

    replies = [
        await _register(hall, links["token"], email=victim.email, password=f"guess number {number}")
        for number in range(rules.FAILURES_ALLOWED + 1)
    ]

    assert [401] * rules.FAILURES_ALLOWED + [429] == [reply.status_code for reply in replies]


async def test_a_member_does_not_join_twice(hall: Hall) -> None:
    member = await hall.person()
    link = await _invite(await hall.owner(), role="owner")

    reply = await _register(hall, link["token"], email=member.email, password=PASSWORD)

    assert 409 == reply.status_code
    assert "member" == (await member.rest.get("/users/me")).json()["role"]


async def test_user_names_are_unique_within_the_organisation(hall: Hall) -> None:
    owner = await hall.owner()
    links = [await _invite(owner) for _ in range(4)]

    made = [
        (await _register(hall, link["token"], email=f"Same.Name@{number}.test")).json()["user"]["username"]
        for number, link in enumerate(links[:3])
    ]
    taken = await _register(hall, links[3]["token"], username="SAME.name")

    assert ["same.name", "same.name-2", "same.name-3"] == made
    assert (422, "SAME.name-4") == (taken.status_code, taken.json()["error"]["details"]["fields"][0]["did_you_mean"])


@pytest.mark.parametrize(
    "wrong",
    [
        {"email": "no-address"},
        {"email": "two words@example.test"},
        {"email": "a@b"},
        {"email": "nul\x00@example.test"},
        {"password": "too short"},
        {"password": "nul \x00 in a password"},
        {"password": "x" * 1025},
        {"name": " "},
        {"name": "two\nlines"},
        {"username": "with space"},
        {"username": "a@example.test"},
        {"username": "me"},
        {"username": "nobody"},
        {"role": "owner"},
    ],
)
async def test_what_is_wrong_with_a_registration_is_said_and_the_invitation_stays_good(hall: Hall, wrong: dict[str, str]) -> None:
    link = await _invite(await hall.owner())

    reply = await _register(hall, link["token"], **wrong)

    assert (422, "validation_failed") == (reply.status_code, reply.json()["error"]["code"])
    assert PASSWORD not in reply.text
    assert 201 == (await _register(hall, link["token"])).status_code


async def test_two_invitations_for_one_new_e_mail_make_one_account(hall: Hall) -> None:
    owner = await hall.owner()
    links = [await _invite(owner) for _ in range(3)]

    replies = await asyncio.gather(*(_register(hall, link["token"], email="twice@example.test") for link in links))

    async with hall.world.database.connection() as db:
        accounts = await db.fetchval("select count(*) from users where lower(email) = 'twice@example.test'")
    assert 1 == accounts
    assert [201, 409, 409] == sorted(reply.status_code for reply in replies)


async def test_a_registration_and_the_demotion_of_who_invited_do_not_lock_each_other_up(hall: Hall) -> None:
    owner, admin = await hall.owner(), await hall.person("admin")
    links = [await _invite(admin, role="admin") for _ in range(6)]
    demotion = owner.rest.patch(f"/api/v1/members/{admin.actor.id}", json={"role": "member"})

    replies = await asyncio.gather(
        *(_register(hall, link["token"]) for link in links[:3]), demotion, *(_register(hall, link["token"]) for link in links[3:])
    )

    assert {reply.status_code for reply in replies} <= {200, 201, 404}
    assert 200 == replies[3].status_code


@given(st.text(max_size=20), st.sets(st.text(max_size=20), max_size=20))
def test_a_free_user_name_is_one_that_nobody_has(wanted: str, taken: set[str]) -> None:
    free = rules.free_username(wanted, taken)

    assert free.lower() not in {name.lower() for name in taken} | {"me", "nobody"}
    assert free.startswith(wanted)


def test_an_invitation_is_good_for_a_week_unless_said_otherwise() -> None:
    assert timedelta(days=7) == timedelta(days=rules.INVITATION_DAYS)
