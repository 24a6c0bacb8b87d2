"""Spaces, folders and lists that people follow as projects: one list of them, under the names of both older programs.

What is counted is counted once, in `Tree`: every tool that tells of a place tells the same numbers.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from crewhall.accounts import Nothing
from crewhall.clickup import brief, store_projects
from crewhall.clickup.capabilities import NOTHING_MIRRORED
from crewhall.clickup.models import (
    AliasWanted,
    Clearing,
    DiscoverWanted,
    HierarchyWanted,
    NewMapping,
    NewProject,
    Place,
    Places,
    Project,
    Projects,
    ProjectStatus,
    ProjectStatuses,
    ProjectWanted,
    SpacesWanted,
    Told,
)
from crewhall.clickup.room import configuration, mapping
from crewhall.clickup.rules import bare
from crewhall.kit.capability import Call, Kind
from crewhall.kit.errors import Conflict, NotFound
from crewhall.tasks import percentage
from crewhall.tasks.board.models import PlaceKind
from crewhall.tasks.board.places import ANY, find_place

RISKY = 0.2
"""A project is at risk when more than this part of its open tasks is overdue (docs/rooms/clickup.md)."""
NOTHING_FOLLOWED = "Nothing is followed: discover_projects says what could be, add_project follows it"


@dataclass
class Node:
    """A place with what is below it. Its counts are those of its own tasks until `Tree` has summed them up."""

    id: UUID
    kind: str
    name: str
    external_id: str | None
    archived: bool
    team_id: str | None
    parent: Node | None = None
    children: list[Node] = field(default_factory=list)
    total: int = 0
    done: int = 0
    overdue: int = 0

    @property
    def path(self) -> str:
        return f"{self.parent.path} / {self.name}" if self.parent else self.name

    def below(self) -> Iterator[Node]:
        yield self
        for child in self.children:
            yield from child.below()

    @property
    def lists(self) -> list[UUID]:
        return [one.id for one in self.below() if one.kind == "list"]

    @property
    def space(self) -> Node:
        return self.parent.space if self.parent else self


@dataclass
class Followed:
    """A project: what it is called, and the place that it is."""

    id: UUID
    name: str
    node: Node | None


class Tree:
    """All places that an actor sees, and what is followed of them."""

    def __init__(self, nodes: dict[UUID, Node], followed: list[Followed]) -> None:
        self.nodes = nodes
        self.followed = followed
        self.roots = [one for one in nodes.values() if one.parent is None]

    @classmethod
    async def of(cls, call: Call) -> Tree:
        rows = await store_projects.places(call.db, call.actor)
        counts = await store_projects.counts(call.db, call.actor, call.now)
        nodes = {
            row["place_id"]: Node(
                row["place_id"], row["kind"], row["name"], bare(row["external_id"]), row["archived"], (row["facts"] or {}).get("team_id")
            )
            for row in rows
        }
        for row in rows:
            node, parent = nodes[row["place_id"]], nodes.get(row["parent_id"])
            if parent is not None:
                node.parent = parent
                parent.children.append(node)
        for place_id, count in counts.items():
            node_or_none: Node | None = nodes.get(place_id)
            while node_or_none is not None:
                node_or_none.total += count["total"]
                node_or_none.done += count["done"]
                node_or_none.overdue += count["overdue"]
                node_or_none = node_or_none.parent
        projects = await store_projects.projects(call.db, call.actor.organisation_id)
        return cls(nodes, [Followed(row["id"], row["name"], nodes.get(row["place_id"])) for row in projects])

    def shown(self) -> list[Followed]:
        """What is followed and can be seen."""
        return [one for one in self.followed if one.node is not None]

    def mapped(self) -> set[UUID]:
        return {one.node.id for one in self.shown() if one.node is not None}

    def called(self, node: Node) -> str:
        """As what a place is followed, or else its own name."""
        return next((one.name for one in self.shown() if one.node is node), node.name)

    async def find(self, call: Call, reference: str, field_name: str, kinds: Sequence[PlaceKind] = ANY) -> Node:
        """The place that is meant. NotFound also for a credential that opens only a part: the whole is not its to follow."""
        place = await find_place(call, reference, field_name, kinds)
        if place.id not in self.nodes:
            raise NotFound(f"There is no {place.kind} {reference} that this credential opens whole", field=field_name)
        return self.nodes[place.id]


async def _meant(call: Call, reference: str, field_name: str) -> tuple[Tree, str, Node]:
    """A followed project by its name, else a place by its name or id; with what to call it."""
    tree = await Tree.of(call)
    node = await tree.find(call, reference, field_name)
    return tree, tree.called(node), node


def _place(node: Node, mapped: set[UUID]) -> Place:
    return Place(
        id=node.id, external_id=node.external_id, kind=node.kind, name=node.name, path=node.path, archived=node.archived, total=node.total,
        done=node.done, is_mapped=node.id in mapped,
    )  # fmt: skip


def _places(tree: Tree, nodes: Iterable[Node], limit: int) -> Places:
    found, mapped = list(nodes), tree.mapped()
    left = len(found) - limit
    message = "" if found else NOTHING_MIRRORED
    if left > 0:
        message = f"and {left} more: ask for a larger limit, or for one level with discover_projects"
    return Places(places=[_place(one, mapped) for one in found[:limit]], total=len(found), message=message)


def _project(one: Followed) -> Project:
    node = one.node
    assert node is not None, "only those are shown whose place is seen"
    return Project(
        name=one.name, kind=node.kind, place=node.name, path=node.path, id=node.id, external_id=node.external_id, total=node.total,
        done=node.done, active=node.total - node.done, lists=len(node.lists),
    )  # fmt: skip


def health_word(total: int, done: int, overdue: int) -> str:
    """What a project's numbers mean, from the worst that there is to the best."""
    if total == 0:
        return "empty"
    if done == total:
        return "done"
    if overdue > (total - done) * RISKY:
        return "late" if overdue * 2 > total - done else "at_risk"
    return "on_track"


