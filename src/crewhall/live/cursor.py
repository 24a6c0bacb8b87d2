"""Where a listener stands in the event log.

A number cannot say it: identities are given out before commit, so a smaller one may appear later. A snapshot can: it
knows every transaction that was still open (docs/decisions/0003).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from crewhall.kit.errors import InvalidInput

_SNAPSHOT: Final = r"[0-9]{1,20}:[0-9]{1,20}:(?:[0-9]{1,20}(?:,[0-9]{1,20})*)?"  # "\d" would take the digits of every script
_CURSOR = re.compile(rf"(?P<epoch>[0-9a-z]{{1,16}})\.(?P<before>{_SNAPSHOT})(?:\.(?P<after>{_SNAPSHOT})\.(?P<position>[0-9]{{1,18}}))?")
_LONGEST: Final = 8000
_LARGEST_XID: Final = 2**64 - 1


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Which transactions are visible: PostgreSQL's `xmin:xmax:xip_list`, read.

    Visible is what is below `xmax` and was not in progress.
    """

    text: str
    xmin: int
    xmax: int
    in_progress: frozenset[int]

    @classmethod
    def parse(cls, text: str) -> Snapshot:
        """Raises ValueError for what no PostgreSQL would write."""
        low, high, running = text.split(":")
        xmin, xmax = int(low), int(high)
        open_xids = [int(xid) for xid in running.split(",") if xid]
        in_order = all(one < next_one for one, next_one in pairwise(open_xids))
        if not 0 < xmin <= xmax <= _LARGEST_XID or not in_order or any(not xmin <= xid < xmax for xid in open_xids):
            raise ValueError(f"not a snapshot: {text}")
        return cls(text, xmin, xmax, frozenset(open_xids))

    def sees(self, xid: int) -> bool:
        return xid < self.xmax and xid not in self.in_progress

    def up_to(self, xid: int) -> Snapshot:
        """The same, but nothing younger than `xid` counts as seen."""
        if xid >= self.xmax - 1:
            return self
        open_xids = sorted(one for one in self.in_progress if one <= xid)
        low, high = open_xids[0] if open_xids else xid + 1, xid + 1
        return Snapshot(f"{low}:{high}:{','.join(map(str, open_xids))}", low, high, frozenset(open_xids))

    def covers(self, other: Snapshot) -> bool:
        """Whether everything that `other` sees is seen here too."""
        return self.xmax >= other.xmax and all(not other.sees(xid) for xid in self.in_progress)


@dataclass(frozen=True, slots=True)
class Cursor:
    """A place in the log: everything that `before` sees was read, and of the batch that became visible between `before`
    and `after`, the rows up to `position`. `after` None: the batch was read to its end.
    """

    epoch: str
    before: Snapshot
    after: Snapshot | None = None
    position: int = 0

    def __str__(self) -> str:
        head = f"{self.epoch}.{self.before.text}"
        return head if self.after is None else f"{head}.{self.after.text}.{self.position}"

    @classmethod
    def parse(cls, text: str) -> Cursor:
        """Read what `str` wrote; InvalidInput for anything else."""
        match = _CURSOR.fullmatch(text) if len(text) <= _LONGEST else None
        if match is None:
            raise _foreign()
        try:
            after = Snapshot.parse(match["after"]) if match["after"] else None
            return cls(match["epoch"], Snapshot.parse(match["before"]), after, int(match["position"] or 0))
        except ValueError as error:
            raise _foreign() from error

    def legs(self, present: Snapshot) -> list[tuple[Snapshot, Snapshot, int]]:
        """The stretches of the log between this cursor and `present`: what is left of its batch, then all that followed.

        Each is (old snapshot, new snapshot, position to read above).
        """
        rest = [(self.before, self.after, self.position)] if self.after else []
        return [*rest, (self.end, present, 0)]

    @property
    def end(self) -> Snapshot:
        """What is visible once this cursor's batch has been read to its end."""
        return self.after or self.before


def _foreign() -> InvalidInput:
    return InvalidInput("This cursor did not come from Crewhall: leave it out to start at the present")
