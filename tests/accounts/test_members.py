"""Members: who may change whom, and how a membership ends."""

from __future__ import annotations

import asyncio
import itertools
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crewhall.accounts import end_membership, find_member, rules
from crewhall.app import World
from crewhall.kit.capability import Actor, Call
from crewhall.kit.errors import Conflict, CrewhallError, NotAllowed, NotSignedIn
from tests.harness.hall import PASSWORD, Hall, Person

PEOPLE = ("owner", "admin", "member", "viewer")


async def _set_role(by: Person, whom: Person, role: str) -> int:
    return (await by.rest.patch(f"/api/v1/members/{whom.actor.id}", json={"role": role})).status_code


async def _role(hall: Hall, person: Person) -> str:
    async with hall.world.database.connection() as db:
        return str(await db.fetchval("select role from members where user_id = $1", person.actor.id))


async def _end(hall: Hall, by: Actor, whom: Person) -> None:
    """What the room above does when it deactivates somebody."""
    async with hall.world.database.connection() as db:
        async with db.transaction():
            call = Call(db, hall.world.clock(), hall.world.seam.services, "", "test", by)
            await end_membership(call, await find_member(db, by, str(whom.actor.id), "member"))
        for step in call.notes.afterwards:
            step()


async def test_members_are_listed_with_what_is_known_of_them(hall: Hall) -> None:
    viewer = await hall.person("viewer")

    members = (await viewer.rest.get("/api/v1/members")).json()["members"]

    robin = next(member for member in members if member["name"] == "robin")
    assert ("agent", "Olive Owner", str(hall.founded.owner_id)) == (robin["kind"], robin["responsible_name"], robin["responsible_id"])
    assert ["person", "person", "agent"] == [member["kind"] for member in members]
    assert (True, True, None) == (bool(robin["joined_at"]), bool(robin["last_seen_at"]), robin["deactivated_at"])


@pytest.mark.parametrize(
    ("by", "whom", "role", "status"),
    [
        ("owner", "member", "owner", 200),
        ("owner", "admin", "viewer", 200),
        ("admin", "member", "admin", 200),
        ("admin", "admin", "viewer", 200),
        ("admin", "member", "owner", 403),
        ("admin", "owner", "viewer", 403),
        ("member", "viewer", "member", 403),
        ("viewer", "viewer", "member", 403),
        ("owner", "member", "service", 422),
        ("owner", "member", "emperor", 422),
    ],
)
async def test_a_role_is_changed_by_those_above_it(hall: Hall, by: str, whom: str, role: str, status: int) -> None:
    changer, changed = await hall.person(by), await hall.person(whom)

    answer = await _set_role(changer, changed, role)

    assert status == answer
    assert (role if status == 200 else whom) == await _role(hall, changed)


@pytest.mark.parametrize("cut", [{"scopes": ["members:read", "members:write"]}, {"repositories": ["ledger"]}])
async def test_a_key_that_was_cut_down_raises_nobody_to_more_than_it_opens(hall: Hall, cut: dict[str, Any]) -> None:
    viewer, member = await hall.person("viewer"), await hall.person("member")
    made = await (await hall.owner()).rest.post("/api/v1/api-keys", json={"name": "cut down", **cut})
    cut_down = hall.rest_as(made.json()["key"])

    raised = await cut_down.patch(f"/api/v1/members/{viewer.actor.id}", json={"role": "admin"})
    lowered = await cut_down.patch(f"/api/v1/members/{member.actor.id}", json={"role": "viewer"})

    assert (403, 200) == (raised.status_code, lowered.status_code)


async def test_a_new_role_counts_at_once(hall: Hall) -> None:
    owner, person = await hall.owner(), await hall.person("admin")
    assert 200 == (await person.rest.get("/api/v1/audit")).status_code

    await _set_role(owner, person, "viewer")

    assert 403 == (await person.rest.get("/api/v1/audit")).status_code


async def test_the_last_owner_stays_one(hall: Hall) -> None:
    owner = await hall.owner()

    assert 409 == await _set_role(owner, owner, "admin")
    assert "owner" == await _role(hall, owner)


