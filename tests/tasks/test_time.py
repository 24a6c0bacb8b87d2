"""Timers and time entries: one timer each, everybody's own time, and sums that count each minute where it belongs."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from crewhall.kit.errors import Conflict, NotAllowed, NotFound, ValidationFailed
from crewhall.kit.ids import new_id
from tests.harness.answers import text_of
from tests.harness.hall import Hall, Person

HOUR = timedelta(hours=1)


async def _write(hall: Hall, statement: str, *values: Any) -> None:
    async with hall.world.database.connection() as db:
        await db.execute(statement, *values)


async def _begun(hall: Hall, entry: dict[str, Any], ago: timedelta) -> None:
    """As if this had begun earlier."""
    await _write(hall, "update time_entries set started_at = now() - $2::interval where id = $1", UUID(str(entry["id"])), ago)


async def _listed(person: Person, **wanted: Any) -> dict[str, Any]:
    reply = await person.rest.get("/api/v1/time-entries", params=wanted)
    assert 200 == reply.status_code, reply.text
    found: dict[str, Any] = reply.json()
    return found


async def _history(hall: Hall, key: str) -> list[tuple[str | None, str | None]]:
    lines = (await hall.rest.get(f"/api/tasks/{key}")).json()["history"]
    return [(line["old_value"], line["new_value"]) for line in lines if line["field_changed"] == "time"]


# Timers ----------------------------------------------------------------------------------------------------------------


async def test_a_timer_runs_until_it_is_stopped_and_what_it_counted_stays(hall: Hall) -> None:
    task, ada = await hall.make_task(), await hall.person("member", "Ada")

    started = (await ada.rest.post(f"/api/tasks/{task['key']}/timer", json={"note": "The hinges"})).json()
    await _begun(hall, started["entry"], timedelta(minutes=90))
    running = (await ada.rest.get("/api/v1/timer")).json()["entry"]
    stopped = (await ada.rest.post("/api/v1/timer/stop", json={})).json()

    assert (task["key"], True, None, "The hinges") == tuple(running[name] for name in ("key", "running", "ended_at", "note"))
    assert 90 == pytest.approx(running["minutes"], abs=0.5)
    assert (started["entry"]["id"], False) == (stopped["id"], stopped["running"])
    assert 90 == pytest.approx(stopped["minutes"], abs=0.5)
    assert (await ada.rest.get("/api/v1/timer")).json()["entry"] is None
    assert [(None, "90 min")] == await _history(hall, task["key"])


async def test_starting_on_another_task_stops_the_first_and_says_so(hall: Hall) -> None:
    first, second, ada = await hall.make_task("First"), await hall.make_task("Second"), await hall.person("member", "Ada")

    assert (await hall.call("start_timer", ada.actor, task_id=first["key"]))["stopped"] is None
    answer = await hall.call("start_timer", ada.actor, task_id=second["key"])
    again = await hall.call("start_timer", ada.actor, task_id=second["key"])

    assert (first["key"], False) == (answer["stopped"]["key"], answer["stopped"]["running"])
    assert (answer["entry"]["id"], None) == (again["entry"]["id"], again["stopped"])
    assert [second["key"]] == [one["key"] for one in (await _listed(ada, running="true"))["entries"]]


async def test_timers_that_start_at_once_leave_one_running_and_one_timer_is_no_bother_to_another(hall: Hall) -> None:
    tasks = [await hall.make_task(f"Gate {number}") for number in range(4)]
    ada, bob = await hall.person("member", "Ada"), await hall.person("member", "Bob")

    starts = [hall.call("start_timer", who.actor, task_id=task["key"]) for task in tasks for who in (ada, bob)]
    back = [hall.call("start_timer", who.actor, task_id=task["key"]) for task in reversed(tasks) for who in (bob, ada)]
    await asyncio.gather(*starts, *back)

    running = (await _listed(ada, running="true"))["entries"]
    assert ["Ada", "Bob"] == sorted(one["user_name"] for one in running)
    assert 2 <= (await _listed(ada))["total_entries"] <= 16


async def test_a_forgotten_timer_is_stopped_when_it_should_have_been(hall: Hall) -> None:
    task, ada = await hall.make_task(), await hall.person("member", "Ada")
    entry = (await hall.call("start_timer", ada.actor, task_id=task["key"]))["entry"]
    await _begun(hall, entry, 40 * HOUR)
    now = hall.world.clock()

    for wrong in (now - 41 * HOUR, now + HOUR):
        with pytest.raises(ValidationFailed, match="ended_at"):
            await hall.call("stop_timer", ada.actor, ended_at=wrong.isoformat())
    stopped = await hall.call("stop_timer", ada.actor, ended_at=(now - 38 * HOUR).isoformat(), note="Forgot it")

    assert (pytest.approx(120, abs=0.5), "Forgot it") == (stopped["minutes"], stopped["note"])
    with pytest.raises(Conflict, match="start_timer"):
        await hall.call("stop_timer", ada.actor)


async def test_a_timer_is_stopped_though_its_task_is_gone_or_not_for_this_credential(hall: Hall) -> None:
    hidden, gone = await hall.make_task("Secret hinge", repository="vault"), await hall.make_task("Gone")
    owner = await hall.owner()
    made = (await owner.rest.post("/api/v1/api-keys", json={"name": "narrow", "repositories": ["gates"]})).json()
    narrow = hall.rest_as(made["key"])

    await owner.rest.post(f"/api/tasks/{hidden['key']}/timer", json={"note": "Secret"})
    seen = (await narrow.get("/api/v1/timer")).json()
    stopped = (await narrow.post("/api/v1/timer/stop", json={})).json()
    await owner.rest.post(f"/api/tasks/{gone['key']}/timer", json={})
    await owner.rest.delete(f"/api/tasks/{gone['key']}")
    also = (await owner.rest.post("/api/v1/timer/stop", json={})).json()

    for entry in (seen["entry"], stopped, also):
        assert [None] * 5 == [entry[name] for name in ("key", "title", "task_id", "project", "note")]
    assert not also["running"]
    assert [hidden["key"]] == [one["key"] for one in (await _listed(owner))["entries"]]


# Entries ---------------------------------------------------------------------------------------------------------------


async def test_time_is_logged_with_a_length_or_from_to_and_overlaps_are_named(hall: Hall) -> None:
    task, ada = await hall.make_task(), await hall.person("member", "Ada")
    now = hall.world.clock()

    first = await ada.rest.post(f"/api/tasks/{task['key']}/time", json={"minutes": 45, "note": "Paint", "billable": True})
    span = {"started_at": (now - HOUR).isoformat(), "ended_at": (now - HOUR / 2).isoformat()}
    second = await ada.rest.post(f"/api/tasks/{task['key']}/time", json=span)

    assert (201, 45, True, []) == (first.status_code, (one := first.json())["entry"]["minutes"], one["entry"]["billable"], one["overlaps"])
    assert (30, [one["entry"]["id"]]) == (second.json()["entry"]["minutes"], [other["id"] for other in second.json()["overlaps"]])
    assert [(None, "45 min"), (None, "30 min")] == await _history(hall, task["key"])
    assert 75 == (await hall.rest.get(f"/api/tasks/{task['key']}")).json()["time"]["tracked"]


async def test_an_entry_is_corrected_moved_and_deleted_and_the_histories_say_so(hall: Hall) -> None:
    task, other, ada = await hall.make_task(), await hall.make_task("Other"), await hall.person("member", "Ada")
    entry = (await hall.call("log_time", ada.actor, task_id=task["key"], minutes=45))["entry"]
    path = f"/api/v1/time-entries/{entry['id']}"

    shorter = (await ada.rest.patch(path, json={"minutes": 30, "note": "Less"})).json()["entry"]
    same = await ada.rest.patch(path, json={"minutes": 30})
    moved = (await ada.rest.patch(path, json={"task_id": other["key"]})).json()["entry"]
    deleted = await ada.rest.delete(path)

    assert ((30, "Less"), 200) == ((shorter["minutes"], shorter["note"]), same.status_code)
    assert (other["key"], 30, 200) == (moved["key"], moved["minutes"], deleted.status_code)
    assert [(None, "45 min"), ("45 min", "30 min"), ("30 min", None)] == await _history(hall, task["key"])
    assert [(None, "30 min"), ("30 min", None)] == await _history(hall, other["key"])
    assert (404, 404) == ((await ada.rest.patch(path, json={"minutes": 1})).status_code, (await ada.rest.delete(path)).status_code)


async def test_a_running_entry_is_corrected_and_ended(hall: Hall) -> None:
    task, ada = await hall.make_task(), await hall.person("member", "Ada")
    entry, now = (await hall.call("start_timer", ada.actor, task_id=task["key"]))["entry"], hall.world.clock()

    earlier = (await hall.call("update_time_entry", ada.actor, entry_id=str(entry["id"]), started_at=(now - 2 * HOUR).isoformat()))["entry"]
    with pytest.raises(ValidationFailed, match="ended_at"):
        await hall.call("update_time_entry", ada.actor, entry_id=str(entry["id"]), started_at=(now + HOUR).isoformat())
    ended = (await hall.call("update_time_entry", ada.actor, entry_id=str(entry["id"]), minutes=90))["entry"]

    assert (True, pytest.approx(120, abs=0.5)) == (earlier["running"], earlier["minutes"])
    assert (False, 90) == (ended["running"], ended["minutes"])
    assert [(None, "90 min")] == await _history(hall, task["key"])


async def test_the_time_of_others_is_for_the_owner_admins_and_the_lead(hall: Hall) -> None:
    owner, lead = await hall.owner(), await hall.person("member", "Lena")
    ada, viewer = await hall.person("member", "Ada"), await hall.person("viewer", "Vera")
    task = await hall.make_task(project="Gate works")
    await hall.call("update_project", owner.actor, project_id="Gate works", lead="Lena")
    entry = (await hall.call("log_time", ada.actor, task_id=task["key"], minutes=45))["entry"]

    for_ada = await hall.call("log_time", lead.actor, task_id=task["key"], minutes=15, user_id="Ada")
    changed = await hall.call("update_time_entry", owner.actor, entry_id=str(entry["id"]), minutes=40)

    assert ("Ada", "Ada") == (for_ada["entry"]["user_name"], changed["entry"]["user_name"])
    assert [(None, "45 min"), (None, "15 min of Ada"), ("45 min of Ada", "40 min of Ada")] == await _history(hall, task["key"])
    other = await hall.person("member", "Otto")
    for actor in (other.actor, hall.agent):
        with pytest.raises(NotAllowed, match="somebody else's"):
            await hall.call("delete_time_entry", actor, entry_id=str(entry["id"]))
        with pytest.raises(NotAllowed, match="somebody else's"):
            await hall.call("log_time", actor, task_id=task["key"], minutes=15, user_id="Ada")
    assert 403 == (await viewer.rest.post(f"/api/tasks/{task['key']}/time", json={"minutes": 5})).status_code
    assert 403 == (await viewer.rest.post(f"/api/tasks/{task['key']}/timer", json={})).status_code
    assert 55 == (await _listed(viewer))["total_minutes"]


async def test_what_a_mirror_keeps_is_shown_and_not_changed_here(hall: Hall) -> None:
    task, owner, made = await hall.make_task(), await hall.owner(), new_id()
    await _write(
        hall,
        """insert into time_entries (id, organisation_id, task_id, user_id, started_at, ended_at, source, external_id)
           values ($1, $2, $3, $4, now() - interval '2 hours', now() - interval '1 hour', 'clickup', '17')""",
        made, hall.founded.organisation_id, UUID(task["id"]), owner.actor.id,
    )  # fmt: skip

    assert [("clickup", 60)] == [(one["source"], one["minutes"]) for one in (await _listed(owner))["entries"]]
    for name in ("update_time_entry", "delete_time_entry"):
        with pytest.raises(Conflict, match="kept at clickup"):
            await hall.call(name, owner.actor, entry_id=str(made), **({"minutes": 5} if name.startswith("update") else {}))


async def test_time_on_what_somebody_may_not_see_is_in_no_answer_of_theirs(hall: Hall) -> None:
    owner, ada = await hall.owner(), await hall.person("member", "Ada")
    closed, plain = await hall.make_task("Secret", project="Vault"), await hall.make_task("Open", project="Gate works")
    for task, minutes in ((closed, 60), (plain, 30)):
        await hall.call("log_time", owner.actor, task_id=task["key"], minutes=minutes)
    await hall.call("update_project", owner.actor, project_id="Vault", visibility="private")
    entry = next(one for one in (await _listed(owner))["entries"] if one["key"] == closed["key"])

    assert (90, 30) == ((await _listed(owner))["total_minutes"], (await _listed(ada))["total_minutes"])
    sheets = [(await one.rest.get("/api/v1/timesheet", params={"period": "last_2_days"})).json()["minutes"] for one in (owner, ada)]
    assert [90, 30] == sheets
    for name in ("update_time_entry", "delete_time_entry"):
        with pytest.raises(NotFound, match="no time entry"):
            await hall.call(name, ada.actor, entry_id=str(entry["id"]))
    with pytest.raises(NotFound):
        await hall.call("list_time_entries", ada.actor, task_id=closed["key"])
    with pytest.raises(NotFound):
        await hall.call("list_time_entries", ada.actor, project="Vault")


async def test_entries_are_filtered_paged_and_summed_over_all_pages(hall: Hall) -> None:
    task, other = await hall.make_task(project="Gate works"), await hall.make_task("Other")
    ada, bob = await hall.person("member", "Ada"), await hall.person("member", "Bob")
    now = hall.world.clock()
    for number in range(5):
        await hall.call("log_time", ada.actor, task_id=task["key"], minutes=10, ended_at=(now - number * HOUR).isoformat())
    await hall.call("log_time", bob.actor, task_id=other["key"], minutes=7)
    await hall.call("log_time", bob.actor, task_id=other["key"], minutes=9, ended_at=(now - 30 * 24 * HOUR).isoformat())

    seen, cursor = [], None
    while True:
        page = await _listed(ada, user_id="Ada", limit=2, **({"cursor": cursor} if cursor else {}))
        seen += [one["id"] for one in page["entries"]]
        assert (5, 50) == (page["total_entries"], page["total_minutes"])
        if not (cursor := page["next_cursor"]):
            break
    assert 5 == len(seen) == len(set(seen))
    assert (50, 16) == (
        (await _listed(bob, project="gate works"))["total_minutes"],
        (await _listed(bob, task_id=other["key"]))["total_minutes"],
    )
    assert 7 == (await _listed(bob, user_id="me", period="last_7_days"))["total_minutes"]
    assert 9 == (await _listed(bob, user_id="me", until=(now - 20 * 24 * HOUR).date().isoformat()))["total_minutes"]
    assert 422 == (await ada.rest.get("/api/v1/time-entries", params={"period": "today", "since": "2026-01-01"})).status_code


async def test_a_timesheet_counts_a_night_on_the_day_it_began_in_the_organisations_zone_and_names_what_is_counted_twice(hall: Hall) -> None:
    task, ada = await hall.make_task(), await hall.person("member", "Ada")
    await _write(hall, "update organisations set time_zone = 'America/New_York' where id = $1", hall.founded.organisation_id)
    night = datetime(2026, 11, 2, 4, tzinfo=UTC)  # an hour before midnight there
    for _ in range(2):
        await _insert(hall, task, ada, night, night + 3 * HOUR)

    first = (await ada.rest.get("/api/v1/timesheet", params={"period": "2026-11-01"})).json()
    second = (await ada.rest.get("/api/v1/timesheet", params={"period": "2026-11-02"})).json()

    assert ("America/New_York", ["2026-11-01"], 360) == (first["time_zone"], first["days"], first["minutes"])
    (row,) = first["people"]
    assert ("Ada", [360], 360, 180) == (row["user_name"], row["by_day"], row["minutes"], row["overlapping_minutes"])
    assert (0, []) == (second["minutes"], second["people"])
    assert 422 == (await ada.rest.get("/api/v1/timesheet", params={"period": "this_year"})).status_code


async def _insert(hall: Hall, task: dict[str, Any], person: Person, start: datetime, end: datetime) -> None:
    await _write(
        hall,
        "insert into time_entries (id, organisation_id, task_id, user_id, started_at, ended_at) values ($1, $2, $3, $4, $5, $6)",
        new_id(), hall.founded.organisation_id, UUID(task["id"]), person.actor.id, start, end,
    )  # fmt: skip


async def test_a_week_is_shown_by_task_the_projects_in_order(hall: Hall) -> None:
    ada, bob = await hall.person("member", "Ada"), await hall.person("member", "Bob")
    gate, paint = await hall.make_task("Gate", project="Works"), await hall.make_task("Paint", project="Art")
    loose = await hall.make_task("Loose")
    monday = datetime(2026, 11, 2, 10, tzinfo=UTC)
    for task, person, days in ((loose, ada, 0), (gate, ada, 0), (gate, ada, 2), (gate, bob, 2), (paint, ada, 6), (paint, ada, 7)):
        await _insert(hall, task, person, monday + timedelta(days=days), monday + timedelta(days=days) + HOUR)
    week = {"since": "2026-11-02", "until": "2026-11-08", "by_task": "true"}

    mine = (await ada.rest.get("/api/v1/timesheet", params=week | {"user_id": "me"})).json()
    all_of = (await ada.rest.get("/api/v1/timesheet", params=week)).json()

    assert [
        (paint["key"], "Paint", "Art", [0, 0, 0, 0, 0, 0, 60], 60),
        (gate["key"], "Gate", "Works", [60, 0, 60, 0, 0, 0, 0], 120),
        (loose["key"], "Loose", None, [60, 0, 0, 0, 0, 0, 0], 60),
    ] == [tuple(row[name] for name in ("key", "title", "project", "by_day", "minutes")) for row in mine["tasks"]]
    assert (240, 300) == (mine["minutes"], all_of["minutes"])
    assert [60, 180, 60] == [row["minutes"] for row in all_of["tasks"]]
    assert "tasks" not in (await ada.rest.get("/api/v1/timesheet", params={"period": "2026-11-02"})).json()


@pytest.mark.parametrize(
    "wrong",
    [
        {"since": "2026-11-09", "until": "2026-11-02"},
        {"since": "soon"},
        {"until": "2026-11-02"},
        {"period": "today", "since": "2026-11-02"},
    ],
)
async def test_a_sheet_of_no_days_or_too_many_is_refused(hall: Hall, wrong: dict[str, str]) -> None:
    assert 422 == (await (await hall.owner()).rest.get("/api/v1/timesheet", params=wrong)).status_code


async def test_a_task_is_summed_with_all_below_it_that_the_reader_sees(hall: Hall) -> None:
    owner, ada = await hall.owner(), await hall.person("member", "Ada")
    whole = await hall.make_task("Whole")
    part = await hall.make_task("Part", parent_id=whole["key"])
    leaf = await hall.make_task("Leaf", parent_id=part["key"])
    closed = await hall.make_task("Closed", parent_id=part["key"], project="Vault")
    for task, minutes in ((whole, 1), (part, 2), (leaf, 4), (closed, 8)):
        await hall.call("log_time", owner.actor, task_id=task["key"], minutes=minutes)
    await hall.call("update_project", owner.actor, project_id="Vault", visibility="private")

    assert (1, 15) == ((await _listed(owner, task_id=whole["key"]))["total_minutes"], await _with_parts(owner, whole))
    assert (7, 4) == (await _with_parts(ada, whole), await _with_parts(ada, leaf))
    assert 422 == (await ada.rest.get("/api/v1/time-entries", params={"with_parts": "true"})).status_code


async def _with_parts(person: Person, task: dict[str, Any]) -> float:
    return float((await _listed(person, task_id=task["key"], with_parts="true"))["total_minutes"])


async def test_an_entry_says_whether_its_reader_may_change_it(hall: Hall) -> None:
    task = await hall.make_task(project="Works")
    ada, bob, lead = await hall.person("member", "Ada"), await hall.person("member", "Bob"), await hall.person("member", "Lea")
    admin, viewer = await hall.person("admin", "Adam"), await hall.person("viewer", "Vic")
    await hall.call("update_project", admin.actor, project_id="Works", lead=str(lead.actor.id))
    await hall.call("log_time", ada.actor, task_id=task["key"], minutes=5)

    may = [(await _listed(who))["entries"][0]["may_change"] for who in (ada, bob, lead, admin, viewer)]

    assert [True, False, True, True, False] == may


async def test_a_timer_that_runs_counts_until_now_in_sheet_and_sums(hall: Hall) -> None:
    task, ada = await hall.make_task(), await hall.person("member", "Ada")
    entry = (await hall.call("start_timer", ada.actor, task_id=task["key"]))["entry"]
    await _begun(hall, entry, timedelta(minutes=10))

    sheet = (await ada.rest.get("/api/v1/timesheet", params={"period": "last_2_days", "user_id": "me"})).json()
    listed = await _listed(ada)

    for answer in (sheet["minutes"], sheet["running_minutes"], listed["total_minutes"], listed["running_minutes"]):
        assert 10 == pytest.approx(answer, abs=0.5)


async def test_listeners_hear_what_became_of_time_and_no_note(hall: Hall) -> None:
    task, ada = await hall.make_task(), await hall.person("member", "Ada")
    cursor = (await ada.rest.get("/api/changes")).json()["next_cursor"]

    await hall.call("start_timer", ada.actor, task_id=task["key"], note="between us")
    await hall.call("stop_timer", ada.actor)
    entry = (await hall.call("log_time", ada.actor, task_id=task["key"], minutes=5))["entry"]
    await hall.call("delete_time_entry", ada.actor, entry_id=str(entry["id"]))

    events = (await ada.rest.get("/api/changes", params={"cursor": cursor})).json()["changes"]
    told = [(one["type"], one["changed"], one["time"]["what"]) for one in events]
    assert [
        ("task_updated", ["timer"], "time_started"),
        ("task_updated", ["time"], "time_stopped"),
        ("task_updated", ["time"], "time_logged"),
        ("task_updated", ["time"], "time_deleted"),
    ] == told
    assert "between us" not in str(events)


async def test_a_model_logs_starts_stops_and_reads_time_through_the_tools(hall: Hall) -> None:
    task = await hall.make_task()

    async with hall.mcp() as client:

        async def use(facade: str, name: str, **arguments: Any) -> str:
            answer = await client.call_tool(facade, {"tool": name, "arguments": arguments})
            return text_of(answer)

        found = await client.call_tool("find_tools", {"query": "log time on a task"})
        logged = await use("call_write", "log_time", task_id=task["key"], minutes=45, note="Painted")
        started = await use("call_write", "start_timer", task_id=task["key"])
        running = await use("call_read", "get_timer")
        stopped = await use("call_write", "stop_timer")
        listed = await use("call_read", "list_time_entries", task_id=task["key"])
        sheet = await use("call_read", "get_timesheet", period="last_2_days")

    assert "log_time" in text_of(found)
    assert logged.startswith(f"{task['key']} 45 min robin")
    assert "\n> Painted" in logged
    assert started.startswith(f"Runs: {task['key']} 0 min robin")
    assert "running" in running
    assert stopped.startswith(f"{task['key']} 0")
    assert listed.startswith("2 entries, 45")
    assert "robin 45" in sheet
