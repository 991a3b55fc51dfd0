"""Exact integer arithmetic with a named rounding: the only place where money is divided."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum

BPS = 10_000
"""Basis points in a whole: 10,000 bps = 100 %."""


class Rounding(Enum):
    """Which integer stands for a quotient that is not one."""

    FLOOR = "floor"
    CEIL = "ceil"
    HALF_UP = "half_up"


FLOOR, CEIL, HALF_UP = Rounding.FLOOR, Rounding.CEIL, Rounding.HALF_UP


def mul_div(x: int, y: int, denominator: int, *, rounding: Rounding) -> int:
    """x × y ÷ denominator, the product formed first.

    Formula:   rounding(x · y / denominator)
    Units:     those of x · y / denominator; x, y >= 0 and denominator > 0.
    Rounding:  as named; `HALF_UP` takes a half to the next integer above.
    Raises:    ZeroDivisionError for a denominator of 0, which no rule passes.
    """
    product = x * y
    if rounding is FLOOR:
        return product // denominator
    if rounding is CEIL:
        return -(-product // denominator)
    return (2 * product + denominator) // (2 * denominator)


def divide(x: int, denominator: int, *, rounding: Rounding) -> int:
    """x ÷ denominator, rounded as named (see `mul_div`)."""
    return mul_div(x, 1, denominator, rounding=rounding)


def bps_of(amount: int, bps: int, *, rounding: Rounding) -> int:
    """The share of `amount` that `bps` basis points are: amount · bps / 10,000, rounded as named."""
    if rounding is FLOOR:
        return amount * bps // BPS
    return mul_div(amount, bps, BPS, rounding=rounding)


def share_out(amount: int, weights: Sequence[tuple[str, int]]) -> list[int]:
    """`amount` in parts proportional to the weights, to the last unit; the parts in the weights' order.

    Formula:   floor(amount · weight / Σ weights) each; what is left goes, a unit each, to the largest remainders
    Units:     those of `amount`; amount >= 0, weights >= 0, their sum > 0.
    Rounding:  largest remainder (Hamilton); equal remainders by name, the lower first. Nobody is a whole unit or more
               away from the exact part, and a weight of 0 gets nothing.
    Raises:    ZeroDivisionError for weights that sum to 0, which no rule passes.
    """
    total = sum(weight for _, weight in weights)
    found = [divmod(amount * weight, total) for _, weight in weights]
    parts = [part for part, _ in found]
    left = amount - sum(parts)
    if left:
        by_remainder = sorted((-found[place][1], name, place) for place, (name, _) in enumerate(weights))
        for _, _, place in by_remainder[:left]:
            parts[place] += 1
    return parts
