"""One task, one worker."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crewhall.kit.capability import Actor
from crewhall.kit.clock import Clock
from crewhall.kit.db.pool import Database
from crewhall.kit.errors import CrewhallError
from crewhall.kit.ids import new_id
from crewhall.kit.json import loads
from crewhall.tasks.claims import leases
from crewhall.tasks.claims.jobs import tell_lapsed_claims
from crewhall.tasks.claims.leases import Claim, Claimed
from tests.harness.hall import Hall, text_of
from tests.harness.notified import hearing

NOBODY = UUID(int=7)
NOW = datetime(2030, 1, 15, 12, tzinfo=UTC)
ERAS = pytest.mark.parametrize("era", ["auto", "legacy"])


async def lapse(hall: Hall, task: Any) -> None:
    """The claim's time is over since a moment ago."""
    await wind(hall, task, timedelta(milliseconds=-1))


async def wind(hall: Hall, task: Any, left: timedelta) -> None:
    """So much of the claim's lease is left."""
    async with hall.world.database.connection() as db:
        await db.execute("update tasks set claim_expires_at = now() + $2 where id = $1", UUID(str(task["id"])), left)


async def agent(hall: Hall, name: str = "wren") -> Any:
    return await hall.world.access.actor_of(await hall.join(name, kind="agent"))


async def refused(coming: Any) -> CrewhallError:
    with pytest.raises(CrewhallError) as refusal:
        await coming
    return refusal.value


async def claim_of(hall: Hall, task: Any) -> Any:
    return (await hall.call("get_task", task_id=task["key"]))["claim"]


# One winner -----------------------------------------------------------------------------------------------------------------


async def test_the_first_to_claim_has_the_task_and_the_second_is_told_by_whom_and_until_when(hall: Hall) -> None:
    task, wren = await hall.make_task(), await agent(hall)

    claim = await hall.call("claim_task", task_id=task["key"], lease_seconds=600)
    refusal = await refused(hall.call("claim_task", wren, task_id=task["key"]))

    assert (1, "robin", "in_progress") == (claim["fencing_token"], claim["holder"], claim["status"])
    assert ("claimed", 409, "robin", claim["expires_at"]) == (
        refusal.code, refusal.http_status, refusal.details["holder"], refusal.details["expires_at"]
    )  # fmt: skip
    assert 590 < int(str(refusal.details["retry_after"])) <= 600
    shown = await hall.call("get_task", wren, task_id=task["key"])
    assert ("robin", claim["expires_at"]) == (shown["claim"]["holder"], shown["claim"]["expires_at"])
    listed = (await hall.call("get_tasks", wren))["tasks"][0]
    assert shown["claim"] == listed["claim"]


@pytest.mark.timeout(20)
async def test_of_many_at_once_exactly_one_wins(hall: Hall, address: str) -> None:
    """Each over a connection of its own, to the hall and in the hall to the database."""
    task = await hall.make_task()
    keys = [await hall.join(f"agent {number}", kind="agent") for number in range(16)]

    async def race(key: str) -> httpx2.Response:
        async with httpx2.AsyncClient(base_url=address, headers={"X-API-Key": key}, timeout=15) as client:
            return await client.post(f"/api/tasks/{task['key']}/claim", json={"lease_seconds": 300})

    replies = await asyncio.gather(*(race(key) for key in keys))

    (won,) = [reply.json() for reply in replies if reply.status_code == 200]
    lost = [reply for reply in replies if reply.status_code == 409]
    assert 15 == len(lost)
    assert {(won["holder"], won["expires_at"])} == {
        (told["holder"], told["expires_at"]) for told in (reply.json()["error"]["details"] for reply in lost)
    }
    assert all(290 <= int(reply.headers["retry-after"]) <= 310 for reply in lost)  # from when each of them began
    assert 1 == (await claim_of(hall, task))["fencing_token"]