async def _status(call: Call, name: str, node: Node, *, words: bool) -> ProjectStatus:
    by_status = await store_projects.by_status(call.db, call.actor, node.lists) if words else {}
    return ProjectStatus(
        project=name, status=health_word(node.total, node.done, node.overdue), progress=percentage(node.done, node.total), total=node.total,
        done=node.done, active=node.total - node.done, overdue=node.overdue, by_status=by_status,
    )  # fmt: skip


# What there is ------------------------------------------------------------------------------------------------------------


@configuration.capability(
    scope="tasks:read",
    kind=Kind.READ,
    http="GET /api/v1/clickup/discover",
    brief=brief.places,
    aliases=("project_candidates", "what_can_be_tracked"),
    questions=("Which projects could we track?", "Which folders are there to follow?", "Find projects in the workspace."),
)
async def discover_projects(call: Call, wanted: DiscoverWanted) -> Places:
    """Spaces, folders or lists that could be followed as projects, with how many tasks each has."""
    tree = await Tree.of(call)
    nodes = [one for one in _of_team(tree, wanted.workspace_id) if one.kind == wanted.project_level and not one.archived]
    return _places(tree, nodes, wanted.limit)


def _of_team(tree: Tree, team_id: str | None) -> list[Node]:
    return [one for root in tree.roots if team_id in {None, root.team_id} for one in root.below()]


@mapping.capability(
    scope="tasks:read",
    kind=Kind.READ,
    http="GET /api/v1/clickup/hierarchy",
    brief=brief.places,
    aliases=("workspace_tree", "space_tree", "whole_structure"),
    questions=("Show the whole tree of spaces and lists.", "How is our ClickUp organised?", "Where is the list Care?"),
)
async def discover_hierarchy(call: Call, wanted: HierarchyWanted) -> Places:
    """All spaces with their folders and lists, as a tree: path, id, and how many tasks are done of how many."""
    tree = await Tree.of(call)
    nodes = [one for one in _of_team(tree, wanted.workspace_id) if wanted.show_archived or not one.archived]
    return _places(tree, nodes, wanted.limit)


@mapping.capability(
    scope="tasks:read",
    kind=Kind.READ,
    http="GET /api/v1/clickup/spaces",
    brief=brief.places,
    aliases=("spaces_with_mapping", "mapped_spaces"),
    questions=("List the spaces and say which are mapped.", "Which spaces do we follow?", "Which spaces are not tracked yet?"),
)
async def list_spaces(call: Call, wanted: SpacesWanted) -> Places:
    """The spaces, and which of them are followed."""
    tree = await Tree.of(call)
    return _places(tree, [one for one in tree.roots if one.kind == "space" and wanted.workspace_id in {None, one.team_id}], 200)


# Following ------------------------------------------------------------------------------------------------------------------


