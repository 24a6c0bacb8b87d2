"""What the log says, and what it must never say."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import structlog

from crewhall.kit.log import configure_log


@pytest.fixture
def log_to_file(tmp_path: Path) -> Iterator[Callable[[], Path]]:
    """Configures the log when called (standard error is the test's own only by then) and puts everything back."""
    root = logging.getLogger()
    level = root.level

    def configure() -> Path:
        configure_log("INFO", tmp_path)
        return tmp_path / "crewhall.log"

    yield configure
    for handler in root.handlers[:]:
        root.removeHandler(handler)
        handler.close()
    root.setLevel(level)
    structlog.reset_defaults()


def test_a_line_is_an_event_with_facts(log_to_file: Callable[[], Path]) -> None:
    file = log_to_file()
    structlog.get_logger("crewhall.test").info("clickup.pulled", tasks=3)

    line = json.loads(file.read_text())
    assert ("clickup.pulled", 3, "info") == (line["event"], line["tasks"], line["level"])
    assert line["timestamp"].endswith("Z")


def test_lines_of_libraries_come_the_same_way(log_to_file: Callable[[], Path]) -> None:
    file = log_to_file()
    logging.getLogger("some.library").warning("hello %s", "there")

    assert "hello there" == json.loads(file.read_text())["event"]


def test_below_the_level_nothing_is_said(log_to_file: Callable[[], Path]) -> None:
    file = log_to_file()
    structlog.get_logger("crewhall.test").debug("call")

    assert "" == file.read_text()


def test_a_traceback_shows_no_local_variables(log_to_file: Callable[[], Path], capsys: pytest.CaptureFixture[str]) -> None:
    file = log_to_file()
    _fail_with("very-secret")

    told = file.read_text() + capsys.readouterr().err
    assert 2 == told.count("Traceback")
    assert "very-secret" not in told


def _fail_with(key: str) -> None:
    try:
        int(key[:0])
    except ValueError:
        structlog.get_logger("crewhall.test").exception("request.failed")
