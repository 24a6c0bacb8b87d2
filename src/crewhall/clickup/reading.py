"""One run of a mirror: what changed at ClickUp, or all of it, a page at a time.

Every page is a transaction of its own that also moves the mirror's place in what changed, so that a run that is cut off anywhere loses
nothing and the next one goes on. Pages are asked for by when tasks changed, not by number: a task that changes meanwhile would push
others over the edge of a page. A part that cannot be read is noted, and what was read before stays as it is.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, TypeVar, cast
from uuid import UUID

import asyncpg
import structlog

from crewhall import live
from crewhall.accounts import Known, mirror_people, mirroring_service
from crewhall.clickup import rules, store, store_writes
from crewhall.clickup.rules import SOURCE, Lookup
from crewhall.integrations import ConnectorError, NeedsReconnect, PlatformBusy
from crewhall.kit.capability import Actor, Announcement
from crewhall.kit.clock import Clock
from crewhall.kit.db.pool import Connection, Database
from crewhall.kit.ids import new_id
from crewhall.tasks import mirrors

log = structlog.get_logger()

T = TypeVar("T")
Tell = Callable[[str], Awaitable[None]]

TOLD_ONE_BY_ONE = 200
LONGEST_WAIT = 300.0
"""How many seconds a run waits altogether for ClickUp to take more requests."""
MOST_ERRORS = 20
ONCE = ("places", "tasks", "archived tasks", "time")
"""The parts of a whole reading that a run which goes on with it need not do again."""
LOOKED_AT = 200
"""So many tasks or entries that were not met are asked for by themselves in one run; what is left comes in the next."""
PLACES_EVERY = timedelta(hours=1)
USUAL_LIMIT = 100
FOR_COMMENTS = 0.6
"""The part of a minute's requests that one run spends on comments, so that changes are not kept waiting."""


@dataclass
class Counts:
    """What a run did so far."""

    pages: int = 0
    rows_read: int = 0
    rows_changed: int = 0
    rows_failed: int = 0
    deleted: int = 0
    comments_changed: int = 0
    comments_left: int = 0
    errors: list[dict[str, str]] = field(default_factory=list)
    waited: float = 0.0


class Stop(Exception):
    """Nothing more can be read in this run."""