@ERAS
async def test_the_loser_is_told_over_mcp_too(hall: Hall, era: str) -> None:
    task, key = await hall.make_task(), await hall.join("wren", kind="agent")
    claim = await hall.call("claim_task", task_id=task["key"], lease_seconds=600)

    async with hall.mcp(era, key) as wren:
        said = await wren.call_tool("claim_task", {"task_id": task["key"]}, raise_on_error=False)

    assert said.is_error
    assert f"claimed: {task['key']} is claimed by robin until {claim['expires_at']:%H:%M:%S}Z" in text_of(said)
    assert "next_work" in text_of(said)
    assert "Try again in 600 s" in text_of(said)


async def test_a_second_session_of_the_same_key_is_no_second_holder(hall: Hall) -> None:
    task = await hall.make_task()
    first = await hall.call("claim_task", task_id=task["key"])

    refusal = await refused(hall.call("claim_task", task_id=task["key"]))

    assert ("claimed", True, first["fencing_token"]) == (refusal.code, refusal.details["yours"], refusal.details["fencing_token"])
    assert "renew_claim" in refusal.message
    await lapse(hall, task)
    second = await hall.call("claim_task", task_id=task["key"])
    stale = await refused(hall.call("update_task", task_id=task["key"], title="x", fencing_token=first["fencing_token"]))
    assert (2, "stale_claim") == (second["fencing_token"], stale.code)
    await hall.call("update_task", task_id=task["key"], title="x", fencing_token=second["fencing_token"])


async def test_a_claim_whose_answer_was_lost_is_answered_again(hall: Hall) -> None:
    task, headers = await hall.make_task(), {"Idempotency-Key": str(uuid4())}

    first, again = [await hall.rest.post(f"/api/tasks/{task['key']}/claim", json={}, headers=headers) for _ in range(2)]

    assert (200, first.text) == (again.status_code, again.text)


async def test_what_is_finished_or_gone_is_not_claimed(hall: Hall) -> None:
    done, gone = await hall.make_task(status="completed"), await hall.make_task()
    await hall.call("delete_task", task_id=gone["key"])

    assert "conflict" == (await refused(hall.call("claim_task", task_id=done["key"]))).code
    assert "not_found" == (await refused(hall.call("claim_task", task_id=gone["key"]))).code


# What speaks against it -----------------------------------------------------------------------------------------------------


async def test_whoever_claims_what_waits_or_is_anothers_is_told_so_and_gets_it(hall: Hall) -> None:
    task, blockers = await hall.make_task(assignee_id="Olive Owner", status="blocked"), [await hall.make_task() for _ in range(7)]
    done = await hall.make_task(status="completed")
    for one in (*blockers, done):
        await hall.call("link_tasks", task_id=task["key"], kind="blocked_by", other_task_id=one["key"])

    claim = await hall.call("claim_task", task_id=task["key"])
    await hall.call("release_claim", task_id=task["key"])
    async with hall.mcp() as robin:
        said = text_of(await robin.call_tool("claim_task", {"task_id": task["key"]}))

    keys = ", ".join(one["key"] for one in blockers[:5])
    assert [
        f"{task['key']} waits for {keys}, 2 more: why_blocked says what can be done now.",
        f"{task['key']} is set to blocked: its comments may say why.",
        f"{task['key']} is assigned to Olive Owner, not to you: ask there before you go on.",
    ] == claim["remarks"]
    assert [f"But {one}" for one in claim["remarks"]] == said.splitlines()[2:]
    assert len(said.encode()) < 500


@pytest.mark.parametrize("people", [[], ["me"], ["Olive Owner", "robin"]])
async def test_nothing_is_remarked_on_a_task_that_is_free_or_ones_own(hall: Hall, people: list[str]) -> None:
    task = await hall.make_task(assignees=people)

    claim = await hall.call("claim_task", task_id=task["key"])
    renewed = await hall.call("renew_claim", task_id=task["key"], fencing_token=claim["fencing_token"])

    assert ([], []) == (claim["remarks"], renewed["remarks"])


async def test_no_remark_names_what_somebody_may_not_see(hall: Hall) -> None:
    owner, task = await hall.owner(), await hall.make_task()
    secret = await hall.make_task("Secret", project="Quiet")
    await hall.call("link_tasks", task_id=task["key"], kind="blocked_by", other_task_id=secret["key"])
    await hall.call("update_project", owner.actor, project_id="Quiet", visibility="private")

    claim = await hall.call("claim_task", await agent(hall), task_id=task["key"])

    assert [f"{task['key']} waits for 1 that you do not see: why_blocked says what can be done now."] == claim["remarks"]


