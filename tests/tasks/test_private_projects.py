"""Private projects: who is in them, what happens on the day that one becomes private, and what leaves one. What of them is seen
where is asked in tests/house/test_private.py."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from crewhall.kit.capability import Announcement
from crewhall.kit.db.pool import Connection
from crewhall.kit.errors import Conflict, CrewhallError, NotAllowed, NotFound, ValidationFailed
from crewhall.kit.ids import new_id
from crewhall.live import LoggedEvent
from crewhall.live.redis.relay import streams_of
from tests.harness.events import announce
from tests.harness.hall import Hall, Person


async def private(hall: Hall, name: str = "Vault", *members: Person) -> Person:
    """A private project of the owner's with these members; answers the owner."""
    owner = await hall.owner()
    await hall.call("create_project", owner.actor, name=name, plan=False)
    await hall.call("update_project", owner.actor, project_id=name, visibility="private")
    for member in members:
        await hall.call("add_project_member", owner.actor, project_id=name, member=str(member.actor.id))
    return owner


async def members_of(hall: Hall, owner: Person, name: str = "Vault") -> set[str]:
    return {one["name"] for one in (await hall.call("list_project_members", owner.actor, project_id=name))["members"]}


async def changes(hall: Hall, who: Any, cursor: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await hall.call("changes_since", who, cursor=cursor))["changes"]
    return found


async def here(hall: Hall) -> str:
    return str((await hall.call("changes_since"))["next_cursor"])


# Who is in it -----------------------------------------------------------------------------------------------------------


async def test_whoever_answers_for_a_project_or_works_in_it_is_in_it_when_it_is_closed(hall: Hall) -> None:
    owner, lead, busy, idle = (
        await hall.owner(),
        await hall.person(name="Lena"),
        await hall.person(name="Bert"),
        await hall.person(name="Ida"),
    )
    await hall.make_task(project="Vault", assignee_id=str(busy.actor.id))
    await hall.make_task(project="Vault", assignee_id=str(idle.actor.id), status="completed")
    held = await hall.make_task(project="Vault")
    await hall.call("claim_task", task_id=held["key"])
    await hall.call("update_project", owner.actor, project_id="Vault", lead=str(lead.actor.id))

    await hall.call("update_project", owner.actor, project_id="Vault", visibility="private")

    assert {"Olive Owner", "Lena", "Bert", "robin"} == await members_of(hall, owner)


async def test_a_new_lead_of_a_private_project_is_in_it(hall: Hall) -> None:
    owner, lead = await private(hall), await hall.person(name="Lena")

    await hall.call("update_project", owner.actor, project_id="Vault", lead=str(lead.actor.id))

    assert "Lena" in await members_of(hall, owner)


async def test_an_admin_sees_a_private_project_only_as_a_member_and_an_owner_always(hall: Hall) -> None:
    admin, second = await hall.person("admin"), await hall.person("owner")
    await private(hall)

    with pytest.raises(NotFound):
        await hall.call("get_project_details", admin.actor, project_id="Vault")
    assert "Vault" == (await hall.call("get_project_details", second.actor, project_id="Vault"))["name"]


@pytest.mark.parametrize("name", ["add_project_member", "remove_project_member"])
async def test_only_those_who_answer_for_a_project_let_people_in_and_out(hall: Hall, name: str) -> None:
    inside, other = await hall.person(), await hall.person()
    owner = await private(hall, "Vault", inside, other)
    key = await hall.world.access.actor_of(await limited(hall, owner, projects=["Vault"]))

    for actor in (inside.actor, key):
        with pytest.raises(NotAllowed):
            await hall.call(name, actor, project_id="Vault", member=str(other.actor.id))


async def limited(hall: Hall, person: Person, **limits: Any) -> str:
    made = await person.rest.post("/api/v1/api-keys", json={"name": "some", **limits})
    assert 201 == made.status_code, made.text
    return str(made.json()["key"])


