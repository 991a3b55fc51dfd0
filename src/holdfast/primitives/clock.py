"""Time: integer Unix seconds inside, `2026-01-01T00:00:00Z` outside."""

from __future__ import annotations

import re
import time
from datetime import UTC, datetime
from functools import lru_cache
from typing import Protocol

from holdfast.errors import Malformed

DAY = 86_400
"""Seconds in a day."""
YEAR = 365 * DAY
"""Seconds in the year of 365 days that yearly rates are stated for."""

_INSTANT = re.compile(r"\A[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z\Z")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
LAST_INSTANT = 253_402_300_799
"""9999-12-31T23:59:59Z: the last second that the text form can name."""


def parse_instant(text: str) -> int:
    """Unix seconds of an instant written as `2026-01-01T00:00:00Z` (1970 or later).

    Raises: Malformed for another shape, a day that is not in the calendar, or an instant before 1970.
    """
    if not _INSTANT.match(text):
        raise Malformed(f"{text[:40]!r} is not an instant: write it like 2026-01-01T00:00:00Z")
    try:
        delta = datetime.fromisoformat(text) - _EPOCH
    except ValueError as error:
        raise Malformed(f"{text} is not in the calendar ({error}).") from None
    seconds = delta.days * DAY + delta.seconds
    if seconds < 0:
        raise Malformed(f"{text} lies before 1970.")
    return seconds


@lru_cache(maxsize=4096)
def format_instant(seconds: int) -> str:
    """The text of an instant; one past the year 9999 reads as the last second of it."""
    return datetime.fromtimestamp(min(seconds, LAST_INSTANT), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


class Clock(Protocol):
    """Where the present second comes from."""

    def __call__(self) -> int:
        """Unix seconds now."""


def system_clock() -> int:
    """The machine's clock in whole seconds."""
    return time.time_ns() // 1_000_000_000


class FixedClock:
    """A clock that tests and simulations set by hand."""

    def __init__(self, now: int = 0) -> None:
        self.now = now

    def __call__(self) -> int:
        return self.now