async def test_what_a_person_has_and_let_run_out_stays_theirs_whoever_takes_it_up(hall: Hall) -> None:
    ada, wren = await hall.person("member", "Ada"), await agent(hall)
    task = await hall.make_task(assignee_id="Ada")
    await hall.call("claim_task", ada.actor, task_id=task["key"])
    await lapse(hall, task)

    claim = (await hall.call("next_work", wren, claim=True))["claim"]

    assert (task["key"], "Ada") == (claim["key"], claim["taken_from"])
    assert "Ada" == (await hall.call("get_task", task_id=task["key"]))["assignee_name"]


async def test_an_agent_that_went_silent_over_a_shared_task_leaves_it_to_those_who_share_it(hall: Hall) -> None:
    ada, wren = await hall.person("member", "Ada"), await agent(hall)
    task = await hall.make_task(assignees=["robin", "Ada"])
    await hall.call("claim_task", task_id=task["key"])
    await lapse(hall, task)

    claim = await hall.call("claim_task", wren, task_id=task["key"])

    shown = await hall.call("get_task", task_id=task["key"])
    assert (ada.actor.id, 1, "wren") == (shown["assignee_id"], shown["assignee_count"], shown["claim"]["holder"])
    assert [f"{task['key']} is assigned to Ada, not to you: ask there before you go on."] == claim["remarks"]


# The lease ------------------------------------------------------------------------------------------------------------------


async def test_what_ran_out_can_be_claimed_within_a_second_and_no_job_has_to_come_by(hall: Hall) -> None:
    task, wren = await hall.make_task(), await agent(hall)
    old = await hall.call("claim_task", task_id=task["key"], lease_seconds=1)

    async with asyncio.timeout(4):
        claim = None
        while claim is None:
            with suppress(Claimed):
                claim = await hall.call("claim_task", wren, task_id=task["key"])
            await asyncio.sleep(0.02)  # 100 writes a second are allowed

    assert (2, "robin") == (claim["fencing_token"], claim["taken_from"])
    assert old["expires_at"] <= datetime.now(UTC) < old["expires_at"] + timedelta(seconds=1)


async def test_a_lease_is_renewed_for_as_long_as_it_was_taken_or_as_long_as_is_asked(hall: Hall) -> None:
    task = await hall.make_task()
    token = (await hall.call("claim_task", task_id=task["key"], lease_seconds=600))["fencing_token"]
    await wind(hall, task, timedelta(seconds=5))

    same = await hall.call("renew_claim", task_id=task["key"], fencing_token=token)
    longer = await hall.call("renew_claim", task_id=task["key"], fencing_token=token, lease_seconds=7200)
    shorter = await hall.call("renew_claim", task_id=task["key"], fencing_token=token, lease_seconds=60)

    assert [(600, 1), (7200, 1), (60, 1)] == [(one["lease_seconds"], one["fencing_token"]) for one in (same, longer, shorter)]
    for one in (same, longer, shorter):
        assert one["lease_seconds"] - 5 < (one["expires_at"] - datetime.now(UTC)).total_seconds() <= one["lease_seconds"]
    assert task["version"] + 1 == (await hall.call("get_task", task_id=task["key"]))["version"]  # nobody hears of a sign of life


WRITES: dict[str, dict[str, Any]] = {
    "update_task": {"title": "Another title"},
    "update_task, nothing new": {"title": "Paint the gate"},
    "update_task_status": {"new_status": "ready_for_review"},
    "update_task_status, the same": {"new_status": "in_progress"},
    "place_task": {},
    "add_task_comment": {"comment": "Half done."},
    "add_evidence": {"kind": "branch", "value": "paint-the-gate"},
    "ask_human": {"question": "Which colour?"},
    "update_tasks": {"changes": {"priority": "high"}},
}


