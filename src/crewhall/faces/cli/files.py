"""Files of other trackers, cut into pieces that one request can carry. Nothing of them is unpacked onto the disk."""

from __future__ import annotations

import codecs
import csv
import io
import json
import re
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from crewhall.faces.cli.trouble import Misused

FORMATS = ("github_json", "jira_csv", "clickup_csv", "backlog_md", "crewhall_json", "crewhall_csv")
PIECE, ROWS = 700_000, 500  # a request holds one MiB, and an import a thousand tasks
LARGEST, LARGEST_CELL, LARGEST_TASK, MOST_FILES = 100_000_000, 200_000, 200_000, 20_000
MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_TASK = re.compile(r"(?:^|/)(?:tasks|completed)/[^/]+\.md$")


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a file: how many rows stand before it, how many it has, and what the request says of it."""

    before: int
    rows: int
    given: Mapping[str, Any]


def read(path: Path, kind: str | None, encoding: str | None) -> tuple[str, list[Piece]]:
    """What kind of file it is, and its content in pieces. Raises Misused, in words, for what cannot be taken over."""
    if kind is not None and kind not in FORMATS:
        raise Misused(f"There is no format {kind}", f"Allowed: {', '.join(FORMATS)}")
    if path.is_dir():
        return "backlog_md", _pieces_of_files(_folder(path, encoding))
    if path.suffix.lower() == ".zip":
        return "backlog_md", _pieces_of_files(_zip(path, encoding))
    text = _text(path, encoding)
    if kind == "backlog_md" or (kind is None and path.suffix == ".md"):
        return "backlog_md", _pieces_of_files({path.name: text})
    if (kind or "").endswith("_json") or (kind is None and path.suffix == ".json"):
        return _json(path, text, kind)
    return _csv(path, text, kind)


def _text(path: Path, encoding: str | None) -> str:
    try:
        if path.stat().st_size > LARGEST:
            raise Misused(f"{path} is too large: at most {LARGEST // 1_000_000} MB, so split it")
        return _decoded(str(path), path.read_bytes(), encoding)
    except OSError as error:
        raise Misused(f"{path} cannot be read: {error.strerror}") from error


def _decoded(name: str, data: bytes, encoding: str | None) -> str:
    """The text: in the encoding that was said, else in the one that its first bytes name, else in UTF-8."""
    used = encoding or next((named for mark, named in MARKS if data.startswith(mark)), "utf-8")
    try:
        return data.decode(used).removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        raise Misused(f"{name} is not {used.upper()} (at byte {error.start})", "Say --encoding, such as cp1252") from error
    except LookupError as error:
        raise Misused(f"There is no encoding {used}", "Such as utf-8, utf-16, cp1252") from error


# Backlog.md --------------------------------------------------------------------------------------------------------------


def _folder(path: Path, encoding: str | None) -> dict[str, str]:
    """The Markdown files of Backlog.md's folder, or of the one above it. Links that lead out of it are not followed."""
    found = sorted(path.glob("**/tasks/*.md")) + sorted(path.glob("**/completed/*.md")) or sorted(path.glob("*.md"))
    inside = [file for file in found if file.resolve().is_relative_to(path.resolve())]
    if not inside:
        raise Misused(f"There is no Markdown file in {path}")
    return {str(file.relative_to(path)): _text(file, encoding) for file in inside}


def _zip(path: Path, encoding: str | None) -> dict[str, str]:
    """The same from a zip. It is read in memory, and only so far as its tasks are as long as tasks are."""
    try:
        with zipfile.ZipFile(path) as packed:
            return {name: _decoded(name, data, encoding) for name, data in _unpacked(path, packed)}
    except OSError as error:
        raise Misused(f"{path} cannot be read: {error.strerror}") from error
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, ValueError, EOFError) as error:  # RuntimeError: it has a password
        raise Misused(f"{path} is no zip that can be read: {error}") from error


