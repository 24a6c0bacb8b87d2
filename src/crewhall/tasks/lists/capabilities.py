"""Where tasks are kept: workspaces, spaces, folders and lists, of whatever source. A project is a list in a space of our own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from crewhall.accounts import Nothing
from crewhall.kit.capability import Call, Kind, Room
from crewhall.kit.errors import NotFound
from crewhall.kit.paging import cursor_in, read_cursor_in
from crewhall.tasks.board.places import place_called
from crewhall.tasks.lists import brief, store
from crewhall.tasks.lists.finding import place_in, tree_of
from crewhall.tasks.lists.models import (
    OWN,
    CacheCleared,
    CacheWanted,
    Folder,
    FolderDetail,
    FolderPage,
    FolderWanted,
    InFolder,
    InSpace,
    ListDetail,
    ListName,
    ListPage,
    ListRow,
    ListWanted,
    Mirrored,
    Space,
    SpaceDetail,
    SpacePage,
    SpacesWanted,
    SpaceWanted,
    Workspace,
    WorkspaceList,
)
from crewhall.tasks.lists.rules import OUR_STATUSES, Place, Tree, statuses_at

room = Room("workspace_structure")
Paged = SpacesWanted | InSpace | InFolder
NOTHING_CACHED = "Nothing is cached here: each tool reads this hall's own tables, and what was just changed is what it answers."


@room.capability(
    scope="tasks:read",
    kind=Kind.READ,
    http="GET /api/v1/workspaces",
    brief=brief.workspaces,
    aliases=("list_teams", "all_workspaces"),
    questions=("Which workspaces are there?", "What is our ClickUp team called?", "How many members has the workspace?"),
)
async def get_workspaces(call: Call, wanted: Nothing) -> WorkspaceList:
    """The workspaces that spaces are in: this organisation, and what is mirrored of other sources."""
    return WorkspaceList(workspaces=await _workspaces(call))


async def _workspaces(call: Call) -> list[Workspace]:
    """Ours first; the others are there for a credential that is not limited to some projects or repositories of ours."""
    found = [cast(Workspace, dict(row)) for row in await store.workspaces(call.db, call.actor.organisation_id)]
    return [one for one in found if one["source"] == OWN or not call.actor.limited]


# Spaces --------------------------------------------------------------------------------------------------------------------


@room.capability(
    scope="tasks:read",
    kind=Kind.READ,
    http="GET /api/v1/spaces",
    brief=brief.spaces,
    aliases=("list_spaces_of_workspace", "areas"),
    questions=("Which spaces are there?", "Show the spaces of our workspace.", "Where are our folders kept?"),
)
async def get_spaces(call: Call, wanted: SpacesWanted) -> SpacePage:
    """The spaces of a workspace, or of all; `crewhall` is the space of our own projects."""
    tree = await tree_of(call)
    team = await _team(call, wanted.workspace_id) if wanted.workspace_id is not None else None
    spaces = [one for one in tree.inside(None, "space", archived=wanted.include_archived) if team in {None, _team_of(one)}]
    shown, cursor = _page(spaces, wanted)
    own = await store.statuses(call.db, call.actor.organisation_id, [one.id for one in shown])
    first = [_own_space(call)] if wanted.cursor is None and team in {None, str(call.actor.organisation_id)} else []
    return SpacePage(spaces=[*first, *(_space(one, len(statuses_at(own, [one])[0])) for one in shown)], next_cursor=cursor)


async def _team(call: Call, word: str) -> str:
    """The id of the workspace that is meant."""
    known = await _workspaces(call)
    found = [one for one in known if word == one["workspace_id"] or word.lower() == one["name"].lower()]
    if not found:
        names = ", ".join(f"{one['name']} ({one['workspace_id']})" for one in known)
        raise NotFound(f"There is no workspace {word}: there is {names}", field="workspace_id")
    return found[0]["workspace_id"]


def _team_of(space: Place) -> str | None:
    team = space.facts.get("team_id")
    return None if team is None else str(team)


def _own_space(call: Call) -> Space:
    return Space(
        space_id=OWN, id=None, name=call.actor.organisation or OWN, status_count=len(OUR_STATUSES), multiple_assignees=True,
        archived=False, color=None, private=False, source=OWN,
    )  # fmt: skip


def _space(one: Place, status_count: int) -> Space:
    return Space(
        space_id=one.shown_id, id=one.id, name=one.name, status_count=status_count, multiple_assignees=_shares(one),
        archived=one.archived, color=one.colour, private=one.private, source=one.source,
    )  # fmt: skip


def _shares(space: Place | None) -> bool:
    """Whether tasks there can be several people's; ours always can."""
    said = space.facts.get("multiple_assignees") if space else None
    return True if said is None else bool(said)


