"""`crewhall new-connector` writes what passes everything as it is: in a copy of this checkout, with the real tools."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from crewhall.kit.errors import Conflict, InvalidInput
from crewhall.scaffold import FILES, new_connector

ROOT = Path(__file__).parents[2]
PARTS = ("src", "tests", "docs", "pyproject.toml", "README.md", "LICENSE")
SLUG = "acme_harbour_board"


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    for part in PARTS:
        place = ROOT / part
        if place.is_dir():
            shutil.copytree(place, tmp_path / part, ignore=shutil.ignore_patterns("__pycache__", "*.pyc"))
        else:
            shutil.copy(place, tmp_path / part)
    return tmp_path


def in_checkout(checkout: Path, *command: str) -> str:
    """What a tool says of the copy; the test fails with it when the tool is not content."""
    environment = os.environ | {"PYTHONPATH": str(checkout / "src"), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run([sys.executable, "-m", *command], cwd=checkout, env=environment, capture_output=True, text=True, check=False)
    assert 0 == done.returncode, done.stdout + done.stderr
    return done.stdout


@pytest.mark.timeout(300)
def test_what_is_written_passes_every_check_and_the_common_suite(checkout: Path) -> None:
    in_checkout(checkout, "crewhall", "new-connector", SLUG, "--title", "Acme Harbour Board")
    files = [place.format(slug=SLUG) for place in FILES.values()]

    in_checkout(checkout, "ruff", "check", *files)
    in_checkout(checkout, "ruff", "format", "--check", *files)
    in_checkout(checkout, "mypy", *files)
    said = in_checkout(checkout, "pytest", "-q", "tests/connectors/test_every_connector.py", "-k", f"{SLUG} or tried")

    assert "failed" not in said
    assert int(said.rpartition(" passed")[0].split()[-1]) > 20, said


@pytest.mark.timeout(60)
@pytest.mark.parametrize("slug", ["ab", "a" * 24])
def test_the_shortest_and_the_longest_name_are_as_tidy(checkout: Path, slug: str) -> None:
    new_connector(checkout, slug, slug.title())
    files = [place.format(slug=slug) for place in FILES.values()]

    in_checkout(checkout, "ruff", "check", *files)
    in_checkout(checkout, "ruff", "format", "--check", *files)


@pytest.mark.parametrize("slug", ["x", "Acme", "acme__board", "acme-board", "../acme", "class", "acme1", "a" * 25])
def test_a_name_that_cannot_be_one_writes_nothing(tmp_path: Path, slug: str) -> None:
    with pytest.raises(InvalidInput):
        new_connector(tmp_path, slug)

    assert [] == list(tmp_path.iterdir())


def test_what_is_there_is_not_written_over() -> None:
    before = (ROOT / "src/crewhall/integrations/connectors/slack/manifest.py").read_bytes()

    with pytest.raises(Conflict, match="slack"):
        new_connector(ROOT, "slack")

    assert before == (ROOT / "src/crewhall/integrations/connectors/slack/manifest.py").read_bytes()


def test_outside_a_checkout_it_says_so(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "crewhall", "new-connector", "acme", "--root", str(tmp_path)]
    said = subprocess.run(command, capture_output=True, text=True, check=False)

    assert said.returncode != 0
    assert "no checkout" in said.stdout + said.stderr
