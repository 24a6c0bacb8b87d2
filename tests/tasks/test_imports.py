"""Imports and exports: what comes from other trackers, how often it may come, and what comes back out."""

from __future__ import annotations

import asyncio
import contextlib
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crewhall.kit import cells as guarding
from crewhall.kit.errors import NotAllowed, ValidationFailed
from crewhall.kit.json import dumps
from crewhall.tasks.imports import rules, sheets
from crewhall.tasks.imports.formats import FORMATS
from crewhall.tasks.imports.rows import Row, cells, instant
from tests.harness.hall import Hall

PROVIDERS = Path(__file__).parents[3] / "shared" / "providers"

ISSUES = [
    {
        "number": 7, "title": "Gate  squeaks", "body": "Oil it.", "state": "closed", "state_reason": "completed",
        "labels": [{"name": "bug"}, {"name": "Priority: High"}], "assignees": [{"login": "robin"}],
        "repository_url": "https://api.github.com/repos/acme/gate", "created_at": "2026-01-05T10:00:00Z",
        "closed_at": "2026-02-01T10:00:00Z", "milestone": {"title": "M1", "due_on": "2026-03-01T00:00:00Z"},
    },
    {
        "number": 8, "title": "Not now", "body": None, "state": "closed", "state_reason": "not_planned", "labels": [], "assignees": [],
        "repository_url": "https://api.github.com/repos/acme/gate",
    },
    {
        "number": 9, "title": "Part of seven", "state": "open", "labels": ["in progress"], "assignees": [{"login": "stranger"}],
        "repository_url": "https://api.github.com/repos/acme/gate",
        "parent_issue_url": "https://api.github.com/repos/acme/gate/issues/7",
    },
    {"number": 10, "title": "A pull request", "pull_request": {}, "state": "open"},
]  # fmt: skip
JIRA = """\
Summary,Issue key,Issue id,Issue Type,Status,Priority,Assignee,Due date,Created,Labels,Labels,Parent key,Original Estimate,Reporter
Ship the ledger,LED-1,10001,Epic,In Progress,Highest,robin,12/Nov/26 9:30 AM,01/Jan/26 8:00 AM,money,Q4,,,olive
"Write, then ""test"" it",LED-2,10002,Sub-task,Selected for Development,Low,,2026-12-01,,,,LED-1,5400,olive
Nameless,,10003,Task,Done,Medium,,,,,,,,
"""
CLICKUP = """\
Task Type,Task ID,Task Name,Task Content,Status,Date Created,Due Date,Parent ID,Assignees,Tags,Priority,List Name,Time Estimated
task,abc1,Plan the party,With cake,to do,1767225600000,1790000000000,null,"[robin,Somebody Else]","[fun,team]",urgent,Events,5400000
task,abc2,Order cake,null,complete,1767225600000,null,abc1,[],[],null,Events,
"""
BACKLOG = {
    "tasks/task-1 - Roof.md": "---\nid: task-1\ntitle: Fix the roof\nstatus: In Progress\nassignee: ['@robin']\nlabels: [house]\n"
    "priority: high\ncreated_date: '2026-01-02 10:00'\n---\n\n## Description\n\nIt leaks.\n",
    "tasks/task-1.1 - Tiles.md": "---\nid: task-1.1\ntitle: 'Buy: tiles'\nstatus: Done\nassignee: []\nparent_task_id: task-1\n---\n",
    "readme.md": "Nothing to see.",
}


async def take(hall: Hall, kind: str, content: Any = "", /, **given: Any) -> Any:
    text = content if isinstance(content, str) else json.dumps(content)
    return await hall.call("import_tasks", **{"format": kind, "content": text, "dry_run": False} | given)


async def tasks_of(hall: Hall) -> dict[str, Any]:
    found = (await hall.rest.get("/api/tasks?limit=500")).json()["tasks"]
    return {task["title"]: task for task in found}


def counts(report: Any) -> tuple[int, ...]:
    return tuple(report[name] for name in ("created", "updated", "unchanged", "refused", "skipped"))


