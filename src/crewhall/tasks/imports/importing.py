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
from crewhall.tasks.board.comments import people_of
from crewhall.tasks.board.inputs import CustomFields, NewTask, TaskChanges
from crewhall.tasks.board.models import Task
from crewhall.tasks.board.names import Names, find_task
from crewhall.tasks.board.sharing import settle_new
from crewhall.tasks.board.store import tasks as task_store
from crewhall.tasks.board.writing import apply, prepare
from crewhall.tasks.imports import comments, rules, store, tying
from crewhall.tasks.imports.extras import CUSTOM_FIELDS
from crewhall.tasks.imports.formats import FORMATS
from crewhall.tasks.imports.models import Import, ImportedRow, ImportReport, Mapped
from crewhall.tasks.imports.room import room
from crewhall.tasks.imports.rows import MOST_ROWS, Row, Sheet, Tie
from crewhall.tasks.links.many import hold_links

TOLD_ONE_BY_ONE = 200
LISTED = 20
HELD = "completed there, but {project} wants a review first: it waits for one"


def brief_report(report: ImportReport) -> str:
    """The counts, and what needs a person's eye."""
    what = "would be " if report["dry_run"] else ""
    counts = ", ".join(f"{report[name]} {what}{name}" for name in ("created", "updated", "unchanged", "refused", "skipped"))
    odd = [f"row {row['row']} {row['external_id']} {row['outcome']}: {'; '.join(row['notes'])}" for row in report["rows"] if row["notes"]]
    came = [f"{report[name]} {name} {'would come' if report['dry_run'] else 'came'}" for name in ("links", "comments") if report[name]]
    kept = [column for column, became in report["fields"].items() if became == CUSTOM_FIELDS]
    columns = [f"kept as custom fields: {', '.join(kept[:LISTED])}"] if kept else []
    unknown = [one["name"] for one in report["people"] if one["member_id"] is None]
    more = [f"and {len(odd) - LISTED} more with notes"] if len(odd) > LISTED else []
    strangers = [f"nobody here is called {', '.join(unknown[:LISTED])}: map them with people"] if unknown else []
    again = ["nothing was kept: dry_run=false imports them"] if report["dry_run"] else []
    return "\n".join([counts, *came, *columns, *odd[:LISTED], *more, *strangers, *again])


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
    live: set[UUID]
    aliases: dict[str, UUID] = field(default_factory=dict)
    done: dict[int, ImportedRow] = field(default_factory=dict)
    taken: list[tuple[Row, UUID]] = field(default_factory=list)
    orphans: set[int] = field(default_factory=set)
    links: int = 0
    comments: int = 0

    def origin(self, row: Row) -> tuple[str, str]:
        return row.source or self.sheet.source, row.external_id

    def parent_of(self, row: Row) -> UUID | None:
        """The task that a row is a part of, if it is here by now."""
        return None if row.parent is None else self.meant(row.parent, self.origin(row)[0])

    def meant(self, word: str, source: str) -> UUID | None:
        """The task that a row of this source means by a word, if it is here by now and the actor's to see."""
        found = self.aliases.get(word) or self.known.get((source, word)) or self.known.get(("crewhall", word))
        return found if found in self.live else None

    def tied(self, row: Row) -> list[tuple[Tie, UUID | None]]:
        """What a row says of other tasks, with these tasks."""
        return [(tie, self.meant(tie.other, tie.source or self.origin(row)[0])) for tie in row.ties]

    def words(self, row: Row) -> list[tuple[str, str]]:
        """By what a row, what it is a part of and what it is linked to can be known."""
        source, _ = self.origin(row)
        above = [(source, row.parent)] if row.parent else []
        return [self.origin(row), *above, *((tie.source or source, tie.other) for tie in row.ties)]


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
    rules.leave_nameless(sheet)
    for row in sheet.rows:
        rules.tidy(row, sheet.source, given.project, given.repository)
    async with kept_unless(call, given.dry_run):
        desk = await _desk(call, given, sheet)
        for row in rules.parents_first(sheet.rows):
            await _take(call, desk, row)
        await _tie(call, desk)
        _announce(call, sheet)
    call.about(f"{sheet.source}: {len(sheet.rows)} tasks")
    return _report(given, desk)


async def _desk(call: Call, given: Import, sheet: Sheet) -> Desk:
    """Locks first: nobody imports the same file meanwhile, and no two moves in the tree of sub-tasks, or links, make a ring."""
    home = call.actor.organisation_id
    for subject in ("imports", "sub-tasks"):
        await task_store.lock_subject(call.db, home, subject)
    if any(row.ties for row in sheet.rows):
        await hold_links(call)
    names = Names(call)
    members = await _members(call, given, sheet)
    for member in sorted({one["id"] for one in members.values() if one}, key=str):
        await names.person(str(member), "people")  # held before any task is
    desk = Desk(names, sheet, members, {}, set())
    wanted = {pair for row in sheet.rows for pair in desk.words(row)}
    ids = {found for _, word in wanted if (found := task_store.as_id(word))}
    desk.known = await store.known(call.db, home, wanted, list(ids))
    desk.live = {task["id"] for task in await task_store.find_all(call.db, call.actor, map(str, desk.known.values()))}
    return desk


