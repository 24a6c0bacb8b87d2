"""The organisation and its team, under the names that Atlas gave its tools."""

from __future__ import annotations

from typing import Any

import pytest

from crewhall.kit.errors import Conflict, CrewhallError, NotAllowed, ValidationFailed
from tests.harness.hall import PASSWORD, Hall


async def test_my_organisation_says_who_we_are(hall: Hall) -> None:
    await hall.person("member")

    found = (await hall.rest.get("/api/v1/organizations/my-organization")).json()

    assert (str(hall.founded.organisation_id), 2, 1, "member", ["Olive Owner"], "UTC") == tuple(
        found[name] for name in ("id", "people", "agents", "your_role", "owners", "time_zone")
    )


async def test_an_owner_changes_the_organisation_and_everybody_reads_it_at_once(hall: Hall) -> None:
    owner = await hall.owner()

    reply = await owner.rest.patch(
        "/api/v1/organizations/my-organization", json={"name": "Pier One", "description": "We build piers.", "time_zone": "Europe/Berlin"}
    )

    assert 200 == reply.status_code, reply.text
    found = await hall.call("get_my_organization")
    assert ("Pier One", "We build piers.", "Europe/Berlin") == (found["name"], found["description"], found["time_zone"])
    assert "Pier One" == (await hall.rest.get("/api/v1/organizations/members")).json()["organization"]


async def test_a_zone_that_there_is_not_is_refused_with_the_nearest(hall: Hall) -> None:
    owner = await hall.owner()

    with pytest.raises(ValidationFailed, match="did you mean Europe/Berlin"):
        await hall.call("update_organization", owner.actor, time_zone="Europe/Berlim")


@pytest.mark.parametrize("name", ["update_organization", "create_organization", "add_team_member", "remove_team_member"])
async def test_members_and_agents_change_nothing_of_it(hall: Hall, name: str) -> None:
    given = {
        "create_organization": {"name": "Mine"},
        "add_team_member": {"email": "a@example.test"},
        "remove_team_member": {"user_id": "me"},
    }
    member = await hall.person("member")

    for actor in (member.actor, hall.agent):
        with pytest.raises(NotAllowed):
            await hall.call(name, actor, **given.get(name, {}))


async def test_a_team_member_is_invited_by_a_link_and_chooses_the_password(hall: Hall) -> None:
    owner = await hall.owner()

    reply = await owner.rest.post(
        "/api/v1/organizations/add-member",
        json={"email": "kofi@harbour.test", "role": "admin", "username": f"kofi-{hall.agent.id.hex[-6:]}", "description": "Rams piles."},
    )
    link = reply.json()
    joined = await hall.rest_as(None).post(
        "/api/v1/auth/register",
        json={"email": "kofi@harbour.test", "password": PASSWORD, "name": "Kofi", "invitation": link["token"]},
    )

    assert (201, 201) == (reply.status_code, joined.status_code), joined.text
    assert "kofi@harbour.test" in link["next_step"]
    team = {one["name"]: one for one in (await hall.call("list_team_members"))["members"]}
    kofi = team["Kofi"]
    assert ("admin", "Rams piles.", "Olive Owner") == (kofi["role"], kofi["description"], kofi["invited_by"])
    assert f"kofi-{hall.agent.id.hex[-6:]}" == kofi["username"]
    assert team["Olive Owner"]["invited_by"] is None


async def test_no_password_comes_through_an_invitation(hall: Hall) -> None:
    owner = await hall.owner()

    with pytest.raises(ValidationFailed, match="password: there is no such parameter"):
        await hall.call("add_team_member", owner.actor, email="a@example.test", password="secret")


async def test_whoever_is_a_member_already_gets_no_link(hall: Hall) -> None:
    owner = await hall.owner()

    with pytest.raises(Conflict, match="Olive Owner is a member here already"):
        await hall.call("add_team_member", owner.actor, email=hall.founded.email.upper())


async def test_nobody_invites_above_their_own_role(hall: Hall) -> None:
    admin = await hall.person("admin")

    with pytest.raises(NotAllowed, match="Only an owner"):
        await hall.call("add_team_member", admin.actor, email="a@example.test", role="owner")


async def test_who_has_an_account_in_another_organisation_is_invited_like_anybody(hall: Hall) -> None:
    other, owner = await Hall.open(hall.world, hall.app), await hall.owner()

    link = await hall.call("add_team_member", owner.actor, email=other.founded.email)

    assert link["url"].endswith(link["token"])
    assert other.founded.email not in str((await hall.call("list_team_members"))["members"])
    await other.rest.aclose()


async def test_somebody_is_taken_out_of_the_team(hall: Hall) -> None:
    owner, leaver = await hall.owner(), await hall.person("member", "Leaver")
    task = await hall.make_task(assignee_id="Leaver")

    reply = await owner.rest.delete(f"/api/v1/organizations/remove-member/{leaver.actor.id}")

    assert (200, 1) == (reply.status_code, reply.json()["tasks"])
    assert "Leaver" not in {one["name"] for one in (await hall.call("list_team_members"))["members"]}
    assert (await hall.call("get_task", task_id=task["key"]))["assignee_name"] is None
    assert 401 == (await leaver.rest.get("/users/me")).status_code


async def test_one_more_organisation_is_its_founders_own_and_the_first_stays_as_it_is(hall: Hall) -> None:
    owner = await hall.owner()
    await hall.make_task("ours")

    made = (await owner.rest.post("/api/v1/organizations/create", json={"name": "Second", "description": "Sheds."})).json()
    reply = await hall.rest_as(None).post(
        "/api/v1/auth/login", json={"email": owner.email, "password": owner.password, "organisation": made["id"]}
    )

    there = hall.rest_as(reply.json()["access_token"])
    found = (await there.get("/api/v1/organizations/my-organization")).json()
    assert ("Second", "Sheds.", "owner", 1) == tuple(found[name] for name in ("name", "description", "your_role", "people"))
    assert [] == (await there.get("/api/tasks")).json()["tasks"]
    assert hall.founded.organisation_id == (await hall.call("get_my_organization"))["id"]
    assert str(hall.founded.organisation_id) == (await owner.rest.get("/api/v1/organizations/my-organization")).json()["id"]


@pytest.mark.parametrize("given", [{"name": ""}, {"name": "x\x00"}, {"name": "x" * 501}, {"description": "d" * 2001}])
async def test_what_no_organisation_can_be_called_is_refused(hall: Hall, given: dict[str, Any]) -> None:
    owner = await hall.owner()

    for name in ("create_organization", "update_organization"):
        with pytest.raises(CrewhallError) as refusal:
            await hall.call(name, owner.actor, **({"name": "Fine"} | given))
        assert "validation_failed" == refusal.value.code
