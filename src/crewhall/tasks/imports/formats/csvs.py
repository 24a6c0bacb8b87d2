"""What the CSV files of trackers have in common: one line a task, heads that name fields."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence

from crewhall.tasks.imports.extras import put_extras
from crewhall.tasks.imports.rows import Row, Sheet, cells, columns, put_ties, refused

Put = Callable[[Row, list[str]], None]


def read_sheet(
    source: str, content: str, known: Mapping[str, str], puts: Mapping[str, Put], *, needs: tuple[str, ...], ignored: Collection[str],
) -> Sheet:  # fmt: skip
    """A sheet whose heads are `known` (in lower case -> field); `puts` writes the cells of a field into the row, in this order. Other
    columns become custom fields, but for those `ignored` (in lower case), which say nothing outside of their source."""
    heads, lines = cells(content.replace("\x00", ""))
    places = columns(heads, known)
    for field in needs:
        if field not in places:
            wanted = " or ".join(repr(head) for head, name in known.items() if name == field)
            raise refused(f"there is no column {wanted}: is this an export of {source}?")
    extras = _others(heads, {*known, *ignored})
    sheet = Sheet(source, mapped={head: known[head.lower()] for head in heads if head.lower() in known})
    sheet.ignored = list(dict.fromkeys(head for head in heads if head.lower() in ignored))
    for number, line in enumerate(lines, 1):
        found = {name: [line[place].strip() for place in where if line[place].strip()] for name, where in places.items()}
        if not found["external_id"]:
            sheet.skipped.append((number, (found.get("title") or [""])[0][:80], "it has no id"))
            continue
        row = Row(number, found["external_id"][0])
        for name, put in puts.items():
            if name in found:
                put(row, found[name])
        put_extras(sheet, row, {name: _cells(line, where) for name, where in extras.items()})
        sheet.rows.append(row)
    return sheet


def _others(heads: Sequence[str], taken: Collection[str]) -> dict[str, list[int]]:
    """Where each other column stands; one of the same name may stand several times."""
    found: dict[str, list[int]] = {}
    for place, head in enumerate(heads):
        if head and head.lower() not in taken:
            found.setdefault(head, []).append(place)
    return found


def _cells(line: Sequence[str], places: Sequence[int]) -> str | list[str]:
    said = [line[place] for place in places if line[place].strip()]
    return said if len(said) > 1 else first(said)


def first(words: list[str]) -> str:
    return words[0] if words else ""


def plain(field: str) -> Put:
    """The first cell as it is; an empty one leaves the field alone."""

    def put(row: Row, words: list[str]) -> None:
        if words:
            row.fields[field] = words[0]

    return put


def text(field: str) -> Put:
    """The first cell, also when it is empty."""

    def put(row: Row, words: list[str]) -> None:
        row.fields[field] = first(words)

    return put


def ties(kind: str) -> Put:
    """Links to the tasks that the cells name."""
    return lambda row, words: put_ties(row, kind, words)


def minutes(per_minute: int) -> Put:
    def put(row: Row, words: list[str]) -> None:
        if (said := first(words)) and said.lstrip("-").isdigit():
            row.fields["estimate_minutes"] = round(int(said) / per_minute)

    return put
