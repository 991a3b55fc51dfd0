"""Which figures there are, in sections that can be run one by one, and how large each is."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from itertools import count
from pathlib import Path

from msgspec import Struct

from holdfast.benchmarks import allocation, baselines, contributions, engine, postgres, scale
from holdfast.benchmarks.measure import Figure, medians
from holdfast.benchmarks.scale import Tick
from holdfast.errors import Unavailable


class Size(Struct, frozen=True):
    """How much work each section does."""

    commands: int = 50_000
    single: int = 4_000
    each_caller: int = 1_000
    requests: int = 400
    stakes: int = 1_000_000
    positions: int = 10_000
    longest: int = 1_000_000
    reports: int = 100_000
    resources: int = 100_000


QUICK = Size(
    commands=10_000,
    single=1_000,
    each_caller=200,
    requests=60,
    stakes=20_000,
    positions=1_000,
    longest=10_000,
    reports=5_000,
    resources=10_000,
)

CALLERS = 64


class Section(Struct, frozen=True):
    """A part of the report; `work` tells beforehand how much a progress bar counts.

    An `optional` one is left out with a word where what it measures cannot be had.
    """

    title: str
    run: Callable[[Path, Size, Tick], Iterator[Figure]]
    work: Callable[[Size], int] = lambda size: 1
    optional: bool = False


def in_memory(folder: Path, size: Size, tick: Tick) -> Iterator[Figure]:
    """Decide and apply, no store."""
    vault, term = medians(lambda: engine.decided(size.commands, "vault"), lambda: engine.decided(size.commands, "term"))
    yield Figure("vault deposits, in memory", vault, "/s", floor=100_000)
    yield Figure("term stakes, in memory", term, "/s", floor=60_000)


def durable(folder: Path, size: Size, tick: Tick) -> Iterator[Figure]:
    """One hot vault on SQLite, each commit synced, beside what one would write by hand."""
    names = (folder / f"hand-{number}.db" for number in count())
    by_hand, ours, by_hand_64, by_hand_1, rows, single = medians(
        lambda: baselines.double_entry(next(names), size.commands, 1_000),
        lambda: engine.durable(folder, size.commands, 1_000),
        lambda: baselines.double_entry(next(names), size.commands, 64),
        lambda: baselines.double_entry(next(names), size.single, 1),
        lambda: baselines.one_row_commits(next(names), size.single),
        lambda: engine.durable(folder, size.single, 1),
    )
    yield Figure("hand-written double entry, 1,000 to a commit", by_hand, "/s")
    yield Figure("hand-written double entry, 64 to a commit", by_hand_64, "/s")
    yield Figure("hand-written double entry, one to a commit", by_hand_1, "/s")
    yield Figure("one-row commits", rows, "/s")
    yield Figure("vault commands, 1,000 to a commit", ours, "/s", floor=45_000)
    yield Figure("… against hand-written double entry", ours / by_hand, "x", floor=0.5)
    yield Figure("vault commands, one to a commit", single, "/s")
    yield Figure("… against one-row commits", single / rows, "x", floor=0.55)


def on_postgres(folder: Path, size: Size, tick: Tick) -> Iterator[Figure]:
    """The same on a PostgreSQL started for it."""
    yield from postgres.figures(folder, size.commands, size.single)


def callers(folder: Path, size: Size, tick: Tick) -> Iterator[Figure]:
    """Many callers at once, each waiting for its own answer."""
    ways = (("on an event loop", engine.on_a_loop, 25_000, 25), ("in threads", engine.in_threads, None, 25))
    for where, way, floor, most in ways:
        runs = [way(folder, CALLERS, size.each_caller) for _ in range(3)]
        yield Figure(f"{CALLERS} callers {where}", statistics.median(speed for speed, _ in runs), "/s", floor=floor)
        yield Figure("… 99th percentile of waiting", statistics.median(late for _, late in runs), "ms", most=most)


def journal(folder: Path, size: Size, tick: Tick) -> Iterator[Figure]:
    """Reading the journal back."""
    rebuilt, verified, size_each = engine.journal(folder, max(size.commands, 10_000))
    yield Figure("records rebuilt", rebuilt, "/s", floor=150_000)
    yield Figure("records verified (decided again)", verified, "/s")
    yield Figure("journal on disk per deposit", size_each, "bytes", most=700)


def many_stakes(folder: Path, size: Size, tick: Tick) -> Iterator[Figure]:
    """A desk with very many open stakes."""
    yield from scale.stakes(folder, size.stakes, tick)


def many_positions(folder: Path, size: Size, tick: Tick) -> Iterator[Figure]:
    """Eras over many positions."""
    yield scale.eras(10, size.positions)


def planned(folder: Path, size: Size, tick: Tick) -> Iterator[Figure]:
    """The best allocation over very many strategies."""
    yield from allocation.figures(200)


def depin(folder: Path, size: Size, tick: Tick) -> Iterator[Figure]:
    """Signed reports taken in, and the end of an epoch."""
    signed = contributions.Signed(size.reports)
    names = (folder / f"reports-{number}.db" for number in count())
    raw, taken = medians(signed.raw, lambda: signed.ingested(next(names)))
    yield Figure("ed25519 checks, bare", raw, "/s")
    yield Figure("reports from JSON, checked and committed", taken, "/s")
    yield Figure("… against bare checks", taken / raw, "x", floor=0.5)
    [seconds] = medians(lambda: contributions.close_seconds(size.resources))
    yield Figure(f"closing an epoch of {size.resources:,} resources", seconds, "s", most=2)


def growth(folder: Path, size: Size, tick: Tick) -> Iterator[Figure]:
    """Cost per command as the journal grows."""
    yield from scale.growth(folder, size.longest, tick)


def served(folder: Path, size: Size, tick: Tick) -> Iterator[Figure]:
    """The HTTP server as a process of its own."""
    if find_spec("litestar") is None or find_spec("uvicorn") is None:
        raise Unavailable("The server's libraries are missing; install them with pip install 'holdfast[server]'.")
    from holdfast.benchmarks import server  # noqa: PLC0415 - an extra

    yield from server.figures(folder, size.requests)


def startup(folder: Path, size: Size, tick: Tick) -> Iterator[Figure]:
    """How long the command line takes to say something."""
    found = []
    for _ in range(7):
        start = time.perf_counter()
        subprocess.run([sys.executable, "-m", "holdfast", "--help"], check=True, capture_output=True)
        found.append(time.perf_counter() - start)
    yield Figure("holdfast --help", statistics.median(found), "s", most=0.3)


SECTIONS: dict[str, Section] = {
    "memory": Section("In memory", in_memory),
    "durable": Section("Durable on SQLite", durable),
    "postgres": Section("Durable on PostgreSQL", on_postgres, optional=True),
    "callers": Section("Many callers", callers),
    "journal": Section("The journal read back", journal),
    "stakes": Section("Many open stakes", many_stakes, lambda size: size.stakes),
    "eras": Section("Eras", many_positions),
    "allocation": Section("Plans", planned),
    "depin": Section("Contribution networks", depin),
    "growth": Section("A growing journal", growth, lambda size: size.longest),
    "startup": Section("Start", startup),
    "server": Section("The server", served, optional=True),
}
