"""The comparison behind the period table against whole powers, and its enclosures against exact fractions."""

from __future__ import annotations

from fractions import Fraction
from math import gcd

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from holdfast.primitives import logarithm
from holdfast.primitives.logarithm import period_table, reaches_power_of_ten, whole_days

RATIOS = st.builds(Fraction, st.integers(1, 10**30), st.integers(1, 10**12))


@given(RATIOS, st.integers(-200, 200), st.integers(1, 200))
def test_reaches_power_of_ten__any_ratio__what_whole_powers_say(x: Fraction, p: int, r: int) -> None:
    assume(gcd(p, r) == 1)
    assert reaches_power_of_ten(x, p, r) == (x**r >= Fraction(10) ** p)


@pytest.mark.parametrize(("p", "r"), [(1, 3), (7, 27), (-7, 27), (99_991, 100_003), (-1, 99_991), (333_667, 1_000_003)])
def test_reaches_power_of_ten__either_side_of_a_root__told_apart(p: int, r: int) -> None:
    low, high = 1, 10**60
    while high - low > 1:  # the root of 10^p in steps of 10^-40, by the function itself …
        middle = (low + high) // 2
        reached = reaches_power_of_ten(Fraction(middle, 10**40), p, r)
        low, high = (low, middle) if reached else (middle, high)
    below, above = Fraction(low, 10**40), Fraction(high, 10**40)
    assert not reaches_power_of_ten(below, p, r)
    assert reaches_power_of_ten(above, p, r)
    if r < 1_000:  # … and by whole powers
        assert below**r < Fraction(10) ** p <= above**r


@given(RATIOS, st.integers(1, 60), st.integers(4, 40))
def test_power__few_bits__encloses_the_exact_value(x: Fraction, n: int, bits: int) -> None:
    low, high = logarithm._power(x, n, bits)
    exact = x**n
    assert low[0] * Fraction(2) ** low[1] <= exact <= high[0] * Fraction(2) ** high[1]


@given(st.tuples(st.integers(1, 2**64), st.integers(-50, 50)), st.tuples(st.integers(1, 2**64), st.integers(-50, 50)))
def test_compare__scaled_numbers__as_fractions(a: tuple[int, int], b: tuple[int, int]) -> None:
    left, right = (Fraction(mantissa) * Fraction(2) ** exponent for mantissa, exponent in (a, b))
    found = logarithm._compare(a, b)
    assert (found > 0, found < 0) == (left > right, left < right)


def test_compare__exponents_far_apart__at_once() -> None:
    assert logarithm._compare((1, 10**15), (1, -(10**15))) > 0
    assert logarithm._compare((1, -(10**15)), (1, 10**15)) < 0


def test_period_table__by_hand__least_amounts_that_are_enough() -> None:
    # 100 · (1 − 1/2 · log10(amount / 10)) days: 50 from 100, 75 from 10^1.5, 100 at 10
    table = period_table(Fraction(100), Fraction(1, 2), 10, 10**6, (50, 100), half_up=False)
    days = [whole_days(amount, table, 100) for amount in (9, 10, 11, 31, 32, 99, 100, 10**6)]
    assert days == [100, 100, 98, 76, 75, 51, 50, 50]
