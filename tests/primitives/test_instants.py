"""Instants: text there and back, and what is none."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.primitives.clock import LAST_INSTANT, FixedClock, format_instant, parse_instant, system_clock
from support import refused

NO_INSTANTS = [
    "", "2026-01-01", "2026-01-01T00:00:00", "2026-01-01T00:00:00+00:00", "2026-01-01t00:00:00z",
    "2026-01-01T00:00:00.5Z", "2026-13-01T00:00:00Z", "2026-02-30T00:00:00Z", "2026-01-01T24:00:00Z",
    "2026-01-01T00:00:60Z", "1969-12-31T23:59:59Z", "0000-01-01T00:00:00Z", "\uff12026-01-01T00:00:00Z",
    "2026-01-01T00:00:00Z\n", " 2026-01-01T00:00:00Z",
]  # fmt: skip


@pytest.mark.parametrize("text", NO_INSTANTS)
def test_parse_instant__not_an_instant__malformed(text: str) -> None:
    refused("malformed", lambda: parse_instant(text))


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("1970-01-01T00:00:00Z", 0), ("2026-01-01T00:00:00Z", 1_767_225_600), ("9999-12-31T23:59:59Z", LAST_INSTANT)],
)
def test_instants__by_hand__both_ways(text: str, seconds: int) -> None:
    assert parse_instant(text) == seconds
    assert format_instant(seconds) == text


def test_format_instant__beyond_9999__the_last_second() -> None:
    assert format_instant(LAST_INSTANT + 1) == format_instant(LAST_INSTANT)


@given(st.integers(0, LAST_INSTANT))
def test_instants__any_second__there_and_back(seconds: int) -> None:
    assert parse_instant(format_instant(seconds)) == seconds


def test_clocks__fixed_and_system__whole_seconds() -> None:
    clock = FixedClock(5)
    assert clock() == 5
    clock.now = 7
    assert clock() == 7
    assert isinstance(system_clock(), int)
