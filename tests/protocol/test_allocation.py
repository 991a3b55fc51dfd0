"""The allocation is the best there is: against a general solver, against every possibility, and by hand (rules 5).

The solver works in floating point, so its answer is evaluated exactly: no point that it finds, scaled down until it
keeps every limit, may be worth more than the integer answer, and the bound that its dual prices prove must be reached.
"""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise, product
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from holdfast.primitives.clock import YEAR
from holdfast.primitives.fixed_point import BPS
from holdfast.protocol.allocation import Candidate, ceiling, move_cost, optimum, protocol_rooms, rate_at, settled
from support import DAY

PROTOCOLS = ("BENQI", "Suzaku", "Karak")


@st.composite
def curves(draw: st.DrawFn, top: int) -> tuple[tuple[int, int], ...]:
    starts = sorted({0, *draw(st.lists(st.integers(1, top), max_size=4))})
    rates = sorted(draw(st.lists(st.integers(0, 2_000), min_size=len(starts), max_size=len(starts))), reverse=True)
    return tuple(zip(starts, rates, strict=True))


@st.composite
def candidates(draw: st.DrawFn, name: str, top: int) -> Candidate:
    cap = draw(st.integers(0, top))
    return Candidate(
        name,
        draw(st.sampled_from(PROTOCOLS)),
        draw(curves(top)),
        cap,
        draw(st.one_of(st.just(0), st.integers(0, top))),
        draw(st.one_of(st.just(0), st.integers(0, top))),
        draw(st.sampled_from([0, 0, 5, 100])),
        draw(st.sampled_from([0, DAY, 15 * DAY])),
        draw(st.sampled_from([True, True, True, False])),
    )


@st.composite
def problems(draw: st.DrawFn, most: int, top: int) -> tuple[list[Candidate], int, dict[str, int], int]:
    count = draw(st.integers(1, most))
    found = [draw(candidates(f"s{number}", top)) for number in range(count)]
    budget = draw(st.integers(0, 2 * top))
    limits = draw(st.dictionaries(st.sampled_from(PROTOCOLS), st.integers(0, top), max_size=2))
    return found, budget, limits, draw(st.sampled_from([1, 30, 90, 365])) * DAY


def exact_value(c: Candidate, amount: Fraction, horizon: int) -> Fraction:
    """Income over the horizon less the cost of moving there, in base units, straight from the definitions."""

    def income(units: Fraction) -> Fraction:
        ends = [Fraction(start) for start, _ in c.curve[1:]] + [max(units, Fraction(c.curve[-1][0]))]
        parts = zip(c.curve, ends, strict=True)
        return sum((max(min(units, end) - start, Fraction(0)) * rate for (start, rate), end in parts), Fraction(0))

    worth = income(amount) * horizon - abs(amount - c.held) * c.move_cost_bps * YEAR
    if amount < c.held:
        worth -= (income(Fraction(c.held)) - income(amount)) * c.cooldown_seconds
    return worth / (BPS * YEAR)


def total_value(found: list[Candidate], target: dict[str, Any], horizon: int) -> Fraction:
    return sum((exact_value(c, Fraction(target[c.name]), horizon) for c in found), Fraction(0))


def feasible(found: list[Candidate], target: dict[str, int], budget: int, limits: dict[str, int]) -> bool:
    rooms = protocol_rooms(found, limits)
    return (
        all(0 <= target[c.name] <= ceiling(c) for c in found)
        and sum(target.values()) <= budget
        and all(sum(target[c.name] for c in found if c.protocol == p) <= room for p, room in rooms.items())
    )


def by_highs(
    found: list[Candidate], budget: int, limits: dict[str, int], horizon: int
) -> tuple[dict[str, Fraction], Fraction]:
    """The solver's point, and the upper bound on any value that its dual prices prove, both exact.

    One variable for every part of a curve between steps, bounded by its length; each gain per unit over the horizon.
    """
    parts = []
    for c in found:
        edges = sorted({0, ceiling(c), *(x for x in (c.held, *(s for s, _ in c.curve)) if x < ceiling(c))})
        for low, high in pairwise(edges):
            gain = exact_value(c, Fraction(high), horizon) - exact_value(c, Fraction(low), horizon)
            parts.append((c, high - low, gain / (high - low)))
    base = sum((exact_value(c, Fraction(0), horizon) for c in found), Fraction(0))
    if not parts:
        return dict.fromkeys((c.name for c in found), Fraction(0)), base
    rooms = protocol_rooms(found, limits)
    sides: list[tuple[list[int], int]] = [([1] * len(parts), budget)]
    sides += [([int(c.protocol == p) for c, _, _ in parts], room) for p, room in rooms.items()]
    scale = float(max(abs(gain) for _, _, gain in parts) or 1)
    answer = linprog(
        [-float(gain) / scale for _, _, gain in parts],
        A_ub=[row for row, _ in sides],
        b_ub=[side for _, side in sides],
        bounds=[(0, size) for _, size, _ in parts],
        method="highs",
    )
    assert answer.status == 0, answer.message
    prices = [max(-Fraction(float(price)) * Fraction(scale), Fraction(0)) for price in answer.ineqlin.marginals]
    bound = base + sum((price * side for price, (_, side) in zip(prices, sides, strict=True)), Fraction(0))
    for place, (_, size, gain) in enumerate(parts):
        paid = sum((price * row[place] for price, (row, _) in zip(prices, sides, strict=True)), Fraction(0))
        bound += max(gain - paid, Fraction(0)) * size
    point = dict.fromkeys((c.name for c in found), Fraction(0))
    for (c, _, _), units in zip(parts, answer.x, strict=True):
        point[c.name] += max(Fraction(float(units)), Fraction(0))
    return point, bound