async def test_whoever_has_work_in_a_private_project_hands_it_over_before_they_go(hall: Hall) -> None:
    busy = await hall.person(name="Bert")
    owner = await private(hall, "Vault", busy)
    task = await hall.call("create_task", owner.actor, title="T", project="Vault", assignee_id=str(busy.actor.id))

    with pytest.raises(Conflict, match="Bert has unfinished tasks in Vault"):
        await hall.call("remove_project_member", owner.actor, project_id="Vault", member=str(busy.actor.id))
    await hall.call("update_task_status", owner.actor, task_id=task["key"], new_status="completed")
    await hall.call("remove_project_member", busy.actor, project_id="Vault", member="me")

    assert {"Olive Owner"} == await members_of(hall, owner)
    with pytest.raises(NotFound):
        await hall.call("get_task", busy.actor, task_id=task["key"])


async def test_nobody_is_given_a_task_of_a_project_that_they_do_not_see(hall: Hall) -> None:
    outside = await hall.person(name="Otto")
    owner = await private(hall)
    task = await hall.call("create_task", owner.actor, title="T", project="Vault")
    theirs = await hall.make_task(assignee_id=str(outside.actor.id))
    mine = await hall.call("create_task", owner.actor, title="Mine", project="Vault")
    attempts: list[tuple[str, dict[str, Any]]] = [
        ("create_task", {"title": "T", "project": "Vault", "assignee_id": str(outside.actor.id)}),
        ("create_tasks", {"tasks": [{"title": "T", "project": "Vault", "assignee_id": str(outside.actor.id)}]}),
        ("update_task", {"task_id": task["key"], "assignee_id": str(outside.actor.id)}),
        ("update_tasks", {"task_ids": [task["key"]], "changes": {"assignee_id": str(outside.actor.id)}}),
        ("update_task", {"task_id": theirs["key"], "project": "Vault"}),
    ]

    for name, given in attempts:
        with pytest.raises(ValidationFailed, match="Otto is not in the private project Vault"):
            await hall.call(name, owner.actor, **given)
    answer = await hall.call("bulk_assign_tasks", owner.actor, task_ids=[mine["key"]], assigned_to=str(outside.actor.id))
    assert ["validation_failed"] == [one["code"] for one in answer["failed"]]


async def test_an_heir_gets_no_task_that_they_do_not_see(hall: Hall) -> None:
    leaver, heir = await hall.person(name="Lena"), await hall.person(name="Hera")
    owner = await private(hall, "Vault", leaver)
    secret = await hall.call("create_task", owner.actor, title="Secret", project="Vault", assignee_id=str(leaver.actor.id))
    plain = await hall.make_task("Plain", assignee_id=str(leaver.actor.id))

    await hall.call("deactivate_member", owner.actor, member=str(leaver.actor.id), hand_over_to=str(heir.actor.id))

    given = {one["title"]: one["assignee_name"] for one in (await hall.call("get_tasks", owner.actor))["tasks"]}
    assert {"Secret": None, "Plain": "Hera"} == given
    assert {secret["key"], plain["key"]} == {one["key"] for one in (await hall.call("get_tasks", owner.actor))["tasks"]}


# Names ------------------------------------------------------------------------------------------------------------------


async def test_a_name_that_a_private_project_has_is_only_said_to_be_taken(hall: Hall) -> None:
    await private(hall)

    with pytest.raises(Conflict, match="taken, by a project that is not yours to see"):
        await hall.call("create_project", name="Vault", plan=False)
    with pytest.raises(NotFound) as refusal:
        await hall.call("get_project_details", project_id="Vaul")
    assert refusal.value.details["did_you_mean"] is None


# Parts ------------------------------------------------------------------------------------------------------------------


async def test_a_part_of_a_private_task_is_in_the_same_project(hall: Hall) -> None:
    owner = await private(hall)
    whole = await hall.call("create_task", owner.actor, title="Whole", project="Vault")
    part = await hall.call("create_task", owner.actor, title="Part", project="Vault", parent_id=whole["key"])
    stray = await hall.make_task("Stray")
    attempts: list[tuple[str, dict[str, Any]]] = [
        ("create_task", {"title": "T", "parent_id": whole["key"]}),
        ("create_tasks", {"tasks": [{"title": "T", "project": "Harbour", "parent_id": whole["key"]}]}),
        ("update_task", {"task_id": stray["key"], "parent_id": whole["key"]}),
        ("update_task", {"task_id": part["key"], "project": None}),
        ("update_tasks", {"task_ids": [whole["key"]], "changes": {"project": None}}),
    ]

    for name, given in attempts[:4]:
        with pytest.raises(ValidationFailed, match="is in the private project Vault, and its parts have to be there"):
            await hall.call(name, owner.actor, **given)
    await hall.call(attempts[4][0], owner.actor, **attempts[4][1])  # a private part of an open whole is left out there, and that is all
    assert [] == (await hall.call("get_task", task_id=whole["key"]))["sub_tasks"]


