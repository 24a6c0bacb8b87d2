"""Places in few words: a line for each, with the id that the next call takes."""

from __future__ import annotations

from collections.abc import Sequence

from crewhall.tasks.lists.models import (
    CacheCleared,
    Folder,
    FolderDetail,
    FolderPage,
    ListDetail,
    ListPage,
    ListRow,
    Mirrored,
    PlaceStatus,
    Space,
    SpaceDetail,
    SpacePage,
    WorkspaceList,
)


def workspaces(found: WorkspaceList) -> str:
    return "\n".join(
        f"{one['workspace_id']} {one['name']} ({one['source']}), {one['members_count']} members" for one in found["workspaces"]
    )


def _space(one: Space) -> str:
    marks = [f"{one['status_count']} statuses", "private" if one["private"] else "", "archived" if one["archived"] else ""]
    return f"{one['space_id']} {one['name']}: {', '.join(mark for mark in marks if mark)}"


def spaces(page: SpacePage) -> str:
    return _page([_space(one) for one in page["spaces"]], page["next_cursor"])


def space(one: SpaceDetail) -> str:
    held = f"{one['folder_count']} folders, {one['list_count']} lists, {one['task_count']} tasks, workspace {one['team_id']}"
    return "\n".join([_space(one), held, f"statuses {_statuses(one['statuses'])}"])


def _folder(one: Folder) -> str:
    lists = ", ".join(f"{inner['name']} ({inner['list_id']})" for inner in one["lists_summary"]) or "no lists"
    return f"{one['folder_id']} {one['name']}{' (archived)' if one['archived'] else ''}: {lists}"


def folders(page: FolderPage) -> str:
    return _page([_folder(one) for one in page["folders"]], page["next_cursor"])


def _list(one: ListRow) -> str:
    return (
        f"{one['list_id']} {one['name']}{' (archived)' if one['archived'] else ''}: {one['open_count']} open of {one['task_count']} tasks"
    )


def lists(page: ListPage) -> str:
    return _page([_list(one) for one in page["lists"]], page["next_cursor"])


def folder(one: FolderDetail) -> str:
    head = f"{one['folder_id']} {one['name']} in space {one['space_name']} ({one['space_id']})"
    return "\n".join([head, *(_list(inner) for inner in one["lists"])])


def one_list(one: ListDetail) -> str:
    where = " / ".join(part for part in (one["space_name"], one["folder_name"]) if part)
    statuses = f"statuses {_statuses(one['statuses'])} (of the {one['statuses_from']})"
    return "\n".join(part for part in (_list(one), f"in {where}", statuses, one["content"]) if part)


def cache(done: CacheCleared) -> str:
    lines = [f"{one['source']}: {one['lists']} lists, {one['tasks']} tasks, newest change {_at(one)}" for one in done["mirrored"]]
    return "\n".join([done["note"], *lines])


def _at(one: Mirrored) -> str:
    newest = one["newest_change"]
    return f"{newest:%Y-%m-%d %H:%M}Z" if newest else "-"


def _statuses(rows: Sequence[PlaceStatus]) -> str:
    return ", ".join(f"{one['name']} ({one['type']})" for one in rows)


def _page(lines: list[str], cursor: str | None) -> str:
    more = [f"more: next_cursor={cursor}"] if cursor else []
    return "\n".join([*(lines or ["There are none."]), *more])
