"""What people's words mean: members, repositories, projects and tasks, each looked up once in a call."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, TypeVar, cast
from uuid import UUID

from crewhall.accounts import find_member
from crewhall.kit.capability import Call
from crewhall.kit.errors import NotFound, ValidationFailed
from crewhall.kit.model import nearest
from crewhall.tasks.board import rules
from crewhall.tasks.board.inputs import BulkChanges, NewTask, TaskChanges, our_status
from crewhall.tasks.board.models import STATUSES, Status, Task
from crewhall.tasks.board.places import HOLDERS, LISTS, find_place, place_called
from crewhall.tasks.board.rules import PEOPLE, Named, Person, Wanted
from crewhall.tasks.board.store import names as store
from crewhall.tasks.board.store import tasks as task_store
from crewhall.tasks.claims import leases

T = TypeVar("T")
PLAIN = ("title", "description", "type", "priority", "complexity", "tags")
BELOW = {"folder": "get_lists says", "space": "get_folders and get_folderless_lists say"}
OPTIONAL = ("resolution", "estimate_minutes", "progress_percentage", "start_at")


@dataclass(frozen=True, slots=True)
class ListStatus:
    """One of the six, and what the task's list calls it."""

    status: Status
    name: str | None = None
    type: str | None = None


class Names:
    """Finds what words mean in one call. `row` is what an error says before a field's name, such as `tasks.3.`."""

    def __init__(self, call: Call) -> None:
        self._call = call
        self._known: dict[tuple[str, str], Any] = {}

    async def wanted(self, changes: TaskChanges, row: str = "") -> Wanted:
        """The fields that are named, with every reference found."""
        named = changes.model_fields_set
        wanted: dict[str, Any] = {name: value for name in PLAIN if name in named and (value := getattr(changes, name)) is not None}
        wanted |= {name: getattr(changes, name) for name in OPTIONAL if name in named}
        if "due_at" in named:
            wanted["due_at"] = await self.due(changes.due_at)
        if "status" in named and (ours := our_status(changes.status)) in STATUSES:  # a list's own word waits until the list is known
            wanted["status"] = Status(str(ours))
        wanted |= await self._people(changes, named, row)
        if "repository" in named:
            rules.require_repository(self._call.actor, changes.repository, f"{row}repository")
            wanted["repository"] = await self.repository(changes.repository)
        if "project" in named:
            if changes.project is None:
                rules.require_project(self._call.actor, None, f"{row}project")
            wanted["project"] = await self.project(changes.project)
        if "parent_id" in named:
            wanted["parent"] = await self.parent(changes.parent_id)
        if changes.custom_fields:
            wanted["custom_fields"] = changes.custom_fields
        if isinstance(changes, BulkChanges):
            wanted |= {"add_tags": changes.add_tags, "remove_tags": changes.remove_tags}
        return cast(Wanted, wanted)

    async def _people(self, changes: TaskChanges | NewTask, named: set[str], row: str) -> dict[str, Any]:
        found: dict[str, Any] = {}
        if "assignees" in named and changes.assignees is not None:
            found["assignees"] = tuple(
                [await self.person(who, f"{row}assignees.{place}") for place, who in enumerate(changes.assignees)]
            )  # fmt: skip
        if "assignee_id" in named and (changes.assignee_id is not None or not found):
            found["assignee"] = await self.person(changes.assignee_id, f"{row}assignee_id") if changes.assignee_id else None
        for name in PEOPLE & named & {"add_assignees", "remove_assignees"}:
            words = getattr(changes, name) or ()
            found[name] = tuple([await self.person(who, f"{row}{name}.{place}") for place, who in enumerate(words)])
        return found

    async def due(self, due: date | None) -> datetime | None:
        """When a day ends depends on where the organisation is."""
        if due is None or isinstance(due, datetime):
            return due
        return rules.end_of(due, await store.zone(self._call.db, _home(self._call)))

    async def list_called(self, word: str, field: str = "list_id") -> Named:
        """A list that there is, to put something there. NotFound, or ValidationFailed with the candidates of a name that several have."""
        place = await find_place(self._call, word, field, LISTS, to_fill=True)
        return Named(place.id, place.name)

    async def status(self, word: str, list_id: UUID | None, field: str = "status") -> ListStatus:
        """Which of the six a word is, and the list's own word for it if it has some. ValidationFailed with what it may be."""
        known = await self._statuses(list_id) if list_id else []
        for row in known:
            if _plain(row["name"]) == _plain(word):
                return ListStatus(Status(row["status"]), row["name"], row["type"])
        if (ours := our_status(word)) in STATUSES:
            return ListStatus(Status(str(ours)))
        allowed = [*STATUSES, *(row["name"] for row in known)]
        meant = nearest(word, allowed)
        hint = f", did you mean {meant}?" if meant else ""
        raise ValidationFailed.of(field, f"must be one of {', '.join(allowed)}{hint}", allowed=allowed, did_you_mean=meant)

    async def _statuses(self, list_id: UUID) -> list[Any]:
        async def look() -> list[Any]:
            return await store.statuses(self._call.db, _home(self._call), list_id)

        return await self._once("statuses", str(list_id), look)

    async def assignees(self, new: NewTask, row: str = "") -> tuple[Person, ...]:
        """Whoever a new task is given to, the primary one first."""
        found = await self._people(new, new.model_fields_set, row)
        return rules.assignees_after((), cast(Wanted, found)) if found else ()

    async def person(self, reference: str, field: str) -> Person:
        """A member who stays one until the transaction ends. To be asked for before any task is locked."""

        async def look() -> Person:
            member = await find_member(self._call.db, self._call.actor, reference, field, hold=True)
            return Person(member["id"], member["name"], member["kind"])

        return await self._once("person", reference, look)

    async def repository(self, name: str | None) -> Named | None:
        call = self._call
        return await self._named("repository", name, lambda known: store.repository_called(call.db, _home(call), known, call.now))

    async def project(self, name: str | None) -> Named | None:
        """The project or list that this means, of whatever source; a new project when nothing is called so, but for an id.

        NotFound for one that the actor may not see; ValidationFailed for a name that several have, and for that of a folder or a space.
        """
        return await self._named("project", name, self._project)

    async def _project(self, name: str) -> Named:
        call, project_id = self._call, task_store.as_id(name)
        place = await place_called(call, name, "project", LISTS, to_fill=True)
        list_id = place.id if place else project_id
        if list_id is None:
            found = await store.project(call.db, _home(call), name)
        else:
            found = await store.project_with(call.db, _home(call), list_id, hold=True)
        hidden = found is not None and not await store.is_open(call.db, call.actor, found)
        if hidden or (found is None and project_id is not None):
            raise NotFound(f"There is no project {name}: list_projects names those there are", field="project", project=name)
        rules.require_project(call.actor, found)
        return found or await self._new_project(name)

    async def _new_project(self, name: str) -> Named:
        """What is a folder or a space already is no new project's name: whoever says it means one of the lists there."""
        call = self._call
        place = await place_called(call, name, "project", HOLDERS, to_fill=True)
        if place is not None:
            message = f"{place.path} is a {place.kind}, tasks are in its lists: {BELOW[place.kind]} which there are"
            raise ValidationFailed.of("project", message)
        return await store.project_called(call.db, _home(call), name, call.now)

    async def parent(self, reference: str | None) -> Named | None:
        async def look(known: str) -> Named:
            task = await find_task(self._call, known)
            return Named(task["id"], task["key"])

        return await self._named("parent", reference, look)

    async def _named(self, kind: str, name: str | None, look: Callable[[str], Awaitable[Named]]) -> Named | None:
        return None if name is None else await self._once(kind, name, lambda: look(name))

    async def _once(self, kind: str, word: str, look: Callable[[], Awaitable[T]]) -> T:
        key = (kind, word.lower())
        if key not in self._known:
            self._known[key] = await look()
        known: T = self._known[key]
        return known


