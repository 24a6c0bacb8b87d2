"""Tasks of another tracker become tasks here; the same file again changes what has changed there, and nothing twice."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Annotated, cast
from uuid import UUID

from pydantic import Field

from crewhall.accounts import Member, members_of
from crewhall.kit.capability import Announcement, Call, Kind
from crewhall.kit.errors import CrewhallError, NotFound, ValidationFailed
from crewhall.kit.model import Model, read
from crewhall.kit.text import Prose
from crewhall.tasks.board import events, reviews
from crewhall.tasks.board.batch import kept_unless
from crewhall.tasks.board.inputs import CustomFields, NewTask, TaskChanges
from crewhall.tasks.board.models import Task
from crewhall.tasks.board.names import Names, find_task
from crewhall.tasks.board.sharing import settle_new
from crewhall.tasks.board.store import tasks as task_store
from crewhall.tasks.board.writing import apply, prepare
from crewhall.tasks.imports import rules, store
from crewhall.tasks.imports.formats import FORMATS
from crewhall.tasks.imports.models import Import, ImportedRow, ImportReport, Mapped
from crewhall.tasks.imports.room import room
from crewhall.tasks.imports.rows import MOST_ROWS, Row, Sheet

TOLD_ONE_BY_ONE = 200
LISTED = 20
HELD = "completed there, but {project} wants a review first: it waits for one"


def brief_report(report: ImportReport) -> str:
    """The counts, and what needs a person's eye."""
    what = "would be " if report["dry_run"] else ""
    counts = ", ".join(f"{report[name]} {what}{name}" for name in ("created", "updated", "unchanged", "refused", "skipped"))
    odd = [f"row {row['row']} {row['external_id']} {row['outcome']}: {'; '.join(row['notes'])}" for row in report["rows"] if row["notes"]]
    unknown = [one["name"] for one in report["people"] if one["member_id"] is None]
    more = [f"and {len(odd) - LISTED} more with notes"] if len(odd) > LISTED else []
    strangers = [f"nobody here is called {', '.join(unknown[:LISTED])}: map them with people"] if unknown else []
    again = ["nothing was kept: dry_run=false imports them"] if report["dry_run"] else []
    return "\n".join([counts, *odd[:LISTED], *more, *strangers, *again])


class Extra(Model):
    """What a new task takes over beyond what create_task does."""

    resolution: Annotated[Prose | None, Field(max_length=10_000)] = None
    custom_fields: CustomFields = {}


@dataclass(slots=True)
class Desk:
    """What one import knows: who is who, which tasks are here already, and what became of the rows."""

    names: Names
    sheet: Sheet
    members: dict[str, Member | None]
    known: dict[tuple[str, str], UUID]
    live: frozenset[UUID]
    aliases: dict[str, UUID] = field(default_factory=dict)
    done: list[ImportedRow] = field(default_factory=list)
    orphans: int = 0

    def origin(self, row: Row) -> tuple[str, str]:
        return row.source or self.sheet.source, row.external_id

    def parent_of(self, row: Row) -> UUID | None:
        """The task that a row is a part of, if it is here by now."""
        if row.parent is None:
            return None
        return self.aliases.get(row.parent) or self.known.get((self.origin(row)[0], row.parent)) or self.known.get(("crewhall", row.parent))


@room.capability(
    scope="tasks:write",
    kind=Kind.WRITE,
    http="POST /api/v1/imports",
    brief=brief_report,
    aliases=("migrate_tasks", "load_issues", "from_jira", "from_github", "from_clickup", "from_backlog", "bulk_upload"),
    questions=("Bring our Jira issues over.", "Load this export of GitHub issues.", "Move the ClickUp list here."),
)
async def import_tasks(call: Call, given: Import) -> ImportReport:
    """Take over tasks from GitHub, Jira, ClickUp, Backlog.md or an own export; a dry run tells first what would become of them."""
    sheet = FORMATS[given.format](given.content, given.files)
    if len(sheet.rows) > MOST_ROWS:
        message = f"{len(sheet.rows)} tasks are too many at once: at most {MOST_ROWS}, so split the file"
        raise ValidationFailed.of("content", message)
    for row in sheet.rows:
        rules.tidy(row, sheet.source, given.project, given.repository)
    async with kept_unless(call, given.dry_run):
        desk = await _desk(call, given, sheet)
        for row in rules.parents_first(sheet.rows):
            await _take(call, desk, row)
        _announce(call, sheet)
    call.about(f"{sheet.source}: {len(sheet.rows)} tasks")
    return _report(given, desk)


