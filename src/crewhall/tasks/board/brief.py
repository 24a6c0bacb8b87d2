"""Tasks in few words, for a model's context: what a model pays for is every byte."""

from __future__ import annotations

from crewhall.tasks.board.models import ChangedTask, Comment, Hits, Priority, Task, TaskDetail, TaskPage

LOUD = {Priority.HIGH, Priority.CRITICAL}


def line(task: Task) -> str:
    """`CH-12 in_progress Title @who !high`: at most the holder and a loud priority beyond key, status and title."""
    who = f" @{task['assignee_name']}" if task["assignee_name"] else ""
    loud = f" !{task['priority']}" if task["priority"] in LOUD else ""
    return f"{task['key']} {task['status']} {task['title']}{who}{loud}"


def page(tasks: TaskPage) -> str:
    lines = [line(task) for task in tasks["tasks"]] or ["No task meets this filter."]
    more = [f"more: next_cursor={tasks['next_cursor']}"] if tasks["next_cursor"] else []
    return "\n".join(lines + more)


def hits(found: Hits) -> str:
    """Each task with its snippet, unless that only repeats the title."""
    lines = [
        line(hit["task"]) + (f"\n  {hit['field']}: {' '.join(hit['snippet'].split())}" if hit["field"] != "title" else "")
        for hit in found["hits"]
    ] or ["Nothing was found: try fewer or other words."]  # fmt: skip
    more = [f"more: next_cursor={found['next_cursor']}"] if found["next_cursor"] else []
    return "\n".join(lines + more)


def one(task: Task) -> str:
    return f"{line(task)} v{task['version']}"


def changed(task: ChangedTask) -> str:
    what = ", ".join(task["changed"])
    return f"{one(task)}, changed: {what}" if what else f"{one(task)}, unchanged: it was so already"


def detail(task: TaskDetail) -> str:
    facts = [
        f"priority {task['priority']}, complexity {task['complexity']}",
        f"repository {task['repository']}" if task["repository"] else "",
        f"project {task['project']}" if task["project"] else "",
        f"tags {' '.join(task['tags'])}" if task["tags"] else "",
        f"also {', '.join(one['name'] for one in task['assignees'] if not one['is_primary'])}" if task["assignee_count"] > 1 else "",
        f"part of {task['parent_key']}" if task["parent_key"] else "",
        f"due {task['due_at']:%Y-%m-%d %H:%M}Z" if task["due_at"] else "",
        f"estimate {task['estimate_minutes']} min" if task["estimate_minutes"] is not None else "",
        f"created by {task['created_by']} {task['created_at']:%Y-%m-%d %H:%M}Z",
    ]
    parts = [f"part {part['key']} {part['status']} {part['title']}" for part in task["sub_tasks"]]
    said = [comment(one_comment) for one_comment in task["comments"][-10:]]
    done = [
        f"v{step['version']} {step['field_changed']}: {_short(step['old_value'])} > {_short(step['new_value'])} by {step['changed_by']}"
        for step in task["history"][-10:]
    ]
    lines = [one(task), ", ".join(fact for fact in facts if fact), task["description"], *parts, *said, *done]
    return "\n".join(part for part in lines if part)


def _short(value: str | None) -> str:
    if not value:
        return "-"
    return value if len(value) <= 80 else f"{value[:79]}…"


def comment(said: Comment) -> str:
    return f"{said['author']} {said['created_at']:%Y-%m-%d %H:%M}Z said: {said['comment']}"
