"""Tasks in few words, for a model's context: what a model pays for is every byte."""

from __future__ import annotations

from crewhall.tasks.board.models import Comment, Priority, Task, TaskDetail, TaskPage

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


def one(task: Task) -> str:
    return f"{line(task)} v{task['version']}"


def detail(task: TaskDetail) -> str:
    facts = [
        f"priority {task['priority']}, complexity {task['complexity']}",
        f"repository {task['repository']}" if task["repository"] else "",
        f"created by {task['created_by']} {task['created_at']:%Y-%m-%d %H:%M}Z",
    ]
    said = [comment(one_comment) for one_comment in task["comments"][-10:]]
    done = [
        f"v{entry['version']} {entry['field_changed']}: {entry['old_value'] or '-'} > {entry['new_value'] or '-'} by {entry['changed_by']}"
        for entry in task["history"][-10:]
    ]
    parts = [one(task), ", ".join(fact for fact in facts if fact), task["description"], *said, *done]
    return "\n".join(part for part in parts if part)


def comment(said: Comment) -> str:
    return f"{said['author']} {said['created_at']:%Y-%m-%d %H:%M}Z said: {said['comment']}"