def _home(call: Call) -> Any:
    return call.actor.organisation_id


def _plain(word: str) -> str:
    """`In Progress` and `in_progress` are one word."""
    return " ".join(word.lower().replace("_", " ").replace("-", " ").split())


async def find_task(call: Call, reference: str, *, lock: bool = False, guard: bool = True, fencing_token: int | None = None) -> Task:
    """The live task that `reference` means; NotFound, with the nearest keys, when there is none for this actor.

    One that is locked is about to be changed: somebody's claim may forbid that to this actor (Claimed, StaleClaim). Without
    `guard`, only a token is looked at: whoever only says something on a task does not disturb its holder.
    """
    task = await task_store.find(call.db, call.actor, reference, lock=lock)
    if task is None:
        raise await no_task(call, reference)
    if lock:
        call.about(task["key"], task["id"])  # also when it is refused in the end
        if guard or fencing_token is not None:
            leases.guard(call.actor, task["key"], task["claim"], fencing_token, call.now)
    return task


async def no_task(call: Call, reference: str, field: str = "task_id") -> NotFound:
    """The refusal that says what may have been meant, and to those who could bring it back, that it was deleted."""
    if "tasks:write" in call.actor.scopes and (gone := await task_store.find_deleted(call.db, call.actor, reference)):
        return NotFound(
            f"{gone['key']} was deleted by {gone['updated_by']}: restore_task brings it back",
            task_id=reference, field=field, deleted_at=gone["deleted_at"],
        )  # fmt: skip
    alike = await task_store.keys_like(call.db, call.actor, reference)
    hint = f": did you mean {', '.join(alike)}?" if alike else ": get_tasks lists those there are"
    return NotFound(f"There is no task {reference}{hint}", task_id=reference, field=field, did_you_mean=alike)