@room.capability(
    scope="tasks:read",
    kind=Kind.READ,
    http="GET /api/v1/spaces/{space_id}",
    brief=brief.space,
    aliases=("show_space", "space_details"),
    questions=("What is in this space?", "Which statuses and features has the space?", "How many lists has the Product space?"),
)
async def get_space(call: Call, wanted: SpaceWanted) -> SpaceDetail:
    """One space whole: its statuses, features, and how many folders, lists and tasks it holds."""
    tree = await tree_of(call)
    space = await _find_space(call, tree, wanted.space_id)
    lists = tree.lists_below(space.id if space else None)
    counts = await store.counts(call.db, call.actor, [one.id for one in lists])
    own = await store.statuses(call.db, call.actor.organisation_id, [space.id] if space else [])
    statuses, _ = statuses_at(own, [space] if space else [])
    head = _space(space, len(statuses)) if space else _own_space(call)
    more = {
        "team_id": (_team_of(space) if space else None) or str(call.actor.organisation_id), "statuses": list(statuses),
        "features": dict(space.facts.get("features") or {}) if space else {}, "permissions": _who_sees(space),
        "folder_count": len(tree.inside(space.id, "folder")) if space else 0, "list_count": len(lists),
        "task_count": sum(tasks for tasks, _ in counts.values()),
    }  # fmt: skip
    return cast(SpaceDetail, {**head, **more})


async def _find_space(call: Call, tree: Tree, word: str) -> Place | None:
    """None is the space of our own projects, which has no row."""
    is_ours = word == str(call.actor.organisation_id) or word.lower() in {OWN, call.actor.organisation.lower()}
    if is_ours and await place_called(call, word, "space_id", ("space",)) is None:
        return None
    return await place_in(call, tree, "space", word)


def _who_sees(place: Place | None) -> str:
    if place is not None and place.facts.get("permission_level"):
        return str(place.facts["permission_level"])
    return "private: its members and the owners" if place is not None and place.private else "everybody of the organisation"


# Folders -------------------------------------------------------------------------------------------------------------------


@room.capability(
    scope="tasks:read",
    kind=Kind.READ,
    http="GET /api/v1/spaces/{space_id}/folders",
    brief=brief.folders,
    aliases=("list_folders", "directories"),
    questions=("Which folders are in this space?", "Show the folders with their lists.", "What is the space divided into?"),
)
async def get_folders(call: Call, wanted: InSpace) -> FolderPage:
    """The folders of a space, each with the names of its lists."""
    tree = await tree_of(call)
    space = await _find_space(call, tree, wanted.space_id)
    found = tree.inside(space.id, "folder", archived=wanted.include_archived) if space else []
    shown, cursor = _page(found, wanted)
    return FolderPage(folders=[_folder(tree, one, archived=wanted.include_archived) for one in shown], next_cursor=cursor)


def _folder(tree: Tree, one: Place, *, archived: bool) -> Folder:
    lists = tree.inside(one.id, "list", archived=archived)
    return Folder(
        folder_id=one.shown_id, id=one.id, name=one.name, list_count=len(lists), hidden=bool(one.facts.get("hidden")),
        orderindex=one.position, archived=one.archived,
        lists_summary=[ListName(list_id=inner.shown_id, name=inner.name) for inner in lists],
    )  # fmt: skip


@room.capability(
    scope="tasks:read",
    kind=Kind.READ,
    http="GET /api/v1/folders/{folder_id}",
    brief=brief.folder,
    aliases=("show_folder", "folder_details"),
    questions=("What is in this folder?", "Which lists has the Engine folder?", "In which space is the folder?"),
)
async def get_folder(call: Call, wanted: FolderWanted) -> FolderDetail:
    """One folder with its lists, archived ones too, and the space that it is in."""
    tree = await tree_of(call)
    folder = await place_in(call, tree, "folder", wanted.folder_id)
    space = tree.space_of(folder)
    return FolderDetail(
        folder_id=folder.shown_id, id=folder.id, name=folder.name, hidden=bool(folder.facts.get("hidden")), archived=folder.archived,
        space_id=tree.space_id_of(folder), space_name=space.name if space else call.actor.organisation,
        lists=await _lists(call, tree, tree.inside(folder.id, "list")),
    )  # fmt: skip


# Lists ---------------------------------------------------------------------------------------------------------------------


@room.capability(
    scope="tasks:read",
    kind=Kind.READ,
    http="GET /api/v1/folders/{folder_id}/lists",
    brief=brief.lists,
    aliases=("lists_in_folder", "sub_lists"),
    questions=("Which lists are in this folder?", "How many tasks has each list of the folder?", "Show the lists of Engine."),
)
async def get_lists(call: Call, wanted: InFolder) -> ListPage:
    """The lists of a folder, each with its statuses and how many tasks it has."""
    tree = await tree_of(call)
    folder = await place_in(call, tree, "folder", wanted.folder_id)
    shown, cursor = _page(tree.inside(folder.id, "list", archived=wanted.include_archived), wanted)
    return ListPage(lists=await _lists(call, tree, shown), next_cursor=cursor)


