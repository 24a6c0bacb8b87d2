"""Granola: notes by key and from files; and figures that anybody can count again."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from crewhall.demo.twins.granola import GranolaTwin, note_id
from crewhall.integrations import get_connector
from crewhall.integrations.connectors.granola import counting
from crewhall.integrations.kit.shelf import Metric, Note
from crewhall.kit.errors import Conflict, NotFound
from tests.harness.hall import Hall
from tests.harness.twins import Twins, connect_with, run

MONDAY = datetime(2026, 11, 2, 9, tzinfo=UTC)
NOTES = [
    Note("granola", "a", "Berths", started_at=MONDAY, minutes=30.0, attendees=("Ada", "Kofi"), action_items=("Paint", "Call")),
    Note("granola", "b", "Ropes", started_at=MONDAY + timedelta(days=7), minutes=60.0, attendees=("ada",)),
    Note("granola", "c", "Gates", started_at=MONDAY + timedelta(days=9), attendees=("Mei",), action_items=("Order",)),
]


@pytest.mark.parametrize(("measure", "value"), [("meetings", 3), ("minutes", 90), ("attendees", 3), ("action_items", 3)])
def test_a_measure_is_what_its_name_says(measure: Any, value: float) -> None:
    assert value == counting.value(measure, NOTES)


def test_weeks_begin_on_monday_and_empty_ones_are_told() -> None:
    found = counting.weeks("meetings", NOTES, MONDAY - timedelta(days=1), MONDAY + timedelta(days=14))

    assert [(date(2026, 10, 26), 0), (date(2026, 11, 2), 1), (date(2026, 11, 9), 2), (date(2026, 11, 16), 0)] == [
        (one["begins"], one["value"]) for one in found
    ]


def test_months_are_counted_over_the_turn_of_a_year() -> None:
    assert [date(2026, 11, 1), date(2026, 12, 1), date(2027, 1, 1)] == counting.periods("month", 3, datetime(2027, 1, 31, tzinfo=UTC))


@pytest.mark.parametrize(
    ("values", "direction"), [([1, 1, 5, 5], "up"), ([5, 5, 1, 1], "down"), ([5, 5, 5, 5.1], "flat"), ([0, 0], "flat")]
)
def test_a_trend_goes_where_the_later_half_is(values: list[float], direction: str) -> None:
    begins = counting.periods("week", len(values), MONDAY + timedelta(days=90))
    notes = [
        Note("granola", str(number), "T", started_at=datetime.combine(begin, datetime.min.time(), UTC), minutes=value)
        for number, (begin, value) in enumerate(zip(begins, values, strict=True))
    ]

    assert direction == counting.trend(Metric("minutes", "Minutes", "minutes"), notes, begins, "week")["direction"]


def test_figures_say_how_they_are_reckoned() -> None:
    found = {one["id"]: one for one in counting.kpis(None, NOTES, NOTES[:1], timedelta(days=14))}

    assert (1.5, 45.0, 1.0) == tuple(
        found[name]["value"] for name in ("meetings_per_week", "minutes_per_meeting", "action_items_per_meeting")
    )
    assert (0.5, 200.0) == (found["meetings_per_week"]["before"], found["meetings_per_week"]["change"])
    assert "minutes / meetings whose length is known" == found["minutes_per_meeting"]["formula"]


def test_insights_are_counted_and_there_are_none_where_nothing_is_known() -> None:
    found = {one["id"]: one["text"] for one in counting.insights(NOTES)}

    assert "Most meetings were on a Monday: 2 of 3" == found["busiest_day"]
    assert "The longest took 60 minutes: Ropes" == found["longest_meeting"]
    assert "1 of 3 ended without action items" == found["without_action_items"]
    assert [] == counting.insights([])


def granola_of(twins: Twins) -> Any:
    return get_connector("granola", twins["granola"].keys(), {"api": twins["granola"].address})


async def test_notes_are_synced_page_by_page_and_then_counted(twins: Twins) -> None:
    twin = twins["granola"]
    assert isinstance(twin, GranolaTwin)
    twin.unfinished.add(note_id(2))
    now = datetime.now(UTC)
    async with granola_of(twins) as granola:
        first = (await granola.sync_notes(limit=4)).data
        rest = (await granola.sync_notes(limit=4, cursor=first["next_cursor"])).data
        value = (await granola.get_metric(metric_id="minutes", start=now - timedelta(days=365), end=now)).data
        again = (await granola.sync_notes(limit=4)).data
        twin.notes[note_id(1)]["title"] = "Called otherwise"
        fresh = (await granola.get_note(note_id=note_id(1), fresh=True)).data

    assert ([note_id(2)], [], None) == ([one["what"] for one in first["missing"]], rest["missing"], rest["next_cursor"])
    assert (6, 180.0, 180.0) == (value["notes"], value["value"], sum(one["value"] for one in value["weeks"]))
    assert [True, True, True] == [one["is_kept"] for one in again["notes"]]
    assert ("Called otherwise", False) == (fresh["title"], fresh["is_kept"])


async def test_a_metric_of_ones_own_counts_what_it_says(outer_hall: Hall, twins: Twins) -> None:
    await connect_with(outer_hall, "granola", {"library": "yard-notes"})
    for number, text in enumerate(["Ada: The crane is broken.", "Ada: The rope is short.", "Kofi: The CRANE works."]):
        at = (datetime.now(UTC) - timedelta(days=number)).isoformat()
        reply = await run(
            outer_hall, "granola_add_note", title=f"Talk {number}", content=text, started_at=at, minutes=10, attendees=[text[:3]]
        )
        assert 200 == reply.status_code, reply.text
    await run(outer_hall, "granola_create_custom_metric", metric_id="cranes", title="Cranes", measure="minutes", word="crane")

    value = (await run(outer_hall, "granola_get_metric", metric_id="cranes")).json()
    board = {one["id"]: one["value"] for one in (await run(outer_hall, "granola_get_dashboard_metrics")).json()["metrics"]}
    listed = (await run(outer_hall, "granola_list_metrics")).json()["metrics"]

    assert (20.0, 2) == (value["value"], value["notes"])
    assert {"meetings": 3.0, "minutes": 30.0, "attendees": 2.0, "action_items": 0.0, "cranes": 20.0} == board
    assert [("cranes", True)] == [(one["id"], one["is_custom"]) for one in listed[4:]]
    assert [] == twins["granola"].exchanges


async def test_a_metric_that_there_is_not_names_the_nearest(twins: Twins) -> None:
    async with granola_of(twins) as granola:
        with pytest.raises(NotFound, match="did you mean minutes"):
            await granola.get_metric(metric_id="minute")
        with pytest.raises(Conflict, match="always counted"):
            await granola.create_custom_metric(metric_id="minutes", title="Mine", measure="minutes")
