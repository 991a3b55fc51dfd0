"""Values over time, at most one kept to an hour: what is asked of them is how something stood at a full hour."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from typing import Generic, TypeVar

T = TypeVar("T")

HOUR = 3_600


class Timeline(Generic[T]):
    """The value from each of its times on. Kept is the last of every hour, an hour's end belonging to it."""

    __slots__ = ("times", "values")

    def __init__(self) -> None:
        self.times: list[int] = []
        self.values: list[T] = []

    def put(self, at: int, value: T) -> None:
        """From `at` on it is `value`; times never go back."""
        if self.times and (self.times[-1] - 1) // HOUR == (at - 1) // HOUR:
            self.times[-1], self.values[-1] = at, value
        else:
            self.times.append(at)
            self.values.append(value)

    def at(self, second: int) -> T | None:
        """The value at a second: exact at full hours, and from the last change on; None before the first."""
        found = bisect_right(self.times, second)
        return self.values[found - 1] if found else None

    def forget(self, before: int) -> None:
        """Let go of what no second from `before` on needs."""
        old = bisect_left(self.times, before) - 1
        if old > 0:
            del self.times[:old]
            del self.values[:old]
