"""`crewhall task ...`: the daily work."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from datetime import datetime, time
from os import environ
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote

import typer

from crewhall.faces.cli import client, completion, output, task_view, wording
from crewhall.faces.cli.client import Hub
from crewhall.faces.cli.output import AsJson, Yes, note, say
from crewhall.faces.cli.trouble import Misused

app = typer.Typer(help="Tasks: list, read, make, move, change, comment.", no_args_is_help=True)

TASKS = "/api/tasks"
PAGE, LARGEST_PAGE, READ_AT_ONCE = 50, 500, 500

Key = Annotated[str, typer.Argument(help="The task's key, such as CH-12.", autocompletion=completion.keys, show_default=False)]
Other = Annotated[str, typer.Argument(help="The other task's key.", autocompletion=completion.keys, show_default=False)]
Kind = Annotated[
    str,
    typer.Argument(
        help="blocks, blocked-by, relates, duplicates, duplicated-by.", autocompletion=completion.link_kinds, show_default=False
    ),
]
Status = Annotated[str | None, typer.Option("--status", "-s", help="in-progress, done, review ...", autocompletion=completion.statuses)]
Target = Annotated[str, typer.Argument(help="in-progress, review, done ...", autocompletion=completion.statuses, show_default=False)]
Assignee = Annotated[str | None, typer.Option("--assignee", "-a", help="me, nobody, a name, an e-mail.")]
Repository = Annotated[str | None, typer.Option("--repository", "-r", help="A repository's name.")]
Project = Annotated[str | None, typer.Option("--project", help="A project's name.")]
Tags = Annotated[str | None, typer.Option("--tags", help="All tags, with commas between them; an empty word takes them away.")]
Priority = Annotated[str | None, typer.Option("--priority", "-p", help="low, medium, high or critical.")]
Complexity = Annotated[str | None, typer.Option("--complexity", help="low, medium, high or extreme.")]
Due = Annotated[str | None, typer.Option("--due", help="A day (2026-12-01) or an instant; the whole day counts.")]
Start = Annotated[str | None, typer.Option("--start", help="A day or an instant.")]
Estimate = Annotated[str | None, typer.Option("--estimate", help="Such as 90, 2h or 1h30m.")]
Parent = Annotated[str | None, typer.Option("--parent", help="The task that it is a part of.", autocompletion=completion.keys)]
Description = Annotated[str | None, typer.Option("--description", "-d", help="Markdown; - reads the standard input.")]
Edit = Annotated[bool, typer.Option("--edit", "-e", help="Write the description in $EDITOR.")]


def path_of(key: str, *parts: str) -> str:
    """The path of a task."""
    return "/".join([TASKS, path_piece(key), *parts])


def path_piece(typed: str) -> str:
    """What was typed as one piece of a path, which it never leaves."""
    if not typed.strip(" ./"):
        raise Misused(f"{typed!r} names nothing", "A task's key looks like CH-12")
    return quote(typed, safe="")


# Reading ----------------------------------------------------------------------------------------------------------


@app.command("list")
def list_tasks(
    mine: Annotated[bool, typer.Option("--mine", "-m", help="Only what is assigned to you.")] = False,
    assignee: Assignee = None,
    status: Status = None,
    repository: Repository = None,
    project: Project = None,
    tag: Annotated[str | None, typer.Option("--tag", "-t", help="Only with this tag.")] = None,
    words: Annotated[str | None, typer.Option("--query", "-q", help="Only with these words.")] = None,
    order: Annotated[str | None, typer.Option("--order", help="newest, rank, updated or due.")] = None,
    deleted: Annotated[bool, typer.Option("--deleted", help="The deleted ones.")] = False,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, max=LARGEST_PAGE, help="How many at the most.")] = PAGE,
    everything: Annotated[bool, typer.Option("--all", help="All of them, however many.")] = False,
    as_json: AsJson = False,
) -> None:
    """List tasks, newest first.

    Example: crewhall task list --mine --status in-progress
    """
    filters = {
        "assignee": "me" if mine else assignee,
        "status": wording.status_words(status) if status else None,
        "repository": repository,
        "project": project,
        "tag": tag,
        "q": words,
        "order": order,
        "deleted": "true" if deleted else None,
    }
    with client.open_hub() as hub:
        if as_json and not everything:
            output.json_of(hub.call("GET", TASKS, query=filters | {"limit": limit}))
            return
        page = _all(hub, filters) if everything else hub.get(TASKS, **filters, limit=limit)
    if as_json:
        output.print_json(page)
    else:
        _print_list(page)


def _all(hub: Hub, filters: dict[str, Any]) -> dict[str, Any]:
    """Every page as one."""
    tasks = [task for page in _pages(hub, TASKS, filters) for task in page["tasks"]]
    return {"tasks": tasks, "next_cursor": None}


def _pages(hub: Hub, path: str, filters: dict[str, Any]) -> Iterator[dict[str, Any]]:
    cursor = None
    while True:
        page = hub.get(path, **filters, limit=READ_AT_ONCE, cursor=cursor)
        yield page
        cursor = page["next_cursor"]
        if cursor is None:
            return


def _print_list(page: dict[str, Any]) -> None:
    if not page["tasks"]:
        note("No tasks match. New one: crewhall task new TITLE")
        return
    task_view.list_tasks(page["tasks"])
    if page["next_cursor"]:
        note("There are more: --limit or --all shows them")


@app.command("show")
def show_task(key: Key, as_json: AsJson = False) -> None:
    """Show a task with its comments."""
    with client.open_hub() as hub:
        reply = hub.call("GET", path_of(key))
    if as_json:
        output.json_of(reply)
    else:
        task_view.show_task(reply.json())


@app.command("history")
def show_history(
    key: Key,
    field: Annotated[str | None, typer.Option("--field", help="Only changes of this field.")] = None,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, max=LARGEST_PAGE, help="How many changes.")] = PAGE,
    as_json: AsJson = False,
) -> None:
    """Who changed what, when and why."""
    with client.open_hub() as hub:
        reply = hub.call("GET", path_of(key, "history"), query={"field": field, "limit": limit})
    if as_json:
        output.json_of(reply)
    else:
        task_view.show_history(reply.json()["history"])


@app.command("search")
def search_tasks(
    words: Annotated[list[str], typer.Argument(help="What to look for.", show_default=False)],
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, max=100, help="How many hits.")] = 20,
    as_json: AsJson = False,
) -> None:
    """Find tasks by the words in their titles, descriptions and comments."""
    with client.open_hub() as hub:
        reply = hub.call("GET", f"{TASKS}/search", query={"q": " ".join(words), "limit": limit})
    if as_json:
        output.json_of(reply)
        return
    hits = reply.json()["hits"]
    task_view.show_hits(hits)
    if not hits:
        note("Nothing was found")


# Writing ----------------------------------------------------------------------------------------------------------


@app.command("new")
def new_task(
    title: Annotated[str, typer.Argument(help="What is to be done, in one line.", show_default=False)],
    description: Description = None,
    edit: Edit = False,
    assignee: Assignee = None,
    repository: Repository = None,
    project: Project = None,
    priority: Priority = None,
    complexity: Complexity = None,
    tags: Tags = None,
    parent: Parent = None,
    due: Due = None,
    start: Start = None,
    estimate: Estimate = None,
    as_json: AsJson = False,
) -> None:
    """Make a task.

    Example: crewhall task new "Retry ledger webhooks" -a me -r ledger -p high
    """
    given = _fields(
        title=title, description=_description(description, edit, ""), assignee=assignee, repository=repository, project=project,
        priority=priority, complexity=complexity, tags=tags, parent=parent, due=due, start=start, estimate=estimate,
    )  # fmt: skip
    with client.open_hub() as hub:
        _print_changed(hub, "POST", TASKS, given, as_json, "Made")


@app.command("edit")
def edit_task(
    key: Key,
    title: Annotated[str | None, typer.Option("--title", help="A new title.")] = None,
    description: Description = None,
    edit: Edit = False,
    status: Status = None,
    assignee: Assignee = None,
    repository: Repository = None,
    project: Project = None,
    priority: Priority = None,
    complexity: Complexity = None,
    tags: Tags = None,
    parent: Parent = None,
    due: Due = None,
    start: Start = None,
    estimate: Estimate = None,
    why: Annotated[str | None, typer.Option("--why", "-m", help="Why; kept in the history.")] = None,
    version: Annotated[int | None, typer.Option("--if-version", help="Only if the task still has this version.")] = None,
    as_json: AsJson = False,
) -> None:
    """Change fields of a task. `none` empties a field, `nobody` takes the assignee away.

    Example: crewhall task edit CH-12 --priority high --due 2026-12-01 -m "asked for by the port"
    """
    with client.open_hub() as hub:
        given = _fields(
            title=title, description=_new_description(hub, key, description, edit), status=status, assignee=assignee,
            repository=repository, project=project, priority=priority, complexity=complexity, tags=tags, parent=parent, due=due,
            start=start, estimate=estimate,
        )  # fmt: skip
        if not given:
            raise Misused("Nothing is to be changed", "Name a field, such as --priority high; see crewhall task edit --help")
        more = {"comment": why, "expected_version": version}
        given |= {name: value for name, value in more.items() if value is not None}
        _print_changed(hub, "PATCH", path_of(key), given, as_json, "Changed")


@app.command("move")
def move_task(
    key: Key,
    status: Target,
    why: Annotated[str | None, typer.Option("--why", "-m", help="Why; kept in the history.")] = None,
    as_json: AsJson = False,
) -> None:
    """Move a task to another status.

    Example: crewhall task move CH-12 done -m "shipped in 2.4"
    """
    given = {"new_status": wording.status_word(status)} | ({"comment": why} if why else {})
    with client.open_hub() as hub:
        _print_changed(hub, "PUT", path_of(key, "status"), given, as_json, "Moved")


@app.command("comment")
def comment_on_task(
    key: Key,
    comment: Annotated[str, typer.Argument(help="What you have to say; - reads the standard input.", show_default=False)],
    as_json: AsJson = False,
) -> None:
    """Say something about a task, in Markdown."""
    with client.open_hub() as hub:
        reply = hub.call("POST", path_of(key, "comments"), body={"comment": output.read_text(comment)})
    if as_json:
        output.json_of(reply)
    else:
        say(f"Commented on {key.upper()}")


@app.command("delete")
def delete_task(key: Key, yes: Yes = False, as_json: AsJson = False) -> None:
    """Delete a task. `restore` brings it back."""
    with client.open_hub() as hub:
        if not yes:
            output.confirm(_question(hub, key), yes)
        reply = hub.call("DELETE", path_of(key))
    if as_json:
        output.json_of(reply)
    else:
        say(f"Deleted {key.upper()}. Bring it back: crewhall task restore {key.upper()}")


def _question(hub: Hub, key: str) -> str:
    task = hub.get(path_of(key))
    return f"Delete {task['key']} {task['title']!r}?"


@app.command("restore")
def restore_task(key: Key, as_json: AsJson = False) -> None:
    """Bring a deleted task back."""
    with client.open_hub() as hub:
        _print_changed(hub, "POST", path_of(key, "restore"), None, as_json, "Restored")


# Links ------------------------------------------------------------------------------------------------------------


@app.command("link")
def link_tasks(key: Key, kind: Kind, other: Other, as_json: AsJson = False) -> None:
    """Say what a task is to another one. A link that would make tasks wait for each other is refused.

    Example: crewhall task link CH-12 blocked-by CH-7
    """
    with client.open_hub() as hub:
        reply = hub.call("POST", path_of(key, "links"), body={"kind": wording.link_word(kind), "other_task_id": other})
    _print_linked(reply, other, as_json, "Linked", "It was linked so already")


@app.command("unlink")
def unlink_tasks(
    key: Key,
    other: Other,
    kind: Annotated[str | None, typer.Option("--kind", help="Only this link: blocks, blocked-by ...; without it, all of them.")] = None,
    as_json: AsJson = False,
) -> None:
    """End the links between two tasks."""
    given = {"kind": wording.link_word(kind)} if kind else {}
    with client.open_hub() as hub:
        reply = hub.call("DELETE", path_of(key, "links", path_piece(other)), body=given)
    _print_linked(reply, other, as_json, "Unlinked", "There was no such link")


@app.command("blockers")
def show_blockers(
    key: Key,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, max=200, help="How many at the most.")] = 25,
    as_json: AsJson = False,
) -> None:
    """Why a task has to wait: what blocks it, directly and through others, and what can be done now."""
    with client.open_hub() as hub:
        reply = hub.call("GET", path_of(key, "blockers"), query={"limit": limit})
    if as_json:
        output.json_of(reply)
        return
    found = reply.json()
    task_view.show_blockers(found)
    if not found["open_blockers"]:
        note(f"No unfinished task blocks {found['key']}")
    if found["not_shown"]:
        note(f"{found['not_shown']} more do not fit, or are not yours to see")


def _print_linked(reply: Any, other: str, as_json: bool, verb: str, unchanged: str) -> None:
    if as_json:
        output.json_of(reply)
        return
    task = reply.json()
    said = f"{verb} {task['key']} and {other.upper()}" if task["changed"] else unchanged
    waits = f"; {task['key']} {wording.waits(task['open_blockers'])}" if task["open_blockers"] else ""
    closed = f"; {task['closed']} is closed as the duplicate" if task.get("closed") else ""
    say(said + waits + closed)


def _print_changed(hub: Hub, method: str, path: str, given: Any, as_json: bool, verb: str) -> None:
    """Do it and say how the task stands now."""
    reply = hub.call(method, path, body=given)
    if as_json:
        output.json_of(reply)
        return
    task = reply.json()
    say(f"{verb} {task['key']}  {wording.status_mark(task['status']).text}  {task['title']}")


# What was typed ---------------------------------------------------------------------------------------------------


def _fields(**typed: str | None) -> dict[str, Any]:
    """The API's fields from the options that were given; `none` and `nobody` become null."""
    given = {name: value for name, value in typed.items() if value is not None}
    return {NAMES.get(name, name): READ.get(name, _or_null)(value) for name, value in given.items()}