# Formats ------------------------------------------------------------------------------------------------------------------


async def test_issues_of_github_become_tasks(hall: Hall) -> None:
    report = await take(hall, "github_json", ISSUES)

    tasks = await tasks_of(hall)
    gate, dropped, part = tasks["Gate squeaks"], tasks["Not now"], tasks["Part of seven"]
    assert (3, 0, 0, 0, 1) == counts(report)
    assert ("completed", "bug", "high", "gate", "robin", "github") == (
        gate["status"], gate["type"], gate["priority"], gate["repository"], gate["assignee_name"], gate["source"],
    )  # fmt: skip
    assert ("2026-01-05T10:00:00+00:00", "2026-02-01T10:00:00+00:00", "2026-03-01T00:00:00+00:00") == (
        gate["created_at"], gate["completed_at"], gate["due_at"],
    )  # fmt: skip
    assert ("deprecated", "not planned") == (dropped["status"], dropped["resolution"])
    assert ("in_progress", gate["id"], None) == (part["status"], part["parent_id"], part["assignee_name"])
    assert {"robin": "robin", "stranger": None} == {one["name"]: one["member"] for one in report["people"]}
    assert ["it is a pull request"] == [note for row in report["rows"] if row["outcome"] == "skipped" for note in row["notes"]]


async def test_the_words_of_githubs_command_line_are_read_as_well(hall: Hall) -> None:
    issue = {"number": 3, "title": "From gh", "state": "CLOSED", "stateReason": "NOT_PLANNED", "labels": [{"name": "P0"}],
             "assignees": [{"login": "robin"}], "url": "https://github.com/acme/gate/issues/3"}  # fmt: skip

    await take(hall, "github_json", [issue])

    task = (await tasks_of(hall))["From gh"]
    assert ("deprecated", "critical", "gate", "robin") == (task["status"], task["priority"], task["repository"], task["assignee_name"])


async def test_a_csv_of_jira_becomes_tasks_with_their_parents(hall: Hall) -> None:
    report = await take(hall, "jira_csv", JIRA)

    tasks = await tasks_of(hall)
    epic, part = tasks["Ship the ledger"], tasks['Write, then "test" it']
    assert (2, 0, 0, 0, 1) == counts(report)
    assert ("epic", "critical", ["money", "q4"], "2026-11-12T09:30:00+00:00", "robin") == (
        epic["type"], epic["priority"], epic["tags"], epic["due_at"], epic["assignee_name"],
    )  # fmt: skip
    assert ("task", "not_started", epic["id"], 90, "low") == (
        part["type"], part["status"], part["parent_id"], part["estimate_minutes"], part["priority"],
    )  # fmt: skip
    assert ["Issue id"] == report["ignored"]


async def test_a_csv_of_clickup_becomes_tasks(hall: Hall) -> None:
    report = await take(hall, "clickup_csv", CLICKUP)

    tasks = await tasks_of(hall)
    plan, cake = tasks["Plan the party"], tasks["Order cake"]
    assert (2, 0, 0, 0, 0) == counts(report)
    assert ("critical", ["fun", "team"], "Events", "robin", 90, "2026-09-21T14:13:20+00:00") == (
        plan["priority"], plan["tags"], plan["project"], plan["assignee_name"], plan["estimate_minutes"], plan["due_at"],
    )  # fmt: skip
    assert ("completed", plan["id"], "", "medium") == (cake["status"], cake["parent_id"], cake["description"], cake["priority"])
    assert ["nobody here is called Somebody Else"] == report["rows"][0]["notes"]


async def test_a_folder_of_backlog_md_becomes_tasks(hall: Hall) -> None:
    report = await take(hall, "backlog_md", files=BACKLOG)

    tasks = await tasks_of(hall)
    roof, tiles = tasks["Fix the roof"], tasks["Buy: tiles"]
    assert (2, 0, 0, 0, 1) == counts(report)
    assert ("in_progress", "high", ["house"], "robin", "## Description\n\nIt leaks.") == (
        roof["status"], roof["priority"], roof["tags"], roof["assignee_name"], roof["description"],
    )  # fmt: skip
    assert ("completed", roof["id"]) == (tiles["status"], tiles["parent_id"])