@pytest.mark.parametrize("write", WRITES)
async def test_any_write_of_the_holder_renews(hall: Hall, write: str) -> None:
    task = await hall.make_task()
    await hall.call("claim_task", task_id=task["key"], lease_seconds=600)
    await wind(hall, task, timedelta(seconds=5))
    name = write.partition(",")[0]
    which = {"task_ids": [task["key"]]} if name == "update_tasks" else {"task_id": task["key"]}

    await hall.call(name, **which, **WRITES[write])

    claim = await claim_of(hall, task)
    assert 590 < (claim["expires_at"] - datetime.now(UTC)).total_seconds() <= 600
    assert 1 == claim["fencing_token"]


async def test_what_a_person_writes_does_not_renew_an_agents_claim(hall: Hall) -> None:
    task, owner = await hall.make_task(), await hall.owner()
    await hall.call("claim_task", task_id=task["key"], lease_seconds=600)
    await wind(hall, task, timedelta(seconds=5))

    await hall.call("add_task_comment", owner.actor, task_id=task["key"], comment="How is it going?")
    await hall.call("update_task", owner.actor, task_id=task["key"], priority="high")

    assert (await claim_of(hall, task))["expires_at"] < datetime.now(UTC) + timedelta(seconds=6)


@pytest.mark.parametrize("again", [False, True], ids=["for the first time", "though it is so already"])
@pytest.mark.parametrize("write", ["link_tasks", "unlink_tasks", "edit_task_comment", "delete_task_comment"])
async def test_links_and_own_comments_of_the_holder_renew_too(hall: Hall, write: str, again: bool) -> None:
    task = await hall.make_task()
    about = (await _about(hall, task))[write]
    if write == "unlink_tasks" and not again:
        await hall.call("link_tasks", kind="relates", **about)
    if write in {"link_tasks", "edit_task_comment"} and again:
        await hall.call(write, **about)
    token = (await hall.call("claim_task", task_id=task["key"], lease_seconds=600))["fencing_token"]
    await wind(hall, task, timedelta(seconds=5))

    await hall.call(write, fencing_token=token, **about)

    assert 590 < ((await claim_of(hall, task))["expires_at"] - datetime.now(UTC)).total_seconds() <= 600


@given(st.integers(1, 86_400), st.integers(1, 86_400), st.floats(0, 86_400))
def test_a_sign_of_life_never_makes_a_claim_end_sooner(lease: int, left: int, passed: float) -> None:
    claim = Claim(
        holder="robin", holder_id=UUID(int=1), fencing_token=3, lease_seconds=lease, expires_at=NOW + timedelta(seconds=left)
    )  # fmt: skip
    now = NOW + timedelta(seconds=passed)

    after = leases.renewed(claim, now)

    assert after["expires_at"] == max(claim["expires_at"], now + timedelta(seconds=lease))
    assert (claim["fencing_token"], lease) == (after["fencing_token"], after["lease_seconds"])


# Stale tokens ---------------------------------------------------------------------------------------------------------------

NAMING_A_TOKEN: dict[str, dict[str, Any]] = {
    "renew_claim": {},
    "release_claim": {},
    "update_task": {"title": "x"},
    "update_task_status": {"new_status": "completed"},
    "complete_task": {},
    "place_task": {},
    "delete_task": {},
    "add_task_comment": {"comment": "x"},
    "add_evidence": {"kind": "branch", "value": "x"},
    "hand_off": {"to": "Olive Owner", "next": "x"},
    "assign_issue": {"assigned_to": "Olive Owner"},
    "resolve_issue": {"resolution": "x"},
    "link_tasks": {"kind": "relates", "other_task_id": "OTHER"},
    "unlink_tasks": {"other_task_id": "OTHER"},
    "edit_task_comment": {"comment_id": "COMMENT", "comment": "x"},
    "delete_task_comment": {"comment_id": "COMMENT"},
}


def test_every_write_that_takes_a_token_is_asked_below(hall: Hall) -> None:
    taking = {one.name for one in hall.world.registry if "fencing_token" in one.input.model_fields}

    assert taking == NAMING_A_TOKEN.keys()


