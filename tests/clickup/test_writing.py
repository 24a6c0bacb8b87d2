"""What is changed here is changed at ClickUp: once, through the list's own statuses, and never over somebody else's change."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, cast

import pytest

from crewhall.clickup import writing
from crewhall.demo.twins import Fault
from crewhall.demo.twins.clickup import as_tags
from crewhall.kit.errors import ValidationFailed
from crewhall.kit.ids import new_id
from crewhall.kit.json import loads
from crewhall.live import Batch, LoggedEvent
from tests.clickup.conftest import Mirrored
from tests.clickup.test_capabilities import Working

pytestmark = pytest.mark.timeout(30)


class Sending(Working):
    """A run that keeps no ledger: each effect happens."""

    async def step(self, _name: str, effect: Any) -> Any:
        return await effect(new_id())


async def key_of(mirrored: Mirrored, external_id: str) -> str:
    return str(await mirrored.value("select key from task_facts where organisation_id = $1 and external_id = $2", external_id))


async def noted(mirrored: Mirrored, since: int = 0) -> None:
    """What the consumer makes of the events of this organisation behind a place of the log."""
    query = """select position, organisation_id, type, user_ids, repositories, data::text, project_id, audience
                 from events where organisation_id = $1 and position > $2 and type = any($3) order by position"""
    rows = await mirrored.rows(query, since, list(writing.EVENTS))
    events = [LoggedEvent(**{name: row[name] for name in LoggedEvent.__dataclass_fields__ if name in row}) for row in rows]
    async with mirrored.hall.world.database.connection() as db, db.transaction():
        await writing.note(Batch(db, events, None, None))  # type: ignore[arg-type]


async def place(mirrored: Mirrored) -> int:
    return int(await mirrored.value("select coalesce(max(position), 0) from events where organisation_id = $1 or true"))


async def send(mirrored: Mirrored) -> None:
    await writing.send_waiting(Sending(mirrored))  # type: ignore[arg-type]


async def states(mirrored: Mirrored) -> list[tuple[str, str | None]]:
    rows = (await mirrored.hall.call("list_clickup_writes"))["writes"]
    return [(row["state"], row["error"]) for row in rows[::-1]]


async def first_list(mirrored: Mirrored) -> str:
    """The id here of a list of theirs."""
    query = "select list_id from task_place where organisation_id = $1 and external_id = $2"
    return str(await mirrored.value(query, mirrored.twin.lists[0]["id"]))


def open_task(mirrored: Mirrored) -> dict[str, Any]:
    """One in a list with the usual statuses that is not begun."""
    return next(one for one in mirrored.twin.tasks.values() if one["status"]["status"] == "to do" and not one["archived"])


async def test_a_change_goes_there_through_the_lists_own_status(mirrored: Mirrored) -> None:
    task = open_task(mirrored)
    await mirrored.read()
    key, since = await key_of(mirrored, task["id"]), await place(mirrored)
    await mirrored.hall.call("update_task_status", task_id=key, new_status="completed")
    await mirrored.hall.call("update_task", task_id=key, title="Painted", priority="critical", estimate_minutes=90)

    await noted(mirrored, since)
    await send(mirrored)
    await send(mirrored)
    there = mirrored.twin.tasks[task["id"]]

    assert ("shipped", "Painted", "urgent", 90 * 60_000) == (
        there["status"]["status"], there["name"], there["priority"]["priority"], there["time_estimate"],
    )  # fmt: skip
    assert [("done", None), ("done", None)] == await states(mirrored)
    await mirrored.read()
    assert "completed" == (await mirrored.hall.call("get_task", task_id=key))["status"]


async def test_what_the_mirror_wrote_does_not_go_back(mirrored: Mirrored) -> None:
    await mirrored.read()
    since = await place(mirrored)
    mirrored.twin.touch("86tw00001", name="Changed there")
    await mirrored.read()

    await noted(mirrored, since)

    assert [] == await states(mirrored)


async def test_a_clash_is_shown_and_nothing_is_written_over(mirrored: Mirrored) -> None:
    task = open_task(mirrored)
    await mirrored.read()
    key, since = await key_of(mirrored, task["id"]), await place(mirrored)
    await mirrored.hall.call("update_task", task_id=key, title="Ours", priority="low" if task["priority"] is None else "medium")
    mirrored.twin.touch(task["id"], name="Theirs")
    await noted(mirrored, since)

    await send(mirrored)
    ((state, words),) = await states(mirrored)
    await mirrored.read()

    assert "conflict" == state
    assert "Theirs" in str(words)
    assert "Theirs" == mirrored.twin.tasks[task["id"]]["name"]
    assert "Theirs" == (await mirrored.hall.call("get_task", task_id=key))["title"]


async def test_a_reading_leaves_alone_what_still_waits(mirrored: Mirrored) -> None:
    task = open_task(mirrored)
    await mirrored.read()
    key, since = await key_of(mirrored, task["id"]), await place(mirrored)
    await mirrored.hall.call("update_task", task_id=key, title="Ours")
    await noted(mirrored, since)
    mirrored.twin.touch(task["id"], description="New there", text_content="New there")

    await mirrored.read()
    here = await mirrored.hall.call("get_task", task_id=key)
    await send(mirrored)

    assert ("Ours", "New there") == (here["title"], here["description"])
    assert "Ours" == mirrored.twin.tasks[task["id"]]["name"]


async def test_a_change_is_sent_again_until_clickup_answers(mirrored: Mirrored) -> None:
    task = open_task(mirrored)
    await mirrored.read()
    key, since = await key_of(mirrored, task["id"]), await place(mirrored)
    await mirrored.hall.call("update_task", task_id=key, title="Ours")
    await noted(mirrored, since)
    mirrored.twin.faults.append(Fault(f"/task/{task['id']}", status=500, times=4))

    await send(mirrored)
    waits = await states(mirrored)
    await mirrored.rows("update clickup_writes set next_at = now() where organisation_id = $1")
    await send(mirrored)

    assert "waiting" == waits[0][0]
    assert [("done", None)] == await states(mirrored)
    assert "Ours" == mirrored.twin.tasks[task["id"]]["name"]


async def test_a_status_that_the_list_does_not_have_is_told_and_taken_back_and_holds_nothing_else_up(mirrored: Mirrored) -> None:
    task = open_task(mirrored)
    await mirrored.read()
    key, since = await key_of(mirrored, task["id"]), await place(mirrored)
    await mirrored.hall.call("update_task", task_id=key, status="blocked", title="Sent all the same")
    await noted(mirrored, since)

    await send(mirrored)
    ((state, words),) = await states(mirrored)
    await mirrored.read()
    here = await mirrored.hall.call("get_task", task_id=key)

    assert "failed" == state
    assert "no status for blocked" in str(words)
    assert "Sent all the same" == mirrored.twin.tasks[task["id"]]["name"] == here["title"]
    assert "not_started" == here["status"]
    assert f"ClickUp did not take your change of {key}" in await last_notice(mirrored)


async def last_notice(mirrored: Mirrored) -> str:
    """What the last event about a connection says to whom it names."""
    query = (
        "select data::text, user_ids from events where organisation_id = $1 and type = 'integration_changed' order by position desc limit 1"
    )
    (row,) = await mirrored.rows(query)
    assert [mirrored.hall.agent.id] == row["user_ids"]
    return str(loads(row["data"])["message"])


async def test_tags_that_come_and_go_here_come_and_go_there_and_those_of_others_stay(mirrored: Mirrored) -> None:
    task = open_task(mirrored)
    mirrored.twin.touch(task["id"], tags=as_tags(["kept", "dropped"]))
    await mirrored.read()
    key, since = await key_of(mirrored, task["id"]), await place(mirrored)
    await mirrored.hall.call("update_task", task_id=key, tags=["kept", "a b", ".."])
    mirrored.twin.touch(task["id"], tags=as_tags(["kept", "dropped", "of another"]))
    await noted(mirrored, since)

    await send(mirrored)
    await mirrored.read()

    there = {one["name"] for one in mirrored.twin.tasks[task["id"]]["tags"]}
    assert {"kept", "of another", "a b", ".."} == there == set((await mirrored.hall.call("get_task", task_id=key))["tags"])
    assert [("done", None)] == await states(mirrored)


async def test_a_custom_field_goes_there_and_one_that_is_not_there_is_taken_back(mirrored: Mirrored) -> None:
    task = next(one for one in mirrored.twin.tasks.values() if one["custom_fields"] and not one["archived"])
    mirrored.twin.touch(task["id"], custom_fields=[task["custom_fields"][0] | {"value": "Old & Sons"}])
    await mirrored.read()
    key, since = await key_of(mirrored, task["id"]), await place(mirrored)
    await mirrored.hall.call("update_task", task_id=key, custom_fields={"Customer": "New & Daughters", "Nowhere": "x"})
    await noted(mirrored, since)

    await send(mirrored)
    await mirrored.read()
    ((state, words),) = await states(mirrored)

    assert "New & Daughters" == mirrored.twin.tasks[task["id"]]["custom_fields"][0]["value"]
    assert {"Customer": "New & Daughters"} == (await mirrored.hall.call("get_task", task_id=key))["custom_fields"]
    assert ("failed", True) == (state, "no field Nowhere" in str(words))


async def test_a_task_that_is_moved_to_another_list_comes_back_and_that_is_told(mirrored: Mirrored) -> None:
    task = open_task(mirrored)
    await mirrored.read()
    key, since = await key_of(mirrored, task["id"]), await place(mirrored)
    await mirrored.hall.call("create_project", name="Elsewhere", description="A place of our own")
    await mirrored.hall.call("update_task", task_id=key, project="Elsewhere")
    await noted(mirrored, since)

    await send(mirrored)
    await mirrored.read()

    assert task["list"]["name"] == (await mirrored.hall.call("get_task", task_id=key))["project"]
    assert "move it there" in await last_notice(mirrored)


async def test_a_task_that_is_made_in_a_mirrored_list_is_made_there_once(mirrored: Mirrored) -> None:
    await mirrored.read()
    before, since = len(mirrored.twin.tasks), await place(mirrored)
    made = await mirrored.hall.call("create_task", title="Made here", project=await first_list(mirrored), priority="high")
    await noted(mirrored, since)

    await send(mirrored)
    await send(mirrored)
    await mirrored.read()

    there = [one for one in mirrored.twin.tasks.values() if one["name"] == "Made here"]
    assert (before + 1, 1, "high") == (len(mirrored.twin.tasks), len(there), there[0]["priority"]["priority"])
    assert 1 == await mirrored.value("select count(*) from task_facts where organisation_id = $1 and title = 'Made here'")
    assert made["key"] == await key_of(mirrored, there[0]["id"])


async def test_who_does_it_goes_there_as_far_as_clickup_knows_them(mirrored: Mirrored) -> None:
    task = open_task(mirrored)
    await mirrored.read()
    key, since = await key_of(mirrored, task["id"]), await place(mirrored)
    person = next(one for one in mirrored.twin.people if one["id"] not in {held["id"] for held in task["assignees"]})
    ours = await mirrored.value("select id from employees where organisation_id = $1 and clickup_user_id = $2", str(person["id"]))
    await mirrored.hall.call("update_task", task_id=key, assignees=[str(ours)])
    await noted(mirrored, since)

    await send(mirrored)

    held = {one["id"] for one in mirrored.twin.tasks[task["id"]]["assignees"]}
    assert ({person["id"]}, [("done", None)]) == (held, await states(mirrored))


async def test_a_comment_is_said_there_once_with_its_author_and_does_not_come_back(mirrored: Mirrored) -> None:
    task = open_task(mirrored)
    await mirrored.read_all()
    key, since = await key_of(mirrored, task["id"]), await place(mirrored)
    comment = await mirrored.hall.call("add_task_comment", task_id=key, comment="The crane is booked.")
    await noted(mirrored, since)

    await send(mirrored)
    await send(mirrored)
    there = [one["comment_text"] for one in mirrored.twin.comments[task["id"]]]
    await mirrored.read_all()
    here = (await mirrored.hall.call("get_task_comments", task_id=key))["comments"]

    assert 1 == there.count(f"{comment['author']}: The crane is booked.") == len([one for one in there if "crane" in one])
    assert ["The crane is booked."] == [one["comment"] for one in here if "crane" in one["comment"]]
    assert len(there) == len(here)
    assert [("done", None)] == await states(mirrored)


async def test_a_comment_that_was_deleted_meanwhile_is_not_said(mirrored: Mirrored) -> None:
    task = open_task(mirrored)
    await mirrored.read()
    key, since = await key_of(mirrored, task["id"]), await place(mirrored)
    comment = await mirrored.hall.call("add_task_comment", task_id=key, comment="Never mind.")
    await noted(mirrored, since)
    await mirrored.hall.call("delete_task_comment", task_id=key, comment_id=str(comment["id"]))

    await send(mirrored)

    assert not [one for one in mirrored.twin.comments[task["id"]] if "Never mind" in one["comment_text"]]
    assert [("done", None)] == await states(mirrored)


async def test_what_is_said_on_a_new_task_follows_it_there(mirrored: Mirrored) -> None:
    await mirrored.read()
    since = await place(mirrored)
    made = await mirrored.hall.call("create_task", title="Made and discussed", project=await first_list(mirrored))
    await mirrored.hall.call("add_task_comment", task_id=made["key"], comment="First thoughts.")
    await noted(mirrored, since)

    for _ in range(2):  # the next change of a task is sent when the one before it is there
        await send(mirrored)

    (there,) = [one for one in mirrored.twin.tasks.values() if one["name"] == "Made and discussed"]
    assert [True] == ["First thoughts." in one["comment_text"] for one in mirrored.twin.comments[there["id"]]]


# A list's own statuses ------------------------------------------------------------------------------------------------------


def with_more_statuses(mirrored: Mirrored) -> dict[str, Any]:
    """A task that is not begun, where two statuses mean that work goes on and two that it is done."""
    task = open_task(mirrored)
    space = next(one for one in mirrored.twin.spaces if one["id"] == task["space"]["id"])
    first, *rest, last = space["statuses"]
    kinds = {"Drying": "custom", "done": "done"}
    more = [{"id": name, "status": name, "type": kind, "color": "#123456"} for name, kind in kinds.items()]
    rows = [first, *rest, *more, last]
    space["statuses"] = [one | {"orderindex": place} for place, one in enumerate(rows)]
    return task


def status_there(mirrored: Mirrored, task: dict[str, Any]) -> str:
    return str(mirrored.twin.tasks[task["id"]]["status"]["status"])


async def test_a_status_that_was_chosen_by_its_name_goes_there_under_that_name(mirrored: Mirrored) -> None:
    task = with_more_statuses(mirrored)
    await mirrored.read()
    key, since = await key_of(mirrored, task["id"]), await place(mirrored)
    moved = await mirrored.hall.call("update_task_status", task_id=key, new_status="DRYING")
    await noted(mirrored, since)

    await send(mirrored)
    there = status_there(mirrored, task)
    await mirrored.read()
    here = await mirrored.hall.call("get_task", task_id=key)

    assert ("in_progress", "Drying") == (moved["status"], there)
    assert ("in_progress", "Drying", [("done", None)]) == (here["status"], here["status_name"], await states(mirrored))


async def test_another_name_for_the_same_of_the_six_goes_there_too(mirrored: Mirrored) -> None:
    task = with_more_statuses(mirrored)
    mirrored.twin.set_status(task["id"], "in progress")
    await mirrored.read()
    key, since = await key_of(mirrored, task["id"]), await place(mirrored)
    await mirrored.hall.call("update_task", task_id=key, status="Drying")
    await noted(mirrored, since)
    await mirrored.read()
    waits = await mirrored.hall.call("get_task", task_id=key)

    await send(mirrored)

    assert ("Drying", "Drying") == (waits["status_name"], status_there(mirrored, task))
    assert [("done", None)] == await states(mirrored)


@pytest.mark.parametrize("tool", ["update_task", "update_task_status"])
async def test_the_lists_own_done_is_meant_before_ours(mirrored: Mirrored, tool: str) -> None:
    task = with_more_statuses(mirrored)
    await mirrored.read()
    key, since = await key_of(mirrored, task["id"]), await place(mirrored)
    await mirrored.hall.call(tool, task_id=key, status="Done")
    await noted(mirrored, since)

    await send(mirrored)

    assert "done" == status_there(mirrored, task)


async def test_a_status_that_became_another_one_there_meanwhile_stays(mirrored: Mirrored) -> None:
    task = with_more_statuses(mirrored)
    mirrored.twin.set_status(task["id"], "in progress")
    await mirrored.read()
    key, since = await key_of(mirrored, task["id"]), await place(mirrored)
    await mirrored.hall.call("update_task", task_id=key, status="Drying")
    mirrored.twin.set_status(task["id"], "review")
    await noted(mirrored, since)

    await send(mirrored)
    ((state, words),) = await states(mirrored)

    assert ("conflict", "review") == (state, status_there(mirrored, task))
    assert "ClickUp has review, here it became Drying" in str(words)


async def test_a_name_that_the_list_does_not_have_is_refused_with_those_it_has(mirrored: Mirrored) -> None:
    task = with_more_statuses(mirrored)
    await mirrored.read()

    with pytest.raises(ValidationFailed, match="did you mean Drying") as refusal:
        await mirrored.hall.call("update_task_status", task_id=await key_of(mirrored, task["id"]), new_status="Dryin")

    assert "new_status" == cast(Any, refusal.value.details)["fields"][0]["field"]


async def test_a_task_says_what_its_list_offers(mirrored: Mirrored) -> None:
    task = with_more_statuses(mirrored)
    await mirrored.read()
    ours = await mirrored.hall.make_task("Of no list")

    found = (await mirrored.hall.call("get_task", task_id=await key_of(mirrored, task["id"])))["statuses"]

    assert ["to do", "in progress", "review", "shipped", "Drying", "done", "Closed"] == [one["name"] for one in found]
    assert {"name": "Drying", "status": "in_progress", "type": "custom"} in found
    assert [] == (await mirrored.hall.call("get_task", task_id=ours["key"]))["statuses"]


# What was not taken -----------------------------------------------------------------------------------------------------------


async def clashed(mirrored: Mirrored) -> tuple[dict[str, Any], str, dict[str, Any]]:
    """A task whose title became `Ours` here and `Theirs` there, its key, and the change that was not taken."""
    task = open_task(mirrored)
    await mirrored.read()
    key, since = await key_of(mirrored, task["id"]), await place(mirrored)
    await mirrored.hall.call("update_task", task_id=key, title="Ours", due_at="2027-03-01T12:00:00+00:00", tags=["new"])
    mirrored.twin.touch(task["id"], name="Theirs")
    await noted(mirrored, since)
    await send(mirrored)
    await mirrored.read()
    (row,) = (await mirrored.hall.call("list_clickup_writes", state="conflict"))["writes"]
    assert "Theirs" == (await mirrored.hall.call("get_task", task_id=key))["title"]
    return task, key, row


async def decide(mirrored: Mirrored, what: str, row: dict[str, Any], key: str | None = None) -> Any:
    return await mirrored.hall.rest_as(key or mirrored.hall.founded.api_key).post(f"/api/v1/clickup/writes/{row['id']}/{what}")


async def test_a_change_that_clashed_goes_over_theirs_once_somebody_says_so(mirrored: Mirrored) -> None:
    task, key, row = await clashed(mirrored)

    decided = (await decide(mirrored, "retry", row)).json()
    await mirrored.read()
    await send(mirrored)
    await mirrored.read()

    assert ("waiting", "robin", None) == (decided["state"], decided["decided_by"], decided["error"])
    assert "Ours" == mirrored.twin.tasks[task["id"]]["name"] == (await mirrored.hall.call("get_task", task_id=key))["title"]
    assert [("done", None)] == await states(mirrored)


async def test_a_change_that_is_let_go_of_leaves_theirs_and_is_told_as_dismissed(mirrored: Mirrored) -> None:
    task, key, row = await clashed(mirrored)

    decided = (await decide(mirrored, "dismiss", row)).json()
    again = await decide(mirrored, "retry", row)
    await send(mirrored)
    await mirrored.read()

    assert ("dismissed", "robin") == (decided["state"], decided["decided_by"])
    assert (409, "dismissed") == (again.status_code, again.json()["error"]["details"]["state"])
    assert "Theirs" == mirrored.twin.tasks[task["id"]]["name"] == (await mirrored.hall.call("get_task", task_id=key))["title"]
    assert [] == (await mirrored.hall.call("list_clickup_writes", state="open"))["writes"]
    assert 0 == (await mirrored.hall.call("get_sync_status"))["mirrors"][0]["failed_writes"]


async def test_a_change_that_was_refused_is_sent_again_as_it_was_wanted_then(mirrored: Mirrored) -> None:
    task = next(one for one in mirrored.twin.tasks.values() if one["custom_fields"] and not one["archived"] and one["parent"] is None)
    mirrored.twin.touch(task["id"], custom_fields=[])
    await mirrored.read()
    key, since = await key_of(mirrored, task["id"]), await place(mirrored)
    await mirrored.hall.call("update_task", task_id=key, custom_fields={"Customer": "Old & Sons"})
    await noted(mirrored, since)
    await send(mirrored)
    await mirrored.read()
    (row,) = (await mirrored.hall.call("list_clickup_writes", state="failed"))["writes"]
    mirrored.twin.touch(task["id"], custom_fields=[{"id": "f1", "name": "Customer", "type": "short_text", "type_config": {}}])

    await decide(mirrored, "retry", row)
    await send(mirrored)
    await mirrored.read()

    assert "Old & Sons" == mirrored.twin.tasks[task["id"]]["custom_fields"][0]["value"]
    assert {"Customer": "Old & Sons"} == (await mirrored.hall.call("get_task", task_id=key))["custom_fields"]


async def test_a_change_that_waits_is_tried_at_once_or_given_up(mirrored: Mirrored) -> None:
    task = open_task(mirrored)
    await mirrored.read()
    key, since = await key_of(mirrored, task["id"]), await place(mirrored)
    await mirrored.hall.call("update_task", task_id=key, title="Ours")
    await noted(mirrored, since)
    mirrored.twin.faults.append(Fault(f"/task/{task['id']}", status=500, times=4))
    await send(mirrored)
    (row,) = (await mirrored.hall.call("list_clickup_writes", state="waiting"))["writes"]

    tried = (await decide(mirrored, "retry", row)).json()
    await decide(mirrored, "dismiss", row)
    await send(mirrored)
    await mirrored.read()

    assert (1, 0, "waiting") == (row["tries"], tried["tries"], tried["state"])
    assert tried["next_at"] < row["next_at"].isoformat()
    assert "Ours" != mirrored.twin.tasks[task["id"]]["name"] == (await mirrored.hall.call("get_task", task_id=key))["title"]


async def test_whoever_may_not_change_the_task_decides_nothing_about_its_changes(mirrored: Mirrored) -> None:
    task, _, row = await clashed(mirrored)
    viewer, owner = (await mirrored.hall.person("viewer")).token, (await mirrored.hall.owner()).token
    outsider = (await mirrored.hall.person("member")).token
    refused = await decide(mirrored, "retry", row, viewer)
    await mirrored.rows("update lists set visibility = 'private' where organisation_id = $1 and external_id = $2", task["list"]["id"])
    hidden = [await decide(mirrored, what, row, outsider) for what in ("retry", "dismiss")]

    assert (403, [404, 404]) == (refused.status_code, [one.status_code for one in hidden])
    assert 200 == (await decide(mirrored, "dismiss", row, owner)).status_code


@pytest.fixture
async def hearing(mirrored: Mirrored) -> AsyncIterator[Callable[[], Awaitable[Any]]]:
    """The consumer has a place in the log: what the call says is that it has heard of everything so far."""
    heard = """insert into consumers (name, epoch, cursor)
               select 'clickup', epoch, pg_current_snapshot() from event_log where $1::uuid is not null
                   on conflict (name) do update set cursor = excluded.cursor"""
    yield lambda: mirrored.rows(heard)
    await mirrored.rows("delete from consumers where name = 'clickup' and $1::uuid is not null")


async def test_a_reading_that_is_quicker_than_the_noting_of_a_change_leaves_it_alone(
    mirrored: Mirrored, hearing: Callable[[], Awaitable[Any]]
) -> None:  # fmt: skip
    task = open_task(mirrored)
    await mirrored.read()
    await hearing()
    key, since = await key_of(mirrored, task["id"]), await place(mirrored)
    await mirrored.hall.call("update_task", task_id=key, title="Ours")
    mirrored.twin.touch(task["id"], name="Theirs", description="New there", text_content="New there")

    await mirrored.read()
    before = await mirrored.hall.call("get_task", task_id=key)
    await noted(mirrored, since)
    await hearing()
    await mirrored.read()
    noted_by_then = await mirrored.hall.call("get_task", task_id=key)
    await send(mirrored)

    assert ("Ours", "Ours", "New there") == (before["title"], noted_by_then["title"], noted_by_then["description"])
    assert "New there" != before["description"]
    assert ["conflict"] == [state for state, _ in await states(mirrored)]