def test_issues_as_githubs_specification_describes_them_are_read() -> None:
    spec = PROVIDERS / "github" / "openapi.json"
    if not spec.exists():
        pytest.skip("needs the specifications of providers")
    document = json.loads(spec.read_text())
    named = set(document["components"]["schemas"]["issue"]["properties"])

    used = {"number", "title", "body", "state", "state_reason", "labels", "assignees", "milestone", "repository_url", "pull_request",
            "created_at", "closed_at", "type", "html_url", "parent_issue_url", "user", "comments", "issue_field_values"}  # fmt: skip
    assert used <= named | {"parent_issue_url"}, used - named


# Again and again ------------------------------------------------------------------------------------------------------------


async def test_the_same_file_again_changes_nothing_and_a_newer_one_only_what_is_new(hall: Hall) -> None:
    await take(hall, "github_json", ISSUES)
    cursor = (await hall.call("changes_since"))["next_cursor"]

    again = await take(hall, "github_json", ISSUES)
    newer = [{**ISSUES[0], "title": "Gate is quiet", "labels": []}, *ISSUES[1:], {**ISSUES[0], "number": 11, "title": "New one"}]
    changed = await take(hall, "github_json", newer)

    events = (await hall.call("changes_since", cursor=cursor))["changes"]
    row = next(row for row in changed["rows"] if row["outcome"] == "updated")
    assert (0, 0, 3, 0, 1) == counts(again)
    assert (1, 1, 2, 0, 1) == counts(changed)
    assert {"title", "type", "tags"} == set(row["changed"])
    assert ["Gate is quiet", "New one"] == [event["task"]["title"] for event in events]


async def test_two_imports_of_one_file_at_once_make_each_task_once(hall: Hall) -> None:
    reports = await asyncio.gather(*(take(hall, "github_json", ISSUES) for _ in range(4)))

    assert 3 == sum(report["created"] for report in reports)
    assert 3 == len(await tasks_of(hall))


async def test_a_dry_run_tells_everything_and_keeps_nothing(hall: Hall) -> None:
    report = await take(hall, "jira_csv", JIRA, dry_run=True, project="New project")

    assert (2, 0, 0, 0, 1) == counts(report)
    assert [None, None] == [row["key"] for row in report["rows"] if row["outcome"] == "created"]
    assert {} == await tasks_of(hall)
    async with hall.world.database.connection() as db:
        assert 0 == await db.fetchval("select count(*) from lists where organisation_id = $1", hall.founded.organisation_id)


async def test_a_row_that_is_refused_leaves_the_others_and_says_why(hall: Hall) -> None:
    rows = [{"id": str(number), "title": f"Task {number}"} for number in range(3)]
    rows[1] |= {"priority": "huge"}

    report = await take(hall, "crewhall_json", rows)

    assert (2, 0, 0, 1, 0) == counts(report)
    assert any("priority" in note for row in report["rows"] if row["outcome"] == "refused" for note in row["notes"])
    assert {"Task 0", "Task 2"} == set(await tasks_of(hall))


async def test_a_task_that_was_deleted_here_does_not_come_back_by_itself(hall: Hall) -> None:
    report = await take(hall, "github_json", ISSUES[:1])
    await hall.rest.delete(f"/api/tasks/{report['rows'][0]['key']}")

    again = await take(hall, "github_json", ISSUES[:1])

    assert (0, 0, 0, 1, 0) == counts(again)
    assert "restore_task" in again["rows"][0]["notes"][0]


async def test_more_than_two_hundred_are_told_by_one_event(hall: Hall) -> None:
    cursor = (await hall.call("changes_since"))["next_cursor"]
    issues = [{"number": number, "title": f"Issue {number}", "state": "open"} for number in range(250)]

    report = await take(hall, "github_json", issues)

    events = (await hall.call("changes_since", cursor=cursor))["changes"]
    assert 250 == report["created"]
    assert [("reset", 250)] == [(event["type"], event["count"]) for event in events]


