"""Links between tasks: what they do to both, what they never do, and who hears of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from crewhall.kit.capability import Actor
from crewhall.kit.errors import Conflict, NotFound
from tests.harness.hall import Hall, Person, text_of
from tests.harness.notified import Ear, hearing
from tests.tasks.test_claims import agent, refused


async def blocks(hall: Hall, task: Mapping[str, Any], other: Mapping[str, Any], actor: Actor | None = None) -> Any:
    return await hall.call("link_tasks", actor, task_id=task["key"], kind="blocks", other_task_id=other["key"])


async def make(hall: Hall, *titles: str, **fields: Any) -> list[dict[str, Any]]:
    return [await hall.make_task(title, **fields) for title in titles]


async def open_blockers(hall: Hall, task: Mapping[str, Any]) -> int:
    return int((await hall.call("get_task", (await hall.owner()).actor, task_id=str(task["id"])))["open_blockers"])


async def private(hall: Hall, title: str = "secret plan") -> dict[str, Any]:
    """A task of a private project that only the owner is in."""
    owner = await hall.owner()
    project = await hall.call("create_project", owner.actor, name="Hush", plan=False)
    await hall.call("update_project", owner.actor, project_id=str(project["id"]), visibility="private")
    made: dict[str, Any] = await hall.call("create_task", owner.actor, title=title, project="Hush")
    return made


# Linking --------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "seen_from_other"),
    [
        ("blocks", "blocked_by"), ("blocked_by", "blocks"), ("relates", "relates"), ("duplicates", "duplicated_by"),
        ("duplicated_by", "duplicates"),
    ],
)  # fmt: skip
async def test_a_link_is_seen_from_both_sides_with_history_and_a_new_version(hall: Hall, kind: str, seen_from_other: str) -> None:
    task, other = await make(hall, "a", "b")

    reply = await hall.rest.post(f"/api/tasks/{task['key']}/links", json={"kind": kind, "other_task_id": other["key"]})

    linked = reply.json()
    assert 200 == reply.status_code, reply.text
    assert (True, 2, [(kind, other["key"], "b", "deprecated" if kind == "duplicated_by" else "not_started")]) == (
        linked["changed"], linked["version"], [(one["kind"], one["key"], one["title"], one["status"]) for one in linked["links"]]
    )  # fmt: skip
    for one, another, said in ((task, other, kind), (other, task, seen_from_other)):
        shown = await hall.call("get_task", task_id=one["key"])
        step = next(line for line in shown["history"] if line["field_changed"] == "links")
        assert (2, [(said, another["key"])]) == (shown["version"], [(link["kind"], link["key"]) for link in shown["links"]])
        assert ("links", None, f"{said.replace('_', ' ')} {another['key']}") == (
            step["field_changed"], step["old_value"], step["new_value"]
        )  # fmt: skip


async def test_only_what_blocks_is_counted_until_it_is_unlinked(hall: Hall) -> None:
    task, one, two, alike = await make(hall, "task", "one", "two", "alike")
    await blocks(hall, one, task)
    linked = await hall.call("link_tasks", task_id=task["key"], kind="blocked_by", other_task_id=two["key"])
    await hall.call("link_tasks", task_id=task["key"], kind="duplicates", other_task_id=alike["key"])
    assert 2 == linked["open_blockers"]

    reply = await hall.rest.delete(f"/api/tasks/{one['key']}/links/{task['key']}")

    assert (200, True, []) == (reply.status_code, reply.json()["changed"], reply.json()["links"])
    assert 1 == await open_blockers(hall, task)
    assert "links: blocked by CH-2 > -" in _brief_history(await hall.call("get_task", task_id=task["key"]))


def _brief_history(task: Mapping[str, Any]) -> str:
    return "\n".join(f"{one['field_changed']}: {one['old_value'] or '-'} > {one['new_value'] or '-'}" for one in task["history"])


async def test_what_is_so_already_changes_nothing_and_what_is_not_there_cannot_be_taken_away(hall: Hall) -> None:
    task, other = await make(hall, "a", "b")
    await blocks(hall, task, other)

    again = await hall.call("link_tasks", task_id=other["key"], kind="blocked_by", other_task_id=task["key"])
    nothing = await hall.call("unlink_tasks", task_id=other["key"], other_task_id=task["key"], kind="relates")
    turned = await hall.call("unlink_tasks", task_id=task["key"], other_task_id=other["key"], kind="blocked_by")

    assert [(False, 2)] * 3 == [(one["changed"], one["version"]) for one in (again, nothing, turned)]


async def test_without_a_kind_all_links_between_two_tasks_end(hall: Hall) -> None:
    task, other = await make(hall, "a", "b")
    for kind in ("blocks", "relates", "duplicates"):
        await hall.call("link_tasks", task_id=task["key"], kind=kind, other_task_id=other["key"])

    ended = await hall.call("unlink_tasks", task_id=other["key"], other_task_id=task["key"])

    assert (True, [], 0, 5) == (ended["changed"], ended["links"], ended["open_blockers"], ended["version"])
    assert 3 == len([one for one in (await hall.call("get_task", task_id=task["key"]))["history"] if one["version"] == 5])


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"task_id": "CH-1", "other_task_id": "CH-1"}, "validation_failed"),
        ({"task_id": "CH-1", "other_task_id": "ch-1"}, "validation_failed"),
        ({"task_id": "CH-1", "other_task_id": "CH-99"}, "not_found"),
        ({"task_id": "CH-99", "other_task_id": "CH-1"}, "not_found"),
        ({"task_id": "CH-1", "other_task_id": "'; drop table tasks; --"}, "not_found"),
        ({"task_id": "CH-1", "other_task_id": "CH-1\x00"}, "validation_failed"),
    ],
)
async def test_what_makes_no_link_is_refused(hall: Hall, given: dict[str, str], code: str) -> None:
    await hall.make_task()

    assert code == (await refused(hall.call("link_tasks", kind="blocks", **given))).code
    assert code == (await refused(hall.call("unlink_tasks", **given))).code


async def test_a_kind_that_there_is_not_is_refused_with_those_there_are(hall: Hall) -> None:
    await make(hall, "a", "b")

    reply = await hall.rest.post("/api/tasks/CH-1/links", json={"kind": "depends", "other_task_id": "CH-2"})

    assert 422 == reply.status_code
    assert "blocked_by" in reply.text


async def test_a_task_has_no_more_links_than_it_may(hall: Hall) -> None:
    full, *others = await make(hall, "full", "a", "b")
    await _fill(hall, full, 199)

    await blocks(hall, full, others[0])
    with pytest.raises(Conflict, match="CH-1 has 200 links, the most that a task can have"):
        await blocks(hall, others[1], full)

    assert 200 == len((await hall.call("get_task", task_id=full["key"]))["links"])


async def _fill(hall: Hall, task: Mapping[str, Any], links: int) -> None:
    new = [{"title": f"other {n}"} for n in range(links)]
    made = (await hall.call("create_tasks", tasks=new))["tasks"]
    async with hall.world.database.connection() as db:
        await db.execute(
            """insert into task_links (organisation_id, task_id, kind, other_id, created_at)
               select $1, least($2::uuid, other), 'relates', greatest($2::uuid, other), now() from unnest($3::uuid[]) other""",
            hall.founded.organisation_id, str(task["id"]), [one["id"] for one in made],
        )  # fmt: skip


# Rings ----------------------------------------------------------------------------------------------------------------------


async def test_a_ring_is_refused_and_named(hall: Hall) -> None:
    one, two, three = await make(hall, "one", "two", "three")
    await blocks(hall, one, two)
    await blocks(hall, two, three)

    with pytest.raises(Conflict, match="CH-3 blocks CH-1 blocks CH-2 blocks CH-3") as refusal:
        await hall.call("link_tasks", task_id=one["key"], kind="blocked_by", other_task_id=three["key"])

    assert ["CH-3", "CH-1", "CH-2", "CH-3"] == refusal.value.details["path"]
    assert 0 == await open_blockers(hall, one)
    assert 2 == (await hall.call("get_task", task_id=one["key"]))["version"], "nothing was written"


async def test_what_is_finished_or_deleted_is_a_part_of_the_ring_too(hall: Hall) -> None:
    one, two, three = await make(hall, "one", "two", "three")
    await blocks(hall, one, two)
    await blocks(hall, two, three)
    await hall.move(one, "completed")
    await hall.call("delete_task", task_id=two["key"])

    refusal = await refused(blocks(hall, three, one))

    assert "CH-3 blocks CH-1 blocks CH-2 (deleted) blocks CH-3" in refusal.message


async def test_two_tasks_are_not_copies_of_each_other_but_may_relate_and_block(hall: Hall) -> None:
    one, two = await make(hall, "one", "two")
    for kind in ("duplicates", "relates", "blocked_by"):
        await hall.call("link_tasks", task_id=one["key"], kind=kind, other_task_id=two["key"])

    refusal = await refused(hall.call("link_tasks", task_id=two["key"], kind="duplicates", other_task_id=one["key"]))

    assert ("conflict", True) == (refusal.code, refusal.message.startswith("Each would be a copy of the other: CH-2 duplicates CH-1"))


# Duplicates -----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["duplicates", "duplicated_by"])
async def test_a_duplicate_is_closed_in_one_change_that_everybody_hears_of(hall: Hall, kind: str) -> None:
    copy, kept = await make(hall, "copy", "kept")
    task, other = (copy, kept) if kind == "duplicates" else (kept, copy)
    cursor = await _cursor(hall)

    linked = await hall.call("link_tasks", task_id=task["key"], kind=kind, other_task_id=other["key"])

    assert (copy["key"], True, task["key"]) == (linked["closed"], linked["changed"], linked["key"])
    closed, open_ = [await hall.call("get_task", task_id=one["key"]) for one in (copy, kept)]
    assert ("deprecated", "Duplicate", 2, None) == (closed["status"], closed["resolution"], closed["version"], closed["completed_at"])
    assert ("not_started", None, 2) == (open_["status"], open_["resolution"], open_["version"])
    assert [f"links: - > duplicates {kept['key']}", "resolution: - > Duplicate", "status: not_started > deprecated"] == _brief_history(
        closed
    ).splitlines()[-3:]
    news = {one["task"]["key"]: one for one in await _news(hall, cursor)}
    assert {"status", "resolution", "links"} == set(news[copy["key"]]["changed"])
    assert ("not_started", 2) == (news[copy["key"]]["previous"]["status"], len(news))


async def test_an_answer_in_words_says_which_task_was_closed(hall: Hall) -> None:
    await make(hall, "copy", "kept")

    async with hall.mcp() as client:
        said = await client.call_tool("link_tasks", {"task_id": "CH-2", "kind": "duplicated_by", "other_task_id": "CH-1"})

    assert "CH-2 not_started kept v2, CH-1 is closed as the duplicate\nduplicated_by CH-1 deprecated copy" == text_of(said)


async def test_a_finished_duplicate_stays_as_it_is_and_unlinking_reopens_nothing(hall: Hall) -> None:
    done, kept, copy = await make(hall, "done", "kept", "copy")
    await hall.move(done, "completed")

    linked = await hall.call("link_tasks", task_id=done["key"], kind="duplicates", other_task_id=kept["key"])
    await hall.call("link_tasks", task_id=copy["key"], kind="duplicates", other_task_id=kept["key"])
    await hall.call("unlink_tasks", task_id=copy["key"], other_task_id=kept["key"])

    assert (None, "completed") == (linked["closed"], linked["status"])
    assert "deprecated" == (await hall.call("get_task", task_id=copy["key"]))["status"]


async def test_a_duplicate_that_somebody_opened_again_is_not_closed_by_saying_the_same(hall: Hall) -> None:
    copy, kept = await make(hall, "copy", "kept")
    given = {"task_id": copy["key"], "kind": "duplicates", "other_task_id": kept["key"]}
    await hall.call("link_tasks", **given)
    await hall.move(copy, "in_progress")

    again = await hall.call("link_tasks", **given)

    assert (False, None, "in_progress") == (again["changed"], again["closed"], again["status"])


async def test_what_waited_for_a_duplicate_is_free_also_when_it_is_the_other_one(hall: Hall) -> None:
    copy, kept, waits = await make(hall, "copy", "kept", "waits")
    await blocks(hall, copy, waits)
    await blocks(hall, copy, kept)
    cursor = await _cursor(hall)

    linked = await hall.call("link_tasks", task_id=kept["key"], kind="duplicated_by", other_task_id=copy["key"])

    assert 0 == linked["open_blockers"] == await open_blockers(hall, waits)
    assert {(one["key"], "unblocked", 1, 0) for one in (kept, waits)} == {
        (key, changed[-1], before, now) for key, changed, before, now in _waits(await _news(hall, cursor))
    }
    assert 2 == len(_waits(await _news(hall, cursor))), "each is told once"


async def test_closing_a_duplicate_ends_a_claim_of_ones_own_and_of_others_only_by_people(hall: Hall) -> None:
    copy, other, kept = await make(hall, "copy", "other", "kept")
    ada, wren = await hall.person(name="Ada"), await agent(hall)
    own = await hall.call("claim_task", task_id=copy["key"])
    await hall.call("claim_task", wren, task_id=other["key"])

    await hall.call(
        "link_tasks", task_id=copy["key"], kind="duplicates", other_task_id=kept["key"], fencing_token=own["fencing_token"]
    )  # fmt: skip
    refusal = await refused(hall.call("link_tasks", task_id=other["key"], kind="duplicates", other_task_id=kept["key"]))
    unchanged = await hall.call("get_task", task_id=other["key"])
    await hall.call("link_tasks", ada.actor, task_id=kept["key"], kind="duplicated_by", other_task_id=other["key"])

    assert ("claimed", "in_progress", []) == (refusal.code, unchanged["status"], unchanged["links"])
    assert [("deprecated", None)] * 2 == [
        (one["status"], one["claim"]) for one in [await hall.call("get_task", task_id=task["key"]) for task in (copy, other)]
    ]


async def test_the_review_that_a_duplicate_waited_for_is_withdrawn(hall: Hall) -> None:
    owner = await hall.owner()
    project = await hall.call("create_project", owner.actor, name="Bridge", plan=False)
    await hall.call("update_project", owner.actor, project_id=str(project["id"]), review_required=True)
    copy, kept = await make(hall, "copy", "kept", project="Bridge")
    await hall.move(copy, "completed")
    assert 1 == len((await hall.call("list_approvals", owner.actor))["approvals"])

    await hall.call("link_tasks", task_id=copy["key"], kind="duplicates", other_task_id=kept["key"])

    assert [] == (await hall.call("list_approvals", owner.actor))["approvals"]
    shown = await hall.call("get_task", task_id=copy["key"])
    assert ("deprecated", None) == (shown["status"], shown["review"])


# What is not everybody's ----------------------------------------------------------------------------------------------------


async def test_a_task_that_one_may_not_see_cannot_be_linked_and_is_not_shown(hall: Hall) -> None:
    task, hidden = await hall.make_task("open"), await private(hall)
    owner = (await hall.owner()).actor
    await blocks(hall, hidden, task, owner)

    assert {"not_found"} == {
        (await refused(hall.call(name, task_id=task["key"], other_task_id=hidden["key"], **more))).code
        for name, more in (("link_tasks", {"kind": "blocks"}), ("unlink_tasks", {}))
    }
    shown = await hall.call("get_task", task_id=task["key"])
    why = await hall.call("why_blocked", task_id=task["key"])
    assert ([], 1) == (shown["links"], shown["open_blockers"])
    assert ([], 1) == (why["blockers"], why["not_shown"])
    assert ["secret plan"] == [one["title"] for one in (await hall.call("why_blocked", owner, task_id=task["key"]))["blockers"]]


async def test_a_ring_through_what_one_may_not_see_is_refused_without_its_name(hall: Hall) -> None:
    one, hidden, two = await hall.make_task("one"), await private(hall), await hall.make_task("two")
    owner = (await hall.owner()).actor
    await blocks(hall, one, hidden, owner)
    await blocks(hall, hidden, two, owner)

    refusal = await refused(blocks(hall, two, one))

    assert f"{two['key']} blocks {one['key']} blocks a task that you may not see blocks {two['key']}" in refusal.message
    assert hidden["key"] not in str(refusal.details)


async def test_behind_a_blocker_that_one_may_not_see_the_rest_is_shown(hall: Hall) -> None:
    last, hidden, first = await hall.make_task("last"), await private(hall), await hall.make_task("first")
    owner = (await hall.owner()).actor
    await blocks(hall, first, hidden, owner)
    await blocks(hall, hidden, last, owner)

    why = await hall.call("why_blocked", task_id=last["key"])

    assert ([("first", 2, [], True)], 1) == (
        [(one["title"], one["depth"], one["blocks"], one["can_be_done_now"]) for one in why["blockers"]], why["not_shown"]
    )  # fmt: skip


async def test_a_limited_key_links_and_sees_only_tasks_of_its_repositories(hall: Hall) -> None:
    here, too = await make(hall, "here", "too", repository="Open")
    there = await hall.make_task("there", repository="Closed")
    limited = replace(hall.agent, repositories=frozenset({"open"}))
    await blocks(hall, there, here)

    await blocks(hall, too, here, limited)
    with pytest.raises(NotFound):
        await hall.call("unlink_tasks", limited, task_id=here["key"], other_task_id=there["key"])

    assert ["too"] == [one["title"] for one in (await hall.call("get_task", limited, task_id=here["key"]))["links"]]
    why = await hall.call("why_blocked", limited, task_id=here["key"])
    assert (["too"], 1, 2) == ([one["title"] for one in why["blockers"]], why["not_shown"], why["open_blockers"])


async def test_who_may_only_read_links_nothing(hall: Hall) -> None:
    task, other = await make(hall, "a", "b")
    viewer = await hall.person("viewer")

    replies = [
        await viewer.rest.post(f"/api/tasks/{task['key']}/links", json={"kind": "blocks", "other_task_id": other["key"]}),
        await viewer.rest.delete(f"/api/tasks/{task['key']}/links/{other['key']}"),
        await viewer.rest.get(f"/api/tasks/{task['key']}/blockers"),
    ]

    assert [403, 403, 200] == [reply.status_code for reply in replies]


async def test_a_claim_of_others_does_not_keep_an_agent_from_saying_what_blocks_what(hall: Hall) -> None:
    task, other = await make(hall, "a", "b")
    wren = await agent(hall)
    claim = await hall.call("claim_task", wren, task_id=other["key"])

    await blocks(hall, other, task)

    (why,) = (await hall.call("why_blocked", task_id=task["key"]))["blockers"]
    assert ("wren", claim["expires_at"]) == (why["holder"], why["held_until"])


# Why ------------------------------------------------------------------------------------------------------------------------


async def test_why_blocked_goes_down_to_what_can_be_done_now(hall: Hall) -> None:
    ship, test, build, paint, sand = await make(hall, "ship", "test", "build", "paint", "sand")
    ada = await hall.person(name="Ada")
    await hall.call("update_task", task_id=sand["key"], assignee_id=ada.email)
    for blocker, blocked in ((test, ship), (paint, ship), (build, test), (sand, paint), (sand, build)):
        await blocks(hall, blocker, blocked)
    await hall.move(build, "completed")

    why = (await hall.rest.get(f"/api/tasks/{ship['key']}/blockers")).json()

    assert (2, 0) == (why["open_blockers"], why["not_shown"])
    told = {one["title"]: (one["depth"], sorted(one["blocks"]), one["can_be_done_now"], one["assignee_name"]) for one in why["blockers"]}
    assert {
        "test": (1, [ship["key"]], True, None),
        "paint": (1, [ship["key"]], False, None),
        "sand": (2, [paint["key"]], True, "Ada"),
    } == told
    assert [1, 1, 2] == [one["depth"] for one in why["blockers"]]


async def test_what_nothing_blocks_says_so_and_what_does_not_fit_is_counted(hall: Hall) -> None:
    task, *others = await make(hall, "task", "a", "b", "c")
    for one in others:
        await blocks(hall, one, task)

    async with hall.mcp() as client:
        free = await client.call_tool("why_blocked", {"task_id": others[0]["key"]})
        held = await client.call_tool("why_blocked", {"task_id": task["key"], "limit": 2})

    assert f"{others[0]['key']} not_started a: no unfinished task blocks it" == text_of(free)
    assert "open_blockers=3" in text_of(held)
    assert "and 1 more that do not fit" in text_of(held)
    assert 4 == len(text_of(held).splitlines())


# Ending and coming back -----------------------------------------------------------------------------------------------------

END: dict[str, tuple[str, dict[str, Any]]] = {
    "update_task_status": ("update_task_status", {"new_status": "completed"}),
    "deprecated": ("update_task_status", {"new_status": "deprecated"}),
    "update_task": ("update_task", {"status": "completed"}),
    "complete_task": ("complete_task", {}),
    "place_task": ("place_task", {"status": "completed"}),
    "delete_task": ("delete_task", {}),
}


async def _news(hall: Hall, cursor: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await hall.call("changes_since", cursor=cursor, limit=500))["changes"]
    return found


async def _cursor(hall: Hall) -> str:
    return str((await hall.call("changes_since"))["next_cursor"])


async def _told(ear: Ear, kind: str) -> dict[str, Any]:
    """The next notification of this kind."""
    while (told := await ear.next())["notification"]["kind"] != kind:
        pass
    return told


def _waits(news: list[dict[str, Any]]) -> list[tuple[str, list[str], int, int]]:
    return [
        (one["task"]["key"], one["changed"], one["previous"]["open_blockers"], one["task"]["open_blockers"])
        for one in news
        if "open_blockers" in one["changed"]
    ]


@pytest.mark.parametrize("way", END)
async def test_whichever_way_a_blocker_ends_the_task_is_free_and_its_people_hear_it(hall: Hall, way: str) -> None:
    ada = await hall.person(name="Ada")
    blocker, task = await make(hall, "blocker", "task")
    await hall.call("update_task", task_id=task["key"], assignee_id=ada.email)
    await blocks(hall, blocker, task)
    cursor, (name, given) = await _cursor(hall), END[way]

    async with hearing(hall, ada.actor) as ear:
        await hall.call(name, task_id=blocker["key"], **given)
        told = await _told(ear, "unblocked")

    assert ("unblocked", f"Nothing blocks any more: {task['key']} task") == (told["notification"]["kind"], told["message"])
    news = await _news(hall, cursor)
    assert [(task["key"], ["open_blockers", "unblocked"], 1, 0)] == _waits(news)
    assert [blocker["key"], task["key"]] == [one["task"]["key"] for one in news], "the cause comes first"
    assert 3 == news[-1]["version"], "the task itself did not change"
    assert 0 == await open_blockers(hall, task)


@pytest.mark.parametrize("way", ["update_tasks", "resolve_issue", "unlink_tasks"])
async def test_other_ways_free_a_task_as_well(hall: Hall, way: str) -> None:
    task = await hall.make_task("task", type="bug")
    blocker = await hall.make_task("blocker", type="bug")
    await blocks(hall, blocker, task)
    given: dict[str, dict[str, Any]] = {
        "update_tasks": {"task_ids": [blocker["key"]], "changes": {"status": "completed"}},
        "resolve_issue": {"issue_id": blocker["key"], "resolution": "Mended."},
        "unlink_tasks": {"task_id": task["key"], "other_task_id": blocker["key"]},
    }
    cursor = await _cursor(hall)

    await hall.call(way, **given[way])

    assert [(task["key"], ["open_blockers", "unblocked"], 1, 0)] == _waits(await _news(hall, cursor))


@pytest.mark.parametrize(("end", "back"), [("completed", "in_progress"), ("deprecated", "blocked"), ("deleted", "restored")])
async def test_a_blocker_that_comes_back_blocks_again(hall: Hall, end: str, back: str) -> None:
    blocker, task = await make(hall, "blocker", "task")
    await blocks(hall, blocker, task)
    if end == "deleted":
        await hall.call("delete_task", task_id=blocker["key"])
    else:
        await hall.move(blocker, end)
    cursor = await _cursor(hall)

    if back == "restored":
        await hall.call("restore_task", task_id=blocker["key"])
    else:
        await hall.move(blocker, back)

    assert [(task["key"], ["open_blockers"], 0, 1)] == _waits(await _news(hall, cursor))
    assert 1 == await open_blockers(hall, task)


async def test_moving_between_two_ends_or_two_open_statuses_tells_nobody(hall: Hall) -> None:
    blocker, task = await make(hall, "blocker", "task")
    await blocks(hall, blocker, task)
    cursor = await _cursor(hall)

    await hall.move(blocker, "in_progress")
    await hall.move(blocker, "completed")
    await hall.move(blocker, "deprecated")
    await hall.call("delete_task", task_id=blocker["key"])

    assert [(task["key"], ["open_blockers", "unblocked"], 1, 0)] == _waits(await _news(hall, cursor))


async def test_one_blocker_of_two_leaves_a_task_waiting_without_a_notification(hall: Hall) -> None:
    ada = await hall.person(name="Ada")
    one, two, task = await make(hall, "one", "two", "task")
    await hall.call("update_task", task_id=task["key"], assignee_id=ada.email)
    await blocks(hall, one, task)
    await blocks(hall, two, task)
    cursor = await _cursor(hall)

    async with hearing(hall, ada.actor) as ear:
        await hall.move(one, "completed")
        await hall.move(two, "completed")
        await _told(ear, "unblocked")

    assert [(["open_blockers"], 2, 1), (["open_blockers", "unblocked"], 1, 0)] == [found[1:] for found in _waits(await _news(hall, cursor))]
    assert ["unblocked", "assigned"] == await _kinds(ada)


async def _kinds(person: Person) -> list[str]:
    return [one["kind"] for one in (await person.rest.get("/api/v1/notifications")).json()["notifications"]]


async def test_what_is_finished_is_not_told_that_it_could_begin(hall: Hall) -> None:
    blocker, task = await make(hall, "blocker", "task")
    await blocks(hall, blocker, task)
    await hall.move(task, "completed")
    cursor = await _cursor(hall)

    await hall.move(blocker, "completed")

    assert [(task["key"], ["open_blockers"], 1, 0)] == _waits(await _news(hall, cursor))


async def test_tasks_that_end_together_answer_with_what_is_left_of_their_blockers(hall: Hall) -> None:
    one, two, free = await make(hall, "one", "two", "free")
    await blocks(hall, one, two)
    await blocks(hall, two, free)
    cursor = await _cursor(hall)

    done = await hall.call("update_tasks", task_ids=[one["key"], two["key"]], changes={"status": "completed"})

    assert [0, 0] == [task["open_blockers"] for task in done["tasks"]]
    waits = {key: what for key, what, *_ in _waits(await _news(hall, cursor))}
    assert {two["key"]: ["open_blockers"], free["key"]: ["open_blockers", "unblocked"]} == waits


async def test_a_dry_run_frees_nothing_and_tells_nobody(hall: Hall) -> None:
    blocker, task = await make(hall, "blocker", "task")
    await blocks(hall, blocker, task)
    cursor = await _cursor(hall)

    await hall.call("update_tasks", task_ids=[blocker["key"]], changes={"status": "completed"}, dry_run=True)

    assert ([], 1) == (await _news(hall, cursor), await open_blockers(hall, task))


async def test_above_two_hundred_tasks_that_wait_listeners_load_anew(hall: Hall) -> None:
    one, two = await make(hall, "one", "two")
    for blocker in (one, two):
        made = (await hall.call("create_tasks", tasks=[{"title": f"{blocker['title']} {n}"} for n in range(101)]))["tasks"]
        async with hall.world.database.connection() as db:
            await db.execute(
                """insert into task_links (organisation_id, task_id, kind, other_id, created_at)
                   select $1, $2::uuid, 'blocks', other, now() from unnest($3::uuid[]) other""",
                hall.founded.organisation_id, str(blocker["id"]), [task["id"] for task in made],
            )  # fmt: skip
    cursor = await _cursor(hall)

    await hall.call("update_tasks", task_ids=[one["key"], two["key"]], changes={"status": "completed"})

    news = await _news(hall, cursor)
    assert 200 == len([one for one in news if "unblocked" in one.get("changed", [])])
    assert ("reset", 202) == (news[-1]["type"], news[-1]["count"])


async def test_who_may_not_see_the_freed_task_hears_nothing_of_it(hall: Hall) -> None:
    blocker, hidden = await hall.make_task("open"), await private(hall)
    owner = await hall.owner()
    await blocks(hall, blocker, hidden, owner.actor)
    cursor = await _cursor(hall)

    await hall.move(blocker, "completed")

    assert [blocker["key"]] == [one["task"]["key"] for one in await _news(hall, cursor)]
    theirs = (await hall.call("changes_since", owner.actor, cursor=cursor))["changes"]
    assert [(hidden["key"], ["open_blockers", "unblocked"], 1, 0)] == _waits(theirs)


async def test_next_work_offers_what_was_freed_and_not_what_waits(hall: Hall) -> None:
    blocker, task = await make(hall, "blocker", "task")
    await blocks(hall, blocker, task)

    async def offered() -> list[str]:
        return [one["task"]["title"] for one in (await hall.call("next_work"))["tasks"]]

    assert ["blocker"] == await offered()
    await hall.move(blocker, "completed")
    assert ["task"] == await offered()