async def _follow(call: Call, reference: str, kind: PlaceKind | None, name: str | None) -> Project:
    """Nothing is followed twice: not a place, nor what is in one that is followed already."""
    tree = await Tree.of(call)
    node = await tree.find(call, reference, "id", (kind,) if kind else ANY)
    called = name or node.name
    there = next((one for one in tree.shown() if one.name.lower() == called.lower() or one.node is node), None)
    if there is not None:
        raise Conflict(f"{there.name} is followed already: {there.node.path if there.node else ''}", project=there.name)
    parent = node.parent
    while parent is not None:
        above = next((one for one in tree.shown() if one.node is parent), None)
        if above is not None:
            raise Conflict(f"{node.path} is a part of {above.name}, which is followed already", project=above.name)
        parent = parent.parent
    if not await store_projects.add_project(call.db, call.actor, called, node.id, call.now):
        raise Conflict(f"Something is followed as {called} already", project=called)
    call.about(called, node.id)
    return _project(Followed(node.id, called, node))


async def _unfollow(call: Call, reference: str) -> Told:
    tree, name, node = await _meant(call, reference, "project_name")
    gone = [one for one in tree.shown() if one.node is node]
    if not gone:
        raise NotFound(f"{name} is not followed: list_mapped_projects names what is", field="project_name")
    await store_projects.remove_projects(call.db, call.actor.organisation_id, [one.id for one in gone])
    call.about(name, node.id)
    return Told(message=f"{name} is not followed any more; its tasks stay", projects=[one.name for one in tree.shown() if one not in gone])


@configuration.capability(
    scope="tasks:write",
    kind=Kind.WRITE,
    http="POST /api/v1/clickup/projects",
    status=201,
    aliases=("track_project", "follow_folder"),
    questions=("Track the folder Quay as a project.", "Add this space to our projects.", "Follow that list."),
)
async def add_project(call: Call, wanted: NewProject) -> Project:
    """Follow a space, folder or list as a project; one that is followed already, or lies in one, is refused."""
    return await _follow(call, wanted.id, wanted.type, wanted.name)


@mapping.capability(
    scope="tasks:write",
    kind=Kind.WRITE,
    http="POST /api/v1/clickup/mappings",
    status=201,
    aliases=("map_folder", "map_space"),
    questions=("Map the folder Quay.", "Map this ClickUp list under a name of ours.", "Remember that folder as a project."),
)
async def map_project(call: Call, wanted: NewMapping) -> Project:
    """Follow a space, folder or list under a name of yours: the same as add_project."""
    return await _follow(call, wanted.id, wanted.type, wanted.alias)


@configuration.capability(
    scope="tasks:write",
    kind=Kind.WRITE,
    http="POST /api/v1/clickup/projects/remove",
    brief=brief.told,
    aliases=("untrack_project", "stop_following"),
    questions=("Stop tracking Quay.", "Take that folder off our projects.", "Do not follow this list any more."),
)
async def remove_project(call: Call, wanted: ProjectWanted) -> Told:
    """Follow a project no more; its tasks stay."""
    return await _unfollow(call, wanted.project_name)


@mapping.capability(
    scope="tasks:write",
    kind=Kind.WRITE,
    http="POST /api/v1/clickup/mappings/remove",
    brief=brief.told,
    aliases=("forget_mapping", "drop_mapping"),
    questions=("Unmap Quay.", "Remove that mapping.", "Forget the alias."),
)
async def unmap_project(call: Call, wanted: AliasWanted) -> Told:
    """Follow a project no more: the same as remove_project."""
    return await _unfollow(call, wanted.alias)


@mapping.capability(
    scope="tasks:read",
    kind=Kind.READ,
    http="GET /api/v1/clickup/mappings",
    brief=brief.projects,
    aliases=("tracked_projects", "followed_projects", "mappings"),
    questions=("Which projects do we track?", "What is mapped?", "List the followed ClickUp projects."),
)
async def list_mapped_projects(call: Call, wanted: Nothing) -> Projects:
    """The spaces, folders and lists that are followed as projects."""
    shown = [_project(one) for one in (await Tree.of(call)).shown()]
    return Projects(projects=shown, message="" if shown else NOTHING_FOLLOWED)


@mapping.capability(
    scope="tasks:read",
    kind=Kind.READ,
    http="GET /api/v1/clickup/mapping",
    brief=brief.places,
    aliases=("mapping_details", "structure_of_a_project"),
    questions=("What belongs to the project Quay?", "Which lists are in that mapping?", "Show the structure of the mapped project."),
)
async def get_mapped_project(call: Call, wanted: AliasWanted) -> Places:
    """A followed project with all folders and lists in it."""
    tree, _, node = await _meant(call, wanted.alias, "alias")
    return _places(tree, node.below(), 200)