async def test_two_owners_who_demote_each_other_at_once_leave_one(hall: Hall) -> None:
    first, second = await hall.owner(), await hall.person("owner")

    answers = await asyncio.gather(_set_role(first, second, "member"), _set_role(second, first, "member"))

    roles = [await _role(hall, first), await _role(hall, second)]
    assert 1 == roles.count("owner"), answers


async def test_who_is_demoted_takes_their_open_invitations_along(hall: Hall) -> None:
    owner, admin = await hall.owner(), await hall.person("admin")
    tokens = [(await admin.rest.post("/api/v1/invitations", json={"role": role})).json()["token"] for role in ("admin", "viewer")]

    await _set_role(owner, admin, "member")

    shown = [(await hall.rest_as(None).get(f"/api/v1/invitations/open/{token}")).status_code for token in tokens]
    assert [404, 404] == shown


async def test_an_agent_works_for_a_person(hall: Hall) -> None:
    owner, person = await hall.owner(), await hall.person(name="Paula")

    given = await owner.rest.patch("/api/v1/members/robin", json={"responsible": "Paula", "skills": ["python", "sql"]})
    to_agent = await owner.rest.patch("/api/v1/members/robin", json={"responsible": "robin"})
    of_person = await owner.rest.patch("/api/v1/members/Paula", json={"responsible": "me"})
    as_owner = await owner.rest.patch("/api/v1/members/robin", json={"role": "admin"})

    assert (str(person.actor.id), ["python", "sql"]) == (given.json()["responsible_id"], given.json()["skills"])
    assert [422, 422, 422] == [reply.status_code for reply in (to_agent, of_person, as_owner)]


async def test_nobody_reaches_into_another_organisation(hall: Hall, world: World) -> None:
    person = await hall.person()
    stranger = await (await Hall.open(world, hall.app)).owner()

    replies = [
        await stranger.rest.patch(f"/api/v1/members/{person.actor.id}", json={"role": "viewer"}),
        await stranger.rest.patch(f"/api/v1/members/{person.email}", json={"role": "viewer"}),
        await stranger.rest.post(f"/api/v1/members/{person.actor.id}/reactivate"),
    ]

    assert [404, 404, 404] == [reply.status_code for reply in replies]
    assert person.email not in (await stranger.rest.get("/api/v1/members?include_deactivated=true")).text


# Oneself --------------------------------------------------------------------------------------------------------------


async def test_people_change_their_own_names(hall: Hall) -> None:
    person = await hall.person("viewer")

    reply = await person.rest.patch("/api/v1/users/me", json={"name": "Ada <b>", "username": "ada", "github_username": "ada-l"})
    kept = await person.rest.patch("/api/v1/users/me", json={"name": "Ada"})
    gone = await person.rest.patch("/api/v1/users/me", json={"github_username": None})

    assert ("Ada <b>", "ada", "ada-l") == tuple(reply.json()[name] for name in ("name", "username", "github_username"))
    assert ("Ada", "ada", "ada-l") == tuple(kept.json()[name] for name in ("name", "username", "github_username"))
    assert gone.json()["github_username"] is None
    assert "Ada" == (await hall.world.access.actor_of(person.token)).name


async def test_an_agent_says_itself_what_it_is_good_at(hall: Hall) -> None:
    owner, viewer = await hall.owner(), await hall.person("viewer", "Vic")
    before = (await hall.call("get_member", member="robin"))["name"]

    said = await hall.rest.patch("/api/v1/users/me", json={"skills": ["SQL", " data engineering "]})
    kept = await hall.rest.patch("/api/v1/users/me", json={"github_username": "robin-bot"})
    theirs = await viewer.rest.patch("/api/v1/users/me", json={"skills": ["design"]})
    shown = (await owner.rest.get("/api/v1/members/robin")).json()
    actor = await hall.world.access.actor_of(hall.founded.api_key)
    none = await hall.rest.patch("/api/v1/users/me", json={"skills": []})

    assert [["SQL", "data engineering"]] * 3 == [one["skills"] for one in (said.json(), kept.json(), shown)]
    assert (["design"], []) == (theirs.json()["skills"], none.json()["skills"])
    assert (before, ("SQL", "data engineering")) == (actor.name, actor.skills)


