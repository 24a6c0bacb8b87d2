"""ClickUp. What the mirror reads it reads raw and whole; the operations show people the same in few words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import httpx2

from crewhall.integrations.connectors.clickup import models as m
from crewhall.integrations.connectors.clickup.manifest import MANIFEST
from crewhall.integrations.kit import Ask, Connector, PlatformRefused, PlatformUnreadable, operation
from crewhall.kit.capability import Kind
from crewhall.kit.errors import ValidationFailed

PAGE = 100
COMMENTS = 25
"""So many tasks, and so many comments, are sent at a time."""


class ClickUp(Connector):
    """The workspaces that a token opens. `requests` counts what was sent, repeated ones too; `left` is what the last answer said."""

    manifest = MANIFEST

    def __init__(self, *given: Any, **more: Any) -> None:
        super().__init__(*given, **more)
        self.requests = 0
        self.comments_at_once = COMMENTS
        self.allowed: int | None = None
        self.left: int | None = None

    def proof(self, token: str) -> Mapping[str, str]:
        """A personal token goes as it is; one that a person allowed, as a bearer."""
        self.requests += 1
        return {"authorization": token if token.startswith("pk_") else f"Bearer {token}"}

    def read(self, reply: httpx2.Response) -> Any:
        self.allowed = _number(reply.headers.get("x-ratelimit-limit"), self.allowed)
        self.left = _number(reply.headers.get("x-ratelimit-remaining"), self.left)
        return super().read(reply)

    def error_of(self, status: int, body: Any) -> str | None:
        if not isinstance(body, dict) or "ECODE" not in body:
            return None
        return str(body["ECODE"])

    async def whoami(self) -> dict[str, Any]:
        user = (await self.get("user"))["user"]
        return {"id": str(user["id"]), "name": str(user["username"]), "email": user.get("email")}

    async def settle(self, settings: Mapping[str, str]) -> Mapping[str, str]:
        """A workspace is kept by its id, whatever people call it."""
        wanted = settings.get("workspace_id")
        if wanted is None:
            return settings
        there = {str(team["id"]): str(team["name"]) for team in await self.teams()}
        meant = [one for one, name in there.items() if wanted.casefold() in {one, name.casefold()}]
        if len(meant) != 1:
            known = ", ".join(f"{name} ({one})" for one, name in there.items()) or "none"
            problem = "several workspaces of this name: give the id of one" if meant else f"no workspace {wanted}"
            raise ValidationFailed.of("settings", f"The token opens {problem}. It opens {known}", allowed=list(there))
        return {**settings, "workspace_id": meant[0]}

    # What the mirror reads -------------------------------------------------------------------------------------------------

    async def teams(self) -> list[m.Raw]:
        """The workspaces, each with its members."""
        return _rows(await self.get("team"), "teams")

    async def spaces(self, team_id: str, *, archived: bool) -> list[m.Raw]:
        return _rows(await self.get(f"team/{team_id}/space", {"archived": _plain(archived)}), "spaces")

    async def folders(self, space_id: str, *, archived: bool) -> list[m.Raw]:
        """With the lists in them."""
        return _rows(await self.get(f"space/{space_id}/folder", {"archived": _plain(archived)}), "folders")

    async def lists(self, space_id: str, *, archived: bool) -> list[m.Raw]:
        """Those outside folders."""
        return _rows(await self.get(f"space/{space_id}/list", {"archived": _plain(archived)}), "lists")

    async def one_list(self, list_id: str) -> m.Raw:
        return dict(await self.get(f"list/{list_id}"))

    async def tasks(self, team_id: str, *, page: int, archived: bool, updated_after: int) -> tuple[list[m.Raw], bool]:
        """A page of the workspace's tasks, with sub-tasks and closed ones, those first that changed longest ago; and whether it is the
        last. `updated_after` in milliseconds.
        """
        query = {
            "page": page, "order_by": "updated", "reverse": "true", "subtasks": "true", "include_closed": "true",
            "archived": _plain(archived), "date_updated_gt": updated_after,
        }  # fmt: skip
        found = await self.get(f"team/{team_id}/task", query)
        rows = _rows(found, "tasks")
        return rows, bool(found["last_page"]) if "last_page" in found else len(rows) < PAGE

    async def one_task(self, task_id: str) -> m.Raw | None:
        """None when ClickUp says that there is none."""
        try:
            return dict(await self.get(f"task/{task_id}"))
        except PlatformRefused as refused:
            if refused.status_code == 404:
                return None
            raise

    async def comments(self, task_id: str, *, before: m.Raw | None = None) -> list[m.Raw]:
        """At most 25, newest first; `before`: the last one of the page before this."""
        query = {} if before is None else {"start": before["date"], "start_id": before["id"]}
        return _rows(await self.get(f"task/{task_id}/comment", query), "comments")

    async def entries(self, team_id: str, start: int, end: int, people: Iterable[int]) -> list[m.Raw]:
        """The time that these people logged; without anybody, only that of the token's holder. From and to in milliseconds."""
        query: dict[str, Any] = {"start_date": start, "end_date": end, "include_location_names": "true"}
        names = ",".join(map(str, people))
        return _rows(await self.get(f"team/{team_id}/time_entries", query | ({"assignee": names} if names else {})), "data")

    async def one_entry(self, team_id: str, entry_id: str) -> m.Raw | None:
        try:
            found = await self.get(f"team/{team_id}/time_entries/{entry_id}")
        except PlatformRefused as refused:
            if refused.status_code == 404:
                return None
            raise
        entry = found.get("data")
        return dict(entry[0] if isinstance(entry, list) else entry) if entry else None

    async def make_task(self, list_id: str, body: m.Raw) -> m.Raw:
        return dict(await self.post(f"list/{list_id}/task", json=body))

    async def change_task(self, task_id: str, body: m.Raw) -> m.Raw:
        """Doing it twice is the same as once."""
        return dict(await self.put(f"task/{task_id}", body))

    async def make_comment(self, task_id: str, text: str, *, notify_all: bool = False) -> m.Raw:
        return dict(await self.post(f"task/{task_id}/comment", json={"comment_text": text, "notify_all": notify_all}))

    async def add_tag(self, task_id: str, tag: str) -> None:
        await self.post(f"task/{task_id}/tag/{_step(tag)}", again=True)

    async def drop_tag(self, task_id: str, tag: str) -> None:
        await self.delete(f"task/{task_id}/tag/{_step(tag)}", again=True)

    async def set_field(self, task_id: str, field_id: str, value: Any) -> None:
        await self.post(f"task/{task_id}/field/{field_id}", again=True, json={"value": value})

    async def put(self, path: str, body: m.Raw) -> Any:
        return await self.send(Ask("PUT", self.url(path), json=body))

    async def make_webhook(self, team_id: str, endpoint: str, events: Sequence[str]) -> m.Raw:
        """Its id, and the secret with which ClickUp signs what it sends there."""
        made = await self.post(f"team/{team_id}/webhook", json={"endpoint": endpoint, "events": list(events)})
        return dict(made["webhook"])

    async def webhooks(self, team_id: str) -> list[m.Raw]:
        return _rows(await self.get(f"team/{team_id}/webhook"), "webhooks")

    async def drop_webhook(self, webhook_id: str) -> None:
        await self.delete(f"webhook/{webhook_id}")

    async def drop_hooks(self, address: str) -> None:
        for team in await self.teams():
            for one in await self.webhooks(str(team["id"])):
                if one.get("endpoint") == address:
                    await self.drop_webhook(str(one["id"]))

    # Operations ------------------------------------------------------------------------------------------------------------

    async def _team(self, team_id: str | None) -> str:
        if team_id is not None:
            return team_id
        teams = await self.teams()
        if not teams:
            raise PlatformRefused("The token opens no workspace of ClickUp: ask its admin to let it in")
        return str(teams[0]["id"])

    @operation(
        aliases=("clickup_teams",),
        questions=("Which ClickUp workspaces are there?", "Who is in our ClickUp?", "What is my ClickUp user id?"),
    )
    async def list_workspaces(self, wanted: m.WorkspacesWanted) -> m.WorkspaceList:
        """The workspaces that the token opens, with their members."""
        return m.WorkspaceList(workspaces=[_workspace(one) for one in await self.teams()])

    @operation(
        aliases=("clickup_spaces",),
        questions=("Which spaces does ClickUp have?", "Which statuses does this ClickUp space use?", "List the spaces there right now."),
    )
    async def list_spaces(self, wanted: m.OfWorkspace) -> m.SpaceList:
        """The spaces of a workspace, with their statuses, as ClickUp has them at this moment."""
        found = await self.spaces(await self._team(wanted.team_id), archived=wanted.archived)
        return m.SpaceList(spaces=[_space(one) for one in found])

    @operation(
        aliases=("clickup_folders",),
        questions=("Which folders does this ClickUp space have?", "Which lists are in that folder at ClickUp?", "Show the folders there."),
    )
    async def list_folders(self, wanted: m.OfSpace) -> m.FolderList:
        """The folders of a space, with their lists, as ClickUp has them at this moment."""
        return m.FolderList(folders=[_folder(one) for one in await self.folders(wanted.space_id, archived=wanted.archived)])

    @operation(
        aliases=("clickup_lists",),
        questions=("Which ClickUp lists are in no folder?", "What is the id of that ClickUp list?", "Show the space's own lists."),
    )
    async def list_lists(self, wanted: m.OfSpace) -> m.ListList:
        """The lists of a space that are in no folder, as ClickUp has them at this moment."""
        return m.ListList(lists=[_list(one) for one in await self.lists(wanted.space_id, archived=wanted.archived)])

    @operation(
        aliases=("clickup_list",),
        questions=("Which statuses does this ClickUp list have?", "Where is this ClickUp list?", "Is that list archived at ClickUp?"),
    )
    async def get_list(self, wanted: m.ListWanted) -> m.TaskList:
        """One list, with the statuses that its tasks can have."""
        return _list(await self.one_list(wanted.list_id))

    @operation(
        aliases=("clickup_tasks", "clickup_changes"),
        questions=("Which ClickUp tasks changed since Monday?", "List the tasks as ClickUp has them.", "What was archived in ClickUp?"),
    )
    async def list_tasks(self, wanted: m.TasksWanted) -> m.TaskPage:
        """Tasks of the whole workspace, closed ones and sub-tasks too, those first that changed longest ago."""
        begin, skip = _place(wanted.cursor)
        rows, last = await self.tasks(
            await self._team(wanted.team_id), page=begin, archived=wanted.archived,
            updated_after=_ms(wanted.updated_after) if wanted.updated_after else 0,
        )  # fmt: skip
        shown = rows[skip : skip + wanted.limit]
        more = skip + len(shown) < len(rows)
        cursor = f"{begin}.{skip + len(shown)}" if more else None if last else f"{begin + 1}.0"
        return m.TaskPage(tasks=[_task(one) for one in shown], next_cursor=cursor)

    @operation(
        aliases=("clickup_task",),
        questions=("What does ClickUp say about this task?", "Read the ClickUp task afresh.", "Which status has it at ClickUp now?"),
    )
    async def get_task(self, wanted: m.TaskWanted) -> m.Task:
        """One task, as ClickUp has it at this moment."""
        return _task(await self.get(f"task/{wanted.task_id}"))

    @operation(
        aliases=("clickup_comments",),
        questions=(
            "What was said on this ClickUp task?",
            "Read the comments at ClickUp.",
            "Is there an open question on the ClickUp task?",
        ),
    )
    async def list_comments(self, wanted: m.CommentsWanted) -> m.CommentPage:
        """The comments on a task, newest first."""
        before = None
        if wanted.cursor is not None:
            date, _, comment_id = wanted.cursor.partition(".")
            before = {"date": date, "id": comment_id}
        rows = await self.comments(wanted.task_id, before=before)
        shown = rows[: wanted.limit]
        more = len(shown) < len(rows) or len(rows) >= COMMENTS
        cursor = f"{shown[-1]['date']}.{shown[-1]['id']}" if more and shown else None
        return m.CommentPage(comments=[_comment(one) for one in shown], next_cursor=cursor)

    @operation(
        aliases=("clickup_time", "clickup_timesheet"),
        questions=("Who logged time in ClickUp this week?", "Which ClickUp timers are running?", "Show the time entries at ClickUp."),
    )
    async def list_time_entries(self, wanted: m.EntriesWanted) -> m.EntryList:
        """Stretches of time that people logged; a running timer has no end."""
        rows = await self.entries(await self._team(wanted.team_id), _ms(wanted.start), _ms(wanted.end), wanted.assignees)
        return m.EntryList(entries=[_entry(one) for one in rows])

    @operation(
        kind=Kind.OUTWARD,
        aliases=("make_clickup_task", "new_clickup_task"),
        questions=("Make a task in ClickUp.", "Put this on the ClickUp list.", "Note the follow-up at ClickUp."),
    )
    async def create_task(self, wanted: m.NewTask) -> m.Made:
        """Make a task in a list of ClickUp."""
        body = {
            "name": wanted.name, "description": wanted.description or None, "status": wanted.status, "priority": wanted.priority,
            "assignees": wanted.assignees or None, "tags": wanted.tags or None, "parent": wanted.parent,
            "due_date": _ms(wanted.due_date) if wanted.due_date else None,
        }  # fmt: skip
        return _made(await self.make_task(wanted.list_id, _said(body)))

    @operation(
        kind=Kind.OUTWARD,
        aliases=("change_clickup_task", "move_clickup_task"),
        questions=("Close the task in ClickUp.", "Give the ClickUp task to somebody else.", "Set the due date at ClickUp."),
    )
    async def update_task(self, wanted: m.TaskChanges) -> m.Made:
        """Change a task at ClickUp; what you do not name stays as it is."""
        body: dict[str, Any] = {
            "name": wanted.name, "description": wanted.description, "status": wanted.status, "priority": wanted.priority,
            "due_date": _ms(wanted.due_date) if wanted.due_date else None, "time_estimate": wanted.time_estimate,
            "archived": wanted.archived,
        }  # fmt: skip
        if wanted.add_assignees or wanted.remove_assignees:
            body["assignees"] = {"add": wanted.add_assignees, "rem": wanted.remove_assignees}
        return _made(await self.change_task(wanted.task_id, _said(body)))

    @operation(
        kind=Kind.OUTWARD,
        aliases=("comment_on_clickup_task", "clickup_say"),
        questions=("Say on the ClickUp task that it is done.", "Answer on the task at ClickUp.", "Leave a note at ClickUp."),
    )
    async def add_comment(self, wanted: m.NewComment) -> m.Said:
        """Comment on a task at ClickUp."""
        return m.Said(id=str((await self.make_comment(wanted.task_id, wanted.comment, notify_all=wanted.notify_all))["id"]))


