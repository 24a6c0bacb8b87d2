"""Reports over real tasks and time: every number is that of its rows, two reports never differ, and nobody sees what is not theirs."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from crewhall.app import ROOMS
from crewhall.kit.capability import Registry
from crewhall.kit.errors import CrewhallError, NotFound, ValidationFailed
from crewhall.kit.ids import new_id
from crewhall.kit.json import loads
from crewhall.kit.paging import cursor_in
from tests.harness.hall import Hall
from tests.tasks.test_views import place

SOON = datetime.now(UTC) + timedelta(days=1)
LATE = datetime.now(UTC) - timedelta(days=2)
PROJECT = {"project_name": "Gate works"}
LIST = {"list_id": "Gate works"}
NUMBERED: dict[str, dict[str, Any]] = {
    "get_progress_since": {"since_date": "last 7 days"},
    "get_estimation_accuracy": {},
    "get_at_risk_tasks": {},
    "get_stale_tasks": {"stale_days": 1},
    "get_untracked_tasks": {"status_filter": "all"},
    "get_status_summary": {},
    "get_velocity": {},
    "get_team_workload": {},
    "get_project_health_score": PROJECT,
    "get_project_daily_standup": PROJECT,
    "get_project_blockers": PROJECT,
    "get_project_at_risk": PROJECT,
    "get_project_weekly_digest": PROJECT,
    "get_project_team_workload": PROJECT,
    "get_list_progress": LIST,
    "get_workload": LIST,
    "get_overdue_tasks": LIST,
}
"""Reports whose numbers count tasks, and what each is asked."""


MORE_TASKS = """
insert into tasks (id, organisation_id, number, key, title, status, status_type, priority, complexity, list_id, rank, created_by,
                   created_by_id, updated_by, updated_by_id, created_at, updated_at)
select uuidv7(), $1, 1000 + n, 'CH-' || 1000 + n, 'Rivet ' || n, 'not_started', 'open', 'low', 'low', t.list_id, 'zz' || n, t.created_by,
       t.created_by_id, t.updated_by, t.updated_by_id, now(), now()
  from generate_series(1, 500) n, (select * from tasks where organisation_id = $1 and title = 'Dig the post') t