@settings(deadline=None)
@given(problems(8, 10**6))
def test_optimum__against_highs__worth_as_much_within_the_solvers_tolerance(
    problem: tuple[list[Candidate], int, dict[str, int], int],
) -> None:
    found, budget, limits, horizon = problem
    target = optimum(found, budget, limits, horizon)
    assert feasible(found, target, budget, limits)
    ours = total_value(found, target, horizon)
    point, bound = by_highs(found, budget, limits, horizon)
    slack = Fraction(1, 10**6) * (1 + sum(c.cap + c.held for c in found))
    assert ours <= bound + slack, "no allocation can be worth more than what the dual prices prove"
    assert bound - ours <= slack, "the solver knows of a better allocation"
    assert total_value(found, point, horizon) - ours <= slack


def every(found: list[Candidate], budget: int, limits: dict[str, int]) -> list[dict[str, int]]:
    names = [c.name for c in found]
    ranges = [range(ceiling(c) + 1) for c in found]
    possible = (dict(zip(names, units, strict=True)) for units in product(*ranges))
    return [target for target in possible if feasible(found, target, budget, limits)]


@settings(deadline=None)
@given(problems(3, 6))
def test_optimum__every_possibility_of_a_small_vault__none_is_worth_more(
    problem: tuple[list[Candidate], int, dict[str, int], int],
) -> None:
    found, budget, limits, horizon = problem
    target = optimum(found, budget, limits, horizon)
    assert feasible(found, target, budget, limits)
    ours = total_value(found, target, horizon)
    assert ours == max(total_value(found, other, horizon) for other in every(found, budget, limits))


@given(problems(5, 1_000), st.integers(0, 600))
@example(([Candidate("a", "P", ((0, 9),), 99, 50), Candidate("b", "P", ((0, 8),), 99, 50)], 95, {}, DAY), 10)
def test_settled__any_least_change__keeps_the_limits_and_small_changes_are_demanded(
    problem: tuple[list[Candidate], int, dict[str, int], int], least: int
) -> None:
    found, budget, limits, horizon = problem
    target = settled(found, budget, limits, horizon, least)
    assert feasible(found, target, budget, limits)
    if least <= 1:
        assert target == optimum(found, budget, limits, horizon)
    for c in found:
        if 0 < abs(target[c.name] - c.held) < least:
            bare = {o.name: o.held if o.name == c.name else min(o.held, target[o.name]) for o in found}
            assert not feasible(found, bare, budget, limits), f"{c.name} could have stayed as it was"


@given(problems(6, 10**9))
def test_optimum__carried_out_and_planned_again__nothing_more_to_do(
    problem: tuple[list[Candidate], int, dict[str, int], int],
) -> None:
    """What leaves is on its way out, what is added lies there: the same limits then ask for nothing new."""
    found, budget, limits, horizon = problem
    target = optimum(found, budget, limits, horizon)
    after = [
        Candidate(
            c.name, c.protocol, c.curve, c.cap, target[c.name], c.fixed + max(c.held - target[c.name], 0),
            c.move_cost_bps, c.cooldown_seconds, c.open,
        )
        for c in found
    ]  # fmt: skip
    again = optimum(after, budget, limits, horizon)
    assert all(again[c.name] >= c.held for c in after), "more is asked back than before"


@given(st.permutations(range(5)))
def test_optimum__order_in_which_strategies_come__does_not_matter(order: list[int]) -> None:
    found = [Candidate(f"s{n}", "P", ((0, 500),), 10, 0) for n in range(5)]
    target = optimum([found[n] for n in order], 25, {}, 90 * DAY)
    assert target == {"s0": 10, "s1": 10, "s2": 5, "s3": 0, "s4": 0}


@pytest.mark.parametrize(("amount", "rate"), [(0, 800), (249, 800), (250, 500), (10**30, 500)])
def test_rate_at__a_step__is_that_of_the_next_unit(amount: int, rate: int) -> None:
    assert rate_at(((0, 800), (250, 500)), amount) == rate


def test_move_cost__out_of_a_strategy__bps_and_the_income_of_the_cooldown_rounded_up() -> None:
    candidate = Candidate("s", "P", ((0, 800), (250, 500)), 1_000, 600, 0, 10, 365 * DAY)
    assert move_cost(candidate, 100) == 1 + 30  # ceil(0.5); 150 at 8 % and 350 at 5 % is 29.5
    assert move_cost(candidate, 700) == 1
    assert move_cost(candidate, 600) == 0
