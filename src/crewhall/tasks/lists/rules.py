"""Places as a tree, without a database."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from crewhall.tasks.board.models import STATUSES, PlaceKind, Status
from crewhall.tasks.board.rules import TYPE_OF_STATUS
from crewhall.tasks.lists.models import OWN, PlaceStatus

OUR_STATUSES = tuple(PlaceStatus(name=one, type=TYPE_OF_STATUS[Status(one)], status=one, color=None) for one in STATUSES)
"""What tasks can be where nobody says anything else."""


@dataclass(frozen=True, slots=True)
class Place:
    """A space, a folder or a list."""

    id: UUID
    parent_id: UUID | None
    kind: PlaceKind
    name: str
    description: str
    source: str
    external_id: str | None
    colour: str | None
    position: float
    facts: Mapping[str, Any]
    private: bool
    archived: bool

    @property
    def shown_id(self) -> str:
        """The id by which people know it: that of its source, where it has one."""
        return str(self.facts.get("id") or self.external_id or self.id)

    @property
    def order(self) -> tuple[float, str, str]:
        return self.position, self.name.lower(), str(self.id)


@dataclass(frozen=True)
class Tree:
    """All places that somebody sees."""

    places: Mapping[UUID, Place]
    children: Mapping[UUID | None, list[Place]] = field(default_factory=dict)

    @classmethod
    def of(cls, places: Iterable[Place], *, only_with_lists: bool) -> Tree:
        """`only_with_lists`: for a credential that opens a part, a space or folder is there for what it opens inside."""
        known = {place.id: place for place in places}
        if only_with_lists:
            held = {above.id for place in known.values() if place.kind == "list" for above in _above(known, place)}
            known = {one: place for one, place in known.items() if place.kind == "list" or one in held}
        children: dict[UUID | None, list[Place]] = {}
        for place in sorted(known.values(), key=lambda one: one.order):
            children.setdefault(place.parent_id, []).append(place)
        return cls(known, children)

    def above(self, place: Place) -> list[Place]:
        """The places that it is in, the nearest first."""
        return _above(self.places, place)

    def inside(self, parent_id: UUID | None, kind: PlaceKind, *, archived: bool = True) -> list[Place]:
        """What of a kind is right below; below None are the spaces, and the lists that are in none."""
        return [one for one in self.children.get(parent_id, ()) if one.kind == kind and (archived or not one.archived)]

    def lists_below(self, parent_id: UUID | None) -> list[Place]:
        """The lists of a space, those in its folders too."""
        in_folders = [one for folder in self.inside(parent_id, "folder") for one in self.inside(folder.id, "list")]
        return [*self.inside(parent_id, "list"), *in_folders]

    def space_of(self, place: Place) -> Place | None:
        return next((one for one in self.above(place) if one.kind == "space"), None)

    def folder_of(self, place: Place) -> Place | None:
        return next((one for one in self.above(place) if one.kind == "folder"), None)

    def space_id_of(self, place: Place) -> str:
        space = self.space_of(place)
        return space.shown_id if space else OWN


def _above(known: Mapping[UUID, Place], place: Place) -> list[Place]:
    found: list[Place] = []
    while place.parent_id is not None and (parent := known.get(place.parent_id)) is not None and parent not in found:
        found.append(parent)
        place = parent
    return found


def statuses_at(own: Mapping[UUID, Sequence[PlaceStatus]], line: Sequence[Place]) -> tuple[Sequence[PlaceStatus], str]:
    """The statuses of a place, and what keeps them. `line`: the place itself, and what it is in, the nearest first."""
    for place in line:
        if own.get(place.id):
            return own[place.id], place.kind
    return OUR_STATUSES, OWN