# Hostile and limited ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        ("github_json", "{"), ("github_json", "{}"), ("github_json", "[" * 5000), ("github_json", "7"), ("github_json", '["\\ud83d"]'),
        ("jira_csv", ""), ("jira_csv", "a,b\n1,2"),
        ("jira_csv", 'Issue key,Summary\n"open'), ("clickup_csv", "Task Name\nx"), ("backlog_md", ""), ("crewhall_csv", "id\n1"),
        ("crewhall_json", '"x"'),
    ],
)  # fmt: skip
async def test_what_cannot_be_read_is_refused_in_words(hall: Hall, kind: str, content: str) -> None:
    with pytest.raises(ValidationFailed) as refused:
        await take(hall, kind, content)

    assert refused.value.message.startswith("content: ")


async def test_hostile_rows_are_refused_or_cut_and_never_an_error(hall: Hall) -> None:
    bomb = "---\nid: b\ntitle: &a [x,x,x]\nb: [*a,*a,*a]\n---\n"
    files = {"bomb.md": bomb, "object.md": "---\nid: !!python/object/apply:os.system ['x']\n---\n", "list.md": "---\n- a\n---\n"}
    issues = [
        {"number": 1, "title": "x" * 5000, "body": "y" * 90_000, "state": "open", "labels": [f"l{number}" for number in range(40)]},
        {"number": 2, "title": "\x00\x07bell", "state": "open"}, {"number": 3, "title": "", "state": "open"}, "no issue", None,
        {"number": "4", "title": "text"}, {"number": 5, "title": "odd", "state": 7, "labels": 3, "assignees": "x", "milestone": []},
    ]  # fmt: skip

    folder = await take(hall, "backlog_md", files=files)
    report = await take(hall, "github_json", json.dumps(issues))

    assert (0, 0, 0, 0, 3) == counts(folder)
    assert report["created"] >= 1
    assert 500 == len(next(title for title in await tasks_of(hall) if title.startswith("x")))


async def test_another_organisation_has_its_own_copy(hall: Hall) -> None:
    other = await Hall.open(hall.world, hall.app)
    await take(hall, "github_json", ISSUES)

    theirs = await take(other, "github_json", ISSUES)
    exported = (await hall.call("export_tasks"))["content"]
    copied = await take(other, "crewhall_json", exported)

    assert (3, 0, 0, 0, 1) == counts(theirs)
    assert (0, 3) == (copied["created"], copied["updated"] + copied["unchanged"])
    assert 3 == len(await tasks_of(hall)) == len(await tasks_of(other))
    await other.rest.aclose()


async def test_ids_of_another_organisations_tasks_change_nothing_there(hall: Hall) -> None:
    other = await Hall.open(hall.world, hall.app)
    task = await hall.make_task("Ours")

    report = await take(
        other, "crewhall_json", [{"id": task["id"], "title": "Theirs"}, {"id": "x", "title": "Part", "parent_id": task["id"]}]
    )

    assert 2 == report["created"]
    assert ("Ours", 1) == ((found := (await tasks_of(hall))["Ours"])["title"], found["version"])
    await other.rest.aclose()


async def test_a_key_of_some_repositories_imports_and_exports_only_these(hall: Hall) -> None:
    await hall.make_task("Elsewhere", repository="ledger")
    owner = await hall.owner()
    made = await owner.rest.post("/api/v1/api-keys", json={"name": "narrow", "repositories": ["gate"]})
    narrow = await hall.world.access.actor_of(made.json()["key"])

    report = await hall.call("import_tasks", narrow, format="github_json", content=json.dumps(ISSUES), dry_run=False)
    refused = await hall.call("import_tasks", narrow, format="jira_csv", content=JIRA, dry_run=False)
    exported = json.loads((await hall.call("export_tasks", narrow))["content"])

    assert (3, 2) == (report["created"], refused["refused"])
    assert {"gate"} == {task["repository"] for task in exported}


