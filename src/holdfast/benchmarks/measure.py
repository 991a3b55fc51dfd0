"""Timing, and what a figure says: seconds here are wall-clock and floats, money never is."""

from __future__ import annotations

import os
import platform
import sqlite3
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from msgspec import Struct

ROUNDS = 3
"""Each figure is the median of so many runs, taken in turn with what it is compared with."""


class Figure(Struct, frozen=True):
    """One line of the report; `floor` is what the project promises (`most` for figures that should stay low)."""

    name: str
    value: float
    unit: str
    floor: float | None = None
    most: float | None = None

    @property
    def ok(self) -> bool | None:
        """Whether the promise holds; None where there is none."""
        if self.floor is not None:
            return self.value >= self.floor
        return None if self.most is None else self.value <= self.most


@contextmanager
def stopwatch() -> Iterator[Callable[[], float]]:
    """Gives a function that tells the seconds since the block was entered."""
    start = time.perf_counter()
    yield lambda: time.perf_counter() - start


def rate(count: int, work: Callable[[], object]) -> float:
    """Things per second when `work` does `count` of them."""
    start = time.perf_counter()
    work()
    return count / (time.perf_counter() - start)


def medians(*measures: Callable[[], float], rounds: int = ROUNDS) -> list[float]:
    """The median of each measure, the measures taken in turn so that a noisy moment meets all of them."""
    found = [[measure() for measure in measures] for _ in range(rounds)]
    return [statistics.median(column) for column in zip(*found, strict=True)]


def resident_bytes() -> int:
    """Memory of this process, as the system counts it (Linux; elsewhere 0)."""
    try:
        pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    except OSError:
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE")


def machine() -> str:
    """What this was measured on, in a line."""
    model = platform.processor() or platform.machine()
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
        model = next(line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        pass
    system = f"{platform.system()} {platform.release()}"
    versions = f"{platform.python_implementation()} {platform.python_version()}, SQLite {sqlite3.sqlite_version}"
    return f"{model}, {os.cpu_count()} cores, {system}, {versions}"
