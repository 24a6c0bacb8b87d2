"""What is counted for Prometheus: one registry per world, no global state.

Names follow Prometheus: a prefix, base units, `_total` for what only grows. No label ever holds a person, a task or an
organisation: a label's values are few and known.
"""

from __future__ import annotations

import contextlib
import platform
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from prometheus_client import CollectorRegistry, GCCollector, Histogram, ProcessCollector
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.registry import Collector

from crewhall.kit.capability import Capability
from crewhall.kit.db.pool import Database

CONTENT_TYPE = CONTENT_TYPE_LATEST.encode()
BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
"""Seconds. Reads take a few milliseconds, log-ins a tenth of a second, calls outward up to seconds."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A number that somebody else keeps and that is read when Prometheus asks; `grows` makes it a counter."""

    name: str
    help: str
    read: Callable[[], float]
    grows: bool = False


class Metrics:
    """Counts calls, and reads everything else where it is kept."""

    def __init__(self, *, version: str) -> None:
        self._registry = CollectorRegistry()
        self._calls = Histogram(
            "crewhall_call_duration_seconds",
            "How long calls took, from the credential's check to the commit.",
            ("capability", "client", "outcome"),
            buckets=BUCKETS,
            registry=self._registry,
        )
        self._observe: dict[tuple[str, str, str], Callable[[float], None]] = {}
        ProcessCollector(registry=self._registry)
        GCCollector(registry=self._registry)
        build = {"version": version, "python": platform.python_version()}
        self._registry.register(_Constant("crewhall_build", "What is running.", build))

    def __call__(self, capability: Capability, client: str, outcome: str, seconds: float) -> None:
        """Note one call. Finding a labelled child costs more than counting, so each is kept."""
        kind = (capability.name, client, outcome)
        observe = self._observe.get(kind)
        if observe is None:
            observe = self._observe[kind] = self._calls.labels(*kind).observe
        observe(seconds)

    def add(self, readings: Iterable[Reading]) -> Collector:
        """Show these from now on."""
        collector = _Readings(tuple(readings))
        self._registry.register(collector)
        return collector

    @contextlib.contextmanager
    def reading(self, readings: Iterable[Reading]) -> Iterator[None]:
        """Show these as long as the context lives."""
        collector = self.add(readings)
        try:
            yield
        finally:
            self._registry.unregister(collector)

    def text(self) -> bytes:
        """Everything, in Prometheus' text format."""
        return generate_latest(self._registry)


class _Readings(Collector):
    def __init__(self, readings: tuple[Reading, ...]) -> None:
        self._readings = readings

    def collect(self) -> Iterator[Metric]:
        for reading in self._readings:
            family = CounterMetricFamily if reading.grows else GaugeMetricFamily
            yield family(reading.name, reading.help, value=reading.read())


class _Constant(Collector):
    """A gauge that is always 1; its labels are the news."""

    def __init__(self, name: str, text: str, labels: dict[str, str]) -> None:
        self._name, self._text, self._labels = name, text, labels

    def collect(self) -> Iterator[Metric]:
        family = GaugeMetricFamily(f"{self._name}_info", self._text, labels=list(self._labels))
        family.add_metric(list(self._labels.values()), 1)
        yield family


def pool_readings(database: Database) -> tuple[Reading, ...]:
    """How busy the connection pool is."""
    return (
        Reading("crewhall_pool_size", "Connections to the database that are open.", lambda: database.size),
        Reading("crewhall_pool_in_use", "Connections to the database that work for a call.", lambda: database.in_use),
        Reading("crewhall_pool_waiting", "Calls that wait for a connection.", lambda: database.waiting),
        Reading("crewhall_pool_max", "Connections to the database that there may be.", database.pool.get_max_size),
    )