"""


@pytest.fixture
async def furnished(hall: Hall) -> Hall:
    """A project with tasks in every state, of two people, with time of both; and a task elsewhere."""
    ada, bob = await hall.person(name="Ada"), await hall.person(name="Bob")
    works = {"project": "Gate works"}
    done = await hall.make_task("Weld the hinge", assignee_id=str(ada.actor.id), estimate_minutes=60, **works)
    late = await hall.make_task("Paint the gate", assignee_id=str(bob.actor.id), due_at=LATE.isoformat(), **works)
    both = await hall.make_task("Hang the gate", assignees=[str(ada.actor.id), str(bob.actor.id)], due_at=SOON.isoformat(), priority="critical", **works)  # fmt: skip  # noqa: E501
    stuck = await hall.make_task("Dig the post", **works)
    epic = await hall.make_task("The gate", type="epic", **works)
    dropped = await hall.make_task("Gild the gate", parent_id=epic["key"], **works)
    elsewhere = await hall.make_task("Elsewhere")
    await hall.call("update_task", task_id=elsewhere["key"], custom_fields={"Team": "Blue"})
    await hall.move(done, "completed")
    await hall.move(late, "in_progress")
    await hall.move(stuck, "blocked")
    await hall.move(dropped, "deprecated")
    await log(hall, ada.actor.id, done["id"], 70)
    await log(hall, bob.actor.id, done["id"], 30)
    await log(hall, bob.actor.id, both["id"], 20)
    await log(hall, ada.actor.id, both["id"], None)
    return hall


async def log(hall: Hall, who: UUID, task_id: Any, minutes: float | None, started_at: datetime | None = None) -> None:
    begun = started_at or datetime.now(UTC) - timedelta(hours=3)
    async with hall.world.database.connection() as db:
        await db.execute(
            "insert into time_entries (id, organisation_id, task_id, user_id, started_at, ended_at) values ($1, $2, $3, $4, $5, $6)",
            new_id(), hall.founded.organisation_id, UUID(str(task_id)), who, begun,
            None if minutes is None else begun + timedelta(minutes=minutes),
        )  # fmt: skip


def _at(answer: dict[str, Any], path: str) -> Any:
    """The number that `rows` names: a field, a key of one, or a row of a list by its name."""
    if path in answer:
        return answer[path]
    first, _, rest = path.partition(".")
    if first == "parts":
        part = next(one for one in answer["parts"] if one["name"] == rest)
        return part["well"] if rest == "progress" else part["of"] - part["well"]
    if first == "weeks":
        return next(one["done"] for one in answer["weeks"] if str(one["week"]) == rest)
    if first == "people":
        name, _, field = rest.rpartition(".")
        return next(one[field] for one in answer["people"] if one["name"] == name)
    return answer[first].get(rest, 0)


@pytest.mark.parametrize("name", NUMBERED)
async def test_every_number_is_that_of_the_rows_that_it_opens(furnished: Hall, name: str) -> None:
    given = NUMBERED[name]
    answer = await furnished.call(name, **(given if given in (PROJECT, LIST) else {"project": "Gate works", **given}))

    assert answer["rows"]
    for path, opens in answer["rows"].items():
        behind = await furnished.call("get_report_tasks", project="Gate works", **_plain(opens))
        assert _at(answer, path) == behind["total"] == len(behind["tasks"]), (path, opens)


def _plain(opens: dict[str, Any]) -> dict[str, Any]:
    return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in opens.items()}


async def test_two_reports_that_show_the_same_fact_show_the_same_number(furnished: Hall) -> None:
    call = furnished.call
    summary, progress = await call("get_status_summary", project="Gate works"), await call("get_list_progress", **LIST)
    health, load = await call("get_project_health_score", **PROJECT), await call("get_project_team_workload", **PROJECT)
    risk, listed = await call("get_project_at_risk", **PROJECT), await call("get_overdue_tasks", **LIST)
    digest, since = await call("get_project_weekly_digest", **PROJECT), await call("get_progress_since", since_date="last 7 days", project="Gate works")  # fmt: skip  # noqa: E501
    project = (await call("get_project_details", project_id="Gate works"))["progress"]

    assert {(5 - 1, 1)} == {(one["total"], one["done"]) for one in (summary, progress, health)}
    assert (4, 1, 25) == (project["tasks"], project["completed"], project["done_percentage"])
    assert {25} == {one["completion_rate"] for one in (summary, progress, health)}
    assert {1} == {risk["overdue"], listed["count"], digest["overdue"]}
    assert {1} == {progress["velocity_7d"], digest["done"], since["completed"]}
    assert load["total"] == summary["total"] - summary["done"]
    assert summary["by_category"] == progress["stage_breakdown"] == since["by_category"]


async def test_time_is_the_same_sum_whatever_it_is_grouped_by_and_goes_to_who_logged_it(furnished: Hall) -> None:
    reports = {
        group: await furnished.call("get_time_tracking_report", project="Gate works", group_by=group)
        for group in ("assignee", "status", "task", "list", "day")
    }
    project = await furnished.call("get_project_time_tracking", **PROJECT)
    rows = await furnished.call("get_report_time", project="Gate works")

    assert {120 * 60_000} == {one["tracked_ms"] for one in (*reports.values(), project, rows)}
    assert {1} == {one["running"] for one in (*reports.values(), project, rows)}
    assert {"Ada": 70 * 60_000, "Bob": 50 * 60_000} == {one["key"]: one["tracked_ms"] for one in reports["assignee"]["groups"]}
    for name, opens in reports["assignee"]["rows"].items():
        mine = await furnished.call("get_report_time", project="Gate works", **opens)
        assert mine["tracked_ms"] == next(one["tracked_ms"] for one in reports["assignee"]["groups"] if one["key"] == name)
    assert {60 * 60_000} == {one["estimate_ms"] for one in reports["list"]["groups"]}
    assert 60 == reports["list"]["groups"][0]["efficiency"]


async def test_an_estimate_is_compared_with_the_time_of_all_who_logged(furnished: Hall) -> None:
    found = await furnished.call("get_estimation_accuracy", project="Gate works")

    assert (60, 100, 1, 0, 0) == tuple(found[name] for name in ("estimated_minutes", "tracked_minutes", "under", "accurate", "over"))


async def test_hours_by_person_and_day_name_who_logged_too_little_also_who_logged_nothing(hall: Hall) -> None:
    owner, ada = await hall.owner(), await hall.person(name="Ada")
    task = await hall.make_task("one", project="Gate works")
    await log(hall, ada.actor.id, task["id"], 390, datetime(2026, 11, 2, 9, tzinfo=UTC))

    found = await hall.call("get_hours_by_day", owner.actor, period="2026-11-02", below=6)
    of_project = await hall.call("get_hours_by_day", owner.actor, period="2026-11-02", below=7, project="Gate works")
    hours = {one["name"]: (one["minutes"], one["low_days"]) for one in found["people"]}

    assert (["2026-11-02"], 390 * 60_000) == (found["days"], found["tracked_ms"])
    assert {"Ada": ({"2026-11-02": 390}, []), "Olive Owner": ({}, ["2026-11-02"])} == hours
    assert [("Ada", ["2026-11-02"])] == [(one["name"], one["low_days"]) for one in of_project["people"]]


async def test_own_and_rolled_up_time_are_two_numbers(furnished: Hall) -> None:
    whole = await furnished.make_task("whole")
    part = await furnished.make_task("part", parent_id=whole["key"])
    await log(furnished, furnished.agent.id, whole["id"], 60)
    await log(furnished, furnished.agent.id, part["id"], 30)

    tree = await furnished.call("get_task_time_breakdown", task_id=whole["key"])

    assert (60 * 60_000, 90 * 60_000) == (tree["own_ms"], tree["rolled_up_ms"])
    assert [("whole", 0), ("part", 1)] == [(one["title"], one["depth"]) for one in tree["lines"]]


async def test_a_task_is_found_by_its_id_at_its_source_and_an_unknown_one_is_no_silent_nought(furnished: Hall) -> None:
    task = await furnished.make_task("mirrored")
    await log(furnished, furnished.agent.id, task["id"], 60)
    async with furnished.world.database.connection() as db:
        await db.execute("update tasks set source = 'clickup', external_id = '86tw00019' where id = $1", UUID(str(task["id"])))

    words = ("86tw00019", task["key"], str(task["id"]))
    trees = [(await furnished.call("get_task_time_breakdown", task_id=word))["own_ms"] for word in words]
    sums = [(await furnished.call("get_report_time", task_id=word))["tracked_ms"] for word in words]

    assert [60 * 60_000] * 3 == trees == sums
    for tool in ("get_task_time_breakdown", "get_report_time"):
        for word in ("86tw00020", "CH-99999", str(new_id())):
            with pytest.raises(NotFound, match="There is no task"):
                await furnished.call(tool, task_id=word)


async def test_time_belongs_to_a_day_of_the_organisations_zone(hall: Hall) -> None:
    owner, task = await hall.owner(), await hall.make_task("late shift")
    await hall.call("update_organization", owner.actor, time_zone="Asia/Kolkata")
    await log(hall, owner.actor.id, task["id"], 30, datetime(2026, 11, 24, 22, 27, tzinfo=UTC))

    days = [
        (await hall.call("get_time_tracking_report", since=day, until=day))["tracked_ms"] for day in ("2026-11-24", "2026-11-25")
    ]  # fmt: skip
    by_day = await hall.call("get_time_tracking_report", group_by="day")

    assert ([0, 30 * 60_000], "Asia/Kolkata") == (days, by_day["zone"])
    assert ["2026-11-25"] == [one["key"] for one in by_day["groups"]]


async def test_filters_by_person_tag_and_custom_field(furnished: Hall) -> None:
    await furnished.make_task("Tagged", tags=["iron"])
    totals = {
        name: (await furnished.call("get_status_summary", **given))["total"]
        for name, given in {
            "everything": {}, "blue": {"fields": "team = blue"}, "red": {"fields": "Team=Red"}, "iron": {"tag": "Iron"},
            "ada": {"assignee": "Ada"}, "both": {"fields": "Team=Blue", "tag": "iron"},
        }.items()
    }  # fmt: skip

    assert {"everything": 6, "blue": 1, "red": 0, "iron": 1, "ada": 2, "both": 0} == totals
    with pytest.raises(ValidationFailed):
        await furnished.call("get_status_summary", fields="Team")


async def test_a_custom_field_that_no_task_has_is_refused_with_those_there_are(furnished: Hall) -> None:
    owner, eve = await furnished.owner(), await furnished.person(name="Eve")
    task = await furnished.make_task("Closed", project="Vault")
    await furnished.call("update_task", task_id=task["key"], custom_fields={"Secret": "1"})
    await furnished.call("update_project", owner.actor, project_id="Vault", visibility="private")

    with pytest.raises(ValidationFailed, match=r"Nosuch.*there are Secret, Team$"):
        await furnished.call("get_status_summary", owner.actor, fields="Nosuch=1")
    with pytest.raises(ValidationFailed, match=r"did you mean Team\? there are Team$"):
        await furnished.call("get_report_time", eve.actor, fields="team=Blue; Taem=Blue")


async def test_a_space_and_a_folder_are_reported_whole_and_names_of_several_are_asked_about(hall: Hall) -> None:
    space = await place(hall, "space", "Product")
    folder = await place(hall, "folder", "Engine", space)
    lists = [await place(hall, "list", name, parent) for name, parent in (("Sprint", folder), ("Sprint", space), ("Ideas", space))]
    for number, where in enumerate(lists):
        task = await hall.make_task(f"task {number}")
        async with hall.world.database.connection() as db:
            await db.execute("update tasks set list_id = $2 where id = $1", UUID(str(task["id"])), where)

    totals = {
        name: (await hall.call("get_status_summary", project=name))["total"] for name in ("Product", "engine", "Ideas", str(lists[0]))
    }

    assert {"Product": 3, "engine": 1, "Ideas": 1, str(lists[0]): 1} == totals
    with pytest.raises(ValidationFailed, match="several"):
        await hall.call("get_status_summary", project="Sprint")
    with pytest.raises(NotFound, match="did you mean Product"):
        await hall.call("get_status_summary", project="Produkt")
    with pytest.raises(NotFound):
        await hall.call("get_overdue_tasks", list_id="Product")  # a space is no list
    loose = {one["name"]: one["space"] for one in (await hall.call("get_workspace_folderless_lists"))["lists"]}
    assert "Product" == loose["Ideas"]


async def test_a_project_of_the_hall_has_its_six_statuses(furnished: Hall) -> None:
    found = await furnished.call("get_project_statuses", **PROJECT)

    assert ["not_started", "in_progress", "blocked", "ready_for_review", "completed", "deprecated"] == [
        one["name"] for one in found["statuses"]
    ]
    assert found == await furnished.call("get_list_defined_statuses", **LIST)


async def test_an_empty_project_has_no_score_and_no_rate(hall: Hall) -> None:
    await hall.call("create_project", name="Nothing yet", plan=False)

    health = await hall.call("get_project_health_score", project_name="Nothing yet")

    assert (None, None, None, 0) == tuple(health[name] for name in ("score", "grade", "completion_rate", "total"))


READS = [one.name for one in Registry([room for room in ROOMS if room.name == "analytics"])]


@pytest.mark.parametrize("name", READS)
async def test_a_private_project_is_in_no_report_of_those_who_are_not_in_it(furnished: Hall, name: str) -> None:
    owner, eve = await furnished.owner(), await furnished.person(name="Eve")
    task = (await furnished.call("get_report_tasks", owner.actor, project="Gate works", set="done"))["tasks"][0]["key"]
    await furnished.call("update_project", owner.actor, project_id="Gate works", visibility="private")
    fields = furnished.world.registry[name].input.model_fields
    given: dict[str, Any] = {key: value for key, value in {"since_date": "this_week", "chart": "cumulative_flow"}.items() if key in fields}
    where = {"project_name": PROJECT, "list_id": LIST, "task_id": {"task_id": task}}
    needed = next((one for key, one in where.items() if key in fields and fields[key].is_required()), {})

    if needed:
        with pytest.raises(CrewhallError) as refusal:
            await furnished.call(name, eve.actor, **given, **needed)
        assert "not_found" == refusal.value.code
        return
    answer = await furnished.call(name, eve.actor, **given)
    shown = str(answer if name != "get_hours_by_day" else answer | {"people": [one for one in answer["people"] if one["tracked_ms"]]})
    assert not any(word in shown for word in ("gate", "Gate", "hinge", "post", "Bob", task))


@pytest.mark.parametrize("hostile", ["%", "' or true --", "\u202e", "x" * 255, "a=b;c=d", "=", ";;"])
async def test_hostile_words_are_names_that_there_are_not_or_refused(furnished: Hall, hostile: str) -> None:
    for field in ("project", "tag", "fields", "assignee", "list_id"):
        try:
            answer = await furnished.call("get_status_summary", **{field: hostile})
        except CrewhallError:
            continue
        assert 0 == answer["total"] or field == "fields"


async def test_rows_come_page_by_page_and_all_of_them(furnished: Hall) -> None:
    keys: list[str] = []
    place: dict[str, str] = {}
    while True:
        page = await furnished.call("get_report_tasks", project="Gate works", limit=1, **place)
        keys += [one["key"] for one in page["tasks"]]
        if page["next_cursor"] is None:
            break
        place = {"cursor": page["next_cursor"]}

    assert page["total"] == len(keys) == len(set(keys)) == 4


async def test_further_pages_keep_the_total_of_the_first_and_a_place_without_one_is_counted_anew(furnished: Hall) -> None:
    first = await furnished.call("get_report_tasks", project="Gate works", limit=1)
    for title in ("One more", "And another"):
        await furnished.make_task(title, project="Gate works")

    kept = await furnished.call("get_report_tasks", project="Gate works", limit=1, cursor=first["next_cursor"])
    _, due, last, _ = loads(base64.urlsafe_b64decode(first["next_cursor"] + "=="))
    anew = await furnished.call("get_report_tasks", project="Gate works", limit=1, cursor=cursor_in("due", (due, last, None)))

    assert (4, 4, 6) == (first["total"], kept["total"], anew["total"])


async def test_entries_come_page_by_page_and_all_of_them_and_a_cursor_belongs_to_its_order(furnished: Hall) -> None:
    first = await furnished.call("get_report_time", project="Gate works", limit=3)
    rest = await furnished.call("get_report_time", project="Gate works", limit=3, cursor=first["next_cursor"])
    tasks = await furnished.call("get_report_tasks", project="Gate works", limit=1)

    assert (4, 3, 1, None) == (first["total"], len(first["entries"]), len(rest["entries"]), rest["next_cursor"])
    assert [first[sum_] for sum_ in ("total", "tracked_ms", "running")] == [rest[sum_] for sum_ in ("total", "tracked_ms", "running")]
    assert not [one for one in rest["entries"] if one in first["entries"]]
    with pytest.raises(CrewhallError, match="keep the order"):
        await furnished.call("get_report_time", cursor=tasks["next_cursor"])


async def test_numbers_count_all_however_few_rows_are_shown(furnished: Hall) -> None:
    before = await furnished.call("get_team_workload", project="Gate works")
    async with furnished.world.database.connection() as db:
        await db.execute(MORE_TASKS, furnished.founded.organisation_id)

    after = await furnished.call("get_team_workload", project="Gate works")
    shown = await furnished.call("get_report_tasks", project="Gate works", set="open", limit=5)

    assert (before["total"] + 500, before["unassigned"] + 500) == (after["total"], after["unassigned"])
    assert (after["total"], 5) == (shown["total"], len(shown["tasks"]))


async def test_a_model_reads_a_report_in_few_words(furnished: Hall) -> None:
    async with furnished.mcp() as agent:
        text = (await agent.call_tool("get_project_health_score", {"project_name": "Gate works"})).content[0].text  # type: ignore[union-attr]

    assert text.startswith("Gate works (UTC, ")
    assert "score=" in text
    assert "- overdue weight=30" in text
    assert len(text) < 1500


async def test_reports_are_a_toolset_of_their_own_and_cost_a_start_nothing(hall: Hall) -> None:
    async with hall.mcp(path="/mcp") as agent:
        daily = {tool.name for tool in await agent.list_tools()}
        answered = await agent.call_tool("get_status_summary", {})
    async with hall.mcp(path="/mcp/x/pm_analytics") as agent:
        chosen = {tool.name for tool in await agent.list_tools()}

    assert not daily & set(READS)
    assert not answered.is_error
    assert {"get_status_summary", "get_stale_tasks", "get_report_tasks"} <= chosen <= set(READS)