async def private_project(hall: Hall, *members: str) -> None:
    """A project `Vault` that only its owner and these members see."""
    owner = await hall.owner()
    assert 201 == (await owner.rest.post("/api/tasks", json={"title": "First", "project": "Vault"})).status_code
    assert 200 == (await owner.rest.patch("/api/v1/projects/Vault", json={"visibility": "private"})).status_code
    for member in members:
        await hall.call("add_project_member", owner.actor, project_id="Vault", member=member)


async def test_a_private_project_takes_nothing_from_outsiders_and_shows_them_nothing(hall: Hall) -> None:
    owner = await hall.owner()
    await private_project(hall)
    given = {"format": "jira_csv", "content": JIRA.replace("robin", ""), "project": "Vault", "dry_run": False}
    inside = await hall.call("import_tasks", owner.actor, **given)

    refused = await take(hall, "jira_csv", JIRA, project="Vault")
    again = await take(hall, "jira_csv", JIRA)
    exported = (await hall.call("export_tasks"))["content"]

    assert 2 == inside["created"]
    assert (0, 0, 0, 2, 1) == counts(refused) == counts(again)
    assert "Ship the ledger" not in exported
    assert not [row for row in again["rows"] if row["key"] or row["changed"]]


async def test_nobody_is_given_a_task_of_a_private_project_that_they_do_not_see(hall: Hall) -> None:
    owner = await hall.owner()
    await private_project(hall)

    report = await hall.call("import_tasks", owner.actor, format="jira_csv", content=JIRA, project="Vault", dry_run=False)

    assert {"LED-1": "refused", "LED-2": "created", "": "skipped"} == {row["external_id"]: row["outcome"] for row in report["rows"]}
    assert "add_project_member" in report["rows"][0]["notes"][0]


async def test_a_key_of_some_projects_imports_only_into_these(hall: Hall) -> None:
    await hall.make_task("First", project="Ledger")
    async with hall.world.database.connection() as db:
        ledger = await db.fetchval("select id from lists where organisation_id = $1", hall.agent.organisation_id)
    narrow = replace(hall.agent, projects=frozenset({ledger}))

    elsewhere = await hall.call("import_tasks", narrow, format="jira_csv", content=JIRA, dry_run=False)
    inside = await hall.call("import_tasks", narrow, format="jira_csv", content=JIRA, project="Ledger", dry_run=False)
    exported = json.loads((await hall.call("export_tasks", narrow))["content"])

    assert (2, 2) == (elsewhere["refused"], inside["created"])
    assert {"Ledger"} == {task["project"] for task in exported}


@pytest.mark.parametrize("separator", [";", "\t"])
async def test_a_csv_may_have_what_spreadsheets_of_other_countries_write(hall: Hall, separator: str) -> None:
    content = separator.join(("\ufeffIssue key", '"Summary, in words"', "Summary")) + "\r\n" + separator.join(("L-1", "x", "a, b, c"))

    assert 1 == (await take(hall, "jira_csv", content))["created"]
    assert "a, b, c" in await tasks_of(hall)


async def test_a_part_that_comes_before_its_whole_finds_it_when_it_comes_again(hall: Hall) -> None:
    part, whole = ISSUES[2], ISSUES[0]

    first = await take(hall, "github_json", [part])
    await take(hall, "github_json", [whole])
    again = await take(hall, "github_json", [part])

    assert (1, 0) == (first["orphans"], again["orphans"])
    assert ["parent_id"] == again["rows"][0]["changed"]


async def test_a_viewer_exports_and_does_not_import(hall: Hall) -> None:
    viewer = await hall.person("viewer")
    with pytest.raises(NotAllowed):
        await hall.call("import_tasks", viewer.actor, format="jira_csv", content=JIRA)

    assert [] == json.loads((await hall.call("export_tasks", viewer.actor))["content"])


# Out and back in ----------------------------------------------------------------------------------------------------------------

