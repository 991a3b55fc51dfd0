"""Figures for Prometheus. No label holds a person, an account or an amount."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from itertools import accumulate

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10)

_RECORDS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000)


class _Requests(Collector):
    """Requests and their seconds, counted in one thread: the library's own counters take a lock for each figure."""

    def __init__(self) -> None:
        self._number: dict[tuple[str, int], int] = {}
        self._within: dict[str, list[int]] = {}
        self._seconds: dict[str, float] = {}

    def add(self, route: str, status: int, seconds: float) -> None:
        """Count one."""
        key = (route, status)
        self._number[key] = self._number.get(key, 0) + 1
        within = self._within.get(route)
        if within is None:
            within = self._within[route] = [0] * (len(_SECONDS) + 1)
            self._seconds[route] = 0.0
        within[bisect_left(_SECONDS, seconds)] += 1
        self._seconds[route] += seconds

    def collect(self) -> Iterator[Metric]:
        """The figures so far, as the library wants them: buckets hold all that took as long or less."""
        number = CounterMetricFamily("holdfast_requests", "Requests by route and status.", labels=("route", "status"))
        for (route, status), found in [*self._number.items()]:
            number.add_metric((route, str(status)), found)
        yield number
        taken = HistogramMetricFamily("holdfast_request_seconds", "Seconds to an answer.", labels=("route",))
        bounds = [*map(str, map(float, _SECONDS)), "+Inf"]
        for route, within in [*self._within.items()]:
            taken.add_metric((route,), [*zip(bounds, accumulate(within), strict=True)], self._seconds[route])
        yield taken


class Metrics:
    """The figures of one server; each server has a registry of its own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._requests = _Requests()
        self.registry.register(self._requests)
        self._refusals = Counter(
            "holdfast_refusals_total", "Refused requests by error code.", ("code",), registry=self.registry
        )
        self._commands = Counter(
            "holdfast_commands_total", "Commands by type and status.", ("type", "status"), registry=self.registry
        )
        self.head = Gauge("holdfast_journal_records", "Records in the journal.", registry=self.registry)
        self.streams = Gauge("holdfast_event_streams", "Open event streams.", registry=self.registry)
        self.corrupt = Gauge("holdfast_corrupt", "1 where the desk takes no commands.", registry=self.registry)
        self._keeper = Counter(
            "holdfast_keeper_tasks_total",
            "Tasks of the keeper by kind and outcome.",
            ("kind", "outcome"),
            registry=self.registry,
        )
        self.webhooks = Counter(
            "holdfast_webhook_deliveries_total", "Webhook deliveries by outcome.", ("outcome",), registry=self.registry
        )
        self._commit_records = Histogram(
            "holdfast_commit_records", "Records in one commit.", buckets=_RECORDS, registry=self.registry
        )
        self._commit_seconds = Histogram(
            "holdfast_commit_seconds", "Seconds of one commit.", buckets=_SECONDS, registry=self.registry
        )
        self._office_seconds = Histogram(
            "holdfast_office_write_seconds",
            "Seconds of one transaction about people.",
            buckets=_SECONDS,
            registry=self.registry,
        )
        self._counted: dict[tuple[str, str], Counter] = {}

    def request(self, route: str, status: int, seconds: float) -> None:
        """Count a request. Called in the event loop."""
        self._requests.add(route, status, seconds)

    def refusal(self, code: str) -> None:
        """Count a refusal."""
        self._refusals.labels(code).inc()

    def command(self, kind: str, status: str) -> None:
        """Count a command."""
        kept = self._counted.get((kind, status))
        if kept is None:
            kept = self._counted[kind, status] = self._commands.labels(kind, status)
        kept.inc()

    def commit(self, records: int, seconds: float) -> None:
        """Count a commit of the journal. Called by the writer."""
        self._commit_records.observe(records)
        self._commit_seconds.observe(seconds)

    def kept(self, kind: str, outcome: str) -> None:
        """Count a task of the keeper. Called in its thread."""
        self._keeper.labels(kind, outcome).inc()

    def office_write(self, seconds: float) -> None:
        """Count a transaction about people. Called by the writer."""
        self._office_seconds.observe(seconds)

    def page(self) -> bytes:
        """The figures as Prometheus reads them."""
        return generate_latest(self.registry)
