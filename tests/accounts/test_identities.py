"""Tokens of an outside Atlas: whose they are is what somebody linked, and nothing that they say of themselves."""

from __future__ import annotations

import itertools
import json
import time
from typing import Any

import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crewhall.accounts import Access, OutsideIssuer
from crewhall.app import World, open_world
from crewhall.kit.errors import CannotStart, NotSignedIn
from crewhall.kit.settings import Settings
from tests.harness.hall import Hall, Person
from tests.harness.notified import hearing

SECRET = "the secret of the other house, long enough"
_numbers = itertools.count()
ISSUER = OutsideIssuer("atlas", SECRET)


def token(secret: str = SECRET, algorithm: str = "HS256", **claims: Any) -> str:
    """As Atlas makes them: no sub, no iss, no aud, no jti."""
    said = {
        "number": next(_numbers),
        "username": "eve",
        "email": "olive@example.test",
        "role": "owner",
        "exp": int(time.time()) + 600,
    } | claims
    signed = json.dumps({name: value for name, value in said.items() if value is not None}).encode()
    return jwt.PyJWS().encode(signed, secret, algorithm=algorithm)  # as it is: the library would refuse to write some that it reads


@pytest.fixture
async def atlas(hall: Hall, monkeypatch: pytest.MonkeyPatch) -> Access:
    """The hall takes tokens of an Atlas for this test's organisation."""
    access = hall.world.access
    outside = OutsideIssuer("atlas", SECRET, organisation=str(hall.founded.organisation_id))
    monkeypatch.setattr(access, "outside", outside)
    return access


async def _link(by: Person, member: str, subject: str, **more: Any) -> Any:
    return await by.rest.post("/api/v1/identities", json={"member": member, "subject": subject, **more})


async def _linked(hall: Hall, role: str = "member", subject: str = "42") -> tuple[Person, Person]:
    """The owner, and somebody to whom the outside user is linked."""
    owner, ada = await hall.owner(), await hall.person(role, name="ada")
    assert 201 == (await _link(owner, ada.email, subject)).status_code
    return owner, ada


# Reading tokens -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("claims", "subject"),
    [
        ({"id": 42}, "42"),
        ({"user_id": 7, "id": 42, "sub": "x"}, "7"),
        ({"sub": "x"}, "x"),
        ({"id": 42, "sub": "x"}, "42"),
        ({"id": 0}, "0"),
    ],
)
def test_the_user_is_looked_for_in_order(claims: dict[str, Any], subject: str) -> None:
    claim = ISSUER.read(token(**claims))

    assert claim is not None
    assert subject == claim.subject


@pytest.mark.parametrize(
    "claims",
    [
        {"id": True}, {"id": ""}, {"id": "  "}, {"id": "a\nb"}, {"id": "a\x00"}, {"id": "x" * 256}, {"id": [1]}, {"id": 1.5}, {},
        {"id": 1, "iss": "crewhall"}, {"id": 1, "iss": ["atlas"]}, {"id": 1, "aud": "somebody"}, {"id": 1, "exp": 1},
        {"id": 1, "exp": None}, {"id": 1, "exp": 1e300}, {"id": 1, "nbf": 4_000_000_000},
    ],
)  # fmt: skip
def test_a_token_that_is_signed_and_no_good_is_refused(claims: dict[str, Any]) -> None:
    with pytest.raises(NotSignedIn, match="This token of atlas"):
        ISSUER.read(token(**claims))


@pytest.mark.parametrize(
    "word",
    [
        "", "x", "a.b.c", "ey.ey.ey", "\x00", "é.é.é", token(secret="another secret that is long enough too", id=1),
        token(secret=SECRET * 2, algorithm="HS512", id=1), token(id=1)[:-2],
        jwt.encode({"id": 1, "exp": 4_000_000_000}, "", algorithm="none"),
    ],
)  # fmt: skip
def test_what_it_did_not_sign_is_none_of_its_tokens(word: str) -> None:
    assert ISSUER.read(word) is None


@given(st.text(max_size=200))
def test_any_words_are_read(word: str) -> None:
    assert ISSUER.read(word) is None


def test_an_audience_is_demanded_where_one_is_configured() -> None:
    strict = OutsideIssuer("atlas", SECRET, audience="crewhall-hub")

    assert strict.read(token(id=1, aud="crewhall-hub")) is not None
    with pytest.raises(NotSignedIn):
        strict.read(token(id=1))


def test_its_secret_is_in_no_log() -> None:
    assert SECRET not in repr(ISSUER)


# Acting as a member -----------------------------------------------------------------------------------------------------------


async def test_a_linked_user_acts_as_the_member_with_less_than_a_log_in(hall: Hall, atlas: Access) -> None:
    _, ada = await _linked(hall, "admin")

    rest = hall.rest_as(None)
    me = await rest.get("/api/v1/users/me", headers={"Authorization": f"Bearer {token(id=42)}"})

    assert (200, str(ada.actor.id)) == (me.status_code, me.json()["id"])
    actor = await atlas.actor_of(token(id=42))
    assert "outside" == actor.credential
    assert {"keys:write", "members:write"} == set(ada.actor.scopes - actor.scopes)
    assert 403 == (await hall.rest_as(token(id=42)).post("/api/v1/api-keys", json={"name": "stay"})).status_code