async def test_a_project_with_parts_elsewhere_is_not_made_private(hall: Hall) -> None:
    owner, whole = await hall.owner(), await hall.make_task("Whole", project="Vault")
    await hall.make_task("Part", parent_id=whole["key"])

    with pytest.raises(ValidationFailed, match=f"{whole['key']} is in the private project Vault"):
        await hall.call("update_project", owner.actor, project_id="Vault", visibility="private")

    assert "open" == (await hall.call("get_project_details", project_id="Vault"))["visibility"]


# The day on which it changes -------------------------------------------------------------------------------------------------


async def test_everybody_starts_over_when_a_project_is_closed_or_opened_and_who_is_let_in_alone(hall: Hall) -> None:
    outside, inside = await hall.person(), await hall.person()
    owner = await hall.owner()
    await hall.call("create_project", owner.actor, name="Vault", plan=False)
    heard: list[list[str]] = []

    for step in ({"visibility": "private"}, None, {"visibility": "open"}):
        cursor = await here(hall)
        if step:
            await hall.call("update_project", owner.actor, project_id="Vault", **step)
        else:
            await hall.call("add_project_member", owner.actor, project_id="Vault", member=str(inside.actor.id))
        heard.append([change["type"] for who in (outside, inside) for change in await changes(hall, who.actor, cursor)])

    assert [["reset", "reset"], ["reset"], ["reset", "reset"]] == heard


@pytest.mark.parametrize(("before", "after", "heard"), [("owner", "admin", 1), ("member", "owner", 1), ("member", "admin", 0)])
async def test_whoever_becomes_an_owner_or_is_one_no_more_starts_over(hall: Hall, before: str, after: str, heard: int) -> None:
    """Owners see private projects that they are not in."""
    owner, ada, bob = await hall.owner(), await hall.person(before), await hall.person()
    cursor = await here(hall)

    await hall.call("update_member", owner.actor, member=str(ada.actor.id), role=after)

    assert ["reset"] * heard == [change["type"] for change in await changes(hall, ada.actor, cursor)]
    assert [] == await changes(hall, bob.actor, cursor)


async def test_what_was_said_before_is_closed_too_and_does_not_open_again(hall: Hall) -> None:
    outside, cursor = await hall.person(), await here(hall)
    task, owner = await hall.make_task("Early", project="Vault"), await hall.owner()

    await hall.call("update_project", owner.actor, project_id="Vault", visibility="private")
    closed = await changes(hall, outside.actor, cursor)
    await hall.call("update_project", owner.actor, project_id="Vault", visibility="open")

    assert ["reset"] == [change["type"] for change in closed]
    assert ["reset", "reset"] == [change["type"] for change in await changes(hall, outside.actor, cursor)]
    assert "Early" == (await hall.call("get_task", outside.actor, task_id=task["key"]))["title"]


async def waits(db: Connection) -> None:
    """Until somebody waits for a lock that this connection holds. Raises TimeoutError."""
    async with asyncio.timeout(20):
        while not await db.fetchval(
            "select exists (select from pg_locks where not granted and pg_backend_pid() = any(pg_blocking_pids(pid)))"
        ):
            await asyncio.sleep(0.01)


@pytest.mark.timeout(30)
@pytest.mark.parametrize(
    "hold",
    [
        "select hold_projects(array[(select id from lists where organisation_id = $1 and name = 'Vault')])",
        "select id from tasks where organisation_id = $1 for no key update",
    ],
)
async def test_whoever_is_writing_there_is_waited_for_and_what_they_say_is_closed_with_the_rest(hall: Hall, hold: str) -> None:
    outside, owner = await hall.person(), await hall.owner()
    task, cursor = await hall.make_task(project="Vault"), await here(hall)
    said = Announcement("task_updated", "task", task["id"], {"type": "task_updated", "task_id": task["id"], "word": "late"})

    async with hall.world.database.connection() as db:
        async with db.transaction():
            await db.execute(hold, hall.founded.organisation_id)
            await announce(db, hall.agent, [said])
            closing = asyncio.create_task(hall.call("update_project", owner.actor, project_id="Vault", visibility="private"))
            await waits(db)
        await closing

    assert ["reset"] == [change["type"] for change in await changes(hall, outside.actor, cursor)]


