"""`crewhall import` and `crewhall export`: tasks from other trackers, and back out."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TextIO

import typer

from crewhall.faces.cli import client, files, output, tasks, wording
from crewhall.faces.cli.files import FORMATS, Piece
from crewhall.faces.cli.output import AsJson, Yes, note, say
from crewhall.faces.cli.trouble import Misused, Trouble

if TYPE_CHECKING:
    from collections.abc import Callable

PAGE = 500
COUNTS = ("created", "updated", "unchanged", "refused", "skipped")


def import_file(
    path: Annotated[Path, typer.Argument(help="A file, a folder of Backlog.md, or such a folder as a zip.", show_default=False)],
    kind: Annotated[str | None, typer.Option("--format", "-f", help=f"One of {', '.join(FORMATS)}; found out when left out.")] = None,
    project: tasks.Project = None,
    repository: tasks.Repository = None,
    encoding: Annotated[str | None, typer.Option("--encoding", help="Such as cp1252; UTF-8 and UTF-16 are found out.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only tell what would become of it.")] = False,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Take over tasks of another tracker; first you are told what would become of them. The same file may come again.

    Example: crewhall import issues.json --project Ledger
    """
    kind, pieces = files.read(path, kind, encoding)
    given = {"format": kind, "project": project, "repository": repository}
    with client.open_hub() as hub:
        if dry_run or not yes:
            report = _sent(hub, given | {"dry_run": True}, pieces)
            if not as_json or dry_run:
                _tell(report, as_json)
            if dry_run:
                return
            output.confirm(f"Import {report['created']} new and {report['updated']} changed tasks?", yes)
        _tell(_sent(hub, given | {"dry_run": False}, pieces), as_json)


def _sent(hub: client.Hub, given: Mapping[str, Any], pieces: Sequence[Piece]) -> dict[str, Any]:
    """The report of all pieces. What came before its parent, or a task it is linked to, finds it in a second round."""
    with output.progress("Looking" if given["dry_run"] else "Importing", sum(piece.rows for piece in pieces)) as went:
        first = [_report(hub, given, piece, went) for piece in pieces]
    if len(pieces) > 1 and any(report["orphans"] for report in first):
        if given["dry_run"]:
            note("This was rehearsed in pieces: parents and linked tasks in another piece seem to be missing, and are found when it counts")
        else:
            first = [_again(hub, given, piece, report) for piece, report in zip(pieces, first, strict=True)]
    return _joined(pieces, first)


def _report(hub: client.Hub, given: Mapping[str, Any], piece: Piece, went: Callable[[int], None]) -> dict[str, Any]:
    try:
        report: dict[str, Any] = hub.send("POST", "/api/v1/imports", dict(given) | dict(piece.given))
    except Trouble:
        if piece.before and not given["dry_run"]:
            note(f"The first {piece.before} rows are imported. The same command again goes on from there.")
        raise
    went(piece.rows)
    return report


def _again(hub: client.Hub, given: Mapping[str, Any], piece: Piece, before: dict[str, Any]) -> dict[str, Any]:
    """The report of the first round with the notes that are still true after the second."""
    if not before["orphans"]:
        return before
    now = hub.send("POST", "/api/v1/imports", dict(given) | dict(piece.given))
    notes = {row["row"]: row["notes"] for row in now["rows"]}
    rows = [row | {"notes": notes.get(row["row"], [])} for row in before["rows"]]
    return before | {"orphans": now["orphans"], "links": before["links"] + now["links"], "rows": rows}


def _tell(report: Mapping[str, Any], as_json: bool) -> None:
    if as_json:
        output.print_json(report)
        return
    for row in report["rows"]:
        if row["notes"]:
            say(f"row {row['row']}  {row['external_id']}  {row['outcome']}: {'; '.join(row['notes'])}")
    strangers = [person["name"] for person in report["people"] if person["member_id"] is None]
    if strangers:
        note(f"Nobody here is called {', '.join(strangers)}: their tasks stay without them, and what they said keeps their names")
    if kept := [column for column, became in report["fields"].items() if became == "custom_fields"]:
        note(f"Kept as custom fields: {', '.join(kept)}")
    what, come = ("would be ", "would come") if report["dry_run"] else ("", "came")
    say(", ".join(f"{report[name]} {what}{name}" for name in COUNTS))
    if report["links"] or report["comments"]:
        say(f"{report['links']} links and {report['comments']} comments {come}")


def _joined(pieces: Sequence[Piece], reports: list[dict[str, Any]]) -> dict[str, Any]:
    """The reports of all pieces as one: rows numbered as in the file; somebody who stands in several, once."""
    first = reports[0]
    people = {person["name"]: person for report in reports for person in report["people"]}
    sums = {name: sum(report[name] for report in reports) for name in (*COUNTS, "links", "comments", "orphans")}
    fields = {column: became for report in reports for column, became in report["fields"].items()}
    rows = [
        row | {"row": row["row"] + piece.before}
        for piece, report in zip(pieces, reports, strict=True)
        for row in report["rows"]
    ]  # fmt: skip
    return first | sums | {"fields": fields, "rows": rows, "people": list(people.values())}


# Writing ------------------------------------------------------------------------------------------------------------


def export_file(
    path: Annotated[Path | None, typer.Argument(help="Where to; the standard output when left out.", show_default=False)] = None,
    kind: Annotated[str | None, typer.Option("--format", "-f", help="json or csv; by the file's name when left out.")] = None,
    mine: Annotated[bool, typer.Option("--mine", "-m", help="Only what is assigned to you.")] = False,
    status: tasks.Status = None,
    project: tasks.Project = None,
    repository: tasks.Repository = None,
) -> None:
    """Write tasks into a file that spreadsheets and `crewhall import` read.

    Example: crewhall export done.csv --status done
    """
    wanted = kind or ("csv" if path is not None and path.suffix == ".csv" else "json")
    if wanted not in {"json", "csv"}:
        raise Misused(f"There is no format {wanted}", "Allowed: json, csv")
    filters = {
        "assignee": "me" if mine else None, "status": wording.status_words(status) if status else None, "project": project,
        "repository": repository, "format": wanted, "limit": PAGE,
    }  # fmt: skip
    with client.open_hub() as hub, _opened(path) as file:
        _write(file, wanted, _pages(hub, filters))
    if path is not None:
        note(f"Written to {path}")


@contextmanager
def _opened(path: Path | None) -> Iterator[TextIO]:
    """Where to write: what was there before stays until all of it has come."""
    if path is None:
        yield sys.stdout
        return
    draft = path.with_name(f".{path.name}.part")
    try:
        with draft.open("w", encoding="utf-8", newline="") as file:
            yield file
        draft.replace(path)
    except OSError as error:
        raise Misused(f"{path} cannot be written: {error.strerror}") from error
    finally:
        draft.unlink(missing_ok=True)


def _write(file: TextIO, kind: str, pages: Iterator[dict[str, Any]]) -> None:
    """Page by page: the pages of a JSON become one list."""
    between = "["
    with output.progress("Exporting") as went:
        for page in pages:
            if kind == "csv":
                file.write(page["content"])
            else:
                for task in json.loads(page["content"]):
                    file.write(between + json.dumps(task, ensure_ascii=False))
                    between = ",\n"
            went(page["count"])
    if kind == "json":
        file.write("[]\n" if between == "[" else "]\n")


def _pages(hub: client.Hub, filters: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    cursor, head = None, "true"
    while True:
        page = hub.get("/api/v1/exports", **filters, cursor=cursor, head=head)
        yield page
        cursor, head = page["next_cursor"], "false"
        if cursor is None:
            return