@pytest.mark.parametrize("wrong", [["x"] * 51, ["x" * 256], [""], ["two\nlines"], "sql", [1], [None], ["\x00"]])
async def test_what_is_no_skill_is_not_kept(hall: Hall, wrong: Any) -> None:
    reply = await hall.rest.patch("/api/v1/users/me", json={"skills": wrong})

    assert reply.status_code in {400, 422}
    assert [] == (await hall.call("get_member", member="robin"))["skills"]


@pytest.mark.parametrize("wrong", [{"username": "robin"}, {"username": "ROBIN"}, {"username": "me"}, {"name": ""}, {"role": "owner"}])
async def test_a_name_that_cannot_be_is_refused(hall: Hall, wrong: dict[str, str]) -> None:
    reply = await (await hall.person()).rest.patch("/api/v1/users/me", json=wrong)

    assert 422 == reply.status_code


@pytest.mark.parametrize("borrowed", ["id", "email"])
async def test_nobody_stands_in_the_way_by_taking_an_id_or_an_e_mail_for_a_name(hall: Hall, borrowed: str) -> None:
    owner, viewer = await hall.owner(), await hall.person("viewer")
    reference = str(owner.actor.id) if borrowed == "id" else owner.email
    await viewer.rest.patch("/api/v1/users/me", json={"name": reference})

    async with hall.world.database.connection() as db:
        found = await find_member(db, owner.actor, reference, "member")

    assert owner.actor.id == found["id"]


async def test_a_user_name_is_free_in_every_organisation_of_its_owner(hall: Hall, world: World) -> None:
    elsewhere = await Hall.open(world, hall.app)
    await elsewhere.person(name="Quentin")
    person = await elsewhere.person()
    link = (await (await hall.owner()).rest.post("/api/v1/invitations", json={})).json()["token"]
    account = {"email": person.email, "password": PASSWORD, "name": "x", "invitation": link}
    await hall.rest_as(None).post("/api/v1/auth/register", json=account)

    reply = await (await hall.log_in(person.email, PASSWORD)).rest.patch("/api/v1/users/me", json={"username": "quentin"})

    assert (422, "quentin-2") == (reply.status_code, reply.json()["error"]["details"]["fields"][0]["did_you_mean"])


# The end --------------------------------------------------------------------------------------------------------------


async def test_with_a_membership_end_its_log_ins_keys_and_invitations(hall: Hall) -> None:
    owner, admin = await hall.owner(), await hall.person("admin")
    key = (await admin.rest.post("/api/v1/api-keys", json={"name": "mine"})).json()["key"]
    token = (await admin.rest.post("/api/v1/invitations", json={})).json()["token"]
    assert 200 == (await hall.rest_as(key).get("/users/me")).status_code

    await _end(hall, owner.actor, admin)

    statuses = [(await hall.rest_as(credential).get("/users/me")).status_code for credential in (admin.token, key)]
    assert [401, 401] == statuses
    assert 404 == (await hall.rest_as(None).get(f"/api/v1/invitations/open/{token}")).status_code
    assert 401 == (await hall.rest_as(None).post("/api/v1/auth/login", json={"email": admin.email, "password": PASSWORD})).status_code


async def test_the_agents_of_who_leaves_work_for_who_sent_them_away_with_new_keys(hall: Hall) -> None:
    owner, person = await hall.owner(), await hall.person()
    agent = (await person.rest.post("/api/v1/api-keys", json={"name": "wren", "kind": "agent"})).json()
    assert 200 == (await hall.rest_as(agent["key"]).get("/api/tasks")).status_code

    await _end(hall, owner.actor, person)

    members = {member["id"]: member for member in (await owner.rest.get("/api/v1/members")).json()["members"]}
    assert str(owner.actor.id) == members[agent["user_id"]]["responsible_id"]
    assert None is members[agent["user_id"]]["deactivated_at"]
    assert 401 == (await hall.rest_as(agent["key"]).get("/api/tasks")).status_code  # who left has seen it