async def _desk(call: Call, given: Import, sheet: Sheet) -> Desk:
    """Locks first: nobody imports the same file meanwhile, and no two moves in the tree of sub-tasks make a ring."""
    home = call.actor.organisation_id
    for subject in ("imports", "sub-tasks"):
        await task_store.lock_subject(call.db, home, subject)
    names = Names(call)
    members = await _members(call, given, sheet)
    for member in sorted({one["id"] for one in members.values() if one}, key=str):
        await names.person(str(member), "people")  # held before any task is
    desk = Desk(names, sheet, members, {}, frozenset())
    wanted = [desk.origin(row) for row in sheet.rows] + [(desk.origin(row)[0], row.parent) for row in sheet.rows if row.parent]
    words = {*(row.external_id for row in sheet.rows), *(row.parent for row in sheet.rows if row.parent)}
    desk.known = await store.known(call.db, home, wanted, [found for word in words if (found := task_store.as_id(word))])
    desk.live = frozenset(task["id"] for task in await task_store.find_all(call.db, call.actor, map(str, desk.known.values())))
    return desk


async def _members(call: Call, given: Import, sheet: Sheet) -> dict[str, Member | None]:
    """Whom the file's names mean: what the caller says, else an e-mail, user name, GitHub name or full name that only one has."""
    everybody = await members_of(call.db, call.actor)
    named = dict.fromkeys(word for row in sheet.rows for word in row.people or ())
    return {word: rules.member_called(given.people.get(word, word), everybody, call.actor.id) for word in named}


async def _take(call: Call, desk: Desk, row: Row) -> None:
    """One row in a savepoint of its own: what is refused leaves nothing, and the others go on."""
    told = len(call.announcements)
    try:
        async with call.db.transaction():
            done = await _taken(call, desk, row)
    except CrewhallError as refusal:
        del call.announcements[told:]
        done = _outcome(row, "refused", None, [], [*row.notes, refusal.message])
    desk.done.append(done)


async def _taken(call: Call, desk: Desk, row: Row) -> ImportedRow:
    people = _people(desk, row)
    parent = desk.parent_of(row)
    if row.parent is not None and (parent is None or parent not in desk.live):
        row.notes.append(f"the task that it is a part of, {row.parent}, is not here")
        desk.orphans += 1
        parent = None
    task_id = desk.known.get(desk.origin(row))
    if task_id is None:
        task = await _create(call, desk, row, people, parent)
        desk.known[desk.origin(row)] = task["id"]
        desk.live |= {task["id"]}
        done = _outcome(row, "created", task["key"], [], row.notes)
    else:
        done = await _update(call, desk, row, task_id, people, parent)
    if row.alias is not None:
        desk.aliases[row.alias] = desk.known[desk.origin(row)]
    return done


def _people(desk: Desk, row: Row) -> list[str] | None:
    """The members who work on it; None: leave that as it is, because somebody is meant whom nobody knows here."""
    if row.people is None:
        return None
    found = [(word, desk.members[word]) for word in row.people]
    strangers = [word for word, member in found if member is None]
    if strangers:
        row.notes.append(f"nobody here is called {', '.join(strangers)}")
    known = [str(member["id"]) for _, member in found if member]
    return None if strangers and not known else list(dict.fromkeys(known))


