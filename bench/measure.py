"""What is measured, and how two things that were measured are compared."""

from __future__ import annotations

import statistics
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

Trial = Callable[[], Awaitable[Mapping[str, float]]]
"""One short round of one contender; answers its figures by name, such as `req/s`."""


class BenchError(Exception):
    """A figure that would have been wrong: a refused request, a lost event, a program that did not start."""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table. `spread` are the smallest and the largest ratio of single rounds; `bar` is what is aimed at."""

    name: str
    unit: str
    ours: float
    floor: float | None = None
    spread: tuple[float, float] | None = None
    bar: str = ""

    @property
    def ratio(self) -> float | None:
        return self.ours / self.floor if self.floor else None


class Rounds:
    """The figures of several contenders, round by round."""

    def __init__(self, figures: Mapping[str, Sequence[Mapping[str, float]]]) -> None:
        self._figures = figures

    def row(self, name: str, unit: str, *, ours: str = "ours", floor: str = "floor", figure: str | None = None, bar: str = "") -> Row:
        """The medians of one figure of two contenders, side by side."""
        mine, theirs = self._series(ours, figure or unit), self._series(floor, figure or unit)
        ratios = [one / other for one, other in zip(mine, theirs, strict=True)]
        return Row(name, unit, statistics.median(mine), statistics.median(theirs), (min(ratios), max(ratios)), bar)

    def _series(self, contender: str, figure: str) -> list[float]:
        return [figures[figure] for figures in self._figures[contender]]


async def interleaved(contenders: Mapping[str, Trial], rounds: int) -> Rounds:
    """Run the contenders in turn, `rounds` times, after one round that only warms up.

    A neighbour who takes the machine for a while takes it from all of them.
    """
    figures: dict[str, list[Mapping[str, float]]] = {name: [] for name in contenders}
    for number in range(rounds + 1):
        for name, trial in contenders.items():
            measured = await trial()
            if number > 0:
                figures[name].append(measured)
    return Rounds(figures)


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which this share of the values lies; `share` 0.95 is the 95th percentile."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]
