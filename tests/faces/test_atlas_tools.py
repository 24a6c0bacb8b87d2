"""The eighteen tools of Atlas under their own names, each called by a real client: seven of them failed there."""

from __future__ import annotations

import json
from typing import Any

import pytest
from fastmcp import Client

from tests.harness.hall import Hall, text_of
from tests.harness.notified import hearing

ATLAS = {
    "get_my_organization", "list_team_members", "add_team_member", "list_projects", "create_project", "get_project_details", "list_tasks",
    "complete_task", "update_task", "bulk_assign_tasks", "get_project_risks", "report_issue", "list_issues", "assign_issue",
    "resolve_issue", "get_notifications", "mark_notification_read", "get_online_users",
}  # fmt: skip


class Tools:
    """Calls tools, and remembers which. What asks first is called twice, as a model would."""

    def __init__(self, client: Client[Any]) -> None:
        self._client = client
        self.called: set[str] = set()

    async def __call__(self, name: str, /, **given: Any) -> str:
        self.called.add(name)
        result = await self._client.call_tool(name, given, raise_on_error=False)
        if "confirm_token=" in text_of(result):
            token = text_of(result).partition("confirm_token=")[2].split()[0].rstrip(".,)\"'")
            result = await self._client.call_tool(name, given | {"confirm_token": token}, raise_on_error=False)
        assert not result.is_error, f"{name}: {text_of(result)}"
        return text_of(result)


@pytest.mark.timeout(30)
@pytest.mark.parametrize("era", ["auto", "legacy"])
async def test_a_day_with_the_tools_of_atlas(hall: Hall, era: str) -> None:
    owner, priya = await hall.owner(), await hall.person(name="Priya Nair")
    me = str(owner.actor.id)
    async with hall.mcp(era, owner.token) as client, hearing(hall, owner.actor) as ear:
        tools = Tools(client)
        assert hall.agent.organisation in await tools("get_my_organization")
        assert "Priya Nair" in await tools("list_team_members")
        added = await tools("add_team_member", email="new@example.test", username="newcomer", role="member")
        assert "password" not in json.dumps(added).lower()
        assert "template" in await tools("create_project", description="Build a web page for berths.", name="Berths")
        assert "Berths" in await tools("list_projects")
        assert "0 of" in await tools("get_project_details", project_id="Berths")
        tasks = [await hall.make_task(f"Job {number}", project="Harbour", due_at="2020-01-01T00:00Z") for number in range(3)]
        assert tasks[0]["key"] in await tools("list_tasks", project_id="Harbour", status="todo")
        await tools("update_task", task_id=tasks[0]["key"], status="in_progress", assigned_to=me)
        assert tasks[0]["key"] not in await tools("list_tasks", project_id="Harbour", status="todo")
        assert "3 high" in await tools("get_project_risks", project_id="Harbour")
        assert "Priya Nair" in await tools("bulk_assign_tasks", task_ids=[tasks[1]["key"]], assigned_to="Priya Nair")
        assert f"{tasks[2]['key']}" in await tools("complete_task", task_id=tasks[0]["key"])
        assert tasks[0]["key"] in await tools("list_tasks", project_id="Harbour", status="done")
        await tools("report_issue", project_id="Harbour", title="It leaks", description="In the rain.", issue_type="bug", priority="high")
        issue = (await hall.call("list_issues", project_id="Harbour"))["tasks"][0]
        assert "It leaks" in await tools("list_issues", project_id="Harbour", status="open")
        await tools("assign_issue", issue_id=issue["key"], assigned_to="Priya Nair")
        await tools("resolve_issue", issue_id=issue["key"], resolution="Sealed.")
        await hall.call("add_task_comment", priya.actor, task_id=tasks[2]["key"], comment=f"@{owner.actor.username}, look!")
        told = await ear.next()
        assert tasks[2]["key"] in await tools("get_notifications", unread_only=True)
        await tools("mark_notification_read", notification_id=told["notification"]["id"])
        assert "Olive Owner" in await tools("get_online_users")

    assert ATLAS == tools.called
    assert ("completed", "Sealed.") == ((after := await hall.call("get_task", task_id=issue["key"]))["status"], after["resolution"])