async def test_an_unknown_user_is_told_what_to_do_and_no_e_mail_lets_anybody_in(hall: Hall, atlas: Access) -> None:
    stranger = token(id=43, email=hall.founded.email, username="olive owner", role="owner", sub=hall.founded.email)

    reply = await hall.rest_as(stranger).get("/api/tasks")

    assert 401 == reply.status_code
    assert "user 43 is linked to nobody here: an owner or an admin links it" in reply.json()["error"]["message"]


async def test_its_tokens_open_one_organisation_only(hall: Hall, world: World, atlas: Access) -> None:
    other = await Hall.open(world, hall.app)
    owner = await other.owner()

    assert 409 == (await _link(owner, "me", "42")).status_code
    async with world.database.connection() as db:
        await db.execute(
            "insert into identities (organisation_id, issuer, subject, user_id) values ($1, 'atlas', '42', $2)",
            other.founded.organisation_id, owner.actor.id,
        )  # fmt: skip
    with pytest.raises(NotSignedIn):
        await atlas.actor_of(token(id=42))
    await other.rest.aclose()


async def test_a_link_that_ends_ends_the_token(hall: Hall, atlas: Access) -> None:
    owner, ada = await _linked(hall)
    assert ada.actor.id == (await atlas.actor_of(token(id=42))).id
    (identity,) = (await owner.rest.get("/api/v1/identities")).json()["identities"]
    assert identity["last_used_at"]

    assert 200 == (await owner.rest.delete(f"/api/v1/identities/{identity['id']}")).status_code

    with pytest.raises(NotSignedIn):
        await atlas.actor_of(token(id=42))
    assert 404 == (await owner.rest.delete(f"/api/v1/identities/{identity['id']}")).status_code


async def test_a_membership_that_ends_ends_the_token(hall: Hall, atlas: Access) -> None:
    owner, ada = await _linked(hall)

    await owner.rest.post(f"/api/v1/members/{ada.email}/deactivate")

    with pytest.raises(NotSignedIn):
        await atlas.actor_of(token(id=42))


async def test_our_own_log_ins_go_on_beside_it(hall: Hall, atlas: Access) -> None:
    ada = await hall.person()

    assert ada.actor.id == (await atlas.actor_of(ada.token)).id
    with pytest.raises(NotSignedIn, match="neither a valid token"):
        await atlas.actor_of("nonsense")


async def test_no_outside_token_opens_a_hall_that_trusts_nobody(hall: Hall) -> None:
    with pytest.raises(NotSignedIn):
        await hall.world.access.actor_of(token(id=42))
    reply = await _link(await hall.owner(), "me", "42")
    assert (409, True) == (reply.status_code, "ATLAS_JWT_SECRET" in reply.json()["error"]["message"])


# Linking ----------------------------------------------------------------------------------------------------------------------


async def test_who_is_linked_hears_of_it(hall: Hall, atlas: Access) -> None:
    owner, ada = await hall.owner(), await hall.person(name="ada")
    async with hearing(hall, ada.actor) as ear:
        await _link(owner, ada.email, "42")
        told = await ear.next()

    assert "identity_linked" == told["notification"]["kind"]
    assert "Olive Owner linked an outside account to yours: user 42 of atlas" == told["message"]


async def test_one_outside_user_is_one_member(hall: Hall, atlas: Access) -> None:
    owner, _ = await _linked(hall)

    reply = await _link(owner, "me", "42")

    assert 409 == reply.status_code
    assert "is linked to ada: unlink_identity first" in reply.json()["error"]["message"]


async def test_nobody_links_above_themselves_and_members_link_nobody(hall: Hall, atlas: Access) -> None:
    admin, member = await hall.person("admin"), await hall.person()

    assert 403 == (await _link(admin, hall.founded.email, "42")).status_code
    assert 403 == (await _link(member, "me", "42")).status_code
    assert 403 == (await member.rest.get("/api/v1/identities")).status_code


async def test_a_limited_key_of_an_owner_links_nobody(hall: Hall, atlas: Access) -> None:
    owner = await hall.owner()
    made = (await owner.rest.post("/api/v1/api-keys", json={"name": "k", "scopes": ["members:write"]})).json()

    reply = await hall.rest_as(made["key"]).post("/api/v1/identities", json={"member": "me", "subject": "42"})

    assert 403 == reply.status_code


@pytest.mark.parametrize(
    ("wanted", "status"),
    [
        ({"member": "robin"}, 422),
        ({"issuer": "other"}, 422),
        ({"member": "nobody-here"}, 404),
        ({"subject": "a\x00"}, 422),
        ({"subject": ""}, 422),
    ],
)
async def test_what_cannot_be_linked_is_refused(hall: Hall, atlas: Access, wanted: dict[str, str], status: int) -> None:
    owner = await hall.owner()

    reply = await owner.rest.post("/api/v1/identities", json={"member": "me", "subject": "42", **wanted})

    assert status == reply.status_code, reply.text
    assert {"identities": [], "issuer": "atlas"} == (await owner.rest.get("/api/v1/identities")).json()


@pytest.mark.parametrize("wrong", [{"JWT_SECRET": "s" * 40}, {"ATLAS_ISSUER": "crewhall"}])
async def test_a_hall_that_could_take_its_own_tokens_for_outside_ones_does_not_start(settings: Settings, wrong: dict[str, Any]) -> None:
    configured: dict[str, Any] = {"CREWHALL_HOME": settings.home, "DATABASE_URL": settings.database_url, "ATLAS_JWT_SECRET": "s" * 40}

    with pytest.raises(CannotStart, match="ATLAS_JWT_SECRET"):
        async with open_world(Settings(**configured | wrong)):
            pass
