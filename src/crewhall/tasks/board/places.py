"""What people's words for a place mean: a list, a folder or a space of any source. Everybody who is given such a word asks here."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from crewhall.kit.capability import Call
from crewhall.kit.errors import NotFound, ValidationFailed
from crewhall.kit.model import nearest
from crewhall.tasks.board.models import PlaceKind
from crewhall.tasks.board.store import places as store
from crewhall.tasks.board.store.places import Place

ANY: tuple[PlaceKind, ...] = ("list", "folder", "space")
LISTS: tuple[PlaceKind, ...] = ("list",)
HOLDERS: tuple[PlaceKind, ...] = ("folder", "space")
LISTED_BY = {
    ("space",): "get_spaces says", ("folder",): "get_folders says", LISTS: "get_lists, get_folderless_lists and list_projects say",
    ANY: "list_projects and get_spaces say",
}  # fmt: skip
MOST_CANDIDATES = 20


async def find_place(
    call: Call, word: str, field: str = "project", kinds: Sequence[PlaceKind] = ANY, *, to_fill: bool = False
) -> Place:  # fmt: skip
    """The place that an id, a name, a path or the name under which it is followed means.

    NotFound, with the nearest name; ValidationFailed, with the paths and ids of all, for a word that means several.
    """
    place = await place_called(call, word, field, kinds, to_fill=to_fill)
    if place is None:
        what = "project, list, folder or space" if tuple(kinds) == ANY else kinds[0]
        meant = nearest(word, await store.place_names(call.db, call.actor, kinds))
        hint = f"did you mean {meant}?" if meant else f"{LISTED_BY[tuple(kinds)]} which there are"
        raise NotFound(f"There is no {what} {word}: {hint}", field=field, did_you_mean=meant)
    return place


async def place_called(call: Call, word: str, field: str, kinds: Sequence[PlaceKind] = ANY, *, to_fill: bool = False) -> Place | None:
    """The same, or None when there is none that the actor sees."""
    found = await store.places_called(call.db, call.actor, word, kinds, to_fill=to_fill)
    if len(found) > 1:
        raise _several(word, field, found)
    return found[0] if found else None


async def lists_called(call: Call, word: str, field: str = "project") -> list[UUID]:
    """The lists that a filter by this word keeps to; none when nothing is called so: then nothing meets the filter."""
    place = await place_called(call, word, field)
    return list(place.lists) if place else []


def _several(word: str, field: str, found: Sequence[Place]) -> ValidationFailed:
    alike = len({one.shown_id for one in found}) < len(found)  # a folder's id at its source may be a list's as well
    ids = [str(one.id) if alike else one.shown_id for one in found[:MOST_CANDIDATES]]
    candidates = [{"id": by, "kind": one.kind, "name": one.name, "path": one.path} for by, one in zip(ids, found, strict=False)]
    kinds = {one.kind for one in found}
    what = f"{found[0].kind}s" if len(kinds) == 1 else "places"
    which = "; ".join(f"{one['path']} ({one['kind']} {one['id']})" for one in candidates)
    return ValidationFailed.of(field, f"{word} is the name of several {what}, use an id or a path: {which}", candidates=candidates)
