"""Approvals in few words, for a model's context."""

from __future__ import annotations

from crewhall.kit.text import quoted
from crewhall.tasks.approvals.models import Approval, ApprovalPage, HandedOff


def one(asked: Approval) -> str:
    """`question 0195... CH-12 pending, asked by codex: Which queue? [a | b]`; what was answered stands behind it."""
    about = f" {asked['task_key']}" if asked["task_key"] else ""
    options = f" [{' | '.join(asked['options'])}]" if asked["options"] else ""
    answered = f"\n{asked['answered_by']} said: {quoted(asked['answer'] or asked['status'])}" if asked["answered_by"] else ""
    state = f"{asked['kind']} {asked['id']}{about} {asked['status']}, asked by {asked['asked_by']}"
    return f"{state}: {quoted(asked['question'])}{options}{answered}"


def page(found: ApprovalPage) -> str:
    lines = [one(asked) for asked in found["approvals"]] or ["Nothing is asked."]
    return "\n".join([*lines, f"next_cursor {found['next_cursor']}"] if found["next_cursor"] else lines)


def handed_off(task: HandedOff) -> str:
    claim = "; your claim is over" if task["released"] else ""
    return f"{task['key']} {task['status']} {task['title']} v{task['version']}: {task['handed_to']} has it now and was told{claim}"