cell = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=30)
dangerous = st.one_of(cell, st.builds(lambda first, rest: first + rest, st.sampled_from(guarding.DANGEROUS), cell))
word = st.text(st.characters(categories=["L", "N"]), min_size=1, max_size=10)
exported_tasks = st.fixed_dictionaries({name: st.one_of(st.none(), dangerous.filter(bool)) for name in sheets.COLUMNS} | {
    "id": word, "description": dangerous, "tags": st.lists(word, max_size=3), "assignees": st.lists(word, max_size=3),
    "estimate_minutes": st.one_of(st.none(), st.integers(0, 10_000)), "progress_percentage": st.one_of(st.none(), st.integers(0, 100)),
    "links": st.sampled_from([[], [{"kind": "blocks", "key": "CH-1", "id": "x"}, {"kind": "relates", "key": "CH-2", "id": "=y"}]]),
    "custom_fields": st.dictionaries(word, st.one_of(st.none(), st.booleans(), st.integers(-9, 9), cell), max_size=3),
})  # fmt: skip


@pytest.mark.timeout(30)
@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow])  # the first examples read tables of Unicode
@given(st.lists(exported_tasks, max_size=2))
def test_a_csv_says_exactly_what_was_written(tasks: list[dict[str, Any]]) -> None:
    heads, lines = cells(sheets.write(tasks))

    assert tasks == [sheets.read_line(dict(zip(heads, line, strict=True))) for line in lines]


@given(dangerous)
def test_no_cell_begins_as_a_formula_does(text: str) -> None:
    kept = guarding.guarded(text)

    assert not kept.startswith(tuple("=+-@\t\r\n＝＋－＠"))
    assert text == guarding.unguarded(kept)


@pytest.mark.timeout(15)
@pytest.mark.parametrize("kind", ["json", "csv"])
async def test_what_goes_out_comes_back_in_another_hall_with_every_field(hall: Hall, kind: str) -> None:
    """Everything that both halls know: their own ids, keys and moments of change are theirs."""
    other = await Hall.open(hall.world, hall.app)
    await _make_some(hall)
    page = await hall.call("export_tasks", format=kind)

    await other.join("olive")
    report = await take(other, f"crewhall_{kind}", page["content"])
    again = await take(other, f"crewhall_{kind}", page["content"])
    home = await take(hall, f"crewhall_{kind}", page["content"])

    assert (4, 0, 0, 0, 0) == counts(report), report["rows"]
    assert (0, 0, 4, 0, 0) == counts(again) == counts(home), (again["rows"], home["rows"])
    ours, theirs = await _whole(hall, kind), await _whole(other, kind)
    assert ours == theirs
    assert ours["Part"]["links"] == [("blocked_by", "Done"), ("relates", "Not now")]
    await other.rest.aclose()


async def _make_some(hall: Hall) -> None:
    parent = await hall.make_task("=SUM(A1)", description='Line one\r\nline two, "quoted"\n', project="Ledger", type="story")
    await hall.make_task("Part", parent_id=parent["key"], tags=["a", "b"], estimate_minutes=90, due_at="2026-12-01T10:00:00+02:00",
                         priority="high", complexity="extreme", repository="gate", assignee_id="me", progress_percentage=40)  # fmt: skip
    done = await hall.make_task("Done", start_at="2026-01-01T00:00:00Z")
    await hall.move(done, "completed")
    await hall.rest.patch(f"/api/tasks/{done['key']}", json={"custom_fields": {"x": 1, "y": [True, None, "ü"]}})
    away = (await take(hall, "github_json", ISSUES[1:2]))["rows"][0]["key"]
    await hall.call("link_tasks", task_id=done["key"], kind="blocks", other_task_id=(part := await _titled(hall, "Part"))["key"])
    await hall.call("link_tasks", task_id=part["key"], kind="relates", other_task_id=away)
    said = [await hall.call("add_task_comment", task_id=part["key"], comment=f"=SUM({number})", author="Olive") for number in range(3)]
    await hall.call("edit_task_comment", task_id=part["key"], comment_id=str(said[1]["id"]), comment="Better so")


