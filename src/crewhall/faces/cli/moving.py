"""`crewhall import` and `crewhall export`: tasks from other trackers, and back out."""

from __future__ import annotations

import csv
import io
import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from crewhall.faces.cli import client, output, tasks, wording
from crewhall.faces.cli.output import AsJson, Yes, note, say
from crewhall.faces.cli.trouble import Misused

FORMATS = ("github_json", "jira_csv", "clickup_csv", "backlog_md", "crewhall_json", "crewhall_csv")
PIECE, ROWS = 700_000, 500  # a request holds one MiB, and an import a thousand tasks
PAGE = 500
COUNTS = ("created", "updated", "unchanged", "refused", "skipped")

Piece = Mapping[str, Any]


def import_file(
    path: Annotated[Path, typer.Argument(help="A file, or a folder of Backlog.md.", show_default=False)],
    kind: Annotated[str | None, typer.Option("--format", "-f", help=f"One of {', '.join(FORMATS)}; found out when left out.")] = None,
    project: tasks.Project = None,
    repository: tasks.Repository = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only tell what would become of it.")] = False,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Take over tasks of another tracker; first you are told what would become of them. The same file may come again.

    Example: crewhall import issues.json --project Ledger
    """
    kind, pieces = _read(path, kind)
    given = {"format": kind, "project": project, "repository": repository}
    with client.open_hub() as hub:

        def send(*, rehearse: bool) -> dict[str, Any]:
            return _joined([hub.send("POST", "/api/v1/imports", given | dict(piece) | {"dry_run": rehearse}) for piece in pieces])

        if dry_run or not yes:
            report = send(rehearse=True)
            if not (as_json and not dry_run):
                _tell(report, as_json)
            if dry_run:
                return
            output.confirm(f"Import {report['created']} new and {report['updated']} changed tasks?", yes)
        _tell(send(rehearse=False), as_json)


def _tell(report: Mapping[str, Any], as_json: bool) -> None:
    if as_json:
        output.print_json(report)
        return
    for row in report["rows"]:
        if row["notes"]:
            say(f"row {row['row']}  {row['external_id']}  {row['outcome']}: {'; '.join(row['notes'])}")
    strangers = [person["name"] for person in report["people"] if person["member_id"] is None]
    if strangers:
        note(f"Nobody here is called {', '.join(strangers)}: their tasks stay without them")
    what = "would be " if report["dry_run"] else ""
    say(", ".join(f"{report[name]} {what}{name}" for name in COUNTS))


def _joined(reports: list[dict[str, Any]]) -> dict[str, Any]:
    """The reports of all pieces as one; of somebody who stands in several, once."""
    first = reports[0]
    people = {person["name"]: person for report in reports for person in report["people"]}
    sums = {name: sum(report[name] for report in reports) for name in COUNTS}
    return first | sums | {"rows": [row for report in reports for row in report["rows"]], "people": list(people.values())}


# Reading ------------------------------------------------------------------------------------------------------------


def _read(path: Path, kind: str | None) -> tuple[str, list[Piece]]:
    """What kind of file it is, and its content in pieces that a request can carry."""
    if kind is not None and kind not in FORMATS:
        raise Misused(f"There is no format {kind}", f"Allowed: {', '.join(FORMATS)}")
    if path.is_dir():
        return "backlog_md", _pieces_of_folder(path)
    text = _text(path)
    if kind == "backlog_md" or (kind is None and path.suffix == ".md"):
        return "backlog_md", [{"files": {path.name: text}}]
    if (kind or "").endswith("_json") or (kind is None and path.suffix == ".json"):
        return _json(path, text, kind)
    lines = list(csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline="")))
    return kind or _kind_of_csv(path, lines), [{"content": _csv([*lines[:1], *piece])} for piece in _cut(lines[1:], _csv)]


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except OSError as error:
        raise Misused(f"{path} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise Misused(f"{path} is not UTF-8 (at byte {error.start})") from error


def _pieces_of_folder(path: Path) -> list[Piece]:
    """The Markdown files of Backlog.md's folder, or of the one above it."""
    found = sorted(path.glob("**/tasks/*.md")) + sorted(path.glob("**/completed/*.md")) or sorted(path.glob("*.md"))
    if not found:
        raise Misused(f"There is no Markdown file in {path}")
    files = [(str(file.relative_to(path)), _text(file)) for file in found]
    return [{"files": dict(piece)} for piece in _cut(files, lambda piece: json.dumps(dict(piece)))]


def _json(path: Path, text: str, kind: str | None) -> tuple[str, list[Piece]]:
    try:
        found = json.loads(text)
    except ValueError as error:
        raise Misused(f"{path} is not JSON: {error}") from error
    items = found.get("items", found.get("tasks")) if isinstance(found, dict) else found
    if not isinstance(items, list):
        raise Misused(f"{path} holds no list of tasks")
    ours = any(isinstance(item, dict) and "key" in item and "external_id" in item for item in items[:1])
    return kind or ("crewhall_json" if ours else "github_json"), [{"content": json.dumps(piece)} for piece in _cut(items, json.dumps)]


def _kind_of_csv(path: Path, lines: list[list[str]]) -> str:
    heads = {head.strip().lower() for head in (lines or [[]])[0]}
    for head, kind in (("issue key", "jira_csv"), ("task id", "clickup_csv"), ("external_id", "crewhall_csv")):
        if head in heads:
            return kind
    raise Misused(f"{path}: its columns are of no tracker that is known here", f"Say --format, one of {', '.join(FORMATS)}")


def _csv(lines: list[list[str]]) -> str:
    text = io.StringIO(newline="")
    csv.writer(text).writerows(lines)
    return text.getvalue()


def _cut(items: list[Any], written: Any) -> list[list[Any]]:
    """Pieces of so many items and so many bytes at the most; at least one, even if it is empty."""
    pieces: list[list[Any]] = [[]]
    size = 0
    for item in items:
        more = len(written([item]).encode())
        if pieces[-1] and (size + more > PIECE or len(pieces[-1]) >= ROWS):
            pieces.append([])
            size = 0
        pieces[-1].append(item)
        size += more
    return pieces


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
    with client.open_hub() as hub:
        pages = list(_pages(hub, filters))
    content = "".join(pages) if wanted == "csv" else json.dumps([task for page in pages for task in json.loads(page)], ensure_ascii=False)
    if path is None:
        sys.stdout.write(content)
        return
    try:
        path.write_bytes(content.encode())
    except OSError as error:
        raise Misused(f"{path} cannot be written: {error.strerror}") from error
    note(f"Written to {path}")


def _pages(hub: client.Hub, filters: Mapping[str, Any]) -> Iterator[str]:
    cursor, head = None, "true"
    while True:
        page = hub.get("/api/v1/exports", **filters, cursor=cursor, head=head)
        yield page["content"]
        cursor, head = page["next_cursor"], "false"
        if cursor is None:
            return