async def test_whoever_puts_a_task_there_at_that_moment_is_told_of_the_new_day(hall: Hall) -> None:
    """The task goes in before the door closes, or is refused behind it; it is never in with somebody who does not see it."""
    owner, outside = await hall.owner(), await hall.person()
    await hall.call("create_project", owner.actor, name="Vault", plan=False)

    async def put(number: int) -> str:
        try:
            await hall.call("create_task", outside.actor, title=f"{number}", project="Vault", assignee_id="me")
        except CrewhallError as refusal:
            return refusal.code
        return "ok"

    puts = [asyncio.create_task(put(number)) for number in range(10)]
    await hall.call("update_project", owner.actor, project_id="Vault", visibility="private")
    outcomes = [await one for one in puts]

    inside = {one["name"] for one in (await hall.call("list_project_members", owner.actor, project_id="Vault"))["members"]}
    tasks = (await hall.call("list_tasks", owner.actor, project_id="Vault"))["tasks"]
    assert set(outcomes) <= {"ok", "not_found"}
    assert outcomes.count("ok") == len(tasks)
    assert {one["assignee_name"] for one in tasks} <= inside


# What leaves one ---------------------------------------------------------------------------------------------------------------


async def test_a_task_that_leaves_a_private_project_does_not_say_where_it_was(hall: Hall) -> None:
    outside, owner, cursor = await hall.person(), await private(hall), await here(hall)
    task = await hall.call("create_task", owner.actor, title="Out", project="Harbour")
    await hall.call("update_task", owner.actor, task_id=task["key"], project="Vault")

    await hall.call("update_task", owner.actor, task_id=task["key"], project="Pier")
    heard = (await changes(hall, outside.actor, cursor))[-1]
    lines = (await hall.call("get_task_history", outside.actor, task_id=task["key"], field="project"))["history"]

    assert ("Pier", {"project": None}) == (heard["task"]["project"], heard["previous"])
    assert [("a private project", "Pier"), ("Harbour", "a private project")] == [(line["old_value"], line["new_value"]) for line in lines]


async def test_a_link_to_a_private_task_that_ends_is_not_told_by_its_key(hall: Hall) -> None:
    owner, cursor = await private(hall), await here(hall)
    secret = await hall.call("create_task", owner.actor, title="Secret", project="Vault")
    task = await hall.make_task()
    given = {"task_id": task["key"], "other_task_id": secret["key"]}
    await hall.call("link_tasks", owner.actor, kind="blocked_by", **given)
    await hall.call("unlink_tasks", owner.actor, **given)

    lines = (await hall.call("get_task_history", task_id=task["key"], field="links"))["history"]

    hidden = "blocked by a task that is not yours to see"
    assert [(hidden, None), (None, hidden)] == [(line["old_value"], line["new_value"]) for line in lines]
    assert secret["key"] not in str(await changes(hall, hall.agent, cursor))
    shown = (await hall.call("get_task_history", owner.actor, task_id=task["key"], field="links"))["history"]
    assert f"blocked by {secret['key']}" == shown[0]["old_value"]


# People who go -----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("step", ["role", "left"])
async def test_who_is_an_owner_no_more_does_not_read_what_owners_were_told(hall: Hall, step: str) -> None:
    second, cursor = await hall.person("owner"), await here(hall)
    owner = await private(hall)
    await hall.call("create_task", owner.actor, title="Secret", project="Vault")
    before = len(await changes(hall, second.actor, cursor))

    async with hall.world.database.connection() as db, db.transaction():
        column = "role = 'member'" if step == "role" else "left_at = now()"
        await db.execute(
            f"update members set {column} where organisation_id = $1 and user_id = $2", hall.founded.organisation_id, second.actor.id
        )
    if step == "left":
        async with hall.world.database.connection() as db:
            await db.execute("update members set left_at = null, role = 'member' where user_id = $1", second.actor.id)
    hall.world.access.forget(hall.founded.organisation_id, second.actor.id)
    again = await hall.log_in(second.email, second.password)

    assert before == 1 + len(await changes(hall, again.actor, cursor))
    assert "Secret" not in str(await changes(hall, again.actor, cursor))


