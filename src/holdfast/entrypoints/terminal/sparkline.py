"""A small chart as one line: drawn by the server, so that the first page needs no program to draw it."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

WIDTH, HEIGHT, MARGIN = 1_000, 160, 10
"""Of the drawing, in units of its own; the line keeps the margin from top and bottom."""


def line_of(values: Sequence[str]) -> str:
    """The points of a line through these numbers, the least at the bottom: `0,150 500,80 1000,10`.

    One alone, or several that are all the same, lie in the middle.
    """
    numbers = [Decimal(text) for text in values]
    low, high = min(numbers, default=Decimal(0)), max(numbers, default=Decimal(0))
    last, room = max(len(numbers) - 1, 1), HEIGHT - 2 * MARGIN

    def height(number: Decimal) -> int:
        return HEIGHT // 2 if low == high else HEIGHT - MARGIN - round((number - low) * room / (high - low))

    return " ".join(f"{place * WIDTH // last},{height(number)}" for place, number in enumerate(numbers))
