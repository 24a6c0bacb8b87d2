"""Pages that cannot lie: made from the code, or compared with it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from crewhall.app import ROOMS
from crewhall.kit.capability import Registry, Room
from crewhall.reference import pages

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "crewhall"
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])


@pytest.mark.parametrize("name", sorted(pages()))
def test_a_reference_page_is_in_step_with_the_code(name: str) -> None:
    assert pages()[name] == (ROOT / "docs" / "reference" / name).read_text("utf-8"), "run `make docs`"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_somewhere(page: Path) -> None:
    links = [link.partition("#")[0] for link in re.findall(r"\]\(([^)]+)\)", page.read_text("utf-8"))]

    assert [] == [link for link in links if link and not link.startswith("http") and not (page.parent / link).exists()]


@pytest.mark.parametrize("room", sorted({path.relative_to(SOURCE).parts[0] for path in SOURCE.rglob("capabilities.py")}))
def test_every_room_has_its_page(room: str) -> None:
    page = (ROOT / "docs" / "rooms" / f"{room}.md").read_text("utf-8")

    assert page.startswith(f"# {room}: ")


def test_every_decision_is_listed() -> None:
    index = (ROOT / "docs" / "decisions" / "README.md").read_text("utf-8")
    records = {path.name for path in (ROOT / "docs" / "decisions").glob("[0-9]*.md")}

    assert records == set(re.findall(r"\((\d{4}-[a-z0-9-]+\.md)\)", index))


@pytest.mark.parametrize("room", ROOMS, ids=lambda room: room.name)
def test_a_rooms_page_names_every_capability_of_the_room(room: Room) -> None:
    page = (ROOT / "docs" / "rooms" / f"{room.name}.md").read_text("utf-8")

    assert [] == [capability.name for capability in Registry([room]) if f"`{capability.name}`" not in page]


def test_make_help_lists_every_command() -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    phony = re.search(r"^\.PHONY: (.*)$", makefile, re.MULTILINE)
    assert phony is not None

    assert set(phony[1].split()) == set(re.findall(r"^([a-z]+):.*## ", makefile, re.MULTILINE))


def test_no_page_names_a_package_host_or_a_machine() -> None:
    told = "".join(path.read_text("utf-8") for path in [*PAGES, *ROOT.glob("requirements*.lock"), ROOT / "pyproject.toml"])

    assert not re.findall(r"pypi\.org|pythonhosted|registry\.npmjs|deb\.debian\.org|/r[o]ot/|(?<!/api/v1)/w[o]rk/", told)