# What ClickUp sends, as Crewhall shows it ------------------------------------------------------------------------------------


def _number(said: str | None, otherwise: int | None) -> int | None:
    return int(said) if said is not None and said.isdigit() else otherwise


def _step(word: str) -> str:
    """A word as one step of a path, also where it is a dot or two."""
    return quote(word, safe="").replace(".", "%2E")


def _plain(value: bool) -> str:
    return "true" if value else "false"


def _ms(instant: datetime) -> int:
    return round(instant.timestamp() * 1000)


def instant_of(ms: Any) -> datetime | None:
    """An instant that ClickUp sends: milliseconds since 1970, as text or as a number."""
    return datetime.fromtimestamp(int(ms) / 1000, UTC) if ms not in {None, ""} else None


def _said(body: Mapping[str, Any]) -> m.Raw:
    return {name: value for name, value in body.items() if value is not None}


def _rows(answer: Any, name: str) -> list[m.Raw]:
    rows = answer.get(name)
    if not isinstance(rows, list):
        raise PlatformUnreadable(f"ClickUp answered without {name}")
    return rows


def _place(cursor: str | None) -> tuple[int, int]:
    page, _, skip = (cursor or "0.0").partition(".")
    return int(page), int(skip or 0)


def _person(one: Mapping[str, Any]) -> m.Person:
    return m.Person(id=int(one["id"]), name=str(one.get("username") or one.get("email") or one["id"]), email=one.get("email"))


