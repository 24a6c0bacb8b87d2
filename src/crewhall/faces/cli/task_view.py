"""How tasks look in the terminal: a list, one in full, its history, the hits of a search."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from crewhall.faces.cli import output, wording
from crewhall.faces.cli.output import Column, marked, paragraph, text, words

if TYPE_CHECKING:
    from rich.text import Text

ROOMY = 100  # columns of a terminal from which on priority and repository have room of their own
QUIET = "bright_black"
DEEPEST = 8  # steps to the right; what is further away stands under it

Task = Mapping[str, Any]


def list_tasks(tasks: Sequence[Task]) -> None:
    """One line for each task."""
    width = output.console().width
    roomy = width >= ROOMY
    columns = [
        Column("Key"),
        Column("Status"),
        Column("Title", gives_way=True),
        *([Column("Priority"), Column("Repository", 20)] if roomy else []),
        Column("Who", 20 if roomy else 13),
        Column("Changed"),
    ]
    output.table(columns, [_row(task, roomy) for task in tasks])


def _row(task: Task, roomy: bool) -> list[Text]:
    beside = [marked(wording.priority_mark(task["priority"])), text(task["repository"] or "", QUIET)] if roomy else []
    title = text(task["title"]) if roomy else title_with_priority(task)
    return [
        key_of(task),
        marked(wording.status_mark(task["status"])),
        title,
        *beside,
        who(task),
        text(wording.ago(task["updated_at"]), QUIET),
    ]


def key_of(task: Task) -> Text:
    return text(task["key"], "bold")


def title_with_priority(task: Task) -> Text:
    """Where there is no column for it, a mark says that a task is pressing."""
    if task["priority"] not in {"high", "critical"}:
        return text(task["title"])
    mark = wording.priority_mark(task["priority"])
    return text(mark.shape, mark.style) + text(f" {wording.line(task['title'])}")


def who(task: Task) -> Text:
    """The assignee; agents have a mark and a colour of their own."""
    return name_of(task["assignee_name"], task["assignee_kind"])


def name_of(name: object, kind: object) -> Text:
    style = QUIET if name is None else "" if kind in {"person", None} else "cyan"
    return text(wording.person(name, kind), style)


# One task ---------------------------------------------------------------------------------------------------------


def show_task(task: Task) -> None:
    """A task with everything that is known of it."""
    screen = output.console()
    screen.print(words(f"{task['key']}  {task['title']}", "bold"))
    status = wording.status_mark(task["status"])
    extent = f" · {wording.priority_mark(task['priority']).word.lower()} priority · {task['complexity']} complexity"
    screen.print(words(status.text, status.style) + words(extent, QUIET))
    if task.get("deleted_at"):
        screen.print(words(f"Deleted {wording.when(task['deleted_at'])}. Bring it back: crewhall task restore {task['key']}", "red"))
    for head, said in _facts(task):
        screen.print(words(f"{head:<11} ", QUIET) + said)
    _part(screen, task.get("description"), None, [paragraph(task.get("description") or "")])
    sub_tasks = task.get("sub_tasks") or []
    _part(screen, sub_tasks, "Sub-tasks", [_sub_task(one) for one in sub_tasks])
    links = task.get("links") or []
    _part(screen, links, "Links", [_link(one) for one in links])
    evidence = task.get("evidence") or []
    _part(screen, evidence, "Evidence", [_handed_in(one) for one in evidence])
    comments = task.get("comments") or []
    _part(screen, comments, f"Comments ({task.get('comment_count', len(comments))})", [part for one in comments for part in _comment(one)])


def _facts(task: Task) -> Iterable[tuple[str, Text]]:
    """The lines under the title; what a task does not have is left out."""
    yield "Assignee", _assignees(task)
    if claim := task.get("claim"):
        yield "Held by", words(f"{claim['holder']} until {wording.exactly(claim['expires_at'])}", "yellow")
    if task.get("open_blockers"):
        yield "Blocked", words(wording.waits(task["open_blockers"]), "red")
    for head, field in (("Repository", "repository"), ("Project", "project"), ("Parent", "parent_key")):
        if task.get(field):
            yield head, words(task[field])
    if task.get("tags"):
        yield "Tags", words(", ".join(task["tags"]))
    if task.get("estimate_minutes"):
        yield "Estimate", words(wording.span(task["estimate_minutes"]))
    for head, field in (("Starts", "start_at"), ("Due", "due_at"), ("Completed", "completed_at")):
        if task.get(field):
            yield head, words(wording.when(task[field]))
    for name, value in (task.get("custom_fields") or {}).items():
        yield wording.line(name)[:11], words(value)
    yield "Created", words(f"{wording.when(task['created_at'])} by {wording.line(task['created_by'])}")
    yield "Changed", words(f"{wording.when(task['updated_at'])} by {wording.line(task['updated_by'])}, version {task['version']}")


def _assignees(task: Task) -> Text:
    several = task.get("assignees") or [{"name": task["assignee_name"], "kind": task["assignee_kind"]}]
    return words(", ".join(wording.person_at_length(one["name"], one["kind"]) for one in several))


def _part(screen: Any, there: Any, head: str | None, lines: Sequence[Text]) -> None:
    if not there:
        return
    screen.print()
    if head:
        screen.print(words(head, "bold"))
    for said in lines:
        screen.print(said)


def _sub_task(one: Task) -> Text:
    return words("  ") + headline(one)


def _handed_in(one: Mapping[str, Any]) -> Text:
    url = f"  {one['url']}" if one.get("url") and one["url"] != one["value"] else ""
    kind = f"  {str(one['kind']).replace('_', ' '):<14}"
    facts = one.get("facts") or {}
    title, state = f"  {facts['title']}" if facts.get("title") else "", f"  {facts['state']}" if facts.get("state") else ""
    by = words(f"  {one['added_by']}, {wording.ago(one['added_at'])}", QUIET)
    return words(kind, QUIET) + words(f"{one['value']}{title}{state}{url}") + by


def headline(task: Task) -> Text:
    """Key, status and title, where there is no table."""
    mark = wording.status_mark(task["status"])
    return words(task["key"], "bold") + words(f"  {mark.text}", mark.style) + words(f"  {task['title']}")


def _link(one: Mapping[str, Any]) -> Text:
    return words(f"  {one['kind'].replace('_', ' '):<13} ", QUIET) + headline(one)


def show_blockers(found: Mapping[str, Any]) -> None:
    """One line for each blocker: the further away, the further to the right."""
    screen = output.console()
    screen.print(headline(found))
    for one in found["blockers"]:
        who = f"  {wording.line(one['assignee_name'])}" if one["assignee_name"] else ""
        held = f"  held by {wording.line(one['holder'])}" if one["holder"] else ""
        now = words("  can be done now", "green") if one["can_be_done_now"] else words("")
        blocks = words(f"  blocks {', '.join(one['blocks'])}", QUIET) if one["blocks"] else words("")
        indent = "  " * min(one["depth"], DEEPEST)
        screen.print(words(indent) + headline(one) + words(f"{who}{held}", QUIET) + blocks + now)


def _comment(one: Mapping[str, Any]) -> Iterable[Text]:
    from rich.text import Text

    author = wording.person_at_length(one["author"], one.get("author_kind"))
    yield words(f"  {author}", "cyan" if author.startswith(wording.AGENT) else "bold") + words(
        f" · {wording.when(one['created_at'])}", QUIET
    )
    for said in wording.prose(one["comment"]).split("\n"):
        yield Text(f"    {said}")


# History and search -----------------------------------------------------------------------------------------------


def show_history(entries: Sequence[Mapping[str, Any]]) -> None:
    """One line for each changed field, as old as the answer has them."""
    columns = [Column("When"), Column("Who", 20), Column("Field", 16), Column("Change", gives_way=True)]
    output.table(columns, [_change(entry) for entry in entries])


def _change(entry: Mapping[str, Any]) -> list[Text]:
    old, new = (_value(entry["field_changed"], entry[part]) for part in ("old_value", "new_value"))
    why = f"  “{wording.line(entry['comment'])}”" if entry.get("comment") else ""
    return [
        text(wording.ago(entry["changed_at"]), QUIET),
        text(entry["changed_by"]),
        text(entry["field_changed"]),
        text(f"{old} → {new}{why}" if entry["old_value"] is not None else f"{new}{why}"),
    ]


def _value(field: str, value: object) -> str:
    if value is None:
        return "nothing"
    return wording.status_mark(value).text if field == "status" else wording.line(value)


def show_hits(hits: Sequence[Mapping[str, Any]]) -> None:
    """Each hit with the words that were found, which stand out."""
    screen = output.console()
    for hit in hits:
        task = hit["task"]
        screen.print(headline(task))
        if hit.get("snippet"):
            screen.print(words("    ") + _snippet(hit["snippet"], hit.get("matches") or []))


def _snippet(snippet: str, matches: Sequence[Sequence[int]]) -> Text:
    """The places that the hall names stand out: bold, and between marks for whoever sees no bold."""
    whole, at = words(""), 0
    for start, end in matches:
        whole = whole + words(snippet[at:start], QUIET) + words(snippet[start:end], "bold")
        at = end
    return whole + words(snippet[at:], QUIET)
