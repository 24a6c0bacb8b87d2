"""How other trackers write tasks down: each format is read into the same rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from crewhall.tasks.imports.formats import backlog, clickup, github, jira, ours
from crewhall.tasks.imports.rows import Sheet

FORMATS: Mapping[str, Callable[[str, Mapping[str, str]], Sheet]] = {
    "github_json": github.read,
    "jira_csv": jira.read,
    "clickup_csv": clickup.read,
    "backlog_md": backlog.read,
    "crewhall_json": ours.read_json,
    "crewhall_csv": ours.read_csv,
}
"""By name: a function of the content and the files (path -> text)."""

__all__ = ["FORMATS"]