@room.capability(
    scope="tasks:read",
    kind=Kind.READ,
    http="GET /api/v1/spaces/{space_id}/lists",
    brief=brief.lists,
    aliases=("lists_outside_folders", "loose_lists"),
    questions=("Which lists are in no folder?", "Show the loose lists of the space.", "Our own projects as lists."),
)
async def get_folderless_lists(call: Call, wanted: InSpace) -> ListPage:
    """The lists of a space that are in no folder; of the space `crewhall`, our own projects."""
    tree = await tree_of(call)
    space = await _find_space(call, tree, wanted.space_id)
    shown, cursor = _page(tree.inside(space.id if space else None, "list", archived=wanted.include_archived), wanted)
    return ListPage(lists=await _lists(call, tree, shown), next_cursor=cursor)


async def _lists(call: Call, tree: Tree, lists: Sequence[Place]) -> list[ListRow]:
    """These with their statuses and their counts."""
    places = {place.id for one in lists for place in (one, *tree.above(one))}
    own = await store.statuses(call.db, call.actor.organisation_id, list(places))
    counts = await store.counts(call.db, call.actor, [one.id for one in lists])
    return [_list(tree, one, list(statuses_at(own, [one, *tree.above(one)])[0]), counts.get(one.id, (0, 0))) for one in lists]


def _list(tree: Tree, one: Place, statuses: Any, counted: tuple[int, int]) -> ListRow:
    folder = tree.folder_of(one)
    return ListRow(
        list_id=one.shown_id, id=one.id, name=one.name, orderindex=one.position, task_count=counted[0], open_count=counted[1],
        statuses=statuses, folder_id=folder.shown_id if folder else None, space_id=tree.space_id_of(one), archived=one.archived,
        source=one.source,
    )  # fmt: skip


@room.capability(
    scope="tasks:read",
    kind=Kind.READ,
    http="GET /api/v1/lists/{list_id}",
    brief=brief.one_list,
    aliases=("show_list", "list_details"),
    questions=("What is this list for?", "Which statuses has the Backlog list?", "Where is the list, and how many tasks are in it?"),
)
async def get_list(call: Call, wanted: ListWanted) -> ListDetail:
    """One list whole: where it is, what it is for, its statuses and where these are kept, and how many tasks it has."""
    tree = await tree_of(call)
    place = await place_in(call, tree, "list", wanted.list_id)
    (row,) = await _lists(call, tree, [place])
    line, space, folder = [place, *tree.above(place)], tree.space_of(place), tree.folder_of(place)
    own = await store.statuses(call.db, call.actor.organisation_id, [one.id for one in line])
    said = space is not None and space.facts.get("multiple_assignees") is not None
    more = {
        "content": str(place.facts.get("content") or place.description), "permissions": _who_sees(place),
        "multiple_assignees": _shares(space), "multiple_assignees_from": "space" if said else OWN,
        "statuses_from": statuses_at(own, line)[1], "folder_name": folder.name if folder else None,
        "space_name": space.name if space else call.actor.organisation,
    }  # fmt: skip
    return cast(ListDetail, {**row, **more})


# What is kept for a while --------------------------------------------------------------------------------------------------


@room.capability(
    scope="tasks:read",
    kind=Kind.READ,
    http="GET /api/v1/cache",
    brief=brief.cache,
    aliases=("clear_cache", "stale_answers"),
    questions=("Are these numbers stale?", "Clear the cache of lists.", "Why do I not see what I just changed in ClickUp?"),
)
async def invalidate_cache(call: Call, wanted: CacheWanted) -> CacheCleared:
    """Say what is cached, which is nothing, and how new that is which comes from other sources."""
    tree = await tree_of(call)
    lists = [one.source for one in tree.places.values() if one.kind == "list"]
    mirrored = [
        Mirrored(source=row["source"], lists=lists.count(row["source"]), tasks=row["tasks"], newest_change=row["newest_change"])
        for row in await store.mirrored(call.db, call.actor)
    ]
    later = " What was changed elsewhere is seen once its mirror has read it." if mirrored else ""
    return CacheCleared(type=wanted.type, cleared=[], note=NOTHING_CACHED + later, mirrored=mirrored)


def _page(places: Sequence[Place], wanted: Paged) -> tuple[list[Place], str | None]:
    """What one page shows of places in their order, and the cursor of the next one."""
    after = read_cursor_in("place", wanted.cursor, (float, str, str))
    rest = [one for one in places if after is None or one.order > after]
    shown = rest[: wanted.limit]
    return shown, cursor_in("place", shown[-1].order) if len(rest) > len(shown) else None
