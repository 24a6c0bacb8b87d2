"""What is sent of a change, and what is not."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from crewhall.clickup.wording import Unsendable, as_wanted, field_value, wanted_of
from crewhall.kit.json import dumps, loads

OPTIONS = {"options": [{"id": "uuid-1", "name": "Red", "label": "Red"}, {"id": "uuid-2", "name": "Blue", "label": "Blue"}]}


@pytest.mark.parametrize(
    ("kind", "value", "said"),
    [
        ("short_text", "a", "a"), ("text", None, ""), ("url", "https://x.example", "https://x.example"), ("number", 3.5, 3.5),
        ("currency", 8000, 8000), ("drop_down", "Blue", "uuid-2"), ("labels", ["Blue", "Red"], ["uuid-2", "uuid-1"]), ("labels", [], []),
    ],
)  # fmt: skip
def test_a_custom_field_is_said_in_clickups_way(kind: str, value: Any, said: Any) -> None:
    assert said == field_value({"type": kind, "name": "Field", "type_config": OPTIONS}, value)


@pytest.mark.parametrize(
    ("kind", "value", "words"),
    [
        ("drop_down", "Green", "no choice Green: it has Red, Blue"), ("labels", "Red", "does not take Red"),
        ("number", "many", "kind number"),
        ("number", True, "kind number"), ("users", ["Ada"], "kind users"),
        ("drop_down", None, "no choice nothing"), ("None", 1, "kind None"),
    ],
)  # fmt: skip
def test_what_its_kind_does_not_hold_is_refused_in_words(kind: str, value: Any, words: str) -> None:
    with pytest.raises(Unsendable, match=words):
        field_value({"type": kind, "name": "Field", "type_config": OPTIONS}, value)


def test_what_a_change_wanted_is_kept_as_json_and_comes_back_as_it_was() -> None:
    due, person = datetime(2027, 3, 1, 12, tzinfo=UTC), UUID(int=7)
    facts = {
        "title": "Ours", "due_at": due, "start_at": None, "assignee_ids": [person], "tags": ["red"], "status": "blocked",
        "status_name": "on hold", "custom_fields": {"Customer": "Old & Sons", "Size": 2},
    }  # fmt: skip
    now = dict.fromkeys(facts) | {"assignee_ids": [], "tags": [], "custom_fields": {"Size": 3, "Colour": "blue"}}

    kept = wanted_of(["title", "due_at", "start_at", "assignees", "tags", "status", "custom_fields.Customer", "comment"], facts)
    back = as_wanted(now, loads(dumps(kept)))

    assert {**facts, "custom_fields": {"Customer": "Old & Sons", "Size": 3, "Colour": "blue"}} == back
