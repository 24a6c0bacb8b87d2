"""Links between the rows of a file, and to what is here already: a second pass, once every task is here."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from crewhall.kit.capability import Call
from crewhall.kit.errors import CrewhallError
from crewhall.tasks.imports.rows import Row, Tie
from crewhall.tasks.links import many
from crewhall.tasks.links import rules as link_rules
from crewhall.tasks.links.many import Tied
from crewhall.tasks.links.models import LinkKind
from crewhall.tasks.links.rules import Edge

NAMED = 10
_KEY = re.compile(r"\b[A-Z][A-Z0-9]*-\d+\b")


@dataclass(slots=True)
class Wishes:
    """The links that rows ask for, each with the rows that do, and what rows ask for that is not here."""

    links: dict[Edge, list[Row]] = field(default_factory=dict)
    missing: dict[int, list[Tie]] = field(default_factory=lambda: defaultdict(list))


def wish(wishes: Wishes, row: Row, task_id: UUID, others: Sequence[tuple[Tie, UUID | None]]) -> None:
    """What a row says of other tasks; each with its id here, None where there is no such task."""
    own = sum(other == task_id for _, other in others)
    if own:
        row.notes.append(f"{own} links to itself were left out" if own > 1 else "a link to itself was left out")
    for tie, other in others:
        if other is None:
            wishes.missing[row.number].append(tie)
        elif other != task_id:
            wishes.links.setdefault(link_rules.edge(task_id, LinkKind(tie.kind), other), []).append(row)
    if missing := wishes.missing.get(row.number):
        row.notes.append(f"{_some([f'{tie.kind} {tie.other[:80]}' for tie in missing])}: not here, so not linked")


async def tie_rows(call: Call, wishes: Wishes, names: Mapping[str, str]) -> Tied:
    """Make the links; what is refused is noted at the rows that ask for it, in the file's own `names` for keys."""
    tied = await many.link_many(call, list(wishes.links))
    for row, refused in _by_row(wishes, tied.refused):
        row.notes.append("not linked: " + _some([_in_words(tied.refused[link], names) for link in refused]))
    for row, late in _by_row(wishes, tied.left):
        row.notes.append(f"{len(late)} links are still to come: at most {many.MOST_AT_ONCE} do at once, so import the same file again")
    return tied


def rows_of(wishes: Wishes, links: Iterable[Edge]) -> set[int]:
    """The numbers of the rows that ask for these links."""
    return {row.number for link in links for row in wishes.links[link]}


def _by_row(wishes: Wishes, links: Iterable[Edge]) -> list[tuple[Row, list[Edge]]]:
    """These links at each row that asks for them."""
    rows: dict[int, tuple[Row, list[Edge]]] = {}
    for link in links:
        for row in wishes.links[link]:
            rows.setdefault(row.number, (row, []))[1].append(link)
    return list(rows.values())


def _in_words(refusal: CrewhallError, names: Mapping[str, str]) -> str:
    return _KEY.sub(lambda key: names.get(key[0], key[0]), refusal.message)


def _some(words: Sequence[str]) -> str:
    more = f" and {len(words) - NAMED} more" if len(words) > NAMED else ""
    return ", ".join(words[:NAMED]) + more