async def _titled(hall: Hall, title: str) -> Any:
    return (await tasks_of(hall))[title]


async def _whole(hall: Hall, kind: str) -> dict[str, Any]:
    """Tasks by their titles, with what both halls can know; only a JSON has comments."""
    exported = json.loads((await hall.call("export_tasks"))["content"])
    titles = {task["id"]: task["title"] for task in exported}
    own = {"id", "key", "source", "external_id", "updated_at", *(["comments"] if kind == "csv" else [])}
    for task in exported:
        task["parent_id"] = titles.get(task["parent_id"])
        task["links"] = [(link["kind"], titles[link["id"]]) for link in task["links"]]
        task["comments"] = [{name: one[name] for name in one if name not in {"id", "source"}} for one in task["comments"]]
    return {task["title"]: {name: value for name, value in task.items() if name not in own} for task in exported}


async def test_an_export_has_pages_and_filters(hall: Hall) -> None:
    for number in range(5):
        await hall.make_task(f"Task {number}", repository="gate" if number % 2 else "ledger")

    first = await hall.call("export_tasks", format="csv", limit=3)
    second = await hall.call("export_tasks", format="csv", limit=3, cursor=first["next_cursor"], head=False)
    gate = await hall.call("export_tasks", repository="gate")

    lines = (first["content"] + second["content"]).splitlines()
    assert (6, 3, 2, None) == (len(lines), first["count"], second["count"], second["next_cursor"])
    assert lines[0].startswith("id,key,title,")
    assert 2 == gate["count"]


# Words and moments ------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("12/Nov/26 9:30 AM", "2026-11-12T09:30:00+00:00"), ("2026-11-12T09:30:00+02:00", "2026-11-12T07:30:00+00:00"),
        ("2026-11-12", "2026-11-12T00:00:00+00:00"), ("1767225600000", "2026-01-01T00:00:00+00:00"), ("soon", None), ("", None),
        ("99999999999999999", None),
    ],
)  # fmt: skip
def test_moments_are_read_as_trackers_write_them(said: str, meant: str | None) -> None:
    found = instant(said)

    assert meant == (found.isoformat() if found else None)


@given(st.lists(st.tuples(st.integers(0, 8), st.integers(0, 8)), max_size=9, unique_by=lambda pair: pair[0]))
def test_parents_come_first_and_nothing_is_lost_in_a_circle(pairs: list[tuple[int, int]]) -> None:
    rows = [Row(number, str(name), parent=str(parent)) for number, (name, parent) in enumerate(pairs)]

    ordered = rules.parents_first(rows)

    assert sorted(row.number for row in rows) == sorted(row.number for row in ordered)
    places = {row.external_id: place for place, row in enumerate(ordered)}
    above = {row.external_id: row.parent for row in rows}
    for row in rows:
        if row.parent in places and not _round(row.external_id, above):
            assert places[row.parent] < places[row.external_id]


def _round(name: str, above: dict[str, str | None]) -> bool:
    seen, here = {name}, above.get(name)
    while here is not None:
        if here in seen:
            return True
        seen.add(here)
        here = above.get(here)
    return False


@given(st.sampled_from(sorted(FORMATS)), st.text(max_size=200))
def test_no_text_makes_a_reader_fail_in_another_way_than_by_a_refusal(kind: str, text: str) -> None:
    with contextlib.suppress(ValidationFailed):
        FORMATS[kind](text, {"a.md": text} if kind == "backlog_md" else {})


def test_json_of_any_shape_is_read_or_refused() -> None:
    shapes: tuple[Any, ...] = (
        [None],
        [[]],
        [{"number": 1}],
        {"items": [{"number": 2, "labels": [{}], "assignees": [None]}]},
        {"tasks": [1]},
    )
    for value in shapes:
        for kind in ("github_json", "crewhall_json"):
            with contextlib.suppress(ValidationFailed):
                FORMATS[kind](dumps(value).decode(), {})