async def _members(call: Call, given: Import, sheet: Sheet) -> dict[str, Member | None]:
    """Whom the file's names mean: what the caller says, else an e-mail, user name, GitHub name or full name that only one has."""
    everybody = rules.called(await members_of(call.db, call.actor))
    named = comments.words(sheet.rows)
    return {word: rules.member_called(given.people.get(word, word), everybody, call.actor.id) for word in named}


async def _take(call: Call, desk: Desk, row: Row) -> None:
    """One row in a savepoint of its own: what is refused leaves nothing, and the others go on."""
    told, said = len(call.announcements), desk.comments
    try:
        async with call.db.transaction():
            done = await _taken(call, desk, row)
    except CrewhallError as refusal:
        del call.announcements[told:]
        desk.comments = said
        done = _outcome(row, "refused", None, [], [*row.notes, refusal.message])
    desk.done[row.number] = done


async def _tie(call: Call, desk: Desk) -> None:
    """The links between the rows that were taken, now that all of them are here."""
    wishes = tying.Wishes()
    for row, task_id in desk.taken:
        tying.wish(wishes, row, task_id, desk.tied(row))
    keys = {key: row.external_id for row, _ in desk.taken if (key := desk.done[row.number]["key"])}
    tied = await tying.tie_rows(call, wishes, keys)
    desk.links = len(tied.came)
    desk.orphans |= wishes.missing.keys() | tying.rows_of(wishes, tied.left)
    for number in tying.rows_of(wishes, tied.came):
        _has_more(desk.done[number], "links")


def _has_more(done: ImportedRow, what: str) -> None:
    """Something came beside the fields of a task: one that was here already is not as it was."""
    if done["outcome"] != "created":
        done["outcome"] = "updated"
        done["changed"].append(what)


async def _taken(call: Call, desk: Desk, row: Row) -> ImportedRow:
    people = _people(desk, row)
    parent = desk.parent_of(row)
    if row.parent is not None and parent is None:
        row.notes.append(f"the task that it is a part of, {row.parent}, is not here")
        desk.orphans.add(row.number)
    task_id = desk.known.get(desk.origin(row))
    if task_id is None:
        task = await _create(call, desk, row, people, parent)
        desk.known[desk.origin(row)] = task["id"]
        desk.live.add(task["id"])
        done = _outcome(row, "created", task["key"], [], row.notes)
    else:
        done = await _update(call, desk, row, task_id, people, parent)
    desk.taken.append((row, desk.known[desk.origin(row)]))
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
    source, _ = desk.origin(row)
    maker = _maker(call, desk, row, source)
    facts = await store.mark(call.db, home, added.task["id"], desk.origin(row), more, born, ended, maker)
    came, _ = await comments.put_comments(call, source, row, added.task["id"], desk.members)
    desk.comments += came
    task = cast(Task, {**added.task, **facts, "key": key, "source": source, "resolution": extra.resolution, "comment_count": came})
    told = await reviews.begin(call, task, added)
    if task["review"] is not None:
        row.notes.append(HELD.format(project=task["project"]))
    call.announce(events.created(call, task, added.people, told))
    return task


def _maker(call: Call, desk: Desk, row: Row, source: str) -> tuple[str, UUID | None]:
    """Who made a task there, never whoever imports it; history says who did that."""
    if source == "crewhall" and not row.reporter:
        return call.actor.name, call.actor.id
    return comments.author_of(row.reporter, row.reporter, source, desk.members)


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
    done = _outcome(row, "updated" if change.changes else "unchanged", change.after["key"], list(change.changed), row.notes)
    if await _say_more(call, desk, row, change.after):
        _has_more(done, "comments")
    return done


async def _say_more(call: Call, desk: Desk, row: Row, task: Task) -> bool:
    """Keep what was said there since. It is told as news of the task, not as something that is said just now."""
    came, changed = await comments.put_comments(call, desk.origin(row)[0], row, task["id"], desk.members)
    desk.comments += came
    if came or changed:
        task = cast(Task, {**task, "comment_count": task["comment_count"] + came})
        call.announce(events.comments_came(call, task, await people_of(call, task)))
    return bool(came or changed)


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
    done = sorted(desk.done.values(), key=lambda row: row["row"])
    counts = {outcome: sum(row["outcome"] == outcome for row in done) for outcome in ("created", "updated", "unchanged", "refused")}
    if given.dry_run:
        done = [cast(ImportedRow, {**row, "key": None}) if row["outcome"] == "created" else row for row in done]
    skipped = [
        ImportedRow(row=number, external_id="", title=title, outcome="skipped", key=None, changed=[], notes=[why])
        for number, title, why in desk.sheet.skipped
    ]
    return ImportReport(
        source=desk.sheet.source, dry_run=given.dry_run, created=counts["created"], updated=counts["updated"],
        unchanged=counts["unchanged"], refused=counts["refused"], skipped=len(skipped), links=desk.links, comments=desk.comments,
        orphans=len(desk.orphans), rows=[*_worth_telling(done), *skipped],
        fields=desk.sheet.mapped, ignored=desk.sheet.ignored, people=[_mapped(word, member) for word, member in desk.members.items()],
    )  # fmt: skip


def _worth_telling(done: Iterable[ImportedRow]) -> list[ImportedRow]:
    return [row for row in done if row["outcome"] != "unchanged" or row["notes"]]


def _mapped(word: str, member: Member | None) -> Mapped:
    return Mapped(name=word, member=member["name"] if member else None, member_id=member["id"] if member else None)
