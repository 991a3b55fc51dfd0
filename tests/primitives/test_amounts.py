"""Text and base units: the grammar, digits, ranges, and the way there and back."""

from __future__ import annotations

from decimal import Decimal, localcontext

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.primitives.asset import RANGE_MAX, format_units, parse_units
from support import refused

U512 = RANGE_MAX["u512"]


NO_AMOUNTS = [
    "", " ", "-1", "+1", "1e3", "1E3", ".5", "5.", "01", "00", "0x1", "1_000", "1,000", " 1", "1 ", "1\n", "NaN",
    "Infinity", "\u0661", "1.\u0665", "\uff11", "--1", "1.2.3", "1 000", "\u00a01", "1\x00",
]  # fmt: skip


@pytest.mark.parametrize("text", NO_AMOUNTS)
def test_parse_units__not_an_amount__malformed(text: str) -> None:
    refused("malformed", lambda: parse_units(text, 8, U512))


@pytest.mark.parametrize(("text", "decimals"), [("0.1", 0), ("0.000000001", 8), ("1." + "0" * 5_000, 18)])
def test_parse_units__too_many_fraction_digits__malformed(text: str, decimals: int) -> None:
    refused("malformed", lambda: parse_units(text, decimals, U512))


@pytest.mark.parametrize("text", ["9" * 155, "9" * 156, "1" + "0" * 5_000, "9" * 1_000_000])
def test_parse_units__whole_digits_beyond_every_range__amount_overflow(text: str) -> None:
    refused("amount_overflow", lambda: parse_units(text, 18, U512))


def test_parse_units__too_long_and_too_fine__malformed_first() -> None:
    refused("malformed", lambda: parse_units("9" * 5_000 + ".1", 0, U512))


@pytest.mark.parametrize("kind", ["u64", "i128", "u512"])
@pytest.mark.parametrize("decimals", [0, 1, 8, 9, 18])
def test_parse_units__ends_of_a_range__last_passes_next_is_refused(kind: str, decimals: int) -> None:
    last = RANGE_MAX[kind]
    assert parse_units(format_units(last, decimals), decimals, last) == last
    refused("amount_overflow", lambda: parse_units(format_units(last + 1, decimals), decimals, last))


def test_ranges__are_those_of_the_networks() -> None:
    assert RANGE_MAX == {"u64": 2**64 - 1, "i128": 2**127 - 1, "u512": 2**512 - 1}


@pytest.mark.parametrize(
    ("units", "decimals", "text"),
    [(0, 0, "0"), (0, 9, "0"), (1, 9, "0.000000001"), (10, 0, "10"), (1050, 2, "10.5"), (100, 2, "1"), (5, 1, "0.5")],
)
def test_format_units__by_hand__without_trailing_zeros(units: int, decimals: int, text: str) -> None:
    assert format_units(units, decimals) == text


@given(st.one_of(st.integers(0, 10_000), st.integers(0, U512)), st.integers(0, 18))
def test_format_and_parse__any__there_and_back(units: int, decimals: int) -> None:
    text = format_units(units, decimals)
    assert parse_units(text, decimals, U512) == units
    with localcontext() as context:
        context.prec = 200
        assert Decimal(text) * 10**decimals == units


@given(st.from_regex(r"\A(0|[1-9][0-9]{0,170})(\.[0-9]{1,20})?\Z"), st.integers(0, 18))
def test_parse_units__any_text_of_the_grammar__exact_or_refused(text: str, decimals: int) -> None:
    whole, _, fraction = text.partition(".")
    exact = int(whole + fraction) * 10**18 // 10 ** len(fraction) if len(fraction) <= 18 else None
    if len(fraction) > decimals:
        refused("malformed", lambda: parse_units(text, decimals, U512))
    elif int(whole + fraction.ljust(decimals, "0")) > U512:
        refused("amount_overflow", lambda: parse_units(text, decimals, U512))
    else:
        assert exact is not None
        assert parse_units(text, decimals, U512) * 10 ** (18 - decimals) == exact
