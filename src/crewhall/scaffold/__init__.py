"""`crewhall new-connector`: the folder, the twin and the tests of a platform, to be filled. They pass everything as they are."""

from __future__ import annotations

import keyword
import re
from importlib import resources
from pathlib import Path

from crewhall.kit.errors import Conflict, InvalidInput

CONNECTOR, TWIN = "src/crewhall/integrations/connectors/{slug}", "src/crewhall/demo/twins/{slug}.py"
FILES = {
    "init": f"{CONNECTOR}/__init__.py",
    "manifest": f"{CONNECTOR}/manifest.py",
    "models": f"{CONNECTOR}/models.py",
    "connector": f"{CONNECTOR}/connector.py",
    "twin": TWIN,
    "tried": "tests/connections/platforms/{slug}.py",
}
ROOM = "docs/rooms/integrations.md"
TABLE = "| platform | operations |\n|---|---|\n"
ROW = "| {title} | `{slug}_list_things` `{slug}_get_thing` `{slug}_create_thing` |\n"
LONGEST = 24


def new_connector(root: Path, slug: str, title: str | None = None) -> list[Path]:
    """Write a connector into the checkout at `root`; answers the files that were written.

    Raises InvalidInput for a name that cannot be one, Conflict where something of that name is there already.
    """
    _check(root, slug)
    words = _words(slug, title or slug.replace("_", " ").title())
    written = []
    for template, place in FILES.items():
        path = root / place.format(slug=slug)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(_filled(template, words), "utf-8")
        written.append(path)
    room = root / ROOM
    page = room.read_text("utf-8")
    room.write_text(page.replace(TABLE, TABLE + ROW.format(slug=slug, title=words["TITLE"]), 1), "utf-8")
    return [*written, room]


def _check(root: Path, slug: str) -> None:
    if not re.fullmatch(r"[a-z]{2,}(_[a-z]+)*", slug) or len(slug) > LONGEST or keyword.iskeyword(slug):
        raise InvalidInput(
            f"{slug!r} cannot be a platform's name: small letters and single underscores, at most {LONGEST}, such as acme_board"
        )
    if not (root / "src" / "crewhall" / "integrations").is_dir() or not (root / ROOM).is_file():
        raise InvalidInput(f"There is no checkout of Crewhall at {root}: run this in its folder, or name it with --root")
    there = [place for place in FILES.values() if (root / place.format(slug=slug)).exists()]
    if there:
        raise Conflict(f"There is something called {slug} already: {there[0].format(slug=slug)}")


def _words(slug: str, title: str) -> dict[str, str]:
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9. ]{1,23}", title):
        raise InvalidInput(f"{title!r} cannot be a title: letters, digits, dots and blanks, at most {LONGEST}")
    name = "".join(word.title() for word in slug.split("_"))
    return {"SLUG": slug, "TITLE": title, "CLASS": name, "MARK": slug[:2].title(), "UPPER": slug.upper(), "HOST": slug.replace("_", "-")}


def _filled(template: str, words: dict[str, str]) -> str:
    text = (resources.files(__name__) / "templates" / f"{template}.txt").read_text("utf-8")
    for name, word in words.items():
        text = text.replace(f"@{name}@", word)
    return text
