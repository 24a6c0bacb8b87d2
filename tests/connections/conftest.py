"""Fixtures: platforms that are tried again at once."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from crewhall.integrations.kit import wire
from crewhall.kit.log import configure_log


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wire, "PAUSES", {"wait_initial": 0.01, "wait_max": 0.02, "wait_jitter": 0.0})


@pytest.fixture
def debug_log(tmp_path: Path) -> Iterator[Path]:
    """Everything that is logged while the test runs, as a hall that is asked for all of it logs."""
    root = logging.getLogger()
    before, level = list(root.handlers), root.level
    configure_log("DEBUG", tmp_path)
    yield tmp_path / "crewhall.log"
    for handler in root.handlers:
        handler.close()
    root.handlers[:], root.level = before, level
    structlog.reset_defaults()
