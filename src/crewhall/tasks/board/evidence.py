"""What is handed in for a task: where the work is, and what shows that it is done."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final, cast

from crewhall.kit.capability import Call, Kind
from crewhall.kit.errors import ValidationFailed
from crewhall.kit.ids import new_id
from crewhall.tasks.board import brief
from crewhall.tasks.board.inputs import NewEvidence
from crewhall.tasks.board.models import Evidence, EvidenceKind
from crewhall.tasks.board.names import find_task
from crewhall.tasks.board.room import room
from crewhall.tasks.board.rules import Change, Wanted
from crewhall.tasks.board.store import evidence as store
from crewhall.tasks.board.writing import save_change

HASH = re.compile(r"[0-9a-fA-F]{7,64}")
ADDRESS = re.compile(r"https?://[^\s/?#@]+([/?#]\S*)?")  # no user names, which may come with a password
FIELDS: Final = {
    EvidenceKind.BRANCH: ({"value"}, {"url"}),
    EvidenceKind.COMMIT: ({"value"}, {"url"}),
    EvidenceKind.PULL_REQUEST: ({"url"}, {"value"}),
    EvidenceKind.TEST_RESULT: ({"passed", "failed"}, {"value", "url", "skipped", "seconds"}),
    EvidenceKind.FILES_CHANGED: ({"files"}, {"value", "url"}),
    EvidenceKind.LINK: ({"url"}, {"value"}),
}
"""Of each kind: the fields that it needs, and those that it may have."""


@room.capability(
    scope="tasks:write",
    kind=Kind.WRITE,
    http="POST /api/tasks/{task_id}/evidence",
    status=201,
    brief=brief.evidence,
    aliases=("attach_commit", "attach_pull_request", "report_tests", "link_branch"),
    questions=("This pull request belongs to CH-12.", "Note that all tests pass.", "Which commit fixed it? Put it on the task."),
)
async def add_evidence(call: Call, new: NewEvidence) -> Evidence:
    """Hand in a branch, a commit, a pull request, a test result, the files that changed or a link for a task."""
    check(new)
    task = await find_task(call, new.task_id, lock=True, fencing_token=new.fencing_token)
    actor = call.actor
    added = Evidence(
        id=new_id(), kind=new.kind, value=shown(new), url=new.url, facts=_facts(new), added_by=actor.name, added_by_id=actor.id,
        added_at=call.now,
    )  # fmt: skip
    await store.add(call.db, actor.organisation_id, task["id"], added)
    await save_change(call, task, Wanted(), lambda change: change.note(Change("evidence", None, f"{new.kind}: {added['value']}"), {}), None)
    return added


def check(new: NewEvidence) -> None:
    """Raise ValidationFailed unless this kind has the fields that it needs, and no others, in their form."""
    needed, possible = FIELDS[new.kind]
    given = {name for name in new.model_fields_set - {"task_id", "kind", "fencing_token"} if getattr(new, name) not in (None, ())}
    for name in sorted(needed - given):
        raise ValidationFailed.of(name, f"a {new.kind} needs it", needed=sorted(needed), possible=sorted(possible))
    for name in sorted(given - needed - possible):
        raise ValidationFailed.of(name, f"a {new.kind} has none: it has {', '.join(sorted(needed | possible))}")
    if new.kind is EvidenceKind.COMMIT and not HASH.fullmatch(str(new.value)):
        raise ValidationFailed.of("value", "a commit is named by 7 to 64 hexadecimal digits")
    if new.url is not None and not ADDRESS.fullmatch(new.url):
        raise ValidationFailed.of("url", "must begin with http:// or https:// and carry no user name")


def shown(new: NewEvidence) -> str:
    """One line for people, whatever the kind."""
    texts: dict[EvidenceKind, Callable[[], str]] = {
        EvidenceKind.TEST_RESULT: lambda: f"{f'{new.value}: ' if new.value else ''}{_tests(new)}",
        EvidenceKind.FILES_CHANGED: lambda: new.value or f"{len(new.files)} file{'s' if len(new.files) != 1 else ''}",
    }
    return texts.get(new.kind, lambda: cast(str, new.value or new.url))()


def _tests(new: NewEvidence) -> str:
    skipped = f", {new.skipped} skipped" if new.skipped else ""
    return f"{new.passed} passed, {new.failed} failed{skipped}"


def _facts(new: NewEvidence) -> dict[str, Any]:
    numbers = {name: getattr(new, name) for name in ("passed", "failed", "skipped", "seconds")}
    facts = {name: value for name, value in numbers.items() if value is not None}
    return facts | ({"files": list(new.files)} if new.files else {})
