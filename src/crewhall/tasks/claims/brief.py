"""Claims and ready work in few words, for a model's context."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from crewhall.accounts import Notification
from crewhall.kit.text import quoted, seen
from crewhall.tasks.approvals.gate import Asked
from crewhall.tasks.board.brief import LOUD, line
from crewhall.tasks.board.models import Task
from crewhall.tasks.claims.leases import wait
from crewhall.tasks.claims.models import Claimed, ClaimList, Mine, NextWork, PassedOver, Released


def claimed(claim: Claimed) -> str:
    return "\n".join([f"{claim['key']} {claim['status']} {claim['title']}", terms(claim), *(f"But {one}" for one in claim["remarks"])])


def terms(claim: Claimed) -> str:
    """For how long it lasts, and under which token."""
    taken = f", taken over from {claim['taken_from']}" if claim["taken_from"] else ""
    return (
        f"yours until {claim['expires_at']:%H:%M:%S}Z, {claim['lease_seconds']} s after your last write; "
        f"fencing_token={claim['fencing_token']}{taken}"
    )


def released(task: Released) -> str:
    return f"{task['key']} {task['status']} {task['title']}: {'given back' if task['released'] else 'nobody held it'}"


def next_work(found: NextWork) -> str:
    """The claim first, then each task with its reasons."""
    if not found["tasks"]:
        return nothing(found["passed_over"])
    held = found["claim"]
    lines = [claimed(held)] if held else []
    rest = [one for one in found["tasks"] if held is None or one["task"]["id"] != held["task_id"]]
    return "\n".join([*lines, *(f"{line(one['task'])} ({'; '.join(one['reasons'])})" for one in rest)])


WHY_NOT = {
    "blocked": "blocked by others or by hand",
    "claimed": "claimed",
    "given": "given to others",
    "later": "to be started later",
    "kind": "epics or questions",
    "in_parts": "done in their parts",
    "too_complex": "more complex than you take on",
    "elsewhere": "ready outside of the repository or project that you named",
    "taken": "just being taken: ask again",
}


def nothing(passed_over: Sequence[PassedOver]) -> str:
    """Why nothing is ready, the most frequent reason first."""
    if not passed_over:
        return "Nothing is ready for you: there is no unfinished task. create_task makes one."
    reasons = "; ".join(f"{one['tasks']} {WHY_NOT[one['reason']]}{_from(one['until'])}" for one in passed_over)
    return f"Nothing is ready for you. Unfinished: {reasons}."


def _from(until: datetime | None) -> str:
    return f" (the first until {until:%Y-%m-%d %H:%M:%S}Z)" if until else ""


MINE_BYTES = 2000
LINE_BYTES = 280
"""So long is a line at the most: of all sections together the heads and one line each fit into an answer."""
TITLE, TITLE_BYTES, SAID = 60, 120, 80
NOT_SHOWN = "... and more: get_tasks user_id=me, get_notifications"
NOTHING = "Nothing is yours and nothing is ready: get_tasks shows what there is."

Section = tuple[str, list[str]]


def mine(found: Mine) -> str:
    """Where somebody stands in at most 2,000 bytes: how many of what, then something of each kind; what is left out is said."""
    sections: list[Section] = [
        ("You hold", [_held(task, found["now"]) for task in found["claims"]]),
        ("Yours no more, and nobody else's: claim_task takes them up again", [_short(task) for task in found["lapsed"]]),
        ("You asked", [_asked(one) for one in found["asked"]]),
        ("Unread", [_unread(one) for one in found["unread"]]),
        ("Assigned to you", [_short(task) for task in found["assigned"]]),
        ("Ready for anybody", [f"{_short(one['task'])} ({'; '.join(one['reasons'])})" for one in found["ready"]]),
    ]
    filled = [(f"{name}:", [_clip(row, LINE_BYTES) for row in rows]) for name, rows in sections if rows]
    counts = ", ".join(f"{count} {what}" for what, count in found["counts"].items() if count)
    lines = _shared(filled, MINE_BYTES - len(counts) - 1) if filled else [NOTHING]
    return "\n".join([counts, *lines] if counts else lines)


def _shared(sections: list[Section], most: int) -> list[str]:
    """Whole lines up to so many bytes. The sections take turns, so that a long one hides no other."""
    shown, left = [0] * len(sections), most - len(NOT_SHOWN)
    turns = sorted((number, place) for place, (_, rows) in enumerate(sections) for number in range(len(rows)))
    for number, place in turns:
        head, rows = sections[place]
        needed = _bytes(rows[number]) + 1 + (0 if number else _bytes(head) + 1)
        if shown[place] == number and needed <= left:
            shown[place] += 1
            left -= needed
    lines = [line for (head, rows), count in zip(sections, shown, strict=True) if count for line in (head, *rows[:count])]
    return lines if sum(shown) == len(turns) else [*lines, NOT_SHOWN]


def _bytes(text: str) -> int:
    return len(text.encode())


def _clip(text: str, most: int) -> str:
    """The text, or as many whole letters of it as fit into so many bytes."""
    return text if _bytes(text) <= most else f"{text.encode()[: most - 3].decode(errors='ignore')}…"


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"


def _title(text: str) -> str:
    return _clip(_cut(text, TITLE), TITLE_BYTES)


def _short(task: Task) -> str:
    loud = f" !{task['priority']}" if task["priority"] in LOUD else ""
    return f"{task['key']} {task['status']} {_title(task['title'])}{loud}"


def _held(task: Task, now: datetime) -> str:
    claim = task["claim"]
    if claim is None:
        return _short(task)
    return f"{_short(task)} for {wait(claim, now)} s more, until {claim['expires_at']:%H:%M:%S}Z, fencing_token={claim['fencing_token']}"


def _asked(one: Asked) -> str:
    """What was said to it, or for how long it has waited."""
    if one["answered_by"] is None:
        of = f" for {one['asked_of']}" if one["asked_of"] else ""
        return f"{one['task_key']} {one['kind']} waits{of} since {one['created_at']:%Y-%m-%d %H:%M}Z: {_in_line(one['question'])}"
    answer = f": {_in_line(one['answer'])}" if one["answer"] else ""
    return f"{one['task_key']} {one['kind']} {one['status']} by {one['answered_by']}{answer} (to: {_in_line(one['question'])})"


def _in_line(text: str) -> str:
    return quoted(_cut(" ".join(seen(text).split()), SAID)).removeprefix("> ")


def _unread(one: Notification) -> str:
    about = f"{one['task_key']} " if one["task_key"] else ""
    said = f": {_in_line(one['excerpt'])}" if one["excerpt"] else ""
    return f"{one['kind']} {about}{_title(one['title'])}{' by ' + one['actor_name'] if one['actor_name'] else ''}{said}"


def held(found: ClaimList) -> str:
    """Who holds what; the token of a claim is its holder's own affair."""
    lines = [
        f"{claim['holder']} until {claim['expires_at']:%H:%M:%S}Z: {_short(task)}" for task in found["claims"] if (claim := task["claim"])
    ]
    return "\n".join([*lines, *(["... and more: ask with holder"] if found["more"] else [])]) or "Nobody holds anything."