class Reading:
    """A run at work."""

    def __init__(self, database: Database, clock: Clock, connector: Any, mirror: asyncpg.Record, tell: Tell) -> None:
        self._database = database
        self._clock = clock
        self._connector = connector
        self._mirror = mirror
        self._home: UUID = mirror["organisation_id"]
        self._id: UUID = mirror["id"]
        self._team: str = mirror["team_id"]
        self._tell = tell
        self._run_id = new_id()
        self._crawl: dict[str, Any] | None = None
        self._phase = ""
        self._people: dict[str, Known] = {}
        self._places: dict[str, UUID] = {}
        self._lists: set[str] = set()
        self._untold = int(mirror["untold"])
        self.counts = Counts()
        self.state = "running"

    # The run ---------------------------------------------------------------------------------------------------------------

    async def run(self, *, whole: bool) -> None:
        """Read; raises nothing that ClickUp answers, but notes it. `state` is complete or incomplete afterwards."""
        self._crawl = self._mirror["crawl"]
        if whole and self._crawl is None:
            self._crawl = {"number": self._mirror["crawls"] + 1, "places": False, "live": 0, "archived": 0, "windows": [], "done": []}
        async with self._database.connection() as db, db.transaction():
            scope = "whole" if self._crawl else "changes"
            await store.begin_run(db, self._run_id, self._home, self._id, scope, self._clock())
            await self._keep_crawl(db)
            await self._arrive(db)
        with contextlib.suppress(Stop):
            await self._everything()
        await self._finish()

    async def _arrive(self, db: Connection) -> None:
        service = await mirroring_service(db, self._home, SOURCE, "ClickUp", self._clock())
        self._actor = Actor(
            id=service, organisation_id=self._home, kind="service", username=SOURCE, name="ClickUp", role="service", scopes=frozenset(),
            credential="mirror", credential_id=service, client=SOURCE,
        )  # fmt: skip

    async def _everything(self) -> None:
        await self._part("people", self._read_people)
        if not self._people:
            raise Stop  # nothing can be said of anybody
        await self._part("places", self._read_places)
        await self._part("tasks", lambda: self._read_tasks(archived=False))
        await self._part("archived tasks", lambda: self._read_tasks(archived=True))
        await self._part("what was not taken", self._read_again)
        await self._part("parents and dependencies", self._put_together)
        await self._part("time", self._read_time)
        if self._crawl:
            await self._part("what is gone", self._find_gone)
        await self._part("comments", self._read_comments)

    async def _part(self, name: str, work: Callable[[], Awaitable[None]]) -> None:
        """One part of a run: what goes wrong in it leaves the others alone."""
        if self._crawl is not None and name in self._crawl["done"]:
            return
        self._phase = name
        await self._say()
        try:
            await work()
        except ConnectorError as trouble:
            self._note(name, trouble.code, trouble.message)
            if isinstance(trouble, NeedsReconnect | PlatformBusy) and trouble.code != "missing_platform_scope":
                raise Stop from trouble
            return
        if self._crawl is not None and name in ONCE:
            self._crawl["done"].append(name)
            async with self._database.connection() as db:
                await self._keep_crawl(db)

    def _note(self, what: str, code: str, words: str) -> None:
        if len(self.counts.errors) < MOST_ERRORS:
            self.counts.errors.append({"what": what, "code": code, "message": words})

    async def _finish(self) -> None:
        self.state = "incomplete" if self.counts.errors else "complete"
        now = self._clock()
        async with self._database.connection() as db, db.transaction():
            await self._tell_the_rest(db)
            if self._crawl is not None and self.state == "complete":
                await store.forget_met(db, self._id)
                await store.keep(db, self._id, "crawls", self._crawl["number"])
                await store.keep(db, self._id, "crawl", None)
                await store.keep(db, self._id, "whole_at", now)
            await store.end_run(db, self._run_id, self.state, now)
        self._phase = ""
        await self._say()

    async def _tell_the_rest(self, db: Connection) -> None:
        """One event for all that was too much to be told one by one."""
        if self._untold:
            message = f"{self._untold} tasks changed at ClickUp: load anew what you show"
            data = {"type": "reset", "message": message, "count": self._untold, "timestamp": self._clock()}
            await self._append(db, [Announcement("reset", "organisation", self._home, data)])
            self._untold = 0
            await store.keep(db, self._id, "untold", 0)

    async def _append(self, db: Connection, announcements: Sequence[Announcement]) -> None:
        for announcement in announcements:
            event = live.append(self._actor, announcement)
            await db.execute(event.sql, *event.values)

    async def _announce(self, db: Connection, put: mirrors.Put) -> None:
        """Few changes are told one by one; of many, it is told that there are many, once the run is over."""
        if self._mirror["whole_at"] is None or self.counts.rows_changed + put.changed > TOLD_ONE_BY_ONE:
            self._untold += put.changed
            await store.keep(db, self._id, "untold", self._untold)
        else:
            await self._append(db, put.announcements)

    async def _keep_crawl(self, db: Connection) -> None:
        await store.keep(db, self._id, "crawl", self._crawl)

    async def _say(self) -> None:
        """How far it is, for people who look; it also tells a run that another has taken over."""
        counts, connector = self.counts, self._connector
        values = (
            self._phase, counts.pages, connector.requests, counts.rows_read, counts.rows_changed, counts.rows_failed, counts.deleted,
            counts.errors, connector.allowed, connector.left, counts.comments_left,
        )  # fmt: skip
        async with self._database.connection() as db:
            await store.say(db, self._run_id, values)
        if self._phase:
            await self._tell(f"{self._phase}: {counts.rows_read} rows read, {counts.rows_changed} changed, {connector.requests} requests")

    async def _ask(self, question: Callable[..., Awaitable[T]], *given: Any, **more: Any) -> T:
        """Ask ClickUp; when it has had enough for this minute, wait."""
        while True:
            try:
                return await question(*given, **more)
            except PlatformBusy as busy:
                wait = float(busy.retry_after_seconds or 0)
                if self.counts.waited + wait > LONGEST_WAIT:
                    raise
                self.counts.waited += max(wait, 0.05)
                await self._say()
                await asyncio.sleep(wait)

    # People and places -------------------------------------------------------------------------------------------------------

    async def _read_people(self) -> None:
        teams = await self._ask(self._connector.teams)
        team = next((one for one in teams if str(one["id"]) == self._team), None)
        if team is None:
            self._note("people", "missing_platform_scope", f"The token does not open the workspace {self._mirror['name']} any more")
            raise Stop
        rows = [member["user"] for member in team.get("members") or [] if member.get("user")]
        facts = {"color": team.get("color"), "avatar": team.get("avatar"), "plan": team.get("plan"), "members_count": len(rows)}
        facts["members"] = [
            {"id": str(one["id"]), "name": rules.name_of(one), "role": rules.ROLES.get(one.get("role"), "member")} for one in rows
        ]
        async with self._database.connection() as db, db.transaction():
            await self._know(db, rows)
            if facts != self._mirror["facts"]:
                await store.keep(db, self._id, "facts", facts)
            self._places = (await mirrors.put_places(db, self._home, SOURCE, [], self._clock())).ids

    async def _know(self, db: Connection, rows: Sequence[rules.Raw]) -> None:
        """Everybody who is named is somebody here."""
        fresh = [one for one in rules.strangers(rows) if one.external_id not in self._people]
        if fresh:
            self._people |= await mirror_people(db, self._home, SOURCE, fresh, self._clock())

    async def _read_places(self) -> None:
        """All spaces, folders and lists, once an hour and in every whole reading."""
        last = self._mirror["places_at"]
        if self._crawl is None and last is not None and self._clock() - last < PLACES_EVERY:
            return
        places: list[mirrors.MirroredPlace] = []
        for gone in (False, True):
            for space in await self._ask(self._connector.spaces, self._team, archived=gone):
                places.append(rules.space_of(space, self._team))
                for archived in (False, True):
                    places += await self._places_of(space, archived=archived)
        async with self._database.connection() as db, db.transaction():
            put = await mirrors.put_places(db, self._home, SOURCE, places, self._clock())
            self._places = put.ids
            self.counts.rows_read += len(places)
            self.counts.rows_changed += put.changed
            await store.keep(db, self._id, "places_at", self._clock())

    async def _places_of(self, space: rules.Raw, *, archived: bool) -> list[mirrors.MirroredPlace]:
        found: list[mirrors.MirroredPlace] = []
        for folder in await self._ask(self._connector.folders, str(space["id"]), archived=archived):
            found.append(rules.folder_of(folder, space))
            part = {"id": folder["id"], "name": folder["name"], "hidden": False}
            found += [rules.list_of({**one, "folder": part}, space) for one in folder.get("lists") or [] if isinstance(one, dict)]
        lists = await self._ask(self._connector.lists, str(space["id"]), archived=archived)
        return found + [rules.list_of(one, space) for one in lists]

    async def _find_lists(self, rows: Sequence[rules.Raw]) -> None:
        """Lists that the places do not name: archived ones in folders, those that are new, and those that were shared."""
        wanted = {str(one["list"]["id"]): one for one in rows if one.get("list")}
        for list_id, task in wanted.items():
            if list_id in self._places:
                continue
            found = await self._ask(self._connector.one_list, list_id)
            space = found.get("space") or task.get("space") or {"id": "unknown"}
            async with self._database.connection() as db, db.transaction():
                put = await mirrors.put_places(db, self._home, SOURCE, [rules.list_of(found, space)], self._clock())
                self._places = put.ids
                self.counts.rows_changed += put.changed

    # Tasks -----------------------------------------------------------------------------------------------------------------

    async def _read_tasks(self, *, archived: bool) -> None:
        """From where the last reading came to, oldest change first."""
        name = "archived" if archived else "live"
        column = "archived_since" if archived else "since"
        since = int(self._crawl[name] if self._crawl is not None else self._mirror[column])
        after, page, newest = max(0, since - rules.OVERLAP_MS), 0, since
        while True:
            rows, last = await self._ask(self._connector.tasks, self._team, page=page, archived=archived, updated_after=after)
            changed = [int(one["date_updated"]) for one in rows]
            sorted_as_asked = changed == sorted(changed)
            newest = max([newest, *changed])
            await self._find_lists(rows)
            async with self._database.connection() as db, db.transaction():
                await self._put_tasks(db, rows)
                if sorted_as_asked or last:
                    await self._move(db, name, newest, archived=archived)
            self.counts.pages += 1
            await self._say()
            if last or not rows:
                return
            if sorted_as_asked and changed[-1] - 1 > after:
                after, page = changed[-1] - 1, 0
            else:
                page += 1

    async def _move(self, db: Connection, name: str, newest: int, *, archived: bool) -> None:
        if self._crawl is not None:
            self._crawl[name] = newest
            await self._keep_crawl(db)
        await store.move(db, self._id, newest, archived=archived)

    async def _put_tasks(self, db: Connection, rows: Sequence[rules.Raw]) -> None:
        """Only those that are not as they were."""
        self.counts.rows_read += len(rows)
        hashes = {str(one["id"]): rules.hash_of(one) for one in rows}
        number = self._crawl["number"] if self._crawl is not None else None
        gone = await store.meet(db, self._home, self._id, number, hashes)
        if gone:
            changed = [one for one in rows if str(one["id"]) in gone]
            await self._change(db, changed, hashes, {name for name, was_gone in gone.items() if was_gone})

    async def _change(self, db: Connection, rows: Sequence[rules.Raw], hashes: dict[str, bytes], returning: set[str]) -> None:
        await self._know(db, [person for one in rows for person in rules.people_in(one)])
        lookup, read, raw_of = Lookup(self._people, self._places), [], {}
        for one in rows:
            try:
                read.append(rules.task_of(one, lookup))
                raw_of[str(one["id"])] = one
            except rules.UNREADABLE as trouble:
                self.counts.rows_failed += 1
                self._note(f"task {one.get('id')}", "platform_unreadable", f"not as ClickUp describes it ({type(trouble).__name__})")
        for name in await self._too_early(db, list(raw_of)):
            del raw_of[name]
        pending = await store_writes.pending(db, self._home, list(raw_of))
        read = [one for one in read if one.external_id in raw_of]
        put = await mirrors.put_tasks(db, self._actor, SOURCE, read, self._clock(), returning, pending)
        kept = [
            {
                "external_id": name, "task_id": put.ids[name], "hash": hashes[name], "updated": int(one["date_updated"]),
                "parent": str(one["parent"]) if one.get("parent") else None, "facts": rules.facts_of(one),
            }
            for name, one in raw_of.items()
        ]  # fmt: skip
        await store.put(db, self._home, self._id, kept)
        await self._put_dependencies(db, raw_of)
        await self._announce(db, put)
        self.counts.rows_changed += put.changed

    async def _too_early(self, db: Connection, external_ids: Sequence[str]) -> list[str]:
        """Tasks that somebody has just changed here, which is not noted for ClickUp yet: what ClickUp has would take its place. They are
        held, so that nothing changes behind this look, and read again in the next run."""
        there = await mirrors.hold_tasks(db, self._home, SOURCE, external_ids)
        fresh = await live.unheard(db, rules.CONSUMER, list(there.values()), rules.CHANGES, self._actor.id) if there else set()
        found = [name for name, task_id in there.items() if task_id in fresh]
        for name in found:
            await store.read_again(db, self._home, name)
        return found

    async def _put_dependencies(self, db: Connection, rows: dict[str, rules.Raw]) -> None:
        before = await store.dependencies(db, self._home, list(rows))
        after = {(name, other) for name, one in rows.items() for other in rules.waits_for(one)}
        gone = before - after
        if gone:
            ids = await store.ids(db, self._home, {name for pair in gone for name in pair})
            pairs = [(ids[other], ids[name]) for name, other in gone if name in ids and other in ids]
            await mirrors.link_blockers(db, self._home, [], pairs, self._clock())
            await store.drop_dependencies(db, self._home, sorted(gone))
        if after - before:
            await store.add_dependencies(db, self._home, sorted(after - before))

    async def _read_again(self) -> None:
        """Where ClickUp did not take what was changed here, it has the word again."""
        async with self._database.connection() as db:
            names = await store.again(db, self._id, LOOKED_AT)
        for name in names:
            found = await self._ask(self._connector.one_task, name)
            async with self._database.connection() as db, db.transaction():
                if found is None:  # a whole reading finds out
                    await store.not_again(db, self._home, name)
                else:
                    await self._put_tasks(db, [found])

    async def _put_together(self) -> None:
        """Parents and blockers, once what they name is here."""
        async with self._database.connection() as db, db.transaction():
            rows = await store.unplaced(db, self._id)
            await mirrors.put_parents(db, self._home, [(row["task_id"], row["parent_id"]) for row in rows])
            await store.placed(db, self._home, [row["external_id"] for row in rows])
            await mirrors.link_blockers(db, self._home, await store.pairs(db, self._home, self._id), [], self._clock())

    # Time --------------------------------------------------------------------------------------------------------------------

    async def _read_time(self) -> None:
        """The last 30 days; in a whole reading, back to before the first task."""
        now = self._clock()
        async with self._database.connection() as db:
            back_to = (await store.oldest(db, self._id) or now) if self._crawl is not None else now
        for start, end in rules.windows(now, back_to):
            if self._crawl is not None and any(begun <= start and end <= ended for begun, ended in self._crawl["windows"]):
                continue
            people = sorted(int(one) for one in self._people if one.isdigit())
            rows = await self._ask(self._connector.entries, self._team, start, end, people)
            await self._put_entries(rows)
            await self._find_gone_entries(rows, start, end)
            self.counts.pages += 1
            if self._crawl is not None:
                self._crawl["windows"].append([start, end])
                async with self._database.connection() as db:
                    await self._keep_crawl(db)
            await self._say()

    async def _put_entries(self, rows: Sequence[rules.Raw]) -> None:
        self.counts.rows_read += len(rows)
        async with self._database.connection() as db, db.transaction():
            await self._know(db, [one["user"] for one in rows if isinstance(one.get("user"), dict)])
            tasks = await store.ids(db, self._home, {str(one["task"]["id"]) for one in rows if isinstance(one.get("task"), dict)})
            read: dict[str, mirrors.MirroredEntry] = {}
            for one in rows:
                try:
                    read[str(one["id"])] = rules.entry_of(one, self._people, tasks)
                except rules.UNREADABLE as trouble:
                    self.counts.rows_failed += 1
                    self._note(f"time entry {one.get('id')}", "platform_unreadable", f"not as described ({type(trouble).__name__})")
            self.counts.rows_changed += await mirrors.put_entries(db, self._home, SOURCE, list(read.values()))

    async def _find_gone_entries(self, rows: Sequence[rules.Raw], start: int, end: int) -> None:
        """What a stretch of time does not hold any more is asked for by itself before it is taken away."""
        first, last = cast(datetime, rules.instant(start)), cast(datetime, rules.instant(end))
        async with self._database.connection() as db:
            here = await store.entries_in(db, self._home, first, last, self._id)
        missing, gone = sorted(here - {str(one["id"]) for one in rows})[:LOOKED_AT], []
        for entry_id in missing:
            found = await self._ask(self._connector.one_entry, self._team, entry_id)
            if found is None:
                gone.append(entry_id)
        async with self._database.connection() as db, db.transaction():
            self.counts.deleted += await mirrors.remove_entries(db, self._home, SOURCE, gone, self._clock())

    # What is gone --------------------------------------------------------------------------------------------------------------

    async def _find_gone(self) -> None:
        """Only after all of it was read without an error: what was not met is asked for by itself, and only then taken away."""
        assert self._crawl is not None
        if self.counts.errors or self.counts.rows_failed:
            self._note("what is gone", "not_looked_for", "nothing is taken away after a reading with errors")
            return
        async with self._database.connection() as db:
            rows = await store.unmet(db, self._id, self._crawl["number"], LOOKED_AT + 1)
        for row in rows[:LOOKED_AT]:
            found = await self._ask(self._connector.one_task, row["external_id"])
            async with self._database.connection() as db, db.transaction():
                if found is None:
                    await self._remove(db, row)
                else:
                    await self._put_tasks(db, [found])
        if len(rows) > LOOKED_AT:
            self._note("what is gone", "more_next_time", f"more than {LOOKED_AT} tasks were not met: the next run looks at the others")

    async def _remove(self, db: Connection, row: asyncpg.Record) -> None:
        put = await mirrors.remove_tasks(db, self._actor, [row["task_id"]], self._clock())
        await store.gone(db, self._home, [row["external_id"]], self._clock())
        await self._announce(db, put)
        self.counts.deleted += 1

    # Comments ------------------------------------------------------------------------------------------------------------------

    async def _read_comments(self) -> None:
        """Of tasks that changed only; as many as a minute's requests allow, the others next time."""
        most = max(1, int((self._connector.allowed or USUAL_LIMIT) * FOR_COMMENTS))
        async with self._database.connection() as db:
            due = await store.due_comments(db, self._id, most)
        for row in due:
            rows = await self._all_comments(row["external_id"])
            if rows is not None:
                await self._put_comments(row, rows)
        async with self._database.connection() as db:
            self.counts.comments_left = await store.count_due(db, self._id)

    async def _all_comments(self, external_id: str) -> list[rules.Raw] | None:
        """To the last page; None when the task is gone."""
        found: list[rules.Raw] = []
        while True:
            before = found[-1] if found else None
            try:
                page = await self._ask(self._connector.comments, external_id, before=before)
            except ConnectorError as trouble:
                if trouble.status_code == 404:
                    return None
                raise
            fresh = [one for one in page if str(one["id"]) not in {str(two["id"]) for two in found}]
            found += fresh
            if len(page) < self._connector.comments_at_once or not fresh:
                return found

    async def _put_comments(self, row: asyncpg.Record, rows: Sequence[rules.Raw]) -> None:
        self.counts.rows_read += len(rows)
        async with self._database.connection() as db, db.transaction():
            named = [one[who] for one in rows for who in ("user", "assignee") if isinstance(one.get(who), dict)]
            await self._know(db, named)
            ours = await store_writes.said(db, self._home, [str(one["id"]) for one in rows])
            read = [rules.comment_of(one, row["task_id"], self._people) for one in rows if str(one["id"]) not in ours]
            put = await mirrors.put_comments(db, self._actor, SOURCE, row["task_id"], read, self._clock())
            await store.commented(db, self._home, row["external_id"], row["updated"])
            await self._append(db, put.announcements if self._mirror["whole_at"] is not None and put.changed < 20 else [])
            self.counts.rows_changed += put.changed
            self.counts.comments_changed += put.changed


def is_stale(whole_at: datetime | None, now: datetime, hours: float) -> bool:
    """Whether it is time to read everything again."""
    return whole_at is None or (now - whole_at).total_seconds() > hours * 3600
