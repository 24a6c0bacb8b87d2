"""Issues: reported in a project, given to somebody, settled with a word on how."""

from __future__ import annotations

from typing import Any

import pytest

from crewhall.app import World
from crewhall.tasks.issues.models import IssuesWanted
from tests.harness.hall import Hall
from tests.harness.notified import hearing


async def _project(hall: Hall, name: str = "Gate") -> str:
    """A project, as the first task in it makes one; answers its id."""
    await hall.make_task("A plain task", project=name)
    async with hall.world.database.connection() as db:
        found = await db.fetchval("select id from lists where organisation_id = $1 and name = $2", hall.founded.organisation_id, name)
    return str(found)


async def _report(hall: Hall, project: str, title: str = "It squeaks", **fields: Any) -> dict[str, Any]:
    reply = await hall.rest.post("/api/v1/issues", json={"project_id": project, "title": title, **fields})
    assert 201 == reply.status_code, reply.text
    issue: dict[str, Any] = reply.json()
    return issue


async def _listed(hall: Hall, project: str, **wanted: Any) -> list[str]:
    reply = await hall.rest.get(f"/api/v1/issues/project/{project}", params=wanted)
    assert 200 == reply.status_code, reply.text
    return [one["title"] for one in reply.json()["tasks"]]


@pytest.mark.parametrize("kind", ["blocker", "bug", "question"])
async def test_an_issue_is_a_task_on_the_board(hall: Hall, kind: str) -> None:
    project = await _project(hall)

    issue = await _report(hall, project, issue_type=kind, priority="critical", description="Every morning.")

    task = (await hall.rest.get(f"/api/tasks/{issue['key']}")).json()
    assert (kind, "critical", "Gate", "not_started") == (task["type"], task["priority"], task["project"], task["status"])
    assert "Every morning." == task["description"]
    assert ["created"] == [line["field_changed"] for line in task["history"]]


async def test_a_project_goes_by_its_name_too_and_a_wrong_one_is_refused_with_the_nearest(hall: Hall) -> None:
    await _project(hall, "Garden gate")

    assert "Garden gate" == (await _report(hall, "garden GATE"))["project"]
    reply = await hall.rest.post("/api/v1/issues", json={"project_id": "Garden gat", "title": "x"})
    assert (404, "Garden gate") == (reply.status_code, reply.json()["error"]["details"]["did_you_mean"])


async def test_a_mistyped_project_is_not_made(hall: Hall) -> None:
    await hall.rest.post("/api/v1/issues", json={"project_id": "Nowhere", "title": "x"})

    facets = (await hall.rest.get("/api/tasks/facets")).json()
    assert [] == facets["projects"]


async def test_only_issues_are_listed_and_open_ones_alone_when_asked(hall: Hall) -> None:
    project = await _project(hall)
    first, second = await _report(hall, project, "one"), await _report(hall, project, "two")
    await hall.rest.post(f"/api/v1/issues/{first['key']}/resolve", json={"resolution": "Oiled."})

    assert ["two", "one"] == await _listed(hall, project)
    assert ["two"] == await _listed(hall, project, status="open")
    assert ["one"] == await _listed(hall, project, status="resolved")
    assert ["two", "one"] == await _listed(hall, "Gate", status="Open,done")
    await hall.move(second, "in_progress")
    assert ["two"] == await _listed(hall, project, status="in_progress")


async def test_issues_come_in_pages(hall: Hall) -> None:
    project = await _project(hall)
    for number in range(5):
        await _report(hall, project, f"{number}")

    first = (await hall.rest.get("/api/v1/issues", params={"project_id": project, "limit": 3})).json()
    second = (await hall.rest.get("/api/v1/issues", params={"project_id": project, "limit": 3, "cursor": first["next_cursor"]})).json()

    assert ["4", "3", "2", "1", "0"] == [one["title"] for one in first["tasks"] + second["tasks"]]
    assert second["next_cursor"] is None


@pytest.mark.parametrize("name", ["assigned_to", "assignee_id"])
async def test_an_issue_is_given_under_either_name_and_whoever_gets_it_is_told(hall: Hall, name: str) -> None:
    project, ada = await _project(hall), await hall.person(name="ada")
    issue = await _report(hall, project, issue_type="blocker")
    async with hearing(hall, ada.actor) as ear:
        reply = await hall.rest.post(f"/api/v1/issues/{issue['key']}/assign", json={name: ada.email})
        told = await ear.next()

    assert (200, "ada") == (reply.status_code, reply.json()["assignee_name"])
    assert ("issue_assigned", f"robin gave you the blocker {issue['key']} It squeaks") == (told["notification"]["kind"], told["message"])


async def test_a_settled_issue_says_how_and_who_reported_it_hears(hall: Hall) -> None:
    project, ada = await _project(hall), await hall.person(name="ada")
    issue = (await ada.rest.post("/api/v1/issues", json={"project_id": project, "title": "Why red?", "issue_type": "question"})).json()
    async with hearing(hall, ada.actor) as ear:
        reply = await hall.rest.post(f"/api/v1/issues/{issue['id']}/resolve", json={"resolution": "It was on offer."})
        told = (await ear.next())["notification"]

    assert ("completed", "It was on offer.") == (reply.json()["status"], reply.json()["resolution"])
    assert ("issue_resolved", "It was on offer.") == (told["kind"], told["excerpt"])


