"""Fixtures: platforms that are tried again at once."""

from __future__ import annotations

import pytest

from crewhall.integrations.kit import wire


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wire, "PAUSES", {"wait_initial": 0.01, "wait_max": 0.02, "wait_jitter": 0.0})