def _workspace(one: Mapping[str, Any]) -> m.Workspace:
    members = [_person(member["user"]) for member in one.get("members") or []]
    return m.Workspace(id=str(one["id"]), name=str(one["name"]), members=members)


def _status(one: Mapping[str, Any]) -> m.Status:
    return m.Status(name=str(one["status"]), type=str(one.get("type") or "custom"), color=one.get("color"))


def _space(one: Mapping[str, Any]) -> m.Space:
    return m.Space(
        id=str(one["id"]), name=str(one["name"]), archived=bool(one.get("archived")), private=bool(one.get("private")),
        statuses=[_status(status) for status in one.get("statuses") or []],
    )  # fmt: skip


def _list(one: Mapping[str, Any]) -> m.TaskList:
    folder = one.get("folder") or {}
    return m.TaskList(
        id=str(one["id"]), name=str(one["name"]), archived=bool(one.get("archived")), task_count=_number(str(one.get("task_count")), None),
        statuses=[_status(status) for status in one.get("statuses") or []],
        folder=None if folder.get("hidden", True) else folder.get("name"), space_id=(one.get("space") or {}).get("id"),
    )  # fmt: skip


def _folder(one: Mapping[str, Any]) -> m.Folder:
    return m.Folder(
        id=str(one["id"]),
        name=str(one["name"]),
        archived=bool(one.get("archived")),
        lists=[_list(inner) for inner in one.get("lists") or []],
    )


