"""What the log says, and what it must never say."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from crewhall.kit.log import configure_log


@pytest.fixture
def log_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Iterator[Path]:
    root = logging.getLogger()
    level = root.level
    configure_log("INFO", tmp_path)
    ours = root.handlers[:]
    yield tmp_path / "crewhall.log"
    for handler in ours:
        root.removeHandler(handler)
        handler.close()
    root.setLevel(level)
    structlog.reset_defaults()


def test_a_line_is_an_event_with_facts(log_file: Path) -> None:
    structlog.get_logger("crewhall.test").info("clickup.pulled", tasks=3)

    line = json.loads(log_file.read_text())
    assert ("clickup.pulled", 3, "info") == (line["event"], line["tasks"], line["level"])
    assert line["timestamp"].endswith("Z")


def test_lines_of_libraries_come_the_same_way(log_file: Path) -> None:
    logging.getLogger("some.library").warning("hello %s", "there")

    assert "hello there" == json.loads(log_file.read_text())["event"]


def test_below_the_level_nothing_is_said(log_file: Path) -> None:
    structlog.get_logger("crewhall.test").debug("call")

    assert "" == log_file.read_text()


def test_a_traceback_shows_no_local_variables(log_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _fail_with("crew_" + "very-secret")

    told = log_file.read_text() + capsys.readouterr().err
    assert 2 == told.count("Traceback")
    assert "very-secret" not in told


def _fail_with(key: str) -> None:
    try:
        {}[len(key)]
    except KeyError:
        structlog.get_logger("crewhall.test").exception("request.failed")