async def _about(hall: Hall, task: Any) -> dict[str, dict[str, Any]]:
    """What each of these writes is given: of this task, a comment on it, and another task."""
    comment = await hall.call("add_task_comment", task_id=task["key"], comment="mine")
    stands_for = {"COMMENT": str(comment["id"]), "OTHER": (await hall.make_task())["key"]}
    return {
        name: {"issue_id" if name in {"assign_issue", "resolve_issue"} else "task_id": task["key"]}
        | {field: stands_for.get(value, value) for field, value in given.items()}
        for name, given in NAMING_A_TOKEN.items()
    }


@pytest.mark.parametrize("state", ["taken by another", "ran out", "given back", "taken over by a person", "ended with the task"])
async def test_a_stale_token_is_refused_in_every_write_and_nothing_changes(hall: Hall, state: str) -> None:
    task, wren, owner = await hall.make_task(type="bug"), await agent(hall), await hall.owner()
    old = await hall.call("claim_task", task_id=task["key"])
    about = await _about(hall, task)
    if state == "given back":
        await hall.call("release_claim", task_id=task["key"])
    elif state == "taken over by a person":
        await hall.call("claim_task", owner.actor, task_id=task["key"], override=True, reason="Urgent.")
    elif state == "ended with the task":
        await hall.call("update_task_status", owner.actor, task_id=task["key"], new_status="completed")
    else:
        await lapse(hall, task)
    if state == "taken by another":
        await hall.call("claim_task", wren, task_id=task["key"])
    before = await hall.call("get_task", task_id=task["key"])

    for name, fields in about.items():
        for token in (old["fencing_token"], 2**62):
            refusal = await refused(hall.call(name, fencing_token=token, **fields))
            assert ("stale_claim", 409, token) == (refusal.code, refusal.http_status, refusal.details["fencing_token"]), name

    assert before == await hall.call("get_task", task_id=task["key"])


async def test_an_agent_without_a_token_does_not_disturb_the_holder_but_may_say_something(hall: Hall) -> None:
    task, wren = await hall.make_task(), await agent(hall)
    await hall.call("claim_task", task_id=task["key"])

    refusals = [
        await refused(hall.call(name, wren, task_id=task["key"], **NAMING_A_TOKEN[name]))
        for name in ("update_task", "update_task_status", "complete_task", "place_task", "delete_task", "add_evidence")
    ]
    many = await refused(hall.call("update_tasks", wren, task_ids=[task["key"]], changes={"priority": "high"}))

    assert {"claimed"} == {refusal.code for refusal in (*refusals, many)}
    await hall.call("add_task_comment", wren, task_id=task["key"], comment="Mind the hinges.")


async def test_the_holder_with_its_token_and_people_without_may_write(hall: Hall) -> None:
    task, owner = await hall.make_task(), await hall.owner()
    token = (await hall.call("claim_task", task_id=task["key"]))["fencing_token"]

    await hall.call("update_task", task_id=task["key"], title="Mine", fencing_token=token)
    await hall.call("update_task", owner.actor, task_id=task["key"], priority="high")

    assert token == (await claim_of(hall, task))["fencing_token"]


# How a claim ends -----------------------------------------------------------------------------------------------------------


async def test_what_is_given_back_is_free_at_once(hall: Hall) -> None:
    task, wren = await hall.make_task(), await agent(hall)
    await hall.call("claim_task", task_id=task["key"])

    released = await hall.call("release_claim", task_id=task["key"], reason="Not my field.")
    again = await hall.call("release_claim", task_id=task["key"])
    claim = await hall.call("claim_task", wren, task_id=task["key"])

    assert (True, False) == (released["released"], again["released"])
    assert (2, None) == (claim["fencing_token"], claim["taken_from"])
    (line,) = [one for one in await history(hall, task) if one["field_changed"] == "claim" and one["new_value"] is None]
    assert ("robin", "Not my field.") == (line["old_value"], line["comment"])


async def test_what_a_program_gives_back_is_no_longer_assigned_to_it(hall: Hall) -> None:
    task, wren, owner = await hall.make_task(project="Gates"), await agent(hall), await hall.owner()
    await hall.call("update_task", owner.actor, task_id=task["key"], assignee_id="robin")
    await hall.call("claim_task", task_id=task["key"])

    await hall.call("release_claim", task_id=task["key"])
    found = await hall.call("next_work", wren, project="Gates", claim=True)

    assert (task["key"], None) == (found["claim"]["key"], (await hall.call("get_task", task_id=task["key"]))["assignee_id"])