def _unpacked(path: Path, packed: zipfile.ZipFile) -> Iterator[tuple[str, bytes]]:
    entries = packed.infolist()
    if len(entries) > MOST_FILES:
        raise Misused(f"{path} holds {len(entries)} files: at most {MOST_FILES}")
    named = [one for one in entries if one.filename.endswith(".md")]
    chosen = [one for one in named if _TASK.search(one.filename)] or [one for one in named if "/" not in one.filename]
    if not chosen:
        raise Misused(f"There is no task of Backlog.md in {path}: tasks/*.md")
    left = LARGEST
    for one in chosen:
        inside = PurePosixPath(one.filename)
        if inside.is_absolute() or ".." in inside.parts or "\\" in one.filename:
            raise Misused(f"{path}: the name {one.filename!r} leads out of the folder")
        with packed.open(one) as file:
            data = file.read(LARGEST_TASK + 1)  # what its head says of its length may be a lie
        left -= len(data)
        if len(data) > LARGEST_TASK or left < 0:
            raise Misused(f"{path}: {one.filename} is longer than a task is, or all of them together are too much")
        yield one.filename, data


def _pieces_of_files(files: Mapping[str, str]) -> list[Piece]:
    return _pieces(sorted(files.items()), lambda some: json.dumps(dict(some)), lambda some: {"files": dict(some)})


# JSON and CSV ------------------------------------------------------------------------------------------------------------


def _json(path: Path, text: str, kind: str | None) -> tuple[str, list[Piece]]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Misused(f"{path} is not JSON: {error}") from error
    items = found.get("items", found.get("tasks")) if isinstance(found, dict) else found
    if not isinstance(items, list):
        raise Misused(f"{path} holds no list of tasks")
    ours = any(isinstance(item, dict) and "key" in item and "external_id" in item for item in items[:1])
    pieces = _pieces(list(_slices(items)), json.dumps, lambda some: {"content": json.dumps(some)})
    return kind or ("crewhall_json" if ours else "github_json"), pieces


def _slices(items: list[Any]) -> Iterator[Any]:
    """A task with more comments than a request holds stands there several times, each time with some of them: the hall keeps each once."""
    for item in items:
        said = item.get("comments") if isinstance(item, dict) else None
        if isinstance(said, list) and len(json.dumps(item)) > PIECE:
            yield from (item | piece.given for piece in _pieces(said, json.dumps, lambda some: {"comments": some}))
        else:
            yield item


def _csv(path: Path, text: str, kind: str | None) -> tuple[str, list[Piece]]:
    csv.field_size_limit(LARGEST_CELL)
    try:
        lines = [line for line in csv.reader(io.StringIO(text, newline=""), delimiter=_separator(text)) if any(line)]
    except csv.Error as error:
        raise Misused(f"{path} is no CSV that can be read: {error}") from error
    pieces = _pieces(lines[1:], _written, lambda some: {"content": _written([*lines[:1], *some])})
    return kind or _kind_of_csv(path, lines), pieces


def _separator(text: str) -> str:
    """As the hall finds it: a comma, or what a spreadsheet of another country or a copied table has instead."""
    heads = re.sub(r'"[^"]*"', "", text[:LARGEST_CELL].partition("\n")[0])
    return max((",", ";", "\t"), key=heads.count)


def _kind_of_csv(path: Path, lines: list[list[str]]) -> str:
    heads = {head.strip().lower() for head in (lines or [[]])[0]}
    for head, kind in (("issue key", "jira_csv"), ("task id", "clickup_csv"), ("external_id", "crewhall_csv")):
        if head in heads:
            return kind
    raise Misused(f"{path}: its columns are of no tracker that is known here", f"Say --format, one of {', '.join(FORMATS)}")


def _written(lines: list[list[str]]) -> str:
    text = io.StringIO(newline="")
    csv.writer(text).writerows(lines)
    return text.getvalue()


def _pieces(items: list[Any], written: Callable[[list[Any]], str], given: Callable[[list[Any]], Mapping[str, Any]]) -> list[Piece]:
    """Pieces of so many items and so many bytes at the most; at least one, even if it is empty."""
    parts: list[list[Any]] = [[]]
    size = 0
    for item in items:
        more = len(written([item]).encode(errors="surrogatepass"))
        if parts[-1] and (size + more > PIECE or len(parts[-1]) >= ROWS):
            parts.append([])
            size = 0
        parts[-1].append(item)
        size += more
    starts = [sum(map(len, parts[:number])) for number in range(len(parts))]
    return [Piece(start, len(part), given(part)) for start, part in zip(starts, parts, strict=True)]
