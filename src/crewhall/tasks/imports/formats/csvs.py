"""What the CSV files of trackers have in common: one line a task, heads that name fields."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from crewhall.tasks.imports.rows import Row, Sheet, cells, columns, refused, told

Put = Callable[[Row, list[str]], None]


def read_sheet(source: str, content: str, known: Mapping[str, str], puts: Mapping[str, Put], *, needs: tuple[str, ...]) -> Sheet:
    """A sheet whose heads are `known` (in lower case -> field); `puts` writes the cells of a field into the row, in this order."""
    heads, lines = cells(content)
    places = columns(heads, known)
    for field in needs:
        if field not in places:
            wanted = " or ".join(repr(head) for head, name in known.items() if name == field)
            raise refused(f"there is no column {wanted}: is this an export of {source}?")
    mapped, ignored = told(heads, known)
    sheet = Sheet(source, mapped=mapped, ignored=ignored)
    for number, line in enumerate(lines, 1):
        found = {name: [line[place].strip() for place in where if line[place].strip()] for name, where in places.items()}
        if not found["external_id"]:
            sheet.skipped.append((number, (found.get("title") or [""])[0][:80], "it has no id"))
            continue
        row = Row(number, found["external_id"][0])
        for name, put in puts.items():
            if name in found:
                put(row, found[name])
        sheet.rows.append(row)
    return sheet


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


def minutes(per_minute: int) -> Put:
    def put(row: Row, words: list[str]) -> None:
        if (said := first(words)) and said.lstrip("-").isdigit():
            row.fields["estimate_minutes"] = round(int(said) / per_minute)

    return put
