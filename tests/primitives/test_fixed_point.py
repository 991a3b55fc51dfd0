"""mul_div and its roundings against exact fractions."""

from __future__ import annotations

import math
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.primitives.fixed_point import CEIL, FLOOR, HALF_UP, Rounding, bps_of, divide, mul_div

AMOUNTS = st.one_of(st.integers(0, 50), st.integers(0, 2**512))
DIVISORS = st.one_of(st.integers(1, 50), st.integers(1, 2**512))


@pytest.mark.parametrize(
    ("x", "y", "d", "floor", "ceil", "half_up"),
    [
        (0, 9, 4, 0, 0, 0),
        (1, 1, 4, 0, 1, 0),
        (1, 2, 4, 0, 1, 1),  # 0.5: the half goes up
        (3, 1, 4, 0, 1, 1),
        (3, 2, 4, 1, 2, 2),  # 1.5
        (4, 1, 4, 1, 1, 1),
        (5, 1, 10, 0, 1, 1),
        (4, 1, 9, 0, 1, 0),
        (5, 1, 9, 0, 1, 1),
        (2**512 - 1, 2**512 - 1, 2**512, 2**512 - 2, 2**512 - 1, 2**512 - 2),
    ],
)
def test_mul_div__by_hand__three_roundings(x: int, y: int, d: int, floor: int, ceil: int, half_up: int) -> None:
    assert mul_div(x, y, d, rounding=FLOOR) == floor
    assert mul_div(x, y, d, rounding=CEIL) == ceil
    assert mul_div(x, y, d, rounding=HALF_UP) == half_up


def test_mul_div__divisor_zero__raises() -> None:
    with pytest.raises(ZeroDivisionError):
        mul_div(1, 1, 0, rounding=FLOOR)


@given(AMOUNTS, AMOUNTS, DIVISORS)
def test_mul_div__any__is_the_exact_fraction_rounded(x: int, y: int, d: int) -> None:
    exact = Fraction(x * y, d)
    assert mul_div(x, y, d, rounding=FLOOR) == math.floor(exact)
    assert mul_div(x, y, d, rounding=CEIL) == math.ceil(exact)
    assert mul_div(x, y, d, rounding=HALF_UP) == math.floor(exact + Fraction(1, 2))


@given(AMOUNTS, DIVISORS, st.sampled_from(Rounding))
def test_divide__any__is_mul_div_by_one(x: int, d: int, rounding: Rounding) -> None:
    assert divide(x, d, rounding=rounding) == mul_div(x, 1, d, rounding=rounding)


@given(AMOUNTS, st.integers(0, 10_000))
def test_bps_of__a_part_and_its_rest__make_the_whole(amount: int, bps: int) -> None:
    assert bps_of(amount, bps, rounding=FLOOR) + bps_of(amount, 10_000 - bps, rounding=CEIL) == amount
