"""What comes with imported tasks: links between them, what was said and by whom, who made them, and columns that have no field here."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import pytest

from crewhall.tasks.imports.formats import FORMATS
from crewhall.tasks.imports.importing import brief_report
from crewhall.tasks.imports.rows import instant
from crewhall.tasks.imports.rules import called, comment_ids, member_called
from crewhall.tasks.links import many
from tests.harness.hall import Hall
from tests.harness.notified import hearing
from tests.tasks.test_imports import BACKLOG, ISSUES, counts, private_project, take, tasks_of

HEADS = "Issue key,Summary,Status,Reporter,Reporter Id,Assignee,Assignee Id"
LINKED = (
    f"{HEADS},Inward issue link (Blocks),Outward issue link (Blocks),Outward issue link (Blocks),Outward issue link (Relates),"
    "Outward issue link (Cloners),Inward issue link (Duplicate)\n"
    "L-1,Dig,To Do,Olive,57:ol,robin,57:ro,,L-2,L-3,,,\n"
    "L-2,Pour,To Do,Olive,57:ol,,,L-1,,,L-3,,\n"
    "L-3,Build,To Do,Greta Away,57:gr,,,L-1,,,,L-4,L-5\n"
    "L-4,Build it,Done,,,,,,,,,,\n"
    "L-5,Erect it,Done,,,,,,,,,,\n"
)
SAID = [
    {"id": "IC_1", "author": {"login": "robin"}, "body": "I look at it.", "createdAt": "2026-01-06T10:00:00Z"},
    {"id": "IC_2", "author": {"login": "stranger"}, "body": "@olive does it still squeak?", "createdAt": "2026-01-07T10:00:00Z"},
]
TOLD = [{**ISSUES[0], "user": {"login": "stranger"}, "comments": SAID}, *ISSUES[1:3]]


def sheet(*lines: dict[str, str], heads: str = "Issue key,Summary") -> str:
    """A CSV of these cells; a head that ends in a number stands there several times."""
    names = list(dict.fromkeys([*heads.split(","), *(name for line in lines for name in line)]))
    text = io.StringIO(newline="")
    csv.writer(text).writerows([[name.rstrip("0123456789") for name in names], *([line.get(name, "") for name in names] for line in lines)])
    return text.getvalue()


async def links_of(hall: Hall) -> dict[str, list[tuple[str, str]]]:
    tasks = await tasks_of(hall)
    keys = {task["key"]: title for title, task in tasks.items()}
    found = {title: await hall.call("get_task", task_id=task["key"]) for title, task in tasks.items()}
    return {title: sorted((link["kind"], keys[link["key"]]) for link in task["links"]) for title, task in found.items() if task["links"]}


async def comments_of(hall: Hall, title: str) -> list[dict[str, Any]]:
    task = (await tasks_of(hall))[title]
    found: list[dict[str, Any]] = (await hall.call("get_task_comments", task_id=task["key"]))["comments"]
    assert task["comment_count"] == len(found)
    return found[::-1]


def notes(report: Any, number: int = 1) -> str:
    return "; ".join(note for row in report["rows"] if row["row"] == number for note in row["notes"])


# Links ----------------------------------------------------------------------------------------------------------------------


async def test_jiras_links_come_over_each_once_and_the_dry_run_says_how_many(hall: Hall) -> None:
    rehearsed = await take(hall, "jira_csv", LINKED, dry_run=True)
    report = await take(hall, "jira_csv", LINKED)
    again = await take(hall, "jira_csv", LINKED)

    assert {
        "Dig": [("blocks", "Build"), ("blocks", "Pour")],
        "Pour": [("blocked_by", "Dig"), ("relates", "Build")],
        "Build": [("blocked_by", "Dig"), ("duplicated_by", "Erect it"), ("duplicates", "Build it"), ("relates", "Pour")],
        "Build it": [("duplicated_by", "Build")],
        "Erect it": [("duplicates", "Build")],
    } == await links_of(hall)
    assert (5, 5, 0) == (rehearsed["links"], report["links"], again["links"])
    assert "not_started" == (await tasks_of(hall))["Build"]["status"], "a copy is as open as it was there"
    assert (0, 0, 5, 0, 0) == counts(again)
    assert 1 == (await tasks_of(hall))["Build"]["open_blockers"]


async def test_what_a_task_of_backlog_md_depends_on_blocks_it_also_when_it_comes_later(hall: Hall) -> None:
    late = {"tasks/task-0.md": "---\nid: task-0\ntitle: Paint\nstatus: To Do\nreporter: '@olive'\ndependencies: [TASK-1, task-9]\n---\n"}

    first = await take(hall, "backlog_md", files=late)
    both = await take(hall, "backlog_md", files=BACKLOG | late)

    assert ((0, 1), (1, 1)) == ((first["links"], first["orphans"]), (both["links"], both["orphans"]))
    assert "blocked_by task-1, blocked_by task-9: not here, so not linked" == notes(first)
    assert ("updated", ["links"]) == next((row["outcome"], row["changed"]) for row in both["rows"] if row["title"] == "Paint")
    assert {"Paint": [("blocked_by", "Fix the roof")], "Fix the roof": [("blocks", "Paint")]} == await links_of(hall)
    assert ("olive", None) == ((paint := (await tasks_of(hall))["Paint"])["created_by"], paint["created_by_id"])


async def test_rings_links_to_itself_and_to_nowhere_are_remarks_and_the_rest_comes(hall: Hall) -> None:
    content = sheet(
        {"Issue key": "L-1", "Summary": "One", "Outward issue link (Blocks)": "L-2", "Outward issue link (Relates)": "=HYPERLINK(1)"},
        {"Issue key": "L-2", "Summary": "Two", "Outward issue link (Blocks)": "L-3 L-2"},
        {"Issue key": "L-3", "Summary": "Three", "Outward issue link (Blocks)": "L-1", "Inward issue link (Blocks)": "X-1\x00"},
    )

    rehearsed = await take(hall, "jira_csv", content, dry_run=True)
    report = await take(hall, "jira_csv", content)

    assert (3, 0, 0, 0, 0) == counts(report)
    assert (2, 2) == (report["links"], rehearsed["links"])
    assert "relates =HYPERLINK(1): not here, so not linked" == notes(report)
    assert "a link to itself was left out" == notes(report, 2)
    assert "L-3 blocks L-1 blocks L-2 blocks L-3" in notes(rehearsed, 3)
    assert "blocked_by X-1: not here" in notes(report, 3)


async def test_ten_thousand_links_of_one_row_are_cut_and_said(hall: Hall) -> None:
    rows = [{"id": "0", "title": "Hub", "links": [{"kind": "blocks", "id": str(number % 300 + 1)} for number in range(10_000)]}]
    rows += [{"id": str(number), "title": f"Task {number}"} for number in range(1, 300)]

    report = await take(hall, "crewhall_json", rows)

    assert (300, 200) == (report["created"], report["links"])
    assert "100 of its 300 links were left out: a task has at most 200" in notes(report)


async def test_more_links_than_come_at_once_come_with_the_same_file_again(hall: Hall, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(many, "MOST_AT_ONCE", 3)

    reports = [await take(hall, "jira_csv", LINKED) for _ in range(3)]

    assert [(3, 1), (2, 0), (0, 0)] == [(report["links"], report["orphans"]) for report in reports]
    assert "2 links are still to come" in notes(reports[0], 3)


async def test_links_of_a_task_that_has_its_most_already_are_refused_with_its_name(hall: Hall) -> None:
    rows: list[dict[str, Any]] = [{"id": "hub", "title": "Hub"}]
    rows += [{"id": f"T-{number}", "title": f"Task {number}", "links": [{"kind": "blocks", "id": "hub"}]} for number in range(203)]

    report = await take(hall, "crewhall_json", rows)

    refused = [note for row in report["rows"] for note in row["notes"]]
    assert (204, 200, 3) == (report["created"], report["links"], len(refused))
    assert all(note.startswith("not linked: hub has 200 links") for note in refused)


async def test_nothing_is_linked_to_a_task_that_is_not_ones_own_to_see(hall: Hall) -> None:
    owner = await hall.owner()
    await private_project(hall)
    await hall.call("import_tasks", owner.actor, format="jira_csv", content=sheet({"Issue key": "L-9", "Summary": "Secret"}),
                    project="Vault", dry_run=False)  # fmt: skip

    report = await take(hall, "jira_csv", sheet({"Issue key": "L-1", "Summary": "Open", "Outward issue link (Blocks)": "L-9"}))
    shown = json.loads((await hall.call("export_tasks"))["content"])

    assert (0, "blocks L-9: not here, so not linked") == (report["links"], notes(report))
    assert [("Open", [])] == [(task["title"], task["links"]) for task in shown]


async def test_an_export_names_no_link_to_a_task_that_its_reader_does_not_see(hall: Hall) -> None:
    owner = await hall.owner()
    await private_project(hall)
    task = await hall.make_task("Open")
    secret = next(one for one in (await owner.rest.get("/api/tasks")).json()["tasks"] if one["title"] == "First")
    await hall.call("link_tasks", owner.actor, task_id=task["key"], kind="relates", other_task_id=secret["key"])

    theirs = json.loads((await hall.call("export_tasks"))["content"])
    owners = json.loads((await hall.call("export_tasks", owner.actor))["content"])

    assert [[]] == [one["links"] for one in theirs]
    assert secret["key"] in {link["key"] for one in owners for link in one["links"]}


# Who made it, and what was said ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("words", ["rest", "gh"])
async def test_comments_of_github_come_with_their_authors_and_moments_and_once(hall: Hall, words: str) -> None:
    rest = [{"node_id": one["id"], "id": 7, "user": one["author"], "body": one["body"], "created_at": one["createdAt"]} for one in SAID]
    issues = [{**TOLD[0], "comments": SAID if words == "gh" else rest}]

    rehearsed = await take(hall, "github_json", issues, dry_run=True)
    report = await take(hall, "github_json", issues)
    again = await take(hall, "github_json", TOLD)

    task, said = (await tasks_of(hall))["Gate squeaks"], await comments_of(hall, "Gate squeaks")
    assert (2, 2, 0, 1) == (rehearsed["comments"], report["comments"], again["comments"], again["unchanged"])
    assert ("stranger", None) == (task["created_by"], task["created_by_id"])
    assert [("robin", "agent", "2026-01-06T10"), ("stranger", None, "2026-01-07T10")] == [
        (one["author"], one["author_kind"], one["created_at"].isoformat()[:13]) for one in said
    ]
    assert {"robin", "stranger"} == {one["name"] for one in report["people"]}


async def test_a_comment_that_was_changed_there_changes_here_and_one_that_was_deleted_or_corrected_here_stays(hall: Hall) -> None:
    await take(hall, "github_json", TOLD)
    task, (first, second) = (await tasks_of(hall))["Gate squeaks"], await comments_of(hall, "Gate squeaks")
    newer = [{**one, "body": f"{one['body']} Done."} for one in SAID]

    changed = await take(hall, "github_json", [{**TOLD[0], "comments": newer}])
    await hall.call("edit_task_comment", task_id=task["key"], comment_id=str(first["id"]), comment="Corrected")
    await hall.call("delete_task_comment", (await hall.owner()).actor, task_id=task["key"], comment_id=str(second["id"]))
    again = await take(hall, "github_json", TOLD)

    assert [("updated", ["comments"])] == [(row["outcome"], row["changed"]) for row in changed["rows"]]
    assert ["Corrected"] == [one["comment"] for one in await comments_of(hall, "Gate squeaks")]
    assert 3 == again["unchanged"]


async def test_nobody_is_told_of_what_was_said_long_ago(hall: Hall) -> None:
    olive = await hall.world.access.actor_of(await hall.join("olive"))
    given = {"people": {"robin": "olive"}}
    await take(hall, "github_json", [{**TOLD[0], "comments": []}], **given)
    cursor = (await hall.call("changes_since"))["next_cursor"]
    async with hearing(hall, olive) as ear:
        report = await take(hall, "github_json", TOLD, **given)
        await hall.call("add_task_comment", task_id=report["rows"][0]["key"], comment="Said now")
        heard = [(await ear.next())["notification"]]
        while heard[-1]["excerpt"] != "Said now":
            heard.append((await ear.next())["notification"])

    events = (await hall.call("changes_since", cursor=cursor))["changes"]
    assert {"issue_assigned"} >= {one["kind"] for one in heard[:-1]}
    assert [(["comments"], 2)] == [(one["changed"], one["task"]["comment_count"]) for one in events if "comments" in one["changed"]]


async def test_comments_and_reporters_of_jira_are_known_by_their_account_ids(hall: Hall) -> None:
    olive = await hall.world.access.actor_of(await hall.join("olive"))
    content = sheet(
        {
            "Issue key": "L-1", "Summary": "Dig", "Reporter": "olive", "Reporter Id": "557058:ol",
            "Comment1": "12/Nov/25 9:30 AM;557058:ol;Deep;\nand wide", "Comment2": "12/Nov/25 9:30 AM;557058:xx;Who am I?",
            "Comment3": "=cmd|' /C calc'!A0", "Comment4": "yesterday 5;robin;No moment",
        },
        {"Issue key": "L-2", "Summary": "Nobody's"},
    )  # fmt: skip

    report = await take(hall, "jira_csv", content)
    again = await take(hall, "jira_csv", content)

    tasks, said = await tasks_of(hall), await comments_of(hall, "Dig")
    assert (("olive", str(olive.id)), ("Jira", None)) == tuple(
        (tasks[title]["created_by"], tasks[title]["created_by_id"]) for title in ("Dig", "Nobody's")
    )
    assert [("olive", "Deep;\nand wide"), ("557058:xx", "Who am I?"), ("Jira", "=cmd|' /C calc'!A0"), ("robin", "No moment")] == [
        (one["author"], one["comment"]) for one in said
    ]
    assert "2 comments say no moment that can be read" in notes(report)
    assert (4, 0) == (report["comments"], again["comments"])


async def test_comments_of_clickup_are_a_list_in_a_cell(hall: Hall) -> None:
    owner = await hall.owner()
    async with hall.world.database.connection() as db:
        email = await db.fetchval("select email from users where id = $1", owner.actor.id)
    said = [{"text": "Sent.", "by": email, "assigned": False, "date": "3/25/2026, 9:00:00 AM CDT", "resolved": "N/A"},
            {"text": "", "by": "x"}, "loose"]  # fmt: skip
    content = sheet(
        {"Task ID": "a1", "Task Name": "Pitch", "Comments": json.dumps(said), "Assigned Comments": "null", "Time Spent": "5400000",
         "Time Spent Text": "1 h", "Checklists": '{"Steps":["Hook"]}', "Attachments": "[]"},
        {"Task ID": "a2", "Task Name": "Odd", "Comments": "=1+1"}, heads="Task ID,Task Name",
    )  # fmt: skip

    report = await take(hall, "clickup_csv", content)

    first, loose = await comments_of(hall, "Pitch")
    assert (owner.actor.id, "Sent.", "2026-03-25T14:00:00+00:00") == (first["author_id"], first["comment"], first["created_at"].isoformat())
    assert ("loose", "ClickUp", "ClickUp") == (loose["comment"], loose["author"], (await tasks_of(hall))["Pitch"]["created_by"])
    assert ["=1+1"] == [one["comment"] for one in await comments_of(hall, "Odd")]
    assert (["Time Spent Text"], "custom_fields") == (report["ignored"], report["fields"]["Time Spent"])


async def test_history_says_who_imported_what_another_one_made(hall: Hall) -> None:
    report = await take(hall, "github_json", TOLD)

    task = await hall.call("get_task", task_id=report["rows"][0]["key"])
    assert ("stranger", hall.agent.name) == (task["created_by"], task["history"][0]["changed_by"])


async def test_a_file_that_only_counts_comments_says_so(hall: Hall) -> None:
    report = await take(hall, "github_json", [{**ISSUES[0], "comments": 3}])

    assert any("gh issue list --json comments" in one for one in report["ignored"])


async def test_comments_go_home_and_abroad_and_home_again_without_a_copy(hall: Hall) -> None:
    other = await Hall.open(hall.world, hall.app)
    task = await hall.make_task("Ours")
    await hall.call("add_task_comment", task_id=task["key"], comment="Said here", author="Olive")
    await take(hall, "github_json", TOLD)

    out = (await hall.call("export_tasks"))["content"]
    there = await take(other, "crewhall_json", out)
    back = (await other.call("export_tasks"))["content"]
    home = await take(hall, "crewhall_json", out)
    again = await take(other, "crewhall_json", out)

    assert (3, 0, 0) == (there["comments"], home["comments"], again["comments"])
    ((said,), (copied,)) = (await comments_of(hall, "Ours"), await comments_of(other, "Ours"))
    assert [(one["comment"], one["on_behalf_of"], one["created_at"]) for one in (said,)] == [
        (copied["comment"], copied["on_behalf_of"], copied["created_at"])
    ]
    assert str(said["id"]) in back
    await other.rest.aclose()


async def test_a_comment_that_names_one_of_a_task_elsewhere_changes_nothing_there(hall: Hall) -> None:
    task = await hall.make_task("Ours")
    said = await hall.call("add_task_comment", task_id=task["key"], comment="Ours")
    await take(hall, "github_json", TOLD)

    report = await take(hall, "crewhall_json", [
        {"id": "x", "title": "Thief", "comments": [{"id": str(said["id"]), "comment": "Theirs"},
                                                   {"id": "IC_1", "source": "github", "comment": "Theirs"}]},
    ])  # fmt: skip

    assert (1, 0) == (report["created"], report["comments"])
    assert ["Ours"] == [one["comment"] for one in await comments_of(hall, "Ours")]
    assert "I look at it." == (await comments_of(hall, "Gate squeaks"))[0]["comment"]


# Columns without a field ------------------------------------------------------------------------------------------------------


async def test_columns_without_a_field_become_custom_fields_under_their_own_names(hall: Hall) -> None:
    content = sheet({"Issue key": "L-1", "Summary": "Dig", "Sprint1": "S 1", "Sprint2": "S 2", "Custom field (Story Points)": "5",
                     "Fix versions": "=1.0", "Time Spent": "3600", "Empty": "", "Votes": "0"})  # fmt: skip

    report = await take(hall, "jira_csv", content)
    github = await take(hall, "github_json", ISSUES[:1])

    fields = (await hall.call("get_task", task_id=report["rows"][0]["key"]))["custom_fields"]
    assert {"Sprint": ["S 1", "S 2"], "Story Points": "5", "Fix versions": "=1.0", "Time Spent": "3600"} == fields
    assert (["Votes"], "custom_fields") == (report["ignored"], report["fields"]["Custom field (Story Points)"])
    assert {"Milestone": "M1"} == (await hall.call("get_task", task_id=github["rows"][0]["key"]))["custom_fields"]
    assert "kept as custom fields: Sprint, Custom field (Story Points)" in brief_report(report)
    assert 1 == (await take(hall, "jira_csv", content))["unchanged"]


async def test_huge_and_too_many_cells_are_cut_and_said(hall: Hall) -> None:
    many = {f"Column {chr(65 + number // 26)}{chr(65 + number % 26)}": "x" for number in range(60)}
    content = sheet({"Issue key": "L-1", "Summary": "Dig", "Description": "y" * 300_000, "Environment": "z" * 300_000,
                     "Comment": "12/Nov/25 9:30 AM;robin;" + "w" * 150_000, **many},
                    {"Issue key": "é" * 3_000, "Summary": "No such id"})  # fmt: skip

    report = await take(hall, "jira_csv", content)
    task = await hall.call("get_task", task_id=report["rows"][0]["key"])

    assert (1, 0, 0, 0, 1) == counts(report)
    for words in ("description was cut", "Environment was cut at 2000", "11 columns were left out", "1 comments were cut at 100000"):
        assert words in notes(report), words
    assert (50, 2_000) == (len(task["custom_fields"]), len(task["custom_fields"]["Environment"]))
    assert 100_000 == len(task["comments"][0]["comment"])
    assert "its id is longer than 255" in notes(report, 2)


async def test_words_with_nul_and_of_any_length_are_no_error(hall: Hall) -> None:
    long = "é\x00" * 3_000
    said = {"id": long, "author": long, "comment": long, "source": long}
    rows = [{"id": long, "title": "Long"}, {"id": "a", "title": "A", "parent_id": long, "status_name": long, "created_by": long,
             "links": "x", "comments": [said, 7]}]  # fmt: skip
    front = {"a.md": "---\nid: a\ntitle: A\nstatus: Done\nodd: {x: [1, 2]}\nbig: 99999999999999999999999\nday: 2026-01-01\n---\n"}

    report = await take(hall, "crewhall_json", rows)
    folder = await take(hall, "backlog_md", files=front)

    assert (1, 0, 0, 0, 1) == counts(report), report["rows"]
    assert "links: 1 of 1 cannot be read" in notes(report, 2)
    fields = (await hall.call("get_task", task_id=folder["rows"][0]["key"]))["custom_fields"]
    assert {"odd", "big", "day"} == set(fields)


# Words --------------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("3/25/2026, 9:00:00 AM CDT", "2026-03-25T14:00:00+00:00"), ("3/25/2026, 9:00:00 AM GMT+5:30", "2026-03-25T03:30:00+00:00"),
        ("3/25/2026, 9:00:00 AM GMT-3", "2026-03-25T12:00:00+00:00"), ("3/25/2026, 9:00:00 AM UTC", "2026-03-25T09:00:00+00:00"),
    ],
)  # fmt: skip
def test_a_zone_is_read_as_a_browser_names_it(said: str, meant: str) -> None:
    found = instant(said)

    assert found is not None
    assert meant == found.isoformat()


def test_two_comments_of_one_moment_are_two(hall: Hall) -> None:
    content = sheet({"Issue key": "L-1", "Summary": "x", "Comment1": "12/Nov/25 9:30 AM;a;One", "Comment2": "12/Nov/25 9:30 AM;a;Two"})
    (row,) = FORMATS["jira_csv"](content, {}).rows

    assert 2 == len(set(comment_ids(row)))


def test_a_name_that_two_have_means_neither(hall: Hall) -> None:
    people: Any = [{"id": number, "email": None, "username": f"u{number}", "github_username": None, "name": "Kim"} for number in (1, 2)]

    everybody = called(people)

    assert (None, people[1]) == (member_called("kim", everybody, hall.agent.id), member_called("@U2", everybody, hall.agent.id))