async def test_what_a_person_gives_back_stays_theirs(hall: Hall) -> None:
    task, owner = await hall.make_task(), await hall.owner()
    await hall.call("update_task", owner.actor, task_id=task["key"], assignee_id=owner.email)
    await hall.call("claim_task", owner.actor, task_id=task["key"])

    await hall.call("release_claim", owner.actor, task_id=task["key"])

    assert owner.actor.id == (await hall.call("get_task", task_id=task["key"]))["assignee_id"]


async def history(hall: Hall, task: Any) -> list[Any]:
    found: list[Any] = (await hall.call("get_task_history", task_id=task["key"], limit=100))["history"]
    return found


async def test_nobody_gives_back_what_another_holds(hall: Hall) -> None:
    task, wren, owner = await hall.make_task(), await agent(hall), await hall.owner()
    await hall.call("claim_task", task_id=task["key"])

    assert "claimed" == (await refused(hall.call("release_claim", wren, task_id=task["key"]))).code
    assert "claimed" == (await refused(hall.call("release_claim", owner.actor, task_id=task["key"]))).code
    wanted = {"task_id": task["key"], "override": True, "reason": "It is stuck."}
    assert "not_allowed" == (await refused(hall.call("release_claim", wren, **wanted))).code
    assert "validation_failed" == (await refused(hall.call("release_claim", owner.actor, task_id=task["key"], override=True))).code
    assert (await hall.call("release_claim", owner.actor, **wanted))["released"]


@pytest.mark.parametrize("end", ["completed", "deprecated", "deleted"])
async def test_a_claim_ends_with_its_task(hall: Hall, end: str) -> None:
    task = await hall.make_task()
    await hall.call("claim_task", task_id=task["key"])

    if end == "deleted":
        await hall.call("delete_task", task_id=task["key"])
        await hall.call("restore_task", task_id=task["key"])
    else:
        await hall.call("update_task_status", task_id=task["key"], new_status=end)

    assert await claim_of(hall, task) is None


@pytest.mark.parametrize("given_by", ["the holder", "a person"])
async def test_a_claim_ends_when_the_task_is_handed_to_another(hall: Hall, given_by: str) -> None:
    task, owner = await hall.make_task(assignee_id="me"), await hall.owner()
    await hall.join("ada")
    await hall.call("claim_task", task_id=task["key"])

    by = hall.agent if given_by == "the holder" else owner.actor
    changed = await hall.call("update_task", by, task_id=task["key"], assignee_id="ada", comment="She knows the gate.")

    assert (None, ["assignee_id", "claim"]) == (changed["claim"], changed["changed"])
    line = next(one for one in await history(hall, task) if one["field_changed"] == "claim" and one["new_value"] is None)
    assert "robin" == line["old_value"]


async def test_a_claim_stays_when_its_holder_gets_the_task_or_shares_it(hall: Hall) -> None:
    task, owner = await hall.make_task(), await hall.owner()
    await hall.join("ada")
    token = (await hall.call("claim_task", task_id=task["key"]))["fencing_token"]

    ways: tuple[dict[str, Any], ...] = ({"assignee_id": "robin"}, {"assignees": ["ada", "robin"]}, {"assignees": []})
    for people in ways:
        await hall.call("update_task", owner.actor, task_id=task["key"], **people)
        assert token == (await claim_of(hall, task))["fencing_token"], people


@pytest.mark.parametrize("shares", [True, False])
async def test_whoever_leaves_holds_nothing_any_more(hall: Hall, shares: bool) -> None:
    task, owner = await hall.make_task(**({"assignee_id": "robin"} if shares else {})), await hall.owner()
    await hall.call("claim_task", task_id=task["key"])

    await hall.call("deactivate_member", owner.actor, member="robin")

    shown = await hall.call("get_task", owner.actor, task_id=task["key"])
    assert (None, None) == (shown["claim"], shown["assignee_id"])