async def _create(call: Call, desk: Desk, row: Row, people: list[str] | None, parent: UUID | None) -> Task:
    extra = read(Extra, {name: row.fields[name] for name in ("resolution", "custom_fields") if row.fields.get(name) is not None})
    plain = {name: value for name, value in row.fields.items() if name not in Extra.model_fields}
    new = read(NewTask, plain | {"assignees": people or None, "parent_id": str(parent) if parent else None})
    added = await prepare(call, desk.names, new)
    key = await task_store.add(call.db, call.actor, added)
    await settle_new(call, [added])
    more = {"status_name": row.status_name, "resolution": extra.resolution, "custom_fields": extra.custom_fields}
    born = rules.not_later(row.created_at, call.now)
    ended = rules.not_later(row.completed_at, call.now)
    home = call.actor.organisation_id
    times = await store.mark(call.db, home, added.task["id"], desk.origin(row), more, born, ended)
    source, _ = desk.origin(row)
    task = cast(Task, {**added.task, **times, "key": key, "source": source, "resolution": extra.resolution})
    told = await reviews.begin(call, task, added)
    if task["review"] is not None:
        row.notes.append(HELD.format(project=task["project"]))
    call.announce(events.created(call, task, added.people, told))
    return task


async def _update(call: Call, desk: Desk, row: Row, task_id: UUID, people: list[str] | None, parent: UUID | None) -> ImportedRow:
    if task_id not in desk.live:
        raise NotFound("It was imported before, and was deleted here since or is not yours to see: restore_task brings a deleted one back")
    given = dict(row.fields) | ({"assignees": people} if people is not None else {}) | ({"parent_id": str(parent)} if parent else {})
    wanted = await desk.names.wanted(read(TaskChanges, given))
    change = await apply(call, await find_task(call, str(task_id), lock=True), wanted, None, None, None)
    if change.held:
        row.notes.append(HELD.format(project=change.after["project"]))
    if row.status_name and "status" in change.changed:
        await store.name_status(call.db, call.actor.organisation_id, task_id, row.status_name)
    return _outcome(row, "updated" if change.changes else "unchanged", change.after["key"], change.changed, row.notes)


def _outcome(row: Row, outcome: str, key: str | None, changed: list[str], notes: list[str]) -> ImportedRow:
    title = str(row.fields.get("title") or "")[:200]
    return ImportedRow(
        row=row.number, external_id=row.external_id[:255], title=title, outcome=outcome, key=key, changed=changed, notes=notes
    )


def _announce(call: Call, sheet: Sheet) -> None:
    """One event a task; above two hundred, one that tells listeners to load anew."""
    if len(call.announcements) <= TOLD_ONE_BY_ONE:
        return
    count = len(call.announcements)
    people = {person for one in call.announcements for person in one.user_ids}
    places = {place for one in call.announcements for place in one.repositories}
    message = f"{count} tasks came from {sheet.source}: load anew what you show"
    data = {"type": "reset", "message": message, "count": count, "timestamp": call.now}
    call.announcements[:] = [Announcement("reset", "import", call.actor.id, data, tuple(people), tuple(sorted(places)))]


def _report(given: Import, desk: Desk) -> ImportReport:
    done = sorted(desk.done, key=lambda row: row["row"])
    counts = {outcome: sum(row["outcome"] == outcome for row in done) for outcome in ("created", "updated", "unchanged", "refused")}
    if given.dry_run:
        done = [cast(ImportedRow, {**row, "key": None}) if row["outcome"] == "created" else row for row in done]
    skipped = [
        ImportedRow(row=number, external_id="", title=title, outcome="skipped", key=None, changed=[], notes=[why])
        for number, title, why in desk.sheet.skipped
    ]
    return ImportReport(
        source=desk.sheet.source, dry_run=given.dry_run, created=counts["created"], updated=counts["updated"],
        unchanged=counts["unchanged"], refused=counts["refused"], skipped=len(skipped), orphans=desk.orphans,
        rows=[*_worth_telling(done), *skipped],
        fields=desk.sheet.mapped, ignored=desk.sheet.ignored, people=[_mapped(word, member) for word, member in desk.members.items()],
    )  # fmt: skip


def _worth_telling(done: Iterable[ImportedRow]) -> list[ImportedRow]:
    return [row for row in done if row["outcome"] != "unchanged" or row["notes"]]


def _mapped(word: str, member: Member | None) -> Mapped:
    return Mapped(name=word, member=member["name"] if member else None, member_id=member["id"] if member else None)