async def test_who_was_deactivated_comes_back_with_a_new_log_in_only(hall: Hall) -> None:
    owner, person = await hall.owner(), await hall.person("member", "Paula")
    await _end(hall, owner.actor, person)
    left = (await owner.rest.get("/api/v1/members?include_deactivated=true")).json()["members"]

    reply = await owner.rest.post("/api/v1/members/Paula/reactivate")

    assert [str(person.actor.id)] == [member["id"] for member in left if member["deactivated_at"]]
    assert (200, None) == (reply.status_code, reply.json()["deactivated_at"])
    with pytest.raises(NotSignedIn):
        await hall.world.access.actor_of(person.token)
    assert "member" == (await hall.log_in(person.email, PASSWORD)).actor.role


async def test_an_account_lives_on_in_its_other_organisation(hall: Hall, world: World) -> None:
    elsewhere = await Hall.open(world, hall.app)
    person = await elsewhere.person()
    owner = await hall.owner()
    link = (await owner.rest.post("/api/v1/invitations", json={})).json()
    account = {"email": person.email, "password": PASSWORD, "name": "x", "invitation": link["token"]}
    await hall.rest_as(None).post("/api/v1/auth/register", json=account)

    await _end(hall, owner.actor, await hall.log_in(person.email, PASSWORD))

    assert 200 == (await elsewhere.rest_as(person.token).get("/users/me")).status_code
    assert elsewhere.founded.organisation_id == (await elsewhere.log_in(person.email, PASSWORD)).actor.organisation_id


@pytest.mark.parametrize(("by", "whom", "refusal"), [("admin", "owner", NotAllowed), ("member", "viewer", NotAllowed)])
async def test_a_membership_is_ended_by_those_above_it(hall: Hall, by: str, whom: str, refusal: type[CrewhallError]) -> None:
    ender, ended = await hall.person(by), await hall.person(whom)

    with pytest.raises(refusal):
        await _end(hall, ender.actor, ended)

    assert 200 == (await ended.rest.get("/users/me")).status_code


async def test_nobody_ends_their_own_membership_or_the_same_one_twice(hall: Hall) -> None:
    owner, person = await hall.owner(), await hall.person()

    with pytest.raises(Conflict, match="their own"):
        await _end(hall, owner.actor, owner)
    await _end(hall, owner.actor, person)
    with pytest.raises(CrewhallError):
        await _end(hall, owner.actor, person)


async def test_two_owners_who_end_each_other_at_once_leave_one(hall: Hall) -> None:
    first, second = await hall.owner(), await hall.person("owner")

    await asyncio.gather(_end(hall, first.actor, second), _end(hall, second.actor, first), return_exceptions=True)

    async with hall.world.database.connection() as db:
        count = "select count(*) from members where organisation_id = $1 and role = 'owner' and left_at is null"
        assert 1 == await db.fetchval(count, hall.founded.organisation_id)


# The rules ------------------------------------------------------------------------------------------------------------


def _actor(role: str) -> Actor:
    return Actor(UUID(int=1), UUID(int=2), "person", role, role, role, rules.scopes_of(role, None), "session", UUID(int=3))


@given(st.sampled_from(PEOPLE), st.sampled_from(PEOPLE), st.sampled_from(PEOPLE), st.booleans(), st.integers(1, 3))
def test_no_change_of_role_lifts_anybody_above_who_makes_it(by: str, before: str, after: str, is_self: bool, owners: int) -> None:
    try:
        rules.check_role_change(_actor(by), is_self, "person", before, after, owners)
    except CrewhallError:
        return

    assert by in {"owner", "admin"}
    assert max(rules.RANK[before], rules.RANK[after]) <= rules.RANK[by]
    assert not (before == "owner" != after and owners == 1)


def test_every_role_has_its_rank_and_its_scopes() -> None:
    roles = set(itertools.chain(*rules.ROLES_OF_KIND.values()))

    assert roles == rules.RANK.keys() == rules.SCOPES_OF_ROLE.keys()
