"""Tasks in few words, for a model's context: what a model pays for is every byte."""

from __future__ import annotations

from collections.abc import Sequence

from crewhall.kit.text import quoted
from crewhall.tasks.approvals.gate import Asked
from crewhall.tasks.board.models import (
    ChangedTask,
    Comment,
    CommentPage,
    Evidence,
    EvidenceKind,
    Facet,
    Facets,
    HistoryEntry,
    HistoryPage,
    Hits,
    Priority,
    Task,
    TaskDetail,
    TaskPage,
    TasksDone,
    TaskType,
)
from crewhall.tasks.claims.leases import Claim

LOUD = {Priority.HIGH, Priority.CRITICAL}


def line(task: Task) -> str:
    """`CH-12 in_progress Title @who !high (archived)`: at most the holder, what is loud and what is put away beside status and title."""
    who = f" @{task['assignee_name']}" if task["assignee_name"] else ""
    loud = f" !{task['priority']}" if task["priority"] in LOUD else ""
    away = " (archived)" if task["archived"] else ""
    return f"{task['key']} {task['status']} {task['title']}{who}{loud}{away}"


def page(tasks: TaskPage) -> str:
    lines = [line(task) for task in tasks["tasks"]] or ["No task meets this filter."]
    return "\n".join(_totals(tasks) + lines + _more(tasks["next_cursor"]))


def _totals(tasks: TaskPage) -> list[str]:
    if "total_tasks" not in tasks:
        return []
    counts = ", ".join(f"{count} {name}" for name, count in tasks.get("status_counts", {}).items())
    return [f"{tasks['total_tasks']} tasks" + (f": {counts}" if counts else "")]


def hits(found: Hits) -> str:
    """Each task with its snippet, unless that only repeats the title."""
    lines = [
        line(hit["task"]) + (f"\n{hit['field']} {quoted(' '.join(hit['snippet'].split()))}" if hit["field"] != "title" else "")
        for hit in found["hits"]
    ] or ["Nothing was found: try fewer or other words."]  # fmt: skip
    return "\n".join(lines + _more(found["next_cursor"]))


def one(task: Task) -> str:
    return "\n".join([f"{line(task)} v{task['version']}", *waiting(task)])


def waiting(task: Task) -> list[str]:
    """What a model does about a review that its task waits for: nothing."""
    review = task["review"]
    if review is None:
        return []
    asked = f"not completed yet: it waits for a review (approval {review['id']}, asked by {review['asked_by']})."
    return [f"{asked} Somebody who did not do the work gives it. Nothing is left for you to do here: next_work has more."]


def changed(task: ChangedTask) -> str:
    what = f"changed: {', '.join(task['changed'])}" if task["changed"] else "unchanged: it was so already"
    return "\n".join([f"{line(task)} v{task['version']}, {what}", *waiting(task)])


def detail(task: TaskDetail) -> str:
    facts = [
        f"type {task['type']}" if task["type"] != TaskType.TASK else "",
        f"priority {task['priority']}, complexity {task['complexity']}",
        f"repository {task['repository']}" if task["repository"] else "",
        f"project {task['project']}" if task["project"] else "",
        f"tags {' '.join(task['tags'])}" if task["tags"] else "",
        f"also {', '.join(one['name'] for one in task['assignees'] if not one['is_primary'])}" if task["assignee_count"] > 1 else "",
        f"part of {task['parent_key']}" if task["parent_key"] else "",
        f"open_blockers {task['open_blockers']}: why_blocked" if task["open_blockers"] else "",
        f"due {task['due_at']:%Y-%m-%d %H:%M}Z" if task["due_at"] else "",
        claim(task["claim"]) if task["claim"] else "",
        f"estimate {task['estimate_minutes']} min" if task["estimate_minutes"] is not None else "",
        f"progress {task['progress_percentage']} %" if task["progress_percentage"] is not None else "",
        f"resolution {task['resolution']}" if task["resolution"] else "",
        f"status there {task['status_name']}" if task["status_name"] != task["status"] else "",
        _where(task),
        _time(task),
        f"created by {task['created_by']} {task['created_at']:%Y-%m-%d %H:%M}Z",
    ]
    parts = [f"part {part['key']} {part['status']} {part['title']}" for part in task["sub_tasks"]]
    links = [f"{one['kind']} {one['key']} {one['status']} {one['title']}" for one in task["links"][:10]]
    open_here = [asked(one_asked) for one_asked in task["asked"]]
    proofs = [evidence(one) for one in task["evidence"][-10:]]
    said = [comment(one_comment) for one_comment in task["comments"][-10:]]
    done = [step(entry) for entry in task["history"][-10:]]
    described = quoted(task["description"]) if task["description"] else ""
    head = [f"{line(task)} v{task['version']}", ", ".join(fact for fact in facts if fact)]
    lines = [*head, described, *open_here, *parts, *links, *proofs, *said, *done]
    return "\n".join(part for part in lines if part)


