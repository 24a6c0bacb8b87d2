"""find_tools answers people's words. The questions were written before the aliases and never changed: the hash says so."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crewhall.app import ROOMS
from crewhall.faces.mcp.find import Finder
from crewhall.kit.capability import Registry

QUESTIONS = Path(__file__).with_name("find_tools_questions.txt")
WRITTEN = "638e5cd05831e2670bc1c60701ce56ac1a9dd7a31b191b5d623c1913f9db0967"


def questions() -> list[tuple[str, frozenset[str]]]:
    """The question and the tools that are a right answer, in the order of the file."""
    lines = [line for line in QUESTIONS.read_text("utf-8").splitlines() if line and not line.startswith("#")]
    split = [line.split(" => ") for line in lines]
    return [(asked, frozenset(name.strip() for name in accepted.split(","))) for asked, accepted in split]


def test_the_questions_are_the_ones_first_written() -> None:
    assert hashlib.sha256(QUESTIONS.read_bytes()).hexdigest() == WRITTEN
    assert len(questions()) >= 110
    assert len({asked for asked, _ in questions()}) == len(questions())


# Recall -----------------------------------------------------------------------------------------------------------

TOP, BAR = 5, 0.9
REGISTRY = Registry(ROOMS)
OFFERED = [capability for capability in REGISTRY if capability.tool]
NAMES = [capability.name for capability in OFFERED]
FINDER = Finder.of(OFFERED, {name: REGISTRY.subject_of(name) for name in NAMES})


def test_nine_in_ten_questions_find_a_right_tool_among_the_first_five() -> None:
    asked = [(question, right & set(NAMES)) for question, right in questions() if right & set(NAMES)]

    missed = [sorted(right) for question, right in asked if right.isdisjoint(one.name for one in FINDER.search(question, NAMES, TOP))]

    assert len(asked) - len(missed) >= BAR * len(asked), f"{len(missed)} of {len(asked)} missed; by tool: {missed}"


@pytest.mark.parametrize("question", ["what will the weather be in Lisbon", "bake a chocolate cake", "", "?!", "🙂", "the of and"])
def test_what_no_tool_does_finds_nothing_rather_than_the_least_wrong(question: str) -> None:
    assert [] == FINDER.search(question, NAMES)


def test_a_misspelt_word_is_read_as_the_one_it_looks_like() -> None:
    unconnected = [name for name in NAMES if REGISTRY[name].needs is None]

    assert "add_task_comment" in [one.name for one in FINDER.search("ad a coment", unconnected)]


@given(st.text(max_size=500))
@settings(max_examples=30, deadline=None)
def test_whatever_is_asked_is_answered_with_tools_that_there_are(question: str) -> None:
    found = [one.name for one in FINDER.search(question, NAMES)]

    assert len(found) <= TOP
    assert set(found) <= set(NAMES)
