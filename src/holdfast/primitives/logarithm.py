"""The term-period arithmetic: whole days of a period that falls with the logarithm of the amount, exactly.

The period is P = c · (1 − K1 · log10 x) with rational c and K1 and x = amount / smallest amount. It is never computed:
P <= n is the same as x >= 10^q with the rational q = (1 − n/c) / K1, that is x^r >= 10^p for q = p/r. For every
number of days n there is therefore one smallest amount that it is enough for, and a period is found by looking an
amount up in that table. Each entry is decided by integers alone, whatever the size of p and r.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from fractions import Fraction
from functools import lru_cache
from itertools import count

EXACT_BITS = 50_000
"""Powers of up to about this many bits are compared as they are; larger ones between enclosures."""

Scaled = tuple[int, int]
"""mantissa, exponent: mantissa · 2^exponent."""


def reaches_power_of_ten(x: Fraction, p: int, r: int) -> bool:
    """Whether x^r >= 10^p, exactly, for x > 0, r >= 1 (p and r without common divisor).

    Method: with r = 1 both sides are compared as they are. Otherwise 10^(p/r) is irrational, equality cannot be, and
    both powers are enclosed between integers of ever more bits until the enclosures part.
    """
    if r == 1:
        return x >= Fraction(10) ** p
    if p < 0:
        return not reaches_power_of_ten(1 / x, -p, r)
    for bits in count(128, 128):
        low, high = _power(x, r, bits)
        ten_low, ten_high = _power(Fraction(10), p, bits)
        if _compare(low, ten_high) >= 0:
            return True
        if _compare(high, ten_low) < 0:
            return False
    raise AssertionError("unreachable")  # pragma: no cover


def _power(x: Fraction, n: int, bits: int) -> tuple[Scaled, Scaled]:
    """x^n as (a bound below, a bound above), with mantissas of `bits` bits."""
    shift = bits - x.numerator.bit_length() + x.denominator.bit_length()
    scaled = (x.numerator << max(shift, 0)) // (x.denominator << max(-shift, 0))
    base_low, base_high = (scaled, -shift), (scaled + 1, -shift)
    low, high = (1, 0), (1, 0)
    for bit in bin(n)[2:]:
        low, high = _multiply(low, low, bits, up=False), _multiply(high, high, bits, up=True)
        if bit == "1":
            low, high = _multiply(low, base_low, bits, up=False), _multiply(high, base_high, bits, up=True)
    return low, high


def _multiply(a: Scaled, b: Scaled, bits: int, *, up: bool) -> Scaled:
    mantissa, exponent = a[0] * b[0], a[1] + b[1]
    excess = max(mantissa.bit_length() - bits, 0)
    return (mantissa >> excess) + (1 if up and excess else 0), exponent + excess


def _compare(a: Scaled, b: Scaled) -> int:
    """Below 0, 0 or above 0 as a is less than, equal to or greater than b."""
    size = a[0].bit_length() + a[1] - b[0].bit_length() - b[1]
    if size:  # of different length; exponents can be far too large to shift by
        return size
    shift = a[1] - b[1]
    left, right = a[0] << max(shift, 0), b[0] << max(-shift, 0)
    return (left > right) - (left < right)


@lru_cache(maxsize=64)
def period_table(
    c: Fraction, k1: Fraction, smallest: int, largest: int, days: tuple[int, int], *, half_up: bool
) -> tuple[int, ...]:
    """The least amounts for which `days[1]` − 1, `days[1]` − 2, … down to `days[0]` days are enough.

    Formula:   entry i = min { amount : c · (1 − k1 · log10(amount / smallest)) <= days[1] − 1 − i }
    Units:     days for c and `days`; base units for amounts. Entries above `largest` are left out.
    Rounding:  up to whole days; with `half_up` to the nearest, a half up (P < n + 1/2 instead of P <= n).
    """
    table: list[int] = []
    least = 1
    for whole_days in range(days[1] - 1, days[0] - 1, -1):
        bound = whole_days + (Fraction(1, 2) if half_up else 0)
        enough = _enough(c, k1, smallest, largest, bound, strict=half_up)
        if not enough(largest):
            break
        least = _first(enough, least, largest)
        table.append(least)
    return tuple(table)


def whole_days(amount: int, table: tuple[int, ...], most: int) -> int:
    """The period of `amount` in whole days, clamped to the table's range; `most` is the table's upper end."""
    return most - bisect_right(table, amount)


def _enough(
    c: Fraction, k1: Fraction, smallest: int, largest: int, bound: Fraction | int, *, strict: bool
) -> Callable[[int], bool]:
    """The predicate "the period of this amount is <= bound" (< bound where `strict`)."""
    if k1 == 0:
        constant = c < bound if strict else c <= bound
        return lambda _amount: constant
    q = (1 - bound / c) / k1
    p, r = q.numerator, q.denominator
    if -p >= r * len(str(smallest)):  # 10^q lies below 1 / smallest: any amount will do, and 10^p may be beyond reach
        return lambda _amount: True
    if p > r * len(str(largest)):
        return lambda _amount: False
    if strict and r == 1:  # only here can log10 x equal q
        return lambda amount: Fraction(amount, smallest) > Fraction(10) ** p
    if r * smallest.bit_length() > EXACT_BITS:
        return lambda amount: reaches_power_of_ten(Fraction(amount, smallest), p, r)
    scale, target = 10 ** max(-p, 0), 10 ** max(p, 0) * smallest**r
    return lambda amount: bool(amount**r * scale >= target)


def _first(enough: Callable[[int], bool], low: int, high: int) -> int:
    """The least amount in low..high that is enough; `high` is, and with it all above any that is."""
    step = max(low >> 6, 1)
    while low + step < high and not enough(low + step):
        low += step
        step *= 2
    high = min(low + step, high)
    while low < high:
        middle = (low + high) >> 1
        low, high = (low, middle) if enough(middle) else (middle + 1, high)
    return low