def _as_is(text: str) -> str:
    return text


def _or_null(text: str) -> str | None:
    return None if text in {"", "none", "nobody"} else text


def _list(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def read_span(text: str) -> int | None:
    """Minutes from `90`, `2h` or `1h30m`; Misused for what is no span."""
    if _or_null(text) is None:
        return None
    found = re.fullmatch(r"(?:(\d{1,5})\s*h)?\s*(?:(\d{1,6})\s*(?:m|min)?)?", text.strip().lower())
    if found is None or not any(found.groups()):
        raise Misused(f"{text!r} is not a length of time", "It looks like 90, 2h or 1h30m")
    return int(found[1] or 0) * 60 + int(found[2] or 0)


def read_instant(text: str, *, end: bool) -> str | None:
    """An instant with its zone; a day alone is its beginning or its end where the reader lives."""
    if _or_null(text) is None:
        return None
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        raise Misused(f"{text!r} is neither a day nor an instant", "It looks like 2026-12-01 or 2026-12-01T17:00") from error
    if len(text) <= len("2026-12-01") and end:
        at = datetime.combine(at, time(23, 59, 59))
    return at.astimezone().isoformat()


NAMES = {"assignee": "assignee_id", "parent": "parent_id", "due": "due_at", "start": "start_at", "estimate": "estimate_minutes"}
READ: dict[str, Any] = {
    "title": _as_is,
    "description": _as_is,
    "status": wording.status_word,
    "tags": _list,
    "estimate": read_span,
    "due": lambda text: read_instant(text, end=True),
    "start": lambda text: read_instant(text, end=False),
}


def _description(given: str | None, edit: bool, before: str) -> str | None:
    if edit:
        return in_editor(before if given is None else given)
    return None if given is None else output.read_text(given)


def _new_description(hub: Hub, key: str, given: str | None, edit: bool) -> str | None:
    """With `--edit` the editor begins with what the description is now."""
    before = hub.get(path_of(key))["description"] if edit else ""
    return _description(given, edit, before)


def in_editor(before: str) -> str:
    """What somebody wrote in their own editor. Misused when there is none, or nobody at the terminal."""
    if not sys.stdin.isatty():
        raise Misused("Nobody can write here: give --description, or --description - and the text on the standard input")
    editor = shlex.split(environ.get("VISUAL") or environ.get("EDITOR") or "vi")
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "description.md"
        file.write_text(before, "utf-8")
        try:
            code = subprocess.run([*editor, str(file)], check=False).returncode  # noqa: S603  # the person's own choice
        except OSError as error:
            raise Misused(f"The editor {editor[0]} cannot be started: {error.strerror}", "Set EDITOR") from error
        if code != 0:
            raise Misused(f"The editor ended with {code}; nothing was changed")
        return file.read_text("utf-8").rstrip("\n")
