"""Nothing is completed in a project that wants reviews before a person who did not do the work said yes."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest

from crewhall.kit.errors import CrewhallError
from tests.harness.hall import Hall, Person, text_of
from tests.harness.notified import hearing

PROJECT = "Harbour"
ERAS = pytest.mark.parametrize("era", ["auto", "legacy"])


@pytest.fixture
async def owner(hall: Hall) -> Person:
    return await hall.owner()


@pytest.fixture(autouse=True)
async def reviewed(hall: Hall, owner: Person) -> None:
    """The project Harbour wants reviews."""
    await hall.make_task("The first task makes the project", project=PROJECT)
    await want_reviews(hall, owner, True)


async def want_reviews(hall: Hall, person: Person, wanted: bool) -> None:
    await hall.call("update_project", person.actor, project_id=PROJECT, review_required=wanted)


async def pending(hall: Hall, task: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await hall.call("list_approvals", kind="review", task_id=task["key"]))["approvals"]
    return found


async def answer(hall: Hall, person: Person, task: dict[str, Any], decision: str, text: str | None = None) -> Any:
    (asked,) = await pending(hall, task)
    return await hall.call("answer_approval", person.actor, approval_id=str(asked["id"]), decision=decision, text=text)


async def ready(hall: Hall, **fields: Any) -> dict[str, Any]:
    """A task of the project that robin says is done."""
    task = await hall.make_task("Paint the boat", project=PROJECT, **fields)
    return await hall.move(task, "completed")


async def shown(hall: Hall, task: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = await hall.call("get_task", task_id=task["key"])
    return found


async def refused(coming: Awaitable[Any]) -> CrewhallError:
    with pytest.raises(CrewhallError) as refusal:
        await coming
    return refusal.value


# Every way to completed ---------------------------------------------------------------------------------------------------

Way = Callable[[Hall, dict[str, Any]], Awaitable[Any]]
WAYS: dict[str, Way] = {
    "update_task_status": lambda hall, task: hall.call("update_task_status", task_id=task["key"], new_status="completed"),
    "the word done": lambda hall, task: hall.call("update_task_status", task_id=task["key"], new_status="done"),
    "update_task": lambda hall, task: hall.call("update_task", task_id=task["key"], status="completed", title="Painted"),
    "update_tasks": lambda hall, task: hall.call("update_tasks", task_ids=[task["key"]], changes={"status": "completed"}),
    "place_task": lambda hall, task: hall.call("place_task", task_id=task["key"], status="completed"),
    "complete_task": lambda hall, task: hall.call("complete_task", task_id=task["key"]),
    "resolve_issue": lambda hall, task: hall.call("resolve_issue", issue_id=task["key"], resolution="Painted."),
    "in and completed at once": lambda hall, task: hall.call("update_task", task_id=task["key"], status="completed", project=PROJECT),
}


@pytest.mark.parametrize("way", WAYS)
async def test_no_way_of_completing_passes_the_gate(hall: Hall, way: str) -> None:
    task = await hall.make_task("Paint the boat", type="bug", **({} if way.startswith("in and") else {"project": PROJECT}))

    await WAYS[way](hall, task)

    after = await shown(hall, task)
    assert ("ready_for_review", None, "robin") == (after["status"], after["completed_at"], after["review"]["asked_by"])
    (review,) = await pending(hall, task)
    assert (after["review"]["id"], "review", [hall.agent.id]) == (review["id"], review["kind"], review["done_by"])


@pytest.mark.parametrize("way", ["create_task", "create_tasks"])
async def test_a_new_task_is_not_born_completed(hall: Hall, way: str) -> None:
    new = {"title": "Done yesterday", "project": PROJECT, "status": "completed"}

    made = await hall.call(way, **(new if way == "create_task" else {"tasks": [new]}))

    task = made if way == "create_task" else made["tasks"][0]
    assert ("ready_for_review", None) == (task["status"], task["completed_at"])
    assert 1 == len(await pending(hall, task))


async def test_an_import_waits_for_its_reviews_and_says_so(hall: Hall) -> None:
    content = "Issue key,Summary,Status,Project name\nX-1,Old work,Done,Harbour\n"

    report = await hall.call("import_tasks", format="jira_csv", content=content, project=PROJECT, dry_run=False)

    (row,) = report["rows"]
    assert any("wants a review" in note for note in row["notes"]), row
    task = await shown(hall, row)
    assert ("ready_for_review", 1) == (task["status"], len(await pending(hall, task)))


async def test_ready_for_review_asks_for_one_too_and_elsewhere_it_does_not(hall: Hall) -> None:
    here, elsewhere = await hall.make_task(project=PROJECT), await hall.make_task(project="Open sea")

    moved = [await hall.move(task, "ready_for_review", comment="The hull twice.") for task in (here, elsewhere)]

    assert ["robin", None] == [(task["review"] or {}).get("asked_by") for task in moved]
    assert ["The hull twice."] == [one["question"] for one in await pending(hall, here)]
    assert [] == await pending(hall, elsewhere)
    assert "completed" == (await hall.move(elsewhere, "completed"))["status"]


async def test_one_review_waits_however_often_it_is_asked_for(hall: Hall) -> None:
    task = await ready(hall)

    again = await asyncio.gather(*(hall.call("update_task_status", task_id=task["key"], new_status="completed") for _ in range(5)))

    assert {task["review"]["id"]} == {str(one["review"]["id"]) for one in again}
    assert 1 == len(await pending(hall, task))


async def test_of_many_who_complete_at_once_one_asks(hall: Hall) -> None:
    task = await hall.make_task(project=PROJECT)

    done = await asyncio.gather(*(hall.call("complete_task", task_id=task["key"]) for _ in range(6)))

    assert 1 == len({one["task"]["review"]["id"] for one in done})
    history = (await shown(hall, task))["history"]
    assert [(None, "asked")] == [(line["old_value"], line["new_value"]) for line in history if line["field_changed"] == "review"]


async def test_asking_ends_the_claim_and_names_its_holder_as_who_did_the_work(hall: Hall, owner: Person) -> None:
    task = await hall.make_task(project=PROJECT)
    await hall.call("claim_task", task_id=task["key"])

    await hall.call("update_task_status", owner.actor, task_id=task["key"], new_status="ready_for_review")

    (review,) = await pending(hall, task)
    assert {owner.actor.id, hall.agent.id} == set(review["done_by"])
    assert (await shown(hall, task))["claim"] is None


# What is answered --------------------------------------------------------------------------------------------------------


@ERAS
async def test_a_model_is_told_what_happened_and_what_to_do(hall: Hall, era: str) -> None:
    task = await hall.make_task("Paint the boat", project=PROJECT)

    async with hall.mcp(era) as client:
        said = text_of(await client.call_tool("update_task_status", {"task_id": task["key"], "new_status": "completed"}))
        batch = text_of(await client.call_tool("update_tasks", {"task_ids": [task["key"]], "changes": {"status": "completed"}}))
        detail = text_of(await client.call_tool("get_task", {"task_id": task["key"]}))

    assert said.startswith(f"{task['key']} ready_for_review Paint the boat")
    assert "not completed yet: it waits for a review" in said
    assert "next_work has more" in said
    assert "waits for a review" in batch
    assert "pending, asked by robin" in detail


async def test_completing_hands_out_the_next_task_and_says_that_this_one_waits(hall: Hall) -> None:
    task = await hall.make_task(project=PROJECT, assignee_id="me")

    done = await hall.call("complete_task", task_id=task["key"])
    again = await hall.call("complete_task", task_id=task["key"])

    assert done["next_task"]["title"] == "The first task makes the project"
    assert "Harbour wants a review" in done["note"]
    assert again["next_task"] is None
    assert "waits for its review already" in again["note"]


# Yes ----------------------------------------------------------------------------------------------------------------------


async def test_approving_completes_the_task_in_the_name_of_who_approved(hall: Hall, owner: Person) -> None:
    task = await ready(hall)

    async with hearing(hall, hall.agent) as ear:
        await answer(hall, owner, task, "approve", "Shines.")
        told = (await ear.next())["notification"]

    after = await shown(hall, task)
    assert ("completed", "Olive Owner", None, []) == (after["status"], after["updated_by"], after["review"], after["asked"])
    lines = {line["field_changed"]: line for line in after["history"] if line["version"] == after["version"]}
    assert ("asked", "approved", "Olive Owner") == (
        lines["review"]["old_value"], lines["review"]["new_value"], lines["review"]["changed_by"]
    )  # fmt: skip
    assert ("ready_for_review", "completed", "Shines.") == tuple(lines["status"][one] for one in ("old_value", "new_value", "comment"))
    assert ("approval_answered", "Shines.", "Olive Owner") == (told["kind"], told["excerpt"], told["actor_name"])
    audit = (await owner.rest.get("/api/v1/audit", params={"capability": "answer_approval"})).json()["lines"]
    assert ("Olive Owner", task["key"]) == (audit[0]["actor_name"], audit[0]["subject"])


async def test_the_event_of_the_completion_names_the_approver_and_the_review(hall: Hall, owner: Person) -> None:
    task = await ready(hall)
    cursor = (await hall.call("changes_since"))["next_cursor"]

    await answer(hall, owner, task, "approve")

    (event,) = [one for one in (await hall.call("changes_since", cursor=cursor))["changes"] if one["type"] == "task_completed"]
    assert ("Olive Owner", ["status", "review"], "approved") == (event["actor"]["name"], event["changed"], event["approval"]["status"])


async def test_a_reviewer_who_completes_the_task_has_approved_it(hall: Hall, owner: Person) -> None:
    task = await ready(hall)

    moved = await hall.call("place_task", owner.actor, task_id=task["key"], status="completed")

    assert "completed" == moved["status"]
    (review,) = (await hall.call("list_approvals", status="approved", task_id=task["key"]))["approvals"]
    assert ("Olive Owner", "robin") == (review["answered_by"], review["asked_by"])


async def test_what_the_task_blocked_is_free_once_it_is_approved_and_not_before(hall: Hall, owner: Person) -> None:
    task, after = await hall.make_task(project=PROJECT), await hall.make_task("Sail")
    async with hall.world.database.connection() as db:
        await db.execute(
            "insert into task_links (organisation_id, task_id, kind, other_id, created_at) "
            "values ($1, $2::uuid, 'blocks', $3::uuid, now())",
            hall.founded.organisation_id, task["id"], after["id"],
        )  # fmt: skip
    await hall.move(task, "completed")
    waiting = (await shown(hall, after))["open_blockers"]

    await answer(hall, owner, task, "approve")

    assert (1, 0) == (waiting, (await shown(hall, after))["open_blockers"])


# No -----------------------------------------------------------------------------------------------------------------------


async def test_what_is_sent_back_is_in_progress_with_the_reason_as_a_comment_and_one_notification(hall: Hall, owner: Person) -> None:
    task = await ready(hall)

    async with hearing(hall, hall.agent) as ear:
        await answer(hall, owner, task, "reject", "The stern is still bare.")
        told = (await ear.next())["notification"]

    after = await shown(hall, task)
    (comment,) = after["comments"]
    assert ("in_progress", None) == (after["status"], after["review"])
    assert ("@robin The stern is still bare.", "Olive Owner") == (comment["comment"], comment["author"])
    assert ("approval_answered", "Olive Owner") == (told["kind"], told["actor_name"])
    assert "The stern is still bare." in told["excerpt"]
    assert 1 == (await hall.call("get_unread_count"))["unread"]
    assert "asked > rejected" in [f"{line['old_value']} > {line['new_value']}" for line in after["history"]]
    mine = await hall.call("my_work")
    assert [("rejected", "The stern is still bare.")] == [(one["status"], one["answer"]) for one in mine["asked"]]


async def test_sending_back_wants_a_reason(hall: Hall, owner: Person) -> None:
    task = await ready(hall)

    for text in (None, "", "  \n"):
        refusal = await refused(answer(hall, owner, task, "reject", text))
        assert ("validation_failed", "text") == (refusal.code, refusal.details["fields"][0]["field"])  # type: ignore[index]
    assert "ready_for_review" == (await shown(hall, task))["status"]


async def test_what_was_sent_back_can_be_asked_for_again(hall: Hall, owner: Person) -> None:
    task = await ready(hall)
    await answer(hall, owner, task, "reject", "Not yet.")

    again = await hall.move(task, "completed", comment="Now.")
    await answer(hall, owner, task, "approve")

    assert "Now." == (await hall.call("list_approvals", status="approved", task_id=task["key"]))["approvals"][0]["question"]
    assert again["review"]["id"] != task["review"]["id"]
    assert "completed" == (await shown(hall, task))["status"]


# Who ----------------------------------------------------------------------------------------------------------------------


async def test_nobody_approves_their_own_work_by_any_way(hall: Hall, owner: Person) -> None:
    task = await hall.make_task(project=PROJECT, assignee_id="me")
    await hall.call("update_task_status", owner.actor, task_id=task["key"], new_status="completed")

    refusal = await refused(answer(hall, owner, task, "approve"))
    again = await hall.call("update_task_status", owner.actor, task_id=task["key"], new_status="completed")

    assert ("not_allowed", "ready_for_review") == (refusal.code, again["status"])


async def test_who_it_is_assigned_to_does_not_approve_what_a_colleague_asked_for(hall: Hall, owner: Person) -> None:
    ada, bert = await hall.person(name="ada"), await hall.person(name="bert")
    task = await hall.make_task(project=PROJECT, assignee_id=ada.email)
    await hall.call("update_task_status", bert.actor, task_id=task["key"], new_status="ready_for_review")

    assert ["not_allowed", "not_allowed"] == [(await refused(answer(hall, one, task, "approve"))).code for one in (ada, bert)]
    assert "approved" == (await answer(hall, owner, task, "approve"))["status"]


async def test_agents_services_and_viewers_approve_nothing(hall: Hall) -> None:
    task = await ready(hall)
    (asked,) = await pending(hall, task)
    strangers = [await hall.join("wren", kind="agent"), await hall.join("ci", kind="service", role="service")]
    actors = [await hall.world.access.actor_of(key) for key in strangers] + [hall.agent, (await hall.person("viewer")).actor]

    refusals = [await refused(hall.call("answer_approval", one, approval_id=str(asked["id"]), decision="approve")) for one in actors]

    assert {"not_allowed"} == {one.code for one in refusals}
    await hall.call("update_task_status", actors[0], task_id=task["key"], new_status="completed")
    assert "ready_for_review" == (await shown(hall, task))["status"]


async def test_an_outsider_learns_nothing_of_a_review(hall: Hall) -> None:
    task = await ready(hall)
    (asked,) = await pending(hall, task)
    other = await Hall.open(hall.world, hall.app)
    stranger = await other.owner()

    refusal = await refused(hall.call("answer_approval", stranger.actor, approval_id=str(asked["id"]), decision="approve"))

    assert "not_found" == refusal.code
    assert [] == (await other.call("list_approvals"))["approvals"]
    await other.rest.aclose()


async def test_people_near_the_task_hear_of_the_review_and_nobody_else(hall: Hall, owner: Person) -> None:
    ada, admin = await hall.person(name="ada"), await hall.person("admin")
    await hall.call("update_project", owner.actor, project_id=PROJECT, lead=ada.email)
    async with hearing(hall, ada.actor) as ear:
        task = await ready(hall)
        told = (await ear.next())["notification"]

    assert ("approval_asked", task["key"]) == (told["kind"], told["task_key"])
    assert 0 == (await hall.call("get_unread_count", admin.actor))["unread"]


async def test_an_admin_hears_of_it_when_nobody_is_near(hall: Hall, owner: Person) -> None:
    admin = await hall.person("admin")
    wren = await hall.world.access.actor_of(await hall.join("wren", kind="agent"))
    async with hearing(hall, admin.actor) as ear:
        task = await hall.call("create_task", wren, title="Nobody's", project=PROJECT, status="completed")
        told = (await ear.next())["notification"]

    assert ("approval_asked", task["key"]) == (told["kind"], told["task_key"])


# When it is over ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", ["in_progress", "not_started", "blocked", "deprecated"])
async def test_a_review_is_withdrawn_when_its_task_goes_on_without_it(hall: Hall, owner: Person, status: str) -> None:
    task = await ready(hall)

    moved = await hall.move(task, status)

    assert (status, None, []) == (moved["status"], moved["review"], await pending(hall, task))
    (review,) = (await hall.call("list_approvals", status="withdrawn"))["approvals"]
    refusal = await refused(hall.call("answer_approval", owner.actor, approval_id=str(review["id"]), decision="approve"))
    assert ("conflict", "withdrawn") == (refusal.code, refusal.details["status"])


@pytest.mark.parametrize("way", ["withdrawn", "approved"])
async def test_a_review_that_is_over_waits_in_nobodys_inbox(hall: Hall, owner: Person, way: str) -> None:
    async with hearing(hall, owner.actor) as ear:
        task = await ready(hall)
        assert "approval_asked" == (await ear.next())["notification"]["kind"]
        if way == "withdrawn":
            await hall.move(task, "in_progress")
        else:
            await hall.call("update_task_status", owner.actor, task_id=task["key"], new_status="completed")
        told = await ear.next()

    assert (None, 0) == (told["notification"], told["unread"])


async def test_a_review_is_withdrawn_when_its_task_is_deleted_and_waits_again_once_it_is_restored(hall: Hall, owner: Person) -> None:
    worker = await hall.person(name="Walt")
    task = await hall.make_task("Paint the boat", project=PROJECT)
    await hall.call("update_task_status", worker.actor, task_id=task["key"], new_status="completed")
    (asked,) = await pending(hall, task)
    await hall.call("delete_task", owner.actor, task_id=task["key"])
    assert [] == (await hall.call("list_approvals"))["approvals"]

    restored = await hall.call("restore_task", owner.actor, task_id=task["key"])

    assert (asked["id"], "Walt") == (restored["review"]["id"], restored["review"]["asked_by"])
    assert [asked["id"]] == [one["id"] for one in await pending(hall, task)]
    refusal = await refused(hall.call("answer_approval", worker.actor, approval_id=str(asked["id"]), decision="approve"))
    assert "not_allowed" == refusal.code, "who did the work is not forgotten"
    await hall.call("answer_approval", owner.actor, approval_id=str(asked["id"]), decision="approve")
    assert "completed" == (await shown(hall, task))["status"]


async def test_a_review_that_was_withdrawn_before_does_not_come_back_with_its_task(hall: Hall, owner: Person) -> None:
    task = await ready(hall)
    await hall.move(task, "in_progress")
    await hall.call("delete_task", task_id=task["key"])

    restored = await hall.call("restore_task", task_id=task["key"])

    assert (None, []) == (restored["review"], await pending(hall, task))


async def test_once_the_project_wants_no_reviews_it_is_completed_and_the_review_is_over(hall: Hall, owner: Person) -> None:
    task = await ready(hall)
    await want_reviews(hall, owner, False)

    moved = await hall.move(task, "completed")

    assert ("completed", None) == (moved["status"], moved["review"])
    assert 1 == len((await hall.call("list_approvals", status="withdrawn"))["approvals"])


async def test_what_was_ready_before_the_rule_asks_when_it_is_to_be_completed(hall: Hall, owner: Person) -> None:
    await want_reviews(hall, owner, False)
    task = await hall.make_task(project=PROJECT)
    await hall.move(task, "ready_for_review")
    await want_reviews(hall, owner, True)

    async with hearing(hall, owner.actor) as ear:
        moved = await hall.move(task, "completed")
        told = (await ear.next())["notification"]

    assert ("ready_for_review", "approval_asked") == (moved["status"], told["kind"])
    assert moved["review"] is not None


# Round the gate -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("way", ["update_task", "update_tasks"])
async def test_an_agent_does_not_take_a_task_out_to_complete_it(hall: Hall, way: str) -> None:
    task = await hall.make_task(project=PROJECT)
    given = {"project": None, "status": "completed"}
    asked = {"task_id": task["key"], **given} if way == "update_task" else {"task_ids": [task["key"]], "changes": given}

    refusal = await refused(hall.call(way, **asked, comment="It belongs elsewhere."))
    alone = await refused(hall.call("update_task", task_id=task["key"], project="Open sea", comment="Elsewhere."))

    held = await hall.call("update_task", task_id=task["key"], status="completed")
    assert ("not_allowed", "not_allowed", "ready_for_review") == (refusal.code, alone.code, held["status"])


async def test_a_person_takes_it_out_with_a_reason_that_stays(hall: Hall, owner: Person) -> None:
    task = await ready(hall)

    refusal = await refused(hall.call("update_task", owner.actor, task_id=task["key"], project=None))
    moved = await hall.call("update_task", owner.actor, task_id=task["key"], project=None, comment="It was never of the harbour.")

    assert ("validation_failed", None) == (refusal.code, moved["review"])
    after = await shown(hall, task)
    assert "It was never of the harbour." in [line["comment"] for line in after["history"] if line["field_changed"] == "project"]
    assert [] == await pending(hall, task)


async def test_a_program_that_a_person_let_in_is_no_reviewer(hall: Hall, owner: Person) -> None:
    task = await ready(hall)
    through = replace(owner.actor, through="Some client")

    moved = await hall.call("update_task_status", through, task_id=task["key"], new_status="completed")
    refusal = await refused(answer(hall, Person(through, "", "", "", owner.rest), task, "approve"))

    assert ("ready_for_review", "not_allowed") == (moved["status"], refusal.code)


@pytest.mark.parametrize("name", ["rejected", "approved", "review", "yours"])
async def test_nobody_says_yes_by_a_parameter(hall: Hall, name: str) -> None:
    task = await hall.make_task(project=PROJECT)

    refusal = await refused(hall.call("update_task", task_id=task["key"], status="completed", **{name: True}))

    assert "validation_failed" == refusal.code


async def test_a_dry_run_asks_nobody(hall: Hall) -> None:
    task = await hall.make_task(project=PROJECT)

    done = await hall.call("update_tasks", task_ids=[task["key"]], changes={"status": "completed"}, dry_run=True)

    assert "ready_for_review" == done["tasks"][0]["status"]
    assert ([], "not_started") == (await pending(hall, task), (await shown(hall, task))["status"])


# At once ------------------------------------------------------------------------------------------------------------------


async def test_of_two_who_answer_at_once_one_is_the_first(hall: Hall, owner: Person) -> None:
    task, ada = await ready(hall), await hall.person(name="ada")
    (asked,) = await pending(hall, task)
    said = [(owner, "approve", None), (ada, "reject", "No."), (ada, "approve", None), (owner, "reject", "No.")]

    results = await asyncio.gather(
        *(hall.call("answer_approval", who.actor, approval_id=str(asked["id"]), decision=what, text=text) for who, what, text in said),
        return_exceptions=True,
    )

    (won,) = [one for one in results if isinstance(one, dict)]
    assert {"conflict"} == {one.code for one in results if isinstance(one, CrewhallError)}
    after = await shown(hall, task)
    assert {"approved": "completed", "rejected": "in_progress"}[won["status"]] == after["status"]
    assert (1 if won["status"] == "rejected" else 0) == len(after["comments"])


async def test_completing_and_approving_at_once_end_in_one_completion(hall: Hall, owner: Person) -> None:
    for _ in range(5):
        task = await ready(hall)
        (asked,) = await pending(hall, task)

        results = await asyncio.gather(
            hall.call("answer_approval", owner.actor, approval_id=str(asked["id"]), decision="approve"),
            *(hall.call("update_task_status", task_id=task["key"], new_status="completed") for _ in range(3)),
        )

        after = await shown(hall, task)
        assert ("completed", "Olive Owner", None) == (after["status"], after["updated_by"], after["review"])
        assert "approved" == results[0]["status"]
        assert 1 == sum(line["new_value"] == "completed" for line in after["history"])


async def test_taking_back_and_approving_at_once_never_completes_without_a_yes(hall: Hall, owner: Person) -> None:
    for _ in range(5):
        task = await ready(hall)
        (asked,) = await pending(hall, task)

        results = await asyncio.gather(
            hall.call("answer_approval", owner.actor, approval_id=str(asked["id"]), decision="approve"),
            hall.call("update_task_status", task_id=task["key"], new_status="in_progress"),
            return_exceptions=True,
        )

        reviews = [one["new_value"] for one in (await shown(hall, task))["history"] if one["field_changed"] == "review"]
        assert reviews in (["asked", "approved"], ["asked", "withdrawn"])
        assert isinstance(results[0], dict) == (reviews[-1] == "approved")


async def test_whoever_waits_for_the_task_sees_the_review_that_was_asked_for_meanwhile(hall: Hall, owner: Person) -> None:
    for number in range(5):
        task = await hall.make_task(project=PROJECT)

        answers = await asyncio.gather(
            hall.call("update_task_status", task_id=task["key"], new_status="completed"),
            *(hall.call("update_task", owner.actor, task_id=task["key"], title=f"Title {number}.{one}") for one in range(4)),
        )

        assert [] == [one for one in answers if (one["status"] == "ready_for_review") != (one["review"] is not None)]
