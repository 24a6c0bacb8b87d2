"""Imports and exports, as they come in and go out."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, StringConstraints
from typing_extensions import TypedDict

from crewhall.kit.model import Model
from crewhall.kit.text import Prose, ShortLine
from crewhall.tasks.board.inputs import Name, Person, TaskFilter
from crewhall.tasks.imports.rows import MOST_ROWS

MOST_CONTENT = 1_000_000
Content = Annotated[str, StringConstraints(max_length=MOST_CONTENT)]


class Import(Model):
    """Tasks of another tracker, as its export wrote them down."""

    format: Annotated[
        Literal["github_json", "jira_csv", "clickup_csv", "backlog_md", "crewhall_json", "crewhall_csv"],
        Field(description="Who wrote it: github_json (issues), jira_csv, clickup_csv, backlog_md (files), crewhall_json or crewhall_csv."),
    ]
    content: Annotated[Content, Field(description="The file's text; at most 1,000 tasks at once.")] = ""
    files: Annotated[
        dict[ShortLine, Prose], Field(max_length=MOST_ROWS, description="For backlog_md: the folder's files, path to text.")
    ] = {}
    project: Annotated[Name | None, Field(description="The project of all of them, whatever the file says.")] = None
    repository: Annotated[Name | None, Field(description="Likewise the repository.")] = None
    people: Annotated[
        dict[ShortLine, Person], Field(max_length=500, description="Who is who: the file's name to a member, where they differ.")
    ] = {}
    dry_run: Annotated[bool, Field(description="Only tell what would become of them; keep nothing.")] = True


class ImportedRow(TypedDict):
    """What became of one task of the file."""

    row: Annotated[int, Field(description="Its place in the file, from 1.")]
    external_id: str
    title: str
    outcome: Annotated[str, Field(description="created, updated, unchanged, refused or skipped")]
    key: Annotated[str | None, Field(description="The task's key here; after a dry run, none for a new one.")]
    changed: list[str]
    notes: Annotated[list[str], Field(description="Why it was refused, or what could not be taken over.")]


class Mapped(TypedDict):
    """Somebody whom the file names, and the member who is meant; null: nobody here is called so."""

    name: str
    member: str | None
    member_id: UUID | None


class ImportReport(TypedDict):
    """What became of a file. Of unchanged tasks only those with notes are listed."""

    source: str
    dry_run: bool
    created: int
    updated: int
    unchanged: int
    refused: int
    skipped: int
    links: Annotated[int, Field(description="How many links to other tasks came.")]
    comments: Annotated[int, Field(description="How many comments came.")]
    orphans: Annotated[
        int, Field(description="Tasks whose parent or linked task is not here (yet): the same file sent again finds one that came since.")
    ]
    rows: list[ImportedRow]
    fields: Annotated[dict[str, str], Field(description="Which of its columns became which field; custom_fields: kept under its own name.")]
    ignored: Annotated[list[str], Field(description="Columns that were left out.")]
    people: list[Mapped]


class Export(TaskFilter):
    """Which tasks to export, and how; filters as for get_tasks."""

    include_archived: Annotated[bool, Field(description="Also those that are archived: a file that is kept has everything.")] = True
    format: Annotated[Literal["json", "csv"], Field(description="json: a list; csv: a line each, safe for spreadsheets.")] = "json"
    head: Annotated[bool, Field(description="csv: whether the first line names the columns; false for further pages.")] = True


class Exported(TypedDict):
    """One page of an export."""

    format: str
    count: int
    content: Annotated[str, Field(description="The text of the file: import_tasks reads it again.")]
    next_cursor: Annotated[str | None, Field(description="Hand it back for the next page; null on the last.")]