async def test_a_claim_that_ran_out_is_told_once_and_stays_anybodys(hall: Hall) -> None:
    task, work = await hall.make_task(), Clockwork(hall.world.database, hall.world.clock)
    await hall.call("claim_task", task_id=task["key"], lease_seconds=60)
    await lapse(hall, task)

    async with hearing(hall, hall.agent) as ear:
        for _ in range(2):
            await tell_lapsed_claims(work)  # type: ignore[arg-type]  # as much of a run as it asks for
        told = (await ear.next())["notification"]

    assert ("claim_lost", f"Your claim is over on {task['key']} Paint the gate") == (told["kind"], told["title"])
    ended = [one for one in await history(hall, task) if one["field_changed"] == "claim" and one["new_value"] is None]
    assert ["robin was not heard of for 60 s: the claim ran out"] == [one["comment"] for one in ended]
    async with hall.world.database.connection() as db:
        told_of = "select data::text from events where entity_type = 'task' and entity_id = $1"
        said = [loads(row["data"]) for row in await db.fetch(told_of, UUID(task["id"]))]
    (lapsed,) = [one for one in said if one["changed"] == ["claim"] and one["task"]["claim"] is None]
    assert ("system", "robin") == (lapsed["actor"]["kind"], lapsed["previous"]["claim"]["holder"])


@dataclass(frozen=True, slots=True)
class Clockwork:
    """As a worker starts the job."""

    database: Database
    clock: Clock
    id: UUID = NOBODY
    organisation_id: UUID | None = None
    starts: int = 1
    input: Any = None


# People come first ----------------------------------------------------------------------------------------------------------


async def test_a_person_takes_over_with_a_reason_and_the_holder_hears_it(hall: Hall) -> None:
    task, owner = await hall.make_task(), await hall.owner()
    old = await hall.call("claim_task", task_id=task["key"])

    without = await refused(hall.call("claim_task", owner.actor, task_id=task["key"], override=True))
    async with hearing(hall, hall.agent) as ear:
        claim = await hall.call("claim_task", owner.actor, task_id=task["key"], override=True, reason="The port waits.")
        told = (await ear.next())["notification"]

    assert "validation_failed" == without.code
    assert ("robin", old["fencing_token"] + 1) == (claim["taken_from"], claim["fencing_token"])
    assert ("claim_lost", "The port waits.") == (told["kind"], told["excerpt"])
    line = (await history(hall, task))[0]
    assert ("claim", "robin", "Olive Owner", "The port waits.") == (
        line["field_changed"], line["old_value"], line["new_value"], line["comment"]
    )  # fmt: skip


async def test_no_program_takes_over(hall: Hall) -> None:
    task, wren = await hall.make_task(), await agent(hall)
    service = await hall.world.access.actor_of(await hall.join("ci", kind="service", role="service"))
    await hall.call("claim_task", task_id=task["key"])

    for one in (wren, service):
        refusal = await refused(hall.call("claim_task", one, task_id=task["key"], override=True, reason="I want it."))
        assert "not_allowed" == refusal.code


@pytest.mark.parametrize("name", ["claim_task", "renew_claim", "release_claim", "next_work"])
async def test_who_may_only_look_takes_nothing(hall: Hall, name: str) -> None:
    task, viewer = await hall.make_task(), await hall.person("viewer")
    given: dict[str, Any] = {} if name == "next_work" else {"task_id": task["key"]}
    given |= {"fencing_token": 1} if name == "renew_claim" else {}

    assert "not_allowed" == (await refused(hall.call(name, viewer.actor, **given))).code
    assert [] == (await hall.call("my_work", viewer.actor))["claims"]


async def test_a_service_holds_tasks_as_an_agent_does(hall: Hall) -> None:
    task, service = await hall.make_task(), await hall.world.access.actor_of(await hall.join("ci", kind="service", role="service"))

    claim = await hall.call("claim_task", service, task_id=task["key"])

    assert ("ci", 1) == (claim["holder"], claim["fencing_token"])
    assert "claimed" == (await refused(hall.call("claim_task", task_id=task["key"]))).code