def _task(one: Mapping[str, Any]) -> m.Task:
    status, priority = one.get("status") or {}, one.get("priority")
    return m.Task(
        id=str(one["id"]), name=str(one["name"]), description=str(one.get("text_content") or one.get("description") or ""),
        status=str(status.get("status") or ""), status_type=str(status.get("type") or "open"),
        priority=priority.get("priority") if isinstance(priority, dict) else None,
        assignees=[_person(person)["name"] for person in one.get("assignees") or []], tags=[tag["name"] for tag in one.get("tags") or []],
        list=(one.get("list") or {}).get("name"), list_id=(one.get("list") or {}).get("id"), parent=one.get("parent"),
        due_date=instant_of(one.get("due_date")), date_updated=instant_of(one.get("date_updated")),
        time_estimate_ms=int(one["time_estimate"]) if one.get("time_estimate") else None, url=one.get("url"),
    )  # fmt: skip


def _comment(one: Mapping[str, Any]) -> m.Comment:
    assignee = one.get("assignee")
    return m.Comment(
        id=str(one["id"]), text=str(one.get("comment_text") or ""), author=_person(one["user"])["name"], at=instant_of(one.get("date")),
        assignee=_person(assignee)["name"] if assignee else None, resolved=bool(one.get("resolved")),
    )  # fmt: skip


def _entry(one: Mapping[str, Any]) -> m.Entry:
    running = int(one["duration"]) < 0
    task = one.get("task")
    return m.Entry(
        id=str(one["id"]), task_id=str(task["id"]) if isinstance(task, dict) else None, person=_person(one["user"])["name"],
        person_id=int(one["user"]["id"]), start=instant_of(one.get("start")), end=None if running else instant_of(one.get("end")),
        running=running, milliseconds=None if running else int(one["duration"]),
    )  # fmt: skip


def _made(one: Mapping[str, Any]) -> m.Made:
    return m.Made(id=str(one["id"]), url=one.get("url"), status=(one.get("status") or {}).get("status"))
