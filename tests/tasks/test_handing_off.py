"""A task changes hands in one call, with what the next one has to know."""

from __future__ import annotations

from typing import Any

import pytest

from crewhall.kit.errors import CrewhallError
from tests.harness.hall import Hall, text_of
from tests.harness.notified import hearing

ERAS = pytest.mark.parametrize("era", ["auto", "legacy"])
TOLD = {"done": "The frame is painted.", "next": "Paint the bars.", "watch_out": "The tin leaks."}


async def agent(hall: Hall, name: str = "wren") -> Any:
    return await hall.world.access.actor_of(await hall.join(name, kind="agent"))


async def refused(coming: Any) -> CrewhallError:
    with pytest.raises(CrewhallError) as refusal:
        await coming
    return refusal.value


async def test_one_call_assigns_tells_and_lets_the_claim_go(hall: Hall) -> None:
    task, wren = await hall.make_task(assignee_id="me"), await agent(hall)
    claim = await hall.call("claim_task", task_id=task["key"])

    async with hearing(hall, wren) as ear:
        passed = await hall.call("hand_off", task_id=task["key"], to="wren", fencing_token=claim["fencing_token"], **TOLD)
        told = (await ear.next())["notification"]

    after = await hall.call("get_task", wren, task_id=task["key"])
    (comment,) = after["comments"]
    assert ("wren", None, 1) == (after["assignee_name"], after["claim"], after["comment_count"])
    assert ("wren", True, comment["id"]) == (passed["handed_to"], passed["released"], passed["comment_id"])
    assert comment["comment"] == (
        "Over to @wren.\n\n**Done**\n\nThe frame is painted.\n\n**Next**\n\nPaint the bars.\n\n**Watch out**\n\nThe tin leaks."
    )
    assert (task["key"], "robin") == (told["task_key"], told["actor_name"])
    assert "Paint the bars." in told["excerpt"]
    assert 1 == (await hall.call("get_unread_count", wren))["unread"]
    assert [("robin", "wren")] == [
        (line["old_value"], line["new_value"]) for line in after["history"] if line["field_changed"] == "hand_off"
    ]


@ERAS
async def test_an_agent_passes_on_to_a_person_over_mcp(hall: Hall, era: str) -> None:
    task, ada = await hall.make_task("Paint the gate"), await hall.person(name="ada")

    async with hall.mcp(era) as client:
        said = text_of(await client.call_tool("hand_off", {"task_id": task["key"], "to": ada.email, "next": "Choose a colour."}))

    assert f"{task['key']} not_started Paint the gate v2: ada has it now and was told" == said
    assert "ada" == (await hall.call("get_task", task_id=task["key"]))["assignee_name"]


async def test_it_goes_over_rest_as_well(hall: Hall) -> None:
    task = await hall.make_task()
    await agent(hall)

    reply = await hall.rest.post(f"/api/tasks/{task['key']}/handoff", json={"to": "wren", "next": "Go on."})

    assert (200, "wren", False) == (reply.status_code, reply.json()["handed_to"], reply.json()["released"])


async def test_whoever_holds_it_already_keeps_the_claim(hall: Hall) -> None:
    task, wren, owner = await hall.make_task(), await agent(hall), await hall.owner()
    await hall.call("claim_task", wren, task_id=task["key"])

    passed = await hall.call("hand_off", owner.actor, task_id=task["key"], to="wren", next="Go on.")

    assert not passed["released"]
    assert "wren" == (await hall.call("get_task", task_id=task["key"]))["claim"]["holder"]


async def test_others_who_share_the_task_stay(hall: Hall) -> None:
    ada = await hall.person(name="ada")
    await agent(hall)
    task = await hall.make_task(assignees=["me", ada.email])

    await hall.call("hand_off", task_id=task["key"], to="wren", next="Go on.")

    after = await hall.call("get_task", task_id=task["key"])
    assert ["wren", "ada"] == [one["name"] for one in after["assignees"]]


async def test_the_same_person_again_is_told_again(hall: Hall) -> None:
    task, wren = await hall.make_task(), await agent(hall)

    for what in ("First.", "Second."):
        await hall.call("hand_off", task_id=task["key"], to="wren", next=what)

    after = await hall.call("get_task", wren, task_id=task["key"])
    assert (3, 2) == (after["version"], after["comment_count"])


async def test_what_another_holds_is_not_passed_on(hall: Hall) -> None:
    task, wren = await hall.make_task(), await agent(hall)
    await hall.call("claim_task", wren, task_id=task["key"])
    await hall.person(name="ada")

    refusal = await refused(hall.call("hand_off", task_id=task["key"], to="ada", next="Go on."))

    assert ("claimed", 0) == (refusal.code, (await hall.call("get_task", task_id=task["key"]))["comment_count"])


async def test_a_stale_token_passes_nothing_on(hall: Hall) -> None:
    task = await hall.make_task()
    await agent(hall)

    refusal = await refused(hall.call("hand_off", task_id=task["key"], to="wren", next="Go on.", fencing_token=7))

    assert "stale_claim" == refusal.code


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"to": "me", "next": "x"}, "validation_failed"),
        ({"to": "nobody at all", "next": "x"}, "not_found"),
        ({"to": "wren", "next": ""}, "validation_failed"),
        ({"to": "wren"}, "validation_failed"),
        ({"to": "wren", "next": "x" * 20_001}, "validation_failed"),
        ({"to": "wren", "next": "a\x00b"}, "validation_failed"),
    ],
)
async def test_what_makes_no_sense_is_refused(hall: Hall, given: dict[str, Any], code: str) -> None:
    task = await hall.make_task()
    await agent(hall)

    refusal = await refused(hall.call("hand_off", task_id=task["key"], **given))

    assert (code, 0) == (refusal.code, (await hall.call("get_task", task_id=task["key"]))["comment_count"])


async def test_what_is_finished_is_not_passed_on(hall: Hall) -> None:
    task = await hall.make_task(status="completed")
    await agent(hall)

    assert "conflict" == (await refused(hall.call("hand_off", task_id=task["key"], to="wren", next="Go on."))).code


async def test_nobody_is_given_what_they_may_not_see(hall: Hall) -> None:
    owner = await hall.owner()
    await hall.person(name="ada")
    task = (await owner.rest.post("/api/tasks", json={"title": "Secret", "project": "Vault"})).json()
    await hall.call("update_project", owner.actor, project_id="Vault", visibility="private")

    refusal = await refused(hall.call("hand_off", owner.actor, task_id=task["key"], to="ada", next="Go on."))

    assert ("validation_failed", "Vault") == (refusal.code, refusal.details["fields"][0]["project"])  # type: ignore[index]
