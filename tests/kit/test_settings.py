"""Settings come from the variables that the manual names, and from no others."""

from __future__ import annotations

from pathlib import Path

import pytest

from crewhall.kit.home import default_home
from crewhall.kit.settings import Settings


def test_a_variable_that_is_called_like_a_field_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        if Settings.model_fields[name].validation_alias != name.upper():
            monkeypatch.setenv(name.upper(), "/elsewhere")

    assert default_home() == Settings().home


def test_every_named_variable_is_read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    given = {"CREWHALL_HOME": str(tmp_path), "HOST": "0.0.0.0", "PORT": "9000", "LOG_LEVEL": "warning", "CREWHALL_STREAMS": "7"}
    for name, value in given.items():
        monkeypatch.setenv(name, value)

    settings = Settings()

    assert (tmp_path, "0.0.0.0", 9000) == (settings.home, settings.host, settings.port)
    assert ("WARNING", 7) == (settings.log_level, settings.streams)


def test_an_empty_variable_is_as_good_as_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "")

    assert Settings().database_url is None


def test_a_secret_shows_stars(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JWT_SECRET", "very-secret")

    assert "very-secret" not in repr(Settings())
