"""ClickUp, tried."""

from __future__ import annotations

import json

from crewhall.demo.twins import Exchange
from tests.connections.platforms import Judge, Tried
from tests.harness.specification import Specification, provider_folder

SPACE, LIST, TASK = "90150000000", "901700000000", "86tw00001"
# Where the description is behind the service itself: what it says is never null often is, a priority is an object, folders are many,
# the tasks of a workspace can be asked for by whether they are archived, as those of a list can, and time by several people at once.
BEHIND = (
    "None is not of type", "None for not nullable", "?assignee", "no parameter archived", "/priority:", "at folders:",
    "answer at assignees/", "answer at tags/", "answer at points:", "answer at time_spent:", "answer at time_estimate:",
    "is valid under each of",
)  # fmt: skip


def judge() -> Judge:
    """By the first of the published documents that has the path."""
    folder = provider_folder() / "clickup"
    documents = [Specification(json.loads((folder / name).read_text("utf-8"))) for name in ("openapi-v2-core.json", "openapi-v2-more.json")]

    def faults(exchange: Exchange) -> list[str]:
        found = [one.faults(exchange, f"/v2{exchange.path}") for one in documents]
        best = next((said for said in found if not any("there is no" in one for one in said)), found[0])
        return [one for one in best if not any(word in one for word in BEHIND)]

    return faults


TRIED = Tried(
    slug="clickup",
    twin="clickup",
    judge=judge,
    calls=(
        ("list_workspaces", {}),
        ("list_spaces", {}),
        ("list_folders", {"space_id": SPACE}),
        ("list_lists", {"space_id": SPACE}),
        ("get_list", {"list_id": LIST}),
        ("list_tasks", {"limit": 20, "updated_after": "2020-01-01T00:00:00Z"}),
        ("get_task", {"task_id": TASK}),
        ("list_comments", {"task_id": TASK}),
        ("list_time_entries", {"start": "2026-06-01T00:00:00Z", "end": "2026-12-01T00:00:00Z", "assignees": [81000001, 81000002]}),
        ("create_task", {"list_id": LIST, "name": "Paint it", "priority": 2, "assignees": [81000002], "tags": ["paint"]}),
        ("update_task", {"task_id": TASK, "status": "in progress", "add_assignees": [81000003], "time_estimate": 60000}),
        ("add_comment", {"task_id": TASK, "comment": "It is painted."}),
    ),
    lists=(("list_comments", {"task_id": "86tw00008", "limit": 10}, 61),),
    read="list_workspaces",
    path="/team",
)
