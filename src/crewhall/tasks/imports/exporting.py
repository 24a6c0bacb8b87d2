"""Tasks as a file that spreadsheets and import_tasks read."""

from __future__ import annotations

from typing import Any

from crewhall.kit.capability import Call, Kind
from crewhall.kit.json import dumps
from crewhall.tasks.board.models import Task
from crewhall.tasks.board.reading import get_tasks
from crewhall.tasks.imports import sheets, store
from crewhall.tasks.imports.models import Export, Exported
from crewhall.tasks.imports.room import room


def brief_export(exported: Exported) -> str:
    more = f"\nnext_cursor={exported['next_cursor']}" if exported["next_cursor"] else ""
    return exported["content"] + more


@room.capability(
    scope="tasks:read",
    kind=Kind.READ,
    http="GET /api/v1/exports",
    brief=brief_export,
    aliases=("download_tasks", "dump_tasks", "tasks_as_csv", "spreadsheet", "backup_tasks"),
    questions=("Give me the tasks as a spreadsheet.", "Save everything of this project to a file.", "Export what is done as CSV."),
)
async def export_tasks(call: Call, wanted: Export) -> Exported:
    """Tasks as the text of a JSON or CSV file, page by page, with the same filters as a list; import_tasks reads it again."""
    page = await get_tasks(call, wanted)
    ids = [task["id"] for task in page["tasks"]]
    extra = await store.beyond(call.db, call.actor.organisation_id, ids)
    links = await store.links(call.db, call.actor, ids)
    tasks = [_whole(task, extra[task["id"]], links.get(task["id"], [])) for task in page["tasks"]]
    if wanted.format == "json":
        said = await store.comments(call.db, call.actor.organisation_id, ids)
        tasks = [task | {"comments": said.get(task["id"], [])} for task in tasks]
    content = dumps(tasks).decode() if wanted.format == "json" else sheets.write(tasks, head=wanted.head)
    return Exported(format=wanted.format, count=len(tasks), content=content, next_cursor=page["next_cursor"])


def _whole(task: Task, extra: Any, links: list[Any]) -> dict[str, Any]:
    found: dict[str, Any] = {**task, **extra, "links": links}
    return {name: found[name] for name in sheets.COLUMNS}