async def test_whoever_leads_the_project_hears_of_a_new_issue(hall: Hall) -> None:
    project, ada = await _project(hall), await hall.person(name="ada")
    async with hall.world.database.connection() as db:
        await db.execute("update lists set lead_id = $1 where id::text = $2", ada.actor.id, project)
    async with hearing(hall, ada.actor) as ear:
        issue = await _report(hall, project)
        told = (await ear.next())["notification"]

    assert ("issue_reported", issue["key"]) == (told["kind"], told["task_key"])


@pytest.mark.parametrize(("act", "given"), [("assign", {"assigned_to": "me"}), ("resolve", {"resolution": "x"})])
async def test_a_plain_task_is_no_issue(hall: Hall, act: str, given: dict[str, str]) -> None:
    task = await hall.make_task()

    reply = await hall.rest.post(f"/api/v1/issues/{task['key']}/{act}", json=given)

    assert 404 == reply.status_code
    assert "is a task, not an issue" in reply.json()["error"]["message"]
    assert 1 == (await hall.rest.get(f"/api/tasks/{task['key']}")).json()["version"]


async def test_a_resolution_is_not_empty(hall: Hall) -> None:
    issue = await _report(hall, await _project(hall))

    reply = await hall.rest.post(f"/api/v1/issues/{issue['key']}/resolve", json={"resolution": ""})

    assert 422 == reply.status_code


async def test_another_organisations_project_and_issue_are_not_there(hall: Hall, world: World) -> None:
    other = await Hall.open(world, hall.app)
    project = await _project(hall)
    issue = await _report(hall, project)

    replies = [
        await other.rest.post("/api/v1/issues", json={"project_id": project, "title": "x"}),
        await other.rest.get("/api/v1/issues", params={"project_id": project}),
        await other.rest.post(f"/api/v1/issues/{issue['id']}/assign", json={"assigned_to": "me"}),
        await other.rest.post(f"/api/v1/issues/{issue['id']}/resolve", json={"resolution": "x"}),
    ]

    assert [404] * 4 == [reply.status_code for reply in replies]
    assert not [reply.text for reply in replies if "Gate" in reply.text or "squeaks" in reply.text]
    await other.rest.aclose()


async def test_a_private_project_is_not_there_for_others(hall: Hall) -> None:
    project, ada, owner = await _project(hall, "Vault"), await hall.person(name="ada"), await hall.owner()
    await _report(hall, project)
    async with hall.world.database.connection() as db:
        await db.execute("update lists set visibility = 'private' where id::text = $1", project)

    mine = await ada.rest.get("/api/v1/issues", params={"project_id": project})
    near = await ada.rest.post("/api/v1/issues", json={"project_id": "Vaul", "title": "x"})
    theirs = await owner.rest.get("/api/v1/issues", params={"project_id": project})

    assert (404, 404, 200) == (mine.status_code, near.status_code, theirs.status_code)
    assert "Vault" not in near.text


async def test_a_viewer_reads_and_does_not_report(hall: Hall) -> None:
    project, viewer = await _project(hall), await hall.person("viewer")

    assert 200 == (await viewer.rest.get("/api/v1/issues", params={"project_id": project})).status_code
    assert 403 == (await viewer.rest.post("/api/v1/issues", json={"project_id": project, "title": "x"})).status_code


async def test_a_limited_key_reports_only_where_it_may(hall: Hall) -> None:
    project, ada = await _project(hall), await hall.person(name="ada")
    made = (await ada.rest.post("/api/v1/api-keys", json={"name": "ledger", "repositories": ["ledger"]})).json()
    limited = hall.rest_as(made["key"])
    given = {"project_id": project, "title": "x"}

    assert 403 == (await limited.post("/api/v1/issues", json=given)).status_code
    assert 201 == (await limited.post("/api/v1/issues", json=given | {"repository": "Ledger"})).status_code


async def test_hostile_words_are_kept_or_refused_and_break_nothing(hall: Hall) -> None:
    project = await _project(hall)
    refused = [{"title": "a\x00b"}, {"title": "x" * 501}, {"title": "x", "issue_type": "incident"}, {"title": "x", "priority": "p0"}]
    for given in refused:
        assert 422 == (await hall.rest.post("/api/v1/issues", json={"project_id": project, **given})).status_code
    issue = await _report(hall, project, "'; drop table tasks; --", description="<script>{who}</script>" * 1000)
    assert ["'; drop table tasks; --"] == await _listed(hall, project)
    assert issue["key"]


async def test_agents_report_and_read_in_few_words(hall: Hall) -> None:
    await _project(hall)
    async with hall.mcp() as agent:
        await agent.call_tool("report_issue", {"project_id": "Gate", "title": "It squeaks", "issue_type": "bug"})
        listed = await agent.call_tool("list_issues", {"project_id": "Gate", "status": "open"})

    assert "not_started It squeaks" in str(listed.content)


def test_words_for_several_statuses_are_understood() -> None:
    wanted = IssuesWanted.model_validate({"project_id": "x", "status": "open, blocked"})

    assert wanted.status is not None
    assert {"not_started", "in_progress", "blocked", "ready_for_review"} == set(wanted.status)
