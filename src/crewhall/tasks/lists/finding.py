"""What people's words for a space, a folder or a list mean."""

from __future__ import annotations

from crewhall.kit.capability import Call
from crewhall.tasks.board.models import PlaceKind
from crewhall.tasks.board.places import find_place
from crewhall.tasks.lists import store
from crewhall.tasks.lists.rules import Place, Tree


async def tree_of(call: Call) -> Tree:
    """All places that the caller sees."""
    return Tree.of(await store.places(call.db, call.actor), only_with_lists=call.actor.limited)


async def place_in(call: Call, tree: Tree, kind: PlaceKind, word: str) -> Place:
    """The place of a kind that a word means, as it stands in the tree."""
    return tree.places[(await find_place(call, word, f"{kind}_id", (kind,))).id]
