"""`crewhall import` and `crewhall export`."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from crewhall.faces.cli import client, files, moving
from crewhall.faces.cli.trouble import NotReachable
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
    monkeypatch.setattr(files, "ROWS", 3)
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


async def test_what_comes_before_its_parent_finds_it_in_a_second_round(
    cli: Cli, hall: Hall, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "ROWS", 2)
    lines = ["Issue key,Summary,Parent key", "L-1,Part,L-4", "L-2,Lost,X-9", "L-3,Other,", "L-4,Whole,"]
    (tmp_path / "issues.csv").write_text("\n".join(lines))

    rehearsed = await cli("import", str(tmp_path / "issues.csv"), "--dry-run")
    said = await cli("import", str(tmp_path / "issues.csv"), "--yes", "--json")

    tasks = {task["title"]: task for task in (await hall.rest.get("/api/tasks")).json()["tasks"]}
    assert "rehearsed in pieces" in rehearsed.err
    assert (tasks["Whole"]["id"], None) == (tasks["Part"]["parent_id"], tasks["Lost"]["parent_id"])
    assert (4, 1) == (said.json["created"], said.json["orphans"])
    assert [(2, "X-9")] == [(row["row"], row["notes"][0].split(", ")[1]) for row in said.json["rows"] if row["notes"]]


async def test_links_find_each_other_and_long_discussions_come_whole_whatever_the_pieces(
    cli: Cli, hall: Hall, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "PIECE", 2_000)
    folder = tmp_path / "backlog" / "tasks"
    folder.mkdir(parents=True)
    (folder / "a.md").write_text(f"---\nid: a\ntitle: Roof\ndependencies: [b]\n---\n{'x' * 1500}")
    (folder / "b.md").write_text(f"---\nid: b\ntitle: Wall\nsprint: 7\n---\n{'x' * 1500}")
    said = [{"id": f"IC_{number}", "author": {"login": "ada"}, "body": "y" * 300} for number in range(20)]
    (tmp_path / "issues.json").write_text(json.dumps([{"number": 1, "title": "Long", "comments": said}]))

    linked = await cli("import", str(tmp_path / "backlog"), "--yes")
    talked = await cli("import", str(tmp_path / "issues.json"), "--yes", "--json")

    tasks = {task["title"]: task for task in (await hall.rest.get("/api/tasks")).json()["tasks"]}
    assert ("1 links and 0 comments came" in linked.out, "Kept as custom fields: sprint" in linked.err) == (True, True), linked
    assert (1, 20, 20) == (talked.json["created"], talked.json["comments"], tasks["Long"]["comment_count"])
    assert 1 == tasks["Roof"]["open_blockers"]


@pytest.mark.parametrize(("encoding", "option"), [("utf-16", None), ("utf-8-sig", None), ("cp1252", "cp1252")])
async def test_a_file_is_read_in_the_encoding_that_it_has(cli: Cli, hall: Hall, tmp_path: Path, encoding: str, option: str | None) -> None:
    (tmp_path / "issues.csv").write_bytes("Issue key;Summary\r\nL-1;Grüße".encode(encoding))

    unsaid = await cli("import", str(tmp_path / "issues.csv"), "--yes")
    said = await cli("import", str(tmp_path / "issues.csv"), "--yes", *(["--encoding", option] if option else []))

    (task,) = (await hall.rest.get("/api/tasks")).json()["tasks"]
    assert ("Grüße", 0) == (task["title"], said.code)
    assert (2 if option else 0, bool(option)) == (unsaid.code, "--encoding, such as" in unsaid.err)


TASK = "---\nid: task-1\ntitle: Fix the roof\nstatus: Done\n---\nIt leaks.\n"


def packed(path: Path, **files: str | bytes) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as made:
        for name, text in files.items():
            made.writestr(name, text)
    return path


async def test_a_zip_of_backlog_md_is_imported_without_unpacking_it(cli: Cli, hall: Hall, tmp_path: Path) -> None:
    path = packed(tmp_path / "backlog.zip", **{"backlog/tasks/task-1.md": TASK, "backlog/docs/x.md": "no", "backlog/config.yml": "x: 1"})

    said = await cli("import", str(path), "--yes", "--json")

    assert ("Fix the roof", 1, 0) == (said.json["rows"][0]["title"], said.json["created"], said.json["skipped"])
    assert ["backlog.zip"] == [one.name for one in tmp_path.iterdir()]


@pytest.mark.parametrize(
    ("name", "text", "why"),
    [
        ("../tasks/a.md", TASK, "leads out"), ("/tasks/a.md", TASK, "leads out"), ("x/../../tasks/a.md", TASK, "leads out"),
        ("tasks/bomb.md", b"\0" * 50_000_000, "longer than a task"), ("readme.txt", "x", "no task"),
        ("tasks/a.md", b"\xff\xfe\xff", "not UTF-16"),
    ],
)  # fmt: skip
async def test_a_hostile_zip_is_refused_in_words(cli: Cli, tmp_path: Path, name: str, text: str | bytes, why: str) -> None:
    said = await cli("import", str(packed(tmp_path / "x.zip", **{name: text})), "--yes")

    assert (2, True) == (said.code, why in said.err), said


async def test_what_is_no_zip_or_too_large_is_refused(cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "x.zip").write_bytes(b"PK\x03\x04 and nothing more")
    (tmp_path / "x.json").write_text(json.dumps(ISSUES))
    monkeypatch.setattr(files, "LARGEST", 100)

    broken, large = await cli("import", str(tmp_path / "x.zip"), "--yes"), await cli("import", str(tmp_path / "x.json"), "--yes")

    assert (2, 2) == (broken.code, large.code)
    assert ("no zip" in broken.err, "too large" in large.err) == (True, True)


async def test_a_link_that_leads_out_of_a_folder_is_not_followed(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "secret.md").write_text("---\nid: task-9\ntitle: A secret\n---\n")
    tasks = tmp_path / "backlog" / "tasks"
    tasks.mkdir(parents=True)
    (tasks / "task-9.md").symlink_to(tmp_path / "secret.md")
    (tasks / "task-1.md").write_text(TASK)

    said = await cli("import", str(tmp_path / "backlog"), "--dry-run", "--json")

    assert ["Fix the roof"] == [row["title"] for row in said.json["rows"]]


async def test_an_import_that_ends_halfway_says_so_and_goes_on_when_it_comes_again(
    cli: Cli, hall: Hall, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "ROWS", 3)
    (tmp_path / "issues.csv").write_text("Issue key,Summary\n" + "".join(f"L-{number},Issue {number}\n" for number in range(5)))
    real = client.Hub.send
    sent = list[Any]()

    def send(self: Any, method: str, path: str, body: Any = None, **more: Any) -> Any:
        sent.append(body)
        if len(sent) == 2:
            raise NotReachable("The hall is away")
        return real(self, method, path, body, **more)

    monkeypatch.setattr(client.Hub, "send", send)
    broken = await cli("import", str(tmp_path / "issues.csv"), "--yes")
    again = await cli("import", str(tmp_path / "issues.csv"), "--yes", "--json")

    assert (3, "The first 3 rows are imported" in broken.err) == (broken.code, True)
    assert (2, 3) == (again.json["created"], again.json["unchanged"])


async def test_an_export_that_fails_leaves_the_file_as_it_was(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "tasks.csv").write_text("kept")

    said = await cli("export", str(tmp_path / "tasks.csv"), "--status", "done", CREWHALL_URL="http://127.0.0.1:9")

    assert 0 != said.code
    assert [("tasks.csv", "kept")] == [(one.name, one.read_text()) for one in tmp_path.glob("*.csv")] + [
        (one.name, "") for one in tmp_path.glob("*.part")
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("x.json", "[" * 100_000),
        ("x.csv", "Issue key,Summary\nL-1," + "x" * 300_000),
        ("x.csv", "a,b\n1,2"),
        ("x.json", "{"),
        ("x.json", "7"),
        ("x.csv", ""),
    ],
)
async def test_a_file_of_no_known_tracker_is_refused_before_anything_is_sent(cli: Cli, tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text)

    said = await cli("import", str(tmp_path / name), "--yes")

    assert 2 == said.code, said