def _where(task: TaskDetail) -> str:
    """A project of our own is said already."""
    place = task["place"]
    return (
        f"in {place['space']} / {' / '.join(part for part in (place['folder'], place['list']) if part)}" if place and place["space"] else ""
    )


def _time(task: TaskDetail) -> str:
    spent = task["time"]
    parts = f" and {spent['tracked_in_parts']} in its parts" if spent["tracked_in_parts"] else ""
    return f"tracked {spent['tracked']} min{parts}" if spent["tracked_in_all"] else ""


def asked(what: Asked) -> str:
    """What waits for people, or what they said: the words of either are somebody's."""
    of = f" of {what['asked_of']}" if what["asked_of"] else ""
    options = f" [{' | '.join(what['options'])}]" if what["options"] else ""
    head = f"{what['kind']} {what['id']} {what['status']}, asked by {what['asked_by']}{of}{options}:\n{quoted(what['question'])}"
    return f"{head}\n{what['answered_by']} said:\n{quoted(what['answer'] or what['status'])}" if what["answered_by"] else head


def claim(held: Claim) -> str:
    return f"claimed by {held['holder']} until {held['expires_at']:%H:%M:%S}Z"


def evidence(handed: Evidence) -> str:
    if "source" in handed["facts"]:
        return _seen_elsewhere(handed)
    url = f" {handed['url']}" if handed["url"] and handed["url"] != handed["value"] else ""
    return f"{handed['kind']} {handed['value']}{url} by {handed['added_by']}"


def _seen_elsewhere(handed: Evidence) -> str:
    """What people did in Git: how it stands in our words, and behind `> ` in theirs. A branch's name is theirs, too."""
    facts = handed["facts"]
    branch = handed["kind"] == EvidenceKind.BRANCH
    checks = f", checks {facts['checks']}" if facts.get("checks") else ""
    head = f"{handed['kind']} {facts['repository'] if branch else handed['value']} {facts.get('state', '')}".rstrip()
    words = f"{handed['value']} {handed['url'] or ''}" if branch else f"{facts.get('author', '')}: {facts.get('title', '')}"
    url = f" {handed['url']}" if handed["url"] and not branch else ""
    return f"{head}{checks}{url}\n{quoted(words)}"


def _short(value: str | None) -> str:
    if not value:
        return "-"
    line_of_it = " ".join(value.split())
    return line_of_it if len(line_of_it) <= 80 else f"{line_of_it[:79]}…"


def step(entry: HistoryEntry) -> str:
    """What was done in one field, on one line."""
    why = f", because {_short(entry['comment'])}" if entry["comment"] else ""
    change = f"{_short(entry['old_value'])} > {_short(entry['new_value'])}"
    return f"v{entry['version']} {entry['field_changed']}: {change} by {entry['changed_by']}{why}"


def history(found: HistoryPage) -> str:
    lines = [f"{entry['changed_at']:%Y-%m-%d %H:%M}Z {step(entry)}" for entry in found["history"]] or ["Nothing was done."]
    return "\n".join(lines + _more(found["next_cursor"]))


def comment(said: Comment) -> str:
    """Who said it and when; then the words, marked as somebody's."""
    return f"{said['author']} {said['created_at']:%Y-%m-%d %H:%M}Z said:\n{quoted(said['comment'])}"


def comments(found: CommentPage) -> str:
    lines = [f"{comment(said)}\ncomment_id {said['id']}" for said in found["comments"]] or ["Nothing was said."]
    return "\n".join(lines + _more(found["next_cursor"]))


def facets(found: Facets) -> str:
    """`tags: red 3, blue 1`, a line for each thing to filter by."""
    rows = [_counted("repositories", found["repositories"]), _counted("projects", found["projects"]), _counted("tags", found["tags"])]
    return "\n".join([*rows, _counted("people", found["people"])])


def _counted(name: str, rows: Sequence[Facet]) -> str:
    counted = ", ".join(f"{one['name']} {one['count']}" for one in rows)
    return f"{name}: {counted or '-'}"


def done(batch: TasksDone) -> str:
    head = f"{'Would change' if batch['dry_run'] else 'Changed'} {batch['changed']} of {len(batch['tasks'])}"
    lines = [f"{line(task)}{' (waits for a review before it is completed)' if task['review'] else ''}" for task in batch["tasks"]]
    return "\n".join([head, *lines])


def _more(cursor: str | None) -> list[str]:
    return [f"more: next_cursor={cursor}"] if cursor else []
