"""`crewhall import` and `crewhall export`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from crewhall.faces.cli import moving
from tests.faces.cli.conftest import Cli
from tests.harness.hall import Hall

ISSUES = [{"number": number, "title": f"Issue {number}", "state": "open"} for number in range(7)]


async def test_a_file_is_told_first_and_imported_when_somebody_says_yes(cli: Cli, hall: Hall, tmp_path: Path) -> None:
    (tmp_path / "issues.json").write_text(json.dumps(ISSUES))

    told = await cli("import", str(tmp_path / "issues.json"), "--dry-run")
    unasked = await cli("import", str(tmp_path / "issues.json"))
    done = await cli("import", str(tmp_path / "issues.json"), "--yes", "--project", "Ledger")
    again = await cli("import", str(tmp_path / "issues.json"), "--yes", "--project", "Ledger", "--json")

    tasks = (await hall.rest.get("/api/tasks?project=Ledger")).json()["tasks"]
    assert "7 would be created" in told.out
    assert (2, "--yes" in unasked.err) == (unasked.code, True)
    assert ("7 created" in done.out, 7) == (True, len(tasks)), done
    assert (0, 7) == (again.json["created"], again.json["unchanged"])


async def test_what_is_too_large_for_one_request_goes_in_pieces(
    cli: Cli, hall: Hall, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(moving, "ROWS", 3)
    (tmp_path / "issues.csv").write_text("Issue key,Summary\n" + "".join(f"L-{number},Issue {number}\n" for number in range(7)))

    said = await cli("import", str(tmp_path / "issues.csv"), "--yes", "--json")

    assert 7 == said.json["created"]
    assert 7 == len((await hall.rest.get("/api/tasks")).json()["tasks"])


async def test_a_folder_of_backlog_md_is_imported(cli: Cli, hall: Hall, tmp_path: Path) -> None:
    folder = tmp_path / "backlog" / "tasks"
    folder.mkdir(parents=True)
    (folder / "task-1 - Roof.md").write_text("---\nid: task-1\ntitle: Fix the roof\nstatus: Done\n---\nIt leaks.\n")

    said = await cli("import", str(tmp_path / "backlog"), "--yes")

    (task,) = (await hall.rest.get("/api/tasks")).json()["tasks"]
    assert (0, "Fix the roof", "completed", "backlog") == (said.code, task["title"], task["status"], task["source"])


async def test_an_export_is_one_file_whatever_its_pages(cli: Cli, hall: Hall, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(moving, "PAGE", 2)
    for number in range(5):
        await hall.make_task(f"Task {number}")

    said = await cli("export")
    table = await cli("export", str(tmp_path / "tasks.csv"))
    back = await cli("import", str(tmp_path / "tasks.csv"), "--yes", "--json")

    assert 5 == len(said.json)
    assert (0, 6) == (table.code, len((tmp_path / "tasks.csv").read_text().splitlines()))
    assert (0, 5) == (back.json["created"], back.json["unchanged"])


@pytest.mark.parametrize(("name", "text"), [("x.csv", "a,b\n1,2"), ("x.json", "{"), ("x.json", "7"), ("x.csv", "")])
async def test_a_file_of_no_known_tracker_is_refused_before_anything_is_sent(cli: Cli, tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text)

    said = await cli("import", str(tmp_path / name), "--yes")

    assert 2 == said.code, said