@mapping.capability(
    scope="tasks:write",
    kind=Kind.WRITE,
    http="POST /api/v1/clickup/mappings/refresh",
    brief=brief.told,
    aliases=("update_mapping", "reread_project"),
    questions=("Refresh the project Quay.", "Is the mapping of Quay still right?", "Look at the mapped folder again."),
)
async def refresh_project(call: Call, wanted: AliasWanted) -> Told:
    """What a followed project holds now. It is read from the mirror, which is always as new as its last run."""
    _, name, node = await _meant(call, wanted.alias, "alias")
    call.about(name, node.id)
    return Told(message=f"{name}: {len(node.lists)} lists, {node.done} of {node.total} tasks done", projects=[name])


@configuration.capability(
    scope="tasks:write",
    kind=Kind.WRITE,
    http="POST /api/v1/clickup/projects/refresh",
    brief=brief.told,
    aliases=("drop_vanished_projects", "clean_projects"),
    questions=("Drop the projects that are gone.", "Refresh our tracked projects.", "Clean up what we follow."),
)
async def refresh_projects(call: Call, wanted: Nothing) -> Told:
    """Follow no more what was archived; what was deleted at ClickUp is gone by itself."""
    tree = await Tree.of(call)
    gone = [one for one in tree.shown() if one.node is not None and one.node.archived]
    await store_projects.remove_projects(call.db, call.actor.organisation_id, [one.id for one in gone])
    left = [one.name for one in tree.shown() if one not in gone]
    return Told(
        message=f"{len(left)} followed, {len(gone)} dropped{': ' if gone else ''}{', '.join(one.name for one in gone)}", projects=left
    )


@mapping.capability(
    scope="tasks:write",
    kind=Kind.DESTRUCTIVE,
    http="POST /api/v1/clickup/mappings/clear",
    brief=brief.told,
    aliases=("forget_all_mappings", "reset_mappings"),
    questions=("Forget all mappings.", "Clear what we follow.", "Start over with the projects."),
)
async def clear_sync(call: Call, wanted: Clearing) -> Told:
    """Follow nothing any more; tasks and lists stay."""
    tree = await Tree.of(call)
    names = [one.name for one in tree.shown()]
    if not wanted.confirm:
        return Told(message=f"Nothing was done: confirm=true stops following {len(names)} projects", projects=names)
    await store_projects.remove_projects(call.db, call.actor.organisation_id, [one.id for one in tree.shown()])
    return Told(message=f"{len(names)} projects are not followed any more", projects=[])


@mapping.capability(
    scope="tasks:read",
    kind=Kind.READ,
    http="GET /api/v1/clickup/cache",
    brief=brief.told,
    aliases=("clean_cache", "empty_cache"),
    questions=("Prune the cache.", "Is there anything stale in the cache?", "Free the cached structure."),
)
async def prune_cache(call: Call, wanted: Nothing) -> Told:
    """There is no cache to prune: answers are read from the mirror, which get_sync_status tells the age of."""
    return Told(message="Nothing is cached: answers are read from the mirror; get_sync_status says how old it is", projects=[])


# Where they stand -----------------------------------------------------------------------------------------------------------


@configuration.capability(
    scope="tasks:read",
    kind=Kind.READ,
    http="GET /api/v1/clickup/projects/status",
    brief=brief.project_status,
    aliases=("project_progress", "how_far_is_project"),
    questions=("How far is Quay?", "What is the status of that project?", "How many tasks of Quay are done?"),
)
async def get_project_status(call: Call, wanted: ProjectWanted) -> ProjectStatus:
    """How far a project is: done, active and overdue tasks, per cent, and how many stand in which status."""
    _, name, node = await _meant(call, wanted.project_name, "project_name")
    return await _status(call, name, node, words=True)


@configuration.capability(
    scope="tasks:read",
    kind=Kind.READ,
    http="GET /api/v1/clickup/projects/statuses",
    brief=brief.project_statuses,
    aliases=("all_projects_progress", "portfolio"),
    questions=("How far are all our projects?", "Which projects are late?", "Give me the status of everything we track."),
)
async def get_all_projects_status(call: Call, wanted: Nothing) -> ProjectStatuses:
    """How far each followed project is."""
    shown: list[Any] = (await Tree.of(call)).shown()
    found = [await _status(call, one.name, one.node, words=False) for one in shown]
    return ProjectStatuses(projects=found, total=len(found), message="" if found else NOTHING_FOLLOWED)
