"""Secrets that nobody configured: made once, kept for their owner alone."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from crewhall.kit.secrets import _create_once, keep_secret, kept_secret

MAKE = """
import pathlib, sys
from crewhall.kit.secrets import kept_secret

print("ready", flush=True)
sys.stdin.read()
print(kept_secret(pathlib.Path(sys.argv[1]), "key"))
"""


def test_a_secret_is_made_once_and_the_same_ever_after(tmp_path: Path) -> None:
    first = kept_secret(tmp_path / "secrets", "key")

    again = kept_secret(tmp_path / "secrets", "key")

    assert first == again
    assert 43 == len(first)  # 256 bits in base64


def test_two_secrets_have_nothing_in_common(tmp_path: Path) -> None:
    assert kept_secret(tmp_path, "one") != kept_secret(tmp_path, "other")


def test_only_its_owner_can_read_a_secret(tmp_path: Path) -> None:
    kept_secret(tmp_path / "secrets", "key")

    assert 0o600 == (tmp_path / "secrets" / "key").stat().st_mode & 0o777
    assert 0o700 == (tmp_path / "secrets").stat().st_mode & 0o777


@pytest.mark.timeout(30)  # several interpreters
def test_processes_that_ask_at_once_get_the_same_secret(tmp_path: Path) -> None:
    made = made_at_once(tmp_path / "secrets", 4)

    assert {kept_secret(tmp_path / "secrets", "key")} == made
    assert ["key"] == [path.name for path in (tmp_path / "secrets").iterdir()]


def test_what_another_process_put_there_first_is_not_overwritten(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("from elsewhere")

    _create_once(tmp_path / "key", "too late")

    assert "from elsewhere" == kept_secret(tmp_path, "key")
    assert ["key"] == [path.name for path in tmp_path.iterdir()]


def test_a_secret_that_was_made_elsewhere_replaces_the_earlier_one(tmp_path: Path) -> None:
    kept_secret(tmp_path, "key")

    keep_secret(tmp_path, "key", "brought along")

    assert "brought along" == kept_secret(tmp_path, "key")
    assert 0o600 == (tmp_path / "key").stat().st_mode & 0o777


def made_at_once(folder: Path, processes: int) -> set[str]:
    """What that many processes get that are all ready before the first of them may ask."""
    makers = [
        subprocess.Popen([sys.executable, "-c", MAKE, folder], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _ in range(processes)
    ]
    for maker in makers:
        assert maker.stdout is not None
        assert "ready\n" == maker.stdout.readline()
    for maker in makers:
        assert maker.stdin is not None
        maker.stdin.close()
    return {answer_of(maker) for maker in makers}


def answer_of(maker: subprocess.Popen[str]) -> str:
    with maker:
        assert maker.stdout is not None
        return maker.stdout.read().strip()
