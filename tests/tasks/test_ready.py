"""What is ready, in which order, and why."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crewhall.accounts import unread_count
from crewhall.tasks.board.models import Complexity, Priority, Status
from crewhall.tasks.claims import brief, rules
from crewhall.tasks.claims.models import Mine
from crewhall.tasks.claims.rules import Candidate, rank
from tests.harness.hall import Hall, text_of
from tests.harness.notified import hearing
from tests.tasks.test_claims import actor_named, agent, lapse, refused

NOW = datetime(2030, 1, 15, 12, tzinfo=UTC)


def task(title: str, number: int | None = None, *, days: float | None = None, weeks: int = 0, **fields: Any) -> Candidate:
    """A candidate: `days` until it is due, `weeks` since it was created."""
    due_at = None if days is None else NOW + timedelta(days=days)
    kept: dict[str, Any] = {
        "type": "task",
        "status": Status.NOT_STARTED,
        "tags": (),
        "yours": False,
        "silent": None,
        "priority": "medium",
    } | fields
    kept["priority"] = Priority(kept["priority"])
    number = ord(title[0]) if number is None else number
    return Candidate(id=UUID(int=number), title=title, due_at=due_at, created_at=NOW - timedelta(weeks=weeks), **kept)


# What they are called, in the order in which they shall be offered; then what somebody can do.
CASES: dict[str, tuple[list[Candidate], str]] = {
    "the higher priority first": ([task("a", priority="critical"), task("b", priority="high"), task("c"), task("d", priority="low")], ""),
    "mine before what is more urgent": ([task("a", priority="low", yours=True), task("b", priority="critical")], ""),
    "of mine the higher priority": ([task("a", priority="high", yours=True), task("b", yours=True)], ""),
    "overdue before due within a day": ([task("a", days=-3), task("b", days=0.5)], ""),
    "due within a day before this week": ([task("a", days=1), task("b", days=6)], ""),
    "this week before some day": ([task("a", days=7), task("b", days=40)], ""),
    "some day before never": ([task("a", days=400), task("b")], ""),
    "a date does not lift a task over a higher priority": ([task("a", priority="high"), task("b", days=-9)], ""),
    "of two overdue ones the longer overdue": ([task("a", days=-9), task("b", days=-2)], ""),
    "of equal ones the older": ([task("a", 1), task("b", 2)], ""),
    "what waits for weeks before what is new": ([task("a", 2, weeks=4), task("b", 1)], ""),
    "what fits me first": ([task("a", tags=("sql",)), task("b", tags=("css",))], "sql"),
    "what fits twice before what fits once": ([task("a", tags=("sql", "go")), task("b", tags=("sql",))], "sql go"),
    "a skill in the title counts, too": ([task("a: tune SQL, please"), task("b")], "sql"),
    "what fits is no reason against a priority": ([task("a", priority="high"), task("b", tags=("sql",))], "sql"),
    "overdue before what fits once": ([task("a", days=-1), task("b", tags=("sql",))], "sql"),
    "what somebody left before what nobody began": ([task("a", 2, silent="wren", status=Status.IN_PROGRESS), task("b", 1)], ""),
    "begun before not begun": ([task("a", 2, status=Status.IN_PROGRESS), task("b", 1)], ""),
    "due within a day before begun": ([task("a", days=0.2), task("b", status=Status.IN_PROGRESS)], ""),
    "a bug before a story": ([task("a", 2, type="bug"), task("b", 1, type="story")], ""),
    "three skills count, a fourth does not": ([task("a", 1, tags=("w", "x", "y")), task("b", 2, tags=("w", "x", "y", "z"))], "w x y z"),
    "everything together": (
        [
            task("a", priority="low", yours=True), task("b", priority="critical", days=-1), task("c", priority="critical"),
            task("d", priority="high", tags=("sql",), days=0.5), task("e", priority="high", days=0.5), task("f", type="blocker"), task("g"),
        ], "sql",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_ready_work_is_offered_in_this_order(case: str) -> None:
    expected, skills = CASES[case]

    for shuffled in (expected, expected[::-1]):
        assert [one.title for one in expected] == [one.candidate.title for one in rank(shuffled, skills.split(), NOW)]


def test_every_point_is_told() -> None:
    one = task("tune sql", priority="high", days=-1, yours=True, silent="wren", type="bug", weeks=20)

    (ranked,) = rank([one], ["SQL", "css"], NOW)

    assert (
        "assigned to you", "high priority", "overdue since 2030-01-14", "fits sql", "wren began it and went silent", "a bug",
        "waiting for 9+ weeks",
    ) == ranked.reasons  # fmt: skip


anybody = st.builds(
    task, st.text(max_size=10), st.integers(0, 10**6), days=st.none() | st.floats(-1000, 1000), weeks=st.integers(0, 500),
    priority=st.sampled_from(list(Priority)), tags=st.lists(st.sampled_from("abcd")), silent=st.none() | st.just("wren"),
    status=st.sampled_from([Status.NOT_STARTED, Status.IN_PROGRESS]), type=st.sampled_from(["task", "bug"]),
)  # fmt: skip


@given(st.lists(anybody, max_size=20), st.lists(st.sampled_from("abcd")))
def test_nothing_lifts_a_task_over_a_higher_priority(candidates: list[Candidate], skills: list[str]) -> None:
    """Or the best would not be among the first that are read from the index."""
    order = [rules.BY_PRIORITY[one.candidate.priority] for one in rank(candidates, skills, NOW)]

    assert sorted(order, reverse=True) == order


@given(st.lists(anybody, max_size=20), st.randoms())
def test_the_order_does_not_depend_on_how_the_tasks_were_found(candidates: list[Candidate], random: Any) -> None:
    unique = list({one.id: one for one in candidates}.values())
    again = unique * 2
    random.shuffle(again)

    assert {one.id for one in unique} == {one.candidate.id for one in rank(again, (), NOW)}
    assert rank(unique, (), NOW) == rank(unique[::-1], (), NOW)


def test_who_takes_the_most_complex_takes_all() -> None:
    assert (["low", "medium"], 4, 4) == (rules.up_to(Complexity.MEDIUM), len(rules.up_to(Complexity.EXTREME)), len(rules.up_to(None)))


# With a database -----------------------------------------------------------------------------------------------------------


async def titles(hall: Hall, actor: Any = None, **wish: Any) -> list[str]:
    found = await hall.call("next_work", actor, **{"limit": 20} | wish)
    return [one["task"]["title"] for one in found["tasks"]]


async def test_only_what_can_be_taken_up_is_offered(hall: Hall) -> None:
    wren = await agent(hall)
    await hall.make_task("Free")
    await hall.make_task("Given to me", assignee_id="me")
    await hall.make_task("Given to another", assignee_id="wren")
    await hall.make_task("Done", status="completed")
    await hall.make_task("Blocked by hand", status="blocked")
    await hall.make_task("Not yet", start_at="2999-01-01T00:00:00Z")
    await hall.make_task("Underway without anybody", status="in_progress")
    parent = await hall.make_task("In parts")
    await hall.make_task("A part", parent_id=parent["key"])
    held = await hall.make_task("Claimed")
    await hall.call("claim_task", wren, task_id=held["key"])
    gone = await hall.make_task("Deleted")
    await hall.call("delete_task", task_id=gone["key"])
    async with hall.world.database.connection() as db:
        blocked = await hall.make_task("Blocked by another")
        epic = await hall.make_task("An epic")
        await db.execute("update tasks set open_blockers = 1 where id = $1::uuid", blocked["id"])
        await db.execute("update tasks set type = 'epic' where id = $1::uuid", epic["id"])

    assert ["Given to me", "Underway without anybody", "Free", "A part"] == await titles(hall)


async def test_what_ran_out_is_offered_at_once_and_says_who_went_silent(hall: Hall) -> None:
    wren = await agent(hall)
    task = await hall.make_task(assignee_id="wren")
    await hall.call("claim_task", wren, task_id=task["key"])
    assert [] == await titles(hall)
    await lapse(hall, task)

    (found,) = (await hall.call("next_work"))["tasks"]

    assert (task["key"], "wren began it and went silent") == (found["task"]["key"], found["reasons"][1])


async def test_work_fits_repository_project_complexity_and_skills(hall: Hall) -> None:
    await hall.make_task("here", repository="hull", project="Sails", complexity="low")
    await hall.make_task("hard", repository="hull", complexity="extreme", tags=["SQL"])
    await hall.make_task("there", repository="mast")

    assert ["here", "hard"] == await titles(hall, repository="HULL")
    assert ["here"] == await titles(hall, project="sails")
    assert [] == await titles(hall, project="no such project")
    assert ["here", "there"] == await titles(hall, complexity="medium")
    assert "hard" == (await titles(hall, skills="css, sql"))[0]
    assert "not_found" == (await refused(hall.call("next_work", repository="no-such-place"))).code


async def test_what_fits_is_found_behind_a_hundred_older_tasks(hall: Hall) -> None:
    await hall.call("create_tasks", tasks=[{"title": "older"}] * 120)
    await hall.make_task("fitting", tags=["rigging"])

    assert "fitting" == (await titles(hall, skills=["Rigging"]))[0]


async def test_without_skills_those_count_that_are_kept_for_the_member(hall: Hall) -> None:
    key = await hall.join("wren", kind="agent")
    await hall.call("create_tasks", tasks=[{"title": "older"}] * 60)
    await hall.make_task("Ropes", tags=["rigging"])
    await hall.make_task("Query", tags=["sql"])
    await hall.call("update_member", (await hall.owner()).actor, member="wren", skills=["Rigging", "ropes"])
    await hall.call("update_me", skills=["SQL"])

    wren, robin = [await hall.world.access.actor_of(one) for one in (key, hall.founded.api_key)]
    first = [(await hall.call("next_work", actor))["tasks"][0] for actor in (wren, robin)]
    named = (await hall.call("next_work", robin, skills="rigging"))["tasks"][0]
    mine = (await hall.call("my_work", robin))["ready"][0]

    assert [("Ropes", "fits rigging, ropes"), ("Query", "fits sql")] == [(one["task"]["title"], one["reasons"][-1]) for one in first]
    assert ("Ropes", "fits rigging") == (named["task"]["title"], named["reasons"][-1])
    assert first[1] == mine


def test_no_more_skills_are_looked_for_than_can_be_named() -> None:
    actor = replace(actor_named(1), skills=("SQL", "sql", *(f"skill {number}" for number in range(50))))

    assert ("sql", "skill 0", 20) == (*rules.skills_of(actor)[:2], len(rules.skills_of(actor)))
    assert ("css",) == rules.skills_of(actor, ["CSS", "css"])


async def test_whoever_asks_for_a_claim_holds_the_first_one(hall: Hall) -> None:
    await hall.make_task("second")
    first = await hall.make_task("first", priority="high")

    found = await hall.call("next_work", claim=True, lease_seconds=60, limit=2)

    assert (first["key"], 1, 60) == (found["claim"]["key"], found["claim"]["fencing_token"], found["claim"]["lease_seconds"])
    assert ["first", "second"] == [one["task"]["title"] for one in found["tasks"]]
    assert "robin" == found["tasks"][0]["task"]["claim"]["holder"]
    assert ["second"] == await titles(hall)


@pytest.mark.timeout(20)
async def test_many_who_ask_at_once_never_get_the_same(hall: Hall) -> None:
    agents = [await agent(hall, f"agent {number}") for number in range(8)]
    await hall.call("create_tasks", tasks=[{"title": f"task {number}"} for number in range(40)])

    found = await asyncio.gather(*(hall.call("next_work", one, claim=True) for one in agents * 6))

    keys = [one["claim"]["key"] for one in found if one["claim"]]
    assert (40, 40) == (len(keys), len(set(keys)))


async def test_a_limited_key_is_offered_only_what_it_opens(hall: Hall) -> None:
    owner = await hall.owner()
    await hall.make_task("closed", repository="closed", priority="critical")
    await hall.make_task("open", repository="open")
    given = {"name": "limited", "kind": "agent", "repositories": ["open"]}
    key = (await owner.rest.post("/api/v1/api-keys", json=given)).json()["key"]
    limited = await hall.world.access.actor_of(key)

    assert ["open"] == await titles(hall, limited)
    assert "open" == (await hall.call("next_work", limited, claim=True))["claim"]["title"]
    assert None is (await hall.call("next_work", limited, claim=True))["claim"]
    assert "not_allowed" == (await refused(hall.call("next_work", limited, repository="closed"))).code


async def test_nothing_ready_is_said(hall: Hall) -> None:
    async with hall.mcp() as robin:
        assert "Nothing is ready for you: there is no unfinished task" in text_of(await robin.call_tool("next_work", {"claim": True}))


async def test_why_nothing_is_ready_is_said(hall: Hall) -> None:
    wren = await agent(hall)
    await hall.make_task("Done", status="completed")
    await hall.make_task("By hand", status="blocked")
    await hall.make_task("Given", assignee_id="wren")
    await hall.make_task("Later", start_at="2999-01-01T00:00:00Z")
    await hall.make_task("Question", type="question")
    await hall.make_task("Hard", complexity="extreme")
    held = await hall.make_task("Held")
    claim = await hall.call("claim_task", wren, task_id=held["key"])
    parent = await hall.make_task("In parts")
    await hall.make_task("A part", parent_id=parent["key"], status="blocked")

    found = await hall.call("next_work", complexity="high", claim=True)
    async with hall.mcp() as robin:
        said = text_of(await robin.call_tool("next_work", {"complexity": "high"}))

    why = {one["reason"]: (one["tasks"], one["until"]) for one in found["passed_over"]}
    assert ([], None) == (found["tasks"], found["claim"])
    assert {
        "blocked": (2, None), "given": (1, None), "later": (1, datetime(2999, 1, 1, tzinfo=UTC)), "kind": (1, None),
        "too_complex": (1, None), "claimed": (1, claim["expires_at"]), "in_parts": (1, None),
    } == why  # fmt: skip
    assert "Nothing is ready for you. Unfinished: 2 blocked by others or by hand; " in said
    assert f"1 claimed (the first until {claim['expires_at']:%Y-%m-%d %H:%M:%S}Z)" in said


async def test_what_is_ready_elsewhere_is_said(hall: Hall) -> None:
    await hall.make_task("here", repository="hull", status="completed")
    await hall.make_task("there", repository="mast")

    (why,) = (await hall.call("next_work", repository="hull"))["passed_over"]

    assert ("elsewhere", 1) == (why["reason"], why["tasks"])
    assert [] == (await hall.call("next_work"))["passed_over"]


async def test_what_others_are_just_taking_is_not_claimed_twice_and_said(hall: Hall) -> None:
    task = await hall.make_task()
    async with hall.world.database.connection() as db, db.transaction():
        await db.execute("select from tasks where id = $1::uuid for update", task["id"])  # somebody else, in the middle of a claim
        found = await hall.call("next_work", claim=True)

    assert (None, [], ["taken"]) == (found["claim"], found["tasks"], [one["reason"] for one in found["passed_over"]])


# Where was I? ---------------------------------------------------------------------------------------------------------------


async def test_an_agent_that_forgot_everything_reads_where_it_stands(hall: Hall) -> None:
    held, lost = await hall.make_task("Held"), await hall.make_task("Lost")
    await hall.make_task("Given", assignee_id="me")
    await hall.make_task("Free")
    for one in (held, lost):
        await hall.call("claim_task", task_id=one["key"])
    await lapse(hall, lost)

    mine = await hall.call("my_work")
    async with hall.mcp() as robin:
        said = text_of(await robin.call_tool("my_work", {}))

    assert (["Held"], ["Lost"], ["Given"]) == tuple([one["title"] for one in mine[part]] for part in ("claims", "lapsed", "assigned"))
    assert ["Lost", "Free"] == [one["task"]["title"] for one in mine["ready"]]
    assert f"{held['key']} in_progress Held for 1800 s more, until" in said
    assert "fencing_token=1" in said


@pytest.mark.timeout(20)
async def test_where_i_stand_fits_into_two_thousand_bytes_however_much_there_is(hall: Hall) -> None:
    async with hall.world.database.connection() as db:
        made = (await hall.call("create_tasks", tasks=[{"title": "ü🚢" * 200, "assignee_id": "me", "priority": "critical"}] * 100))["tasks"]
        await db.execute(
            "update tasks set claim_holder_id = $1, claim_holder = 'robin', claim_token = 7, claim_seconds = 9, "
            "claim_expires_at = now() + number % 2 * interval '1 hour' where id = any($2)",
            hall.agent.id, [one["id"] for one in made[:40]],
        )  # fmt: skip

    async with hall.mcp() as robin:
        said = text_of(await robin.call_tool("my_work", {"limit": 20}))

    assert 1000 < len(said.encode()) <= 2000
    assert "fencing_token=7" in said
    assert said.endswith("... and more: get_tasks user_id=me, get_notifications")


TASK: dict[str, Any] = {
    "key": "CH-1", "status": Status.IN_PROGRESS, "title": "", "priority": "critical",
    "claim": {"holder": "x", "holder_id": UUID(int=1), "fencing_token": 2**62, "lease_seconds": 9, "expires_at": NOW},
}  # fmt: skip
WORDS = st.text(max_size=90) | st.sampled_from(["ü🚢" * 150, "Ж" * 500, "🚢" * 500, "\u202e" * 250, "\n" * 100])
TASKS = st.lists(WORDS.map(lambda title: TASK | {"title": title}), max_size=12)
UNREAD = st.lists(
    st.builds(lambda title, said, who: {"kind": "mentioned", "task_key": "CH-1", "title": title, "excerpt": said, "actor_name": who},
              WORDS, st.none() | WORDS, st.none() | WORDS), max_size=20,
)  # fmt: skip
QUESTION: dict[str, Any] = {"task_key": "CH-1", "kind": "question", "status": "pending", "created_at": NOW}
ASKED = st.lists(
    st.builds(lambda asked, said, who: QUESTION | {"question": asked, "answer": said, "answered_by": who, "asked_of": who},
              WORDS, st.none() | WORDS, st.none() | WORDS), max_size=20,
)  # fmt: skip


COUNTS = st.just({"held": 0, "unread": 0, "answered": 0}) | st.fixed_dictionaries(
    {"held": st.integers(0, 10**9), "unread": st.integers(0, 10**9), "answered": st.integers(1, 10**9)}
)  # fmt: skip
HEADS = (
    "You hold:", "Yours no more, and nobody else's: claim_task takes them up again:", "You asked:", "Unread:", "Assigned to you:",
    "Ready for anybody:",
)  # fmt: skip


@pytest.mark.timeout(60)
@settings(max_examples=60, deadline=None)
@given(COUNTS, TASKS, TASKS, TASKS, TASKS, UNREAD, ASKED)
def test_where_i_stand_never_takes_more_than_two_thousand_bytes_and_says_something_of_each_kind(
    counts: Any, claims: Any, lapsed: Any, assigned: Any, ready: Any, unread: Any, asked: Any
) -> None:
    offered: Any = [{"task": one, "points": 1, "reasons": [one["title"]]} for one in ready]

    said = brief.mine(
        Mine(counts=counts, claims=claims, lapsed=lapsed, assigned=assigned, ready=offered, unread=unread, asked=asked, now=NOW)
    )  # fmt: skip

    assert len(said.encode()) <= 2000
    filled = [head for head, rows in zip(HEADS, (claims, lapsed, asked, unread, assigned, ready), strict=True) if rows]
    assert filled == [line for line in said.splitlines() if line in HEADS], "each that has something is there, in this order"
    assert len(said.splitlines()) >= 2 * len(filled) + any(counts.values())
    assert not claims or f"fencing_token={2**62}" in said
    assert not any(counts.values()) or " answered" in said.splitlines()[0]


async def test_many_claims_hide_neither_what_is_unread_nor_what_was_answered(hall: Hall) -> None:
    owner = await hall.owner()
    tasks = [await hall.make_task(f"{number:02} " + "длинное название задачи " * 8, assignee_id="me") for number in range(14)]
    for task in tasks:
        await hall.call("claim_task", task_id=task["key"])
    question = await hall.call("ask_human", task_id=tasks[3]["key"], question="Which colour?")
    await hall.call("answer_approval", owner.actor, approval_id=str(question["id"]), decision="answer", text="Green.")
    async with hearing(hall, hall.agent) as ear:
        for task in tasks[:13]:
            await hall.call("add_task_comment", owner.actor, task_id=task["key"], comment="A word on it.")
            await ear.next()
        async with hall.world.database.connection() as db:
            unread = await unread_count(db, hall.agent)

    mine = await hall.call("my_work")
    async with hall.mcp() as robin:
        said = text_of(await robin.call_tool("my_work", {}))

    assert {"held": 14, "unread": unread, "answered": 1} == mine["counts"]
    assert said.startswith(f"14 held, {unread} unread, 1 answered\nYou hold:\n")
    assert f"{tasks[3]['key']} question answered by Olive Owner: Green." in said
    assert "commented" in said.partition("\nUnread:\n")[2]
    assert 1500 < len(said.encode()) <= 2000


# Who holds what --------------------------------------------------------------------------------------------------------------


async def test_what_is_held_is_listed_with_whoever_holds_it_the_soonest_to_end_first(hall: Hall) -> None:
    long, short, lost = await hall.make_task("Long"), await hall.make_task("Short"), await hall.make_task("Lost")
    await hall.make_task("Free")
    person = await hall.person("member", "Ines Duarte")
    await hall.call("claim_task", task_id=long["key"], lease_seconds=3600)
    await hall.call("claim_task", person.actor, task_id=short["key"], lease_seconds=60)
    await hall.call("claim_task", task_id=lost["key"])
    await lapse(hall, lost)

    everybody = await hall.call("list_claims")
    one = await hall.call("list_claims", holder="Ines Duarte")
    first = await hall.call("list_claims", limit=1)
    async with hall.mcp() as robin:
        said = text_of(await robin.call_tool("list_claims", {}))

    assert [("Short", "Ines Duarte"), ("Long", "robin")] == [(task["title"], task["claim"]["holder"]) for task in everybody["claims"]]
    assert ["Short"] == [task["title"] for task in one["claims"]]
    assert (["Short"], True, False) == ([task["title"] for task in first["claims"]], first["more"], everybody["more"])
    assert "fencing_token" not in said


async def test_what_is_held_where_somebody_may_not_look_is_not_told(hall: Hall) -> None:
    task = await hall.make_task("Secret", project="Quiet")
    await hall.call("claim_task", task_id=task["key"])
    owner = await hall.owner()
    await hall.call("update_project", owner.actor, project_id="Quiet", visibility="private")
    outsider = await hall.person("member")

    assert [] == (await hall.call("list_claims", outsider.actor))["claims"]
    assert ["Secret"] == [one["title"] for one in (await hall.call("list_claims", owner.actor))["claims"]]
