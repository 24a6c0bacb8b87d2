"""The arithmetic of cursors: what a snapshot sees, and that a cursor survives being written down."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crewhall.kit.errors import InvalidInput
from crewhall.live import Cursor, Snapshot


@st.composite
def snapshots(draw: st.DrawFn) -> Snapshot:
    xmin = draw(st.integers(1, 2**40))
    running = draw(st.sets(st.integers(xmin, xmin + 40), max_size=8))
    xmax = max([xmin, *(xid + 1 for xid in running)]) + draw(st.integers(0, 5))
    low = min(running, default=xmax)
    return Snapshot.parse(f"{low}:{xmax}:{','.join(str(xid) for xid in sorted(running))}")


@st.composite
def cursors(draw: st.DrawFn) -> Cursor:
    before = draw(snapshots())
    after = draw(st.none() | snapshots())
    return Cursor("0a1b2c3d", before, after, draw(st.integers(0, 10**12)) if after else 0)


@given(cursors())
def test_a_cursor_reads_back_as_it_was_written(cursor: Cursor) -> None:
    assert cursor == Cursor.parse(str(cursor))


@given(snapshots(), snapshots())
def test_covering_means_seeing_everything_that_the_other_sees(one: Snapshot, other: Snapshot) -> None:
    xids = range(1, max(one.xmax, other.xmax) + 1) if max(one.xmax, other.xmax) < 500 else _edges(one, other)

    seen_by_other = {xid for xid in xids if other.sees(xid)}
    seen_by_one = {xid for xid in xids if one.sees(xid)}

    assert one.covers(other) == (seen_by_other <= seen_by_one)


def _edges(one: Snapshot, other: Snapshot) -> set[int]:
    """Visibility changes nowhere but at these."""
    points = {one.xmin, one.xmax, other.xmin, other.xmax, *one.in_progress, *other.in_progress}
    return {xid for point in points for xid in (point - 1, point, point + 1) if xid > 0}


@given(snapshots())
def test_a_snapshot_does_not_see_what_was_running(snapshot: Snapshot) -> None:
    assert not any(snapshot.sees(xid) for xid in snapshot.in_progress)
    assert not snapshot.sees(snapshot.xmax)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "abc",
        "abc.1:2",
        "abc.5:2:",
        "abc.1:9:4,3",
        "abc.1:9:12",
        "abc.0:9:",
        "ABC.1:2:",
        "abc.1:2:.3:4:.",
        "abc.1:2:.x",
        "abc.1:2:\n",
        "x" * 9000,
        "abc.1:99999999999999999999:",
        "abc.\u0661:\u0662:",
        "abc.1:2:.1:2:.\u0661",
    ],
)
def test_a_foreign_cursor_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput, match="did not come from Crewhall"):
        Cursor.parse(text)


@given(st.text(max_size=60))
def test_no_text_at_all_breaks_the_reader(text: str) -> None:
    with contextlib.suppress(InvalidInput):
        Cursor.parse(text)


@given(snapshots(), st.integers(0, 200))
def test_a_snapshot_cut_off_sees_the_same_up_to_there_and_nothing_younger(snapshot: Snapshot, xid: int) -> None:
    cut = snapshot.up_to(xid)

    assert cut == Snapshot.parse(cut.text)
    assert [snapshot.sees(one) and one <= xid for one in range(1, 210)] == [cut.sees(one) for one in range(1, 210)]