async def test_a_limited_key_claims_only_what_it_opens(hall: Hall) -> None:
    owner, task = await hall.owner(), await hall.make_task(repository="closed")
    made = {"name": "limited", "kind": "agent", "repositories": ["open"]}
    limited = await hall.world.access.actor_of((await owner.rest.post("/api/v1/api-keys", json=made)).json()["key"])

    assert "not_found" == (await refused(hall.call("claim_task", limited, task_id=task["key"]))).code


async def test_another_organisation_sees_no_task_to_claim(hall: Hall) -> None:
    task, other = await hall.make_task(), await Hall.open(hall.world, hall.app)

    for name, more in (("claim_task", {}), ("renew_claim", {"fencing_token": 1}), ("release_claim", {})):
        assert "not_found" == (await refused(other.call(name, task_id=task["id"], **more))).code


# What is sent ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("given", [
    {"lease_seconds": 0}, {"lease_seconds": -1}, {"lease_seconds": 86_401}, {"lease_seconds": 1.5}, {"lease_seconds": "soon"},
    {"lease_seconds": None}, {"lease_seconds": 10**30}, {"override": "perhaps"}, {"reason": "\x00"},
    {"reason": ""}, {"reason": "x" * 100_001}, {"holder_id": str(new_id())}, {"fencing_token": 1},
])  # fmt: skip
async def test_a_claim_is_not_taken_on_other_terms(hall: Hall, given: dict[str, Any]) -> None:
    task = await hall.make_task()

    reply = await hall.rest.post(f"/api/tasks/{task['key']}/claim", json=given)

    assert (422, "validation_failed") == (reply.status_code, reply.json()["error"]["code"]) or 400 == reply.status_code
    assert await claim_of(hall, task) is None


@pytest.mark.parametrize("token", [0, -1, 2**62 + 1, 10**40, "1; drop table tasks", None, [1], 1.5])
async def test_what_is_no_token_renews_nothing(hall: Hall, token: Any) -> None:
    task = await hall.make_task()
    before = await hall.call("claim_task", task_id=task["key"])

    reply = await hall.rest.put(f"/api/tasks/{task['key']}/claim", json={"fencing_token": token})

    assert reply.status_code in {400, 422}
    assert before["expires_at"] == (await claim_of(hall, task))["expires_at"]


@pytest.mark.parametrize("lease", [1, 86_400])
async def test_the_shortest_and_the_longest_lease_are_taken(hall: Hall, lease: int) -> None:
    task = await hall.make_task()

    claim = await hall.call("claim_task", task_id=task["key"], lease_seconds=lease)

    assert lease - 1 < (claim["expires_at"] - datetime.now(UTC)).total_seconds() + 0.5 <= lease + 0.5


async def test_a_reason_is_text_and_nothing_else(hall: Hall) -> None:
    task, owner = await hall.make_task(), await hall.owner()
    await hall.call("claim_task", task_id=task["key"])
    reason = "'); drop table tasks; -- <script>alert(1)</script> \u202e \u200b"

    await hall.call("claim_task", owner.actor, task_id=task["key"], override=True, reason=reason)

    assert reason == (await history(hall, task))[0]["comment"]


def actor_named(number: int) -> Actor:
    return Actor(
        id=UUID(int=number), organisation_id=UUID(int=9), kind="agent", username="", name=f"agent {number}", role="member",
        scopes=frozenset(), credential="key", credential_id=UUID(int=9),
    )  # fmt: skip


@given(st.integers(1, 3), st.integers(1, 3), st.none() | st.integers(1, 3), st.integers(1, 3))
def test_a_write_passes_only_with_the_tasks_own_token_or_without_one_where_nobody_else_holds_it(
    holder: int, writer: int, given_token: int | None, token: int
) -> None:
    claim = Claim(holder="x", holder_id=UUID(int=holder), fencing_token=token, lease_seconds=9, expires_at=NOW + timedelta(seconds=9))

    def passes(claim: Claim | None) -> bool:
        try:
            leases.guard(actor_named(writer), "CH-1", claim, given_token, NOW)
        except CrewhallError:
            return False
        return True

    assert (holder == writer and given_token in {None, token}) == passes(claim)
    assert (given_token is None) == passes(None)