async def test_who_comes_back_to_the_organisation_is_not_back_in_its_private_projects(hall: Hall) -> None:
    inside = await hall.person()
    owner = await private(hall, "Vault", inside)

    await hall.call("deactivate_member", owner.actor, member=str(inside.actor.id))

    assert {"Olive Owner"} == await members_of(hall, owner)


# Keys for some projects ------------------------------------------------------------------------------------------------------


async def test_a_key_for_some_projects_opens_their_tasks_and_no_others(hall: Hall) -> None:
    owner = await hall.owner()
    for place in ({"project": "Harbour"}, {"project": "Pier"}, {}):
        await hall.make_task(str(place), **place)
    key = hall.rest_as(await limited(hall, owner, projects=["harbour"]))

    seen = (await key.get("/api/tasks")).json()["tasks"]
    codes = [
        (await key.post("/api/tasks", json={"title": "T"} | place)).status_code
        for place in ({"project": "Harbour"}, {"project": "Pier"}, {})
    ]

    assert ["Harbour"] == [one["project"] for one in seen]
    assert [201, 403, 403] == codes
    assert 403 == (await key.post("/api/v1/projects", json={"name": "New", "plan": False})).status_code


async def test_a_key_is_limited_by_id_so_another_project_of_the_name_is_closed_to_it(hall: Hall) -> None:
    owner = await hall.owner()
    await hall.make_task(project="Harbour")
    key = hall.rest_as(await limited(hall, owner, projects=["Harbour"]))
    await hall.call("update_project", owner.actor, project_id="Harbour", name="Old harbour")
    await hall.make_task(project="Harbour")

    assert ["Old harbour"] == [one["project"] for one in (await key.get("/api/tasks")).json()["tasks"]]


async def test_no_key_is_made_for_a_project_that_its_maker_does_not_see(hall: Hall) -> None:
    outside = await hall.person()
    await private(hall)
    await hall.make_task(project="Harbour")

    replies = [await outside.rest.post("/api/v1/api-keys", json={"name": "k", "projects": [name]}) for name in ("Vault", "No such project")]

    assert [422, 422] == [reply.status_code for reply in replies]
    assert replies[0].text.replace("Vault", "-") == replies[1].text.replace("No such project", "-")


async def test_a_limited_key_is_shown_with_what_it_is_limited_to_as_far_as_one_sees_that(hall: Hall) -> None:
    admin, inside = await hall.person("admin"), await hall.person()
    await private(hall, "Vault", inside)
    await hall.make_task(project="Harbour")
    await limited(hall, inside, projects=["Vault", "Harbour"])

    shown = [(await hall.call("list_api_keys", who.actor))["api_keys"] for who in (inside, admin)]

    assert [["Harbour", "Vault"], ["Harbour", "not yours to see"]] == [
        next(one["projects"] for one in keys if one["projects"]) for keys in shown
    ]


# Beyond the hall ---------------------------------------------------------------------------------------------------------------


def test_redis_hears_of_a_private_project_only_in_the_streams_of_its_people() -> None:
    inside, outside, organisation = new_id(), new_id(), new_id()
    event = LoggedEvent(
        1, organisation, "task_updated", frozenset({inside, outside}), frozenset({"ledger"}), b"{}", new_id(), frozenset({inside})
    )

    streams = streams_of(event, {"task": {"repository": "ledger"}}, organisation)

    assert [f"tasks:user:{inside}"] == streams


async def test_the_trail_says_that_something_was_done_but_not_to_what(hall: Hall) -> None:
    admin, owner = await hall.person("admin"), await private(hall)
    task = await hall.call("create_task", owner.actor, title="Secret", project="Vault")

    lines = (await hall.call("get_audit", admin.actor, capability="create_task"))["lines"]
    found = (await hall.call("get_audit", admin.actor, subject=task["key"]))["lines"]

    assert [("Olive Owner", "not yours to see", None)] == [(one["actor_name"], one["subject"], one["entity_id"]) for one in lines]
    assert [] == found
    assert [task["key"]] == [one["subject"] for one in (await hall.call("get_audit", owner.actor, capability="create_task"))["lines"]]
