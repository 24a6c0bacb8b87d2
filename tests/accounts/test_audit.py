"""The audit trail: what is noted, who reads it, and its export."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from crewhall.accounts import reset_password
from crewhall.app import ROOMS, World
from crewhall.kit.capability import Registry
from crewhall.kit.errors import NotFound
from crewhall.kit.json import fingerprint
from crewhall.kit.model import secret_fields
from tests.harness.hall import PASSWORD, Hall, Person


async def _lines(by: Person, **wanted: Any) -> list[dict[str, Any]]:
    reply = await by.rest.get("/api/v1/audit", params=wanted)
    assert 200 == reply.status_code, reply.text
    lines: list[dict[str, Any]] = reply.json()["lines"]
    return lines


async def test_a_line_says_who_did_what_about_what_and_how_it_ended(hall: Hall) -> None:
    owner, viewer = await hall.owner(), await hall.person("viewer", "Vera")
    task = await hall.make_task("Paint <script>")
    await hall.rest.post(f"/api/tasks/{task['key']}/comments", json={"comment": "between us"})
    await viewer.rest.post("/api/tasks", json={"title": "Not mine to make"})

    lines = await _lines(owner, limit=3)

    told = [
        (line["actor_name"], line["actor_kind"], line["client"], line["capability"], line["outcome"], line["subject"]) for line in lines
    ]
    assert [
        ("Vera", "person", "rest", "create_task", "not_allowed", None),
        ("robin", "agent", "rest", "add_task_comment", "ok", task["key"]),
        ("robin", "agent", "rest", "create_task", "ok", task["key"]),
    ] == told
    assert task["id"] == lines[1]["entity_id"]
    assert "between us" not in str(lines)


async def test_what_is_done_to_members_keys_and_invitations_names_them(hall: Hall) -> None:
    owner = await hall.owner()
    await hall.person("member", "Paula")
    key = (await owner.rest.post("/api/v1/api-keys", json={"name": "nightly"})).json()
    link = (await owner.rest.post("/api/v1/invitations", json={"email": "grace@example.test"})).json()
    await owner.rest.patch("/api/v1/members/Paula", json={"role": "viewer"})
    await owner.rest.delete(f"/api/v1/api-keys/{key['id']}")

    lines = await _lines(owner, actor="me", limit=4)

    assert ["nightly", "Paula", "grace@example.test", "nightly"] == [line["subject"] for line in lines]
    assert key["key"] not in str(lines)
    assert link["token"] not in str(lines)


async def test_filters_are_joined_by_and(hall: Hall) -> None:
    owner, viewer = await hall.owner(), await hall.person("viewer", "Vera")
    first, second = await hall.make_task("one"), await hall.make_task("two")
    await viewer.rest.post("/api/tasks", json={"title": "refused"})

    assert [first["key"]] == [line["subject"] for line in await _lines(owner, subject=first["key"])]
    assert ["Vera"] == [line["actor_name"] for line in await _lines(owner, outcome="not_allowed")]
    assert [second["key"], first["key"]] == [line["subject"] for line in await _lines(owner, actor="robin", capability="create_task")]
    assert [] == await _lines(owner, actor="robin", outcome="not_allowed")
    assert [] == await _lines(owner, since=(datetime.now(UTC) + timedelta(minutes=1)).isoformat())
    assert [] == await _lines(owner, until=(datetime.now(UTC) - timedelta(minutes=5)).isoformat())


async def test_pages_of_the_trail_hold_each_line_once_while_more_is_written(hall: Hall) -> None:
    owner = await hall.owner()
    tasks = [await hall.make_task(str(number)) for number in range(7)]
    seen: list[str] = []
    cursor: dict[str, str] = {}

    for _ in range(3):
        page = (await owner.rest.get("/api/v1/audit", params={"capability": "create_task", "limit": 3, **cursor})).json()
        seen += [line["subject"] for line in page["lines"]]
        cursor = {"cursor": page["next_cursor"]}
        await hall.make_task("meanwhile")

    assert [task["key"] for task in reversed(tasks)] == seen
    assert page["next_cursor"] is None


@pytest.mark.parametrize("role", ["member", "viewer", "service"])
async def test_the_trail_and_its_export_are_for_owners_and_admins(hall: Hall, role: str) -> None:
    client = hall.rest_as(await hall.join("Somebody", role=role))

    replies = [await client.get("/api/v1/audit"), await client.get("/api/v1/audit/export")]

    assert [(403, "not_allowed")] * 2 == [(reply.status_code, reply.json()["error"]["code"]) for reply in replies]


async def test_another_organisations_trail_stays_its_own(hall: Hall, world: World) -> None:
    task = await hall.make_task("ours alone")
    stranger = await (await Hall.open(world, hall.app)).owner()

    lines = await _lines(stranger)
    export = await stranger.rest.get("/api/v1/audit/export")
    by_actor = await stranger.rest.get("/api/v1/audit", params={"actor": str(hall.agent.id)})

    assert {"log_in"} == {line["capability"] for line in lines}
    assert task["id"] not in export.text
    assert 404 == by_actor.status_code


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("cursor=nonsense!", 400),
        ("limit=0", 422),
        ("since=yesterday", 422),
        ("actor=Nobody+at+all", 404),
        ("who=me", 422),
        ("subject=%00", 422),
    ],
)
async def test_a_question_that_cannot_be_read_is_refused(hall: Hall, query: str, status: int) -> None:
    owner = await hall.owner()

    assert status == (await owner.rest.get(f"/api/v1/audit?{query}")).status_code


# Log-ins --------------------------------------------------------------------------------------------------------------


async def test_a_failed_log_in_is_noted_under_the_account_that_it_knocked_at(hall: Hall) -> None:
    owner, person = await hall.owner(), await hall.person("member", "Paula")

    await hall.rest_as(None).post("/api/v1/auth/login", json={"email": person.email, "password": "wrong password"})
    await hall.rest_as(None).post("/api/v1/auth/login", json={"email": "nobody@example.test", "password": "wrong password"})

    line = (await _lines(owner, limit=1))[0]
    assert ("Paula", "log_in", "not_signed_in", str(person.actor.id)) == (
        line["actor_name"], line["capability"], line["outcome"], line["actor_id"],
    )  # fmt: skip
    assert 1 == len(await _lines(owner, outcome="not_signed_in"))


async def test_guesses_beyond_the_limit_do_not_fill_the_trail(hall: Hall) -> None:
    owner, person = await hall.owner(), await hall.person()
    for _ in range(14):
        await hall.rest_as(None).post("/api/v1/auth/login", json={"email": person.email, "password": "wrong"})

    assert 10 == len(await _lines(owner, capability="log_in", outcome="not_signed_in"))


async def test_no_password_stands_in_the_trail(hall: Hall) -> None:
    owner, person = await hall.owner(), await hall.person()
    await person.rest.post("/api/v1/auth/password", json={"current_password": PASSWORD, "new_password": "another good password"})

    async with hall.world.database.connection() as db:
        rows = await db.fetch("select * from audit where organisation_id = $1", hall.founded.organisation_id)

    assert ["change_password"] == [line["capability"] for line in await _lines(owner, actor=person.email, capability="change_password")]
    assert not [row for row in rows if PASSWORD in str(dict(row)) or "another good password" in str(dict(row))]


async def test_a_password_cannot_be_guessed_at_by_the_hash_of_the_request(hall: Hall) -> None:
    person = await hall.person()
    await hall.log_in(person.email, PASSWORD)
    given = {"email": person.email, "organisation": str(hall.founded.organisation_id)}

    async with hall.world.database.connection() as db:
        kept = {row["request_hash"] for row in await db.fetch("select request_hash from audit where actor_id = $1", person.actor.id)}

    assert {fingerprint(given)} == kept


def test_every_password_and_token_of_an_input_is_marked_as_a_secret() -> None:
    secret = {(one.name, name) for one in Registry(ROOMS) for name in one.input.model_fields if name in secret_fields(one.input)}

    assert {
        ("log_in", "password"),
        ("register", "password"),
        ("register", "invitation"),
        ("change_password", "current_password"),
        ("change_password", "new_password"),
        ("exchange_code", "code"),
        ("exchange_code", "code_verifier"),
        ("refresh_grant", "refresh_token"),
        ("give_back_token", "token"),
        ("use_confirmation", "token"),
        ("connect_integration", "credentials"),
        ("set_inbound_webhook", "secret"),
        ("finish_oauth", "code"),
        ("finish_oauth", "state"),
    } == secret


async def test_a_guess_by_registering_is_noted_where_the_account_is_a_member(hall: Hall, world: World) -> None:
    elsewhere = await Hall.open(world, hall.app)
    person = await elsewhere.person("member", "Paula")
    link = (await (await hall.owner()).rest.post("/api/v1/invitations", json={})).json()

    guess = {"email": person.email, "password": "a guess of twelve", "name": "x", "invitation": link["token"]}
    await hall.rest_as(None).post("/api/v1/auth/register", json=guess)

    noted = [(line["actor_name"], line["capability"]) for line in await _lines(await elsewhere.owner(), outcome="not_signed_in")]
    assert [("Paula", "register")] == noted


# The export -----------------------------------------------------------------------------------------------------------


async def test_the_export_holds_every_line_beyond_one_page(hall: Hall) -> None:
    owner = await hall.owner()
    await _fill(hall, 1203)

    reply = await owner.rest.get("/api/v1/audit/export?capability=filled")

    lines = [json.loads(line) for line in reply.text.splitlines()]
    assert "application/x-ndjson; charset=utf-8" == reply.headers["content-type"]
    assert 1203 == len({line["id"] for line in lines}) == len(lines)
    assert lines[0].keys() == (await _lines(owner, limit=1))[0].keys()


async def _fill(hall: Hall, lines: int) -> None:
    async with hall.world.database.connection() as db:
        await db.execute(
            """insert into audit (id, organisation_id, at, actor_kind, actor_name, client, capability, outcome, request_id, request_hash)
               select gen_random_uuid(), $1, now(), 'operator', 'x', 'test', 'filled', 'ok', gen_random_uuid(), ''
                 from generate_series(1, $2)
            """,
            hall.founded.organisation_id,
            lines,
        )


@pytest.mark.parametrize("query", ["limit=5", "cursor=x", "who=me", "since=never"])
async def test_an_export_that_cannot_be_is_refused_before_its_first_line(hall: Hall, query: str) -> None:
    reply = await (await hall.owner()).rest.get(f"/api/v1/audit/export?{query}")

    assert (422, "validation_failed") == (reply.status_code, reply.json()["error"]["code"])


async def test_the_trail_is_read_by_its_index(hall: Hall) -> None:
    await _fill(hall, 3000)
    async with hall.world.database.connection() as db:
        await db.execute("analyze audit")
        plan = await db.fetch(
            "explain select id from audit where organisation_id = $1 order by id desc limit 100", hall.founded.organisation_id
        )

    assert "audit_newest" in str(plan)


# The operator ---------------------------------------------------------------------------------------------------------


async def test_the_operators_reset_ends_every_log_in_and_is_noted(hall: Hall) -> None:
    owner, person = await hall.owner(), await hall.person("member", "Paula")
    async with hall.world.database.connection() as db, db.transaction():
        password = await reset_password(db, person.email.upper(), hall.world.clock())
    hall.world.access.forget(person.actor.organisation_id, person.actor.id)

    assert 401 == (await person.rest.get("/users/me")).status_code
    assert person.actor.id == (await hall.log_in(person.email, password)).actor.id
    line = (await _lines(owner, capability="reset_password"))[0]
    assert ("operator", None, "Paula", "cli") == (line["actor_kind"], line["actor_id"], line["subject"], line["client"])
    assert password not in str(line)


async def test_the_operator_is_told_the_nearest_account(hall: Hall) -> None:
    person = await hall.person()
    async with hall.world.database.connection() as db:
        with pytest.raises(NotFound, match=f"did you mean {person.email}"):
            await reset_password(db, person.email.replace("example.test", "exampel.test"), hall.world.clock())
