"""The term period against a slow high-precision computation that shares nothing with the implementation."""

from __future__ import annotations

from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal, localcontext
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from holdfast.primitives.asset import RANGE_MAX, format_units
from holdfast.protocol.parameters import TermParameters
from holdfast.protocol.term_staking import term_rules, terms

VG = 10**9
U64 = RANGE_MAX["u64"]
DEFAULT = TermParameters()


def slow_days(p: TermParameters, amount: int, *, boosted: bool, decimals: int = 9) -> int:
    """The formula of rules 3.1 as it stands there, with 200 digits.

    A whole number is taken for one where 200 digits cannot tell it apart: log10 of a rational is whole or irrational,
    and no irrational one of this size comes that close.
    """
    with localcontext() as context:
        context.prec = 200
        a = Decimal(amount) / 10**decimals
        base = p.auto_reinvest_base_days if a >= Decimal(p.auto_reinvest_from) else p.base_days
        k1, k2 = Decimal(p.amount_factor_bps) / 10_000, Decimal(p.booster_factor_bps) / 10_000
        period = base * (1 - (a / Decimal(p.minimum_stake)).log10() * k1) * (1 - boosted * k2)
        if p.period_rounding == "nearest":
            days = _snapped(period + Decimal("0.5")).to_integral_value(ROUND_FLOOR)
        else:
            days = _snapped(period).to_integral_value(ROUND_CEILING)
        return min(max(int(days), p.minimum_days), p.maximum_days)


def _snapped(value: Decimal) -> Decimal:
    whole = value.to_integral_value()
    return whole if abs(value - whole) < Decimal(10) ** -150 else value


def days(p: TermParameters, amount: int, *, boosted: bool, decimals: int = 9, maximum: int = U64) -> int:
    return terms(term_rules(p, decimals, maximum), amount, boosted=boosted).period_days


PRINTED = [
    ("1000", False, 153), ("5000", True, 101), ("15000", True, 46), ("100", False, 180), ("9999", False, 127),
    ("10000", False, 63), ("100000", False, 50), ("10500", False, 63), ("7350", False, 130),
]  # fmt: skip


@pytest.mark.parametrize(("amount", "boosted", "expected"), PRINTED)
def test_terms__worked_examples__as_printed(amount: str, boosted: bool, expected: int) -> None:
    assert days(DEFAULT, int(amount) * VG, boosted=boosted) == expected
    assert slow_days(DEFAULT, int(amount) * VG, boosted=boosted) == expected


def test_terms__period_of_exactly_half_a_day__half_up_only_when_nearest() -> None:
    nearest = TermParameters(period_rounding="nearest")
    assert days(nearest, 100_000 * VG, boosted=False) == 50  # 49.5 exactly
    assert days(nearest, 100_000 * VG + 1, boosted=False) == 49
    assert days(DEFAULT, 100_000 * VG, boosted=False) == 50


@settings(max_examples=400)
@given(st.integers(1, U64), st.booleans(), st.sampled_from(["up", "nearest"]))
@example(1, False, "up")
@example(U64, True, "nearest")
def test_terms__any_u64_amount__what_200_digits_say(amount: int, boosted: bool, rounding: Any) -> None:
    p = TermParameters(period_rounding=rounding)
    assert days(p, amount, boosted=boosted) == slow_days(p, amount, boosted=boosted)


@pytest.mark.parametrize("rounding", ["up", "nearest"])
@pytest.mark.parametrize("boosted", [False, True])
@pytest.mark.parametrize("auto", [False, True])
def test_terms__neighbours_of_every_threshold__what_200_digits_say(rounding: Any, boosted: bool, auto: bool) -> None:
    p = TermParameters(period_rounding=rounding)
    rules = term_rules(p, 9, U64)
    near = {amount + step for amount in rules.tables[auto, boosted] for step in (-1, 0, 1)}
    near |= {rules.threshold + step for step in (-1, 0, 1)}
    for amount in sorted(amount for amount in near if 0 < amount <= U64):
        assert terms(rules, amount, boosted=boosted).period_days == slow_days(p, amount, boosted=boosted), amount


@pytest.mark.parametrize("power", range(12))
def test_terms__powers_of_ten__exact_to_the_unit(power: int) -> None:
    for step in (-1, 0, 1):
        amount = 10**power * 100 + step
        for boosted in (False, True):
            assert days(DEFAULT, amount, boosted=boosted) == slow_days(DEFAULT, amount, boosted=boosted)


ODD = st.builds(
    TermParameters,
    minimum_stake=st.integers(1, 10**13).map(lambda units: format_units(units, 9)),
    base_days=st.integers(1, 400),
    auto_reinvest_from=st.integers(1, 10**14).map(lambda units: format_units(units, 9)),
    auto_reinvest_base_days=st.integers(1, 400),
    amount_factor_bps=st.one_of(st.sampled_from([0, 1, 2_500, 10_000]), st.integers(0, 10_000)),
    booster_factor_bps=st.one_of(st.sampled_from([0, 9_999]), st.integers(0, 9_999)),
    minimum_days=st.integers(20, 30),
    maximum_days=st.integers(31, 60),
    period_rounding=st.sampled_from(["up", "nearest"]),
)


@settings(max_examples=60)
@given(ODD, st.lists(st.one_of(st.integers(1, U64), st.integers(1, 10**6)), min_size=1, max_size=5), st.booleans())
def test_terms__odd_parameters__what_200_digits_say(p: TermParameters, amounts: list[int], boosted: bool) -> None:
    rules = term_rules(p, 9, U64)
    thresholds = rules.tables[False, boosted] + rules.tables[True, boosted]
    near = [max(amount + step, 1) for amount in thresholds[:: max(len(thresholds) // 8, 1)] for step in (-1, 0)]
    for amount in (*amounts, *near):
        assert terms(rules, amount, boosted=boosted).period_days == slow_days(p, amount, boosted=boosted), amount


@pytest.mark.parametrize(("decimals", "kind"), [(0, "u64"), (18, "i128"), (18, "u512")])
def test_terms__assets_of_other_ranges__what_200_digits_say(decimals: int, kind: str) -> None:
    rules = term_rules(DEFAULT, decimals, RANGE_MAX[kind])
    for amount in (100, 101, 999, 1_000, 9_999, 10_000, 10_001, 10**15, 10**19):
        units = amount * 10**decimals
        if units <= RANGE_MAX[kind]:
            assert terms(rules, units, boosted=False).period_days == slow_days(
                DEFAULT, units, boosted=False, decimals=decimals
            )


@given(st.integers(100 * VG, U64 - 1), st.booleans())
def test_terms__more_at_the_same_base__never_longer(amount: int, boosted: bool) -> None:
    if amount + 1 != 10_000 * VG:
        assert days(DEFAULT, amount + 1, boosted=boosted) <= days(DEFAULT, amount, boosted=boosted)
    assert days(DEFAULT, amount, boosted=True) <= days(DEFAULT, amount, boosted=False)
