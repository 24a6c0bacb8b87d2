"""The colours of the page, read from its style sheet: text has a contrast of 4.5 to every surface it may stand on, marks of 3.

axe measures text in a browser; it cannot see what is drawn in an SVG, nor a state that no test has opened.
"""

from __future__ import annotations

import math
import re

import pytest

from crewhall.faces.web.assets import FOLDER

SURFACES = ("hall", "sheet", "raised", "sunk", "hover", "press")
CALM = ("sheet", "raised", "sunk")
STATES = ("c-todo", "c-prog", "c-review", "c-done", "c-block", "c-warn")
TEXT = [
    *((ink, surface) for ink in ("ink", "ink-2", "ink-3") for surface in SURFACES),
    *((state, surface) for state in STATES for surface in CALM),
    *((f"c-{state}", f"w-{state}") for state in ("prog", "review", "done", "block", "warn")),
    *(("ink", wash) for wash in ("w-prog", "w-review", "w-done", "w-block", "w-warn")),
    *(("ink-3", wash) for wash in ("w-prog",)),
    *(("link", surface) for surface in CALM),
    ("act-ink", "act"),
    ("sheet", "ink-2"),
]
MARKS = [*(("focus", surface) for surface in SURFACES), *(("edge", surface) for surface in CALM)]
COLOUR = re.compile(r"oklch\(([\d.]+) ([\d.]+) ([\d.]+)\)|#([0-9a-f]{3})\b")


def channels(written: str) -> tuple[float, float, float]:
    """Linear red, green and blue of an `oklch(...)` or a `#fff`, cut off at what a screen can show."""
    match = COLOUR.fullmatch(written.strip())
    assert match is not None, written
    if match[4]:
        red, green, blue = (int(digit * 2, 16) / 255 for digit in match[4])
        return _linear(red), _linear(green), _linear(blue)
    lightness, chroma, hue = (float(match[number]) for number in (1, 2, 3))
    a, b = chroma * math.cos(math.radians(hue)), chroma * math.sin(math.radians(hue))
    # https://bottosson.github.io/posts/oklab/
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    return (
        _cut(4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short),
        _cut(-1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short),
        _cut(-0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short),
    )


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4


def _cut(channel: float) -> float:
    return min(1.0, max(0.0, channel))


def luminance(written: str) -> float:
    red, green, blue = channels(written)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def ratio(one: str, other: str) -> float:
    """The contrast of WCAG 2."""
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def tokens(theme: int) -> dict[str, str]:
    """The colours of base.css in the light theme (0) or the dark one (1)."""
    colour = r"(oklch\([^)]*\)|#\w+)"
    found = re.findall(rf"--([\w-]+): light-dark\({colour}, {colour}\);", (FOLDER / "base.css").read_text())
    return {name: (light, dark)[theme] for name, light, dark in found}


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(("pairs", "least"), [(TEXT, 4.5), (MARKS, 3.0)], ids=["text", "marks"])
def test_colours_can_be_told_apart(theme: int, pairs: list[tuple[str, str]], least: float) -> None:
    colours = tokens(theme)

    ratios = {pair: ratio(*(colours[name] for name in pair)) for pair in pairs}

    assert {} == {pair: round(found, 2) for pair, found in ratios.items() if found < least}


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
def test_initials_can_be_read_on_every_tint(theme: int) -> None:
    pair = r"light-dark\((.*?\)), (.*?\))\)"
    tints = re.findall(rf"\.person\.h\d \{{ background: {pair}; color: {pair}", (FOLDER / "shell.css").read_text())

    assert 4 == len(tints)
    assert all(ratio(tint[theme], tint[2 + theme]) >= 4.5 for tint in tints)


def test_the_measure_is_that_of_wcag() -> None:
    assert 21 == pytest.approx(ratio("#fff", "oklch(0 0 0)"))
    assert 4.48 == pytest.approx(ratio("#fff", "oklch(.5693 0 0)"), abs=0.03)  # #777 on white
