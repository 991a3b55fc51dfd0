"""The allocation that earns most: exact for yield curves whose marginal rates do not rise (rules 5, decision I5).

Income is concave and piecewise linear in what each strategy holds, and so it stays when the cost of moving is spread
over the horizon: leaving what lies in a strategy saves its costs, adding to it costs them. With caps, a limit for each
protocol and one budget, taking piece after piece by its gain per unit is then optimal: no exchange of one unit for
another could gain.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import pairwise

from msgspec import Struct

from holdfast.primitives.clock import YEAR
from holdfast.primitives.fixed_point import BPS, CEIL, FLOOR, divide, mul_div

Curve = tuple[tuple[int, int], ...]


class Candidate(Struct, frozen=True, gc=False):
    """A strategy as the optimum sees it: `held` base units can be moved, `fixed` ones cannot (on their way out)."""

    name: str
    protocol: str
    curve: Curve
    cap: int
    held: int
    fixed: int = 0
    move_cost_bps: int = 0
    cooldown_seconds: int = 0
    open: bool = True


class _Piece(Struct, frozen=True, gc=False):
    gain: int
    name: str
    start: int
    size: int


def rate_at(curve: Curve, amount: int) -> int:
    """The marginal rate, in bps a year, of the next unit above `amount`."""
    return max((start, rate) for start, rate in curve if start <= amount)[1]


def yearly_income(curve: Curve, amount: int) -> int:
    """What `amount` base units earn in a year.

    Formula:   Σ over steps: floor(part of the amount in the step · rate / 10,000), summed before flooring
    Rounding:  floor.
    """
    return divide(_weighted(curve, amount), BPS, rounding=FLOOR)


def move_cost(candidate: Candidate, target: int) -> int:
    """What moving a strategy from what it holds to `target` costs.

    Formula:   ceil(|target − held| · move_cost_bps / 10,000) + on the way out the income lost during the cooldown
    Rounding:  ceil.
    """
    moved = abs(target - candidate.held)
    cost = mul_div(moved, candidate.move_cost_bps, BPS, rounding=CEIL)
    if target < candidate.held:
        lost = _weighted(candidate.curve, candidate.held) - _weighted(candidate.curve, target)
        cost += mul_div(lost, candidate.cooldown_seconds, BPS * YEAR, rounding=CEIL)
    return cost


def optimum(
    candidates: Iterable[Candidate], budget: int, protocol_limits: Mapping[str, int], horizon_seconds: int
) -> dict[str, int]:
    """What each strategy should hold, by name.

    Formula:   maximises Σ (income over the horizon − cost of moving) subject to 0 <= x <= cap (less what is fixed),
               Σ x <= budget, and Σ x over a protocol <= its limit
    Units:     base units; `budget` is what may be deployed in all.
    Rounding:  none: pieces are whole units, gains are compared exactly. Ties go by name.
    Source:    decision I5; greedy over a laminar family of limits.
    """
    by_name = {candidate.name: candidate for candidate in candidates}
    target = dict.fromkeys(sorted(by_name), 0)
    room = {
        c.name: max(c.cap - c.fixed, 0) if c.open else min(c.held, max(c.cap - c.fixed, 0)) for c in by_name.values()
    }
    left = dict(protocol_limits)
    for candidate in by_name.values():
        if candidate.protocol in left:
            left[candidate.protocol] = max(left[candidate.protocol] - candidate.fixed, 0)
    for piece in sorted(_pieces(by_name.values(), horizon_seconds), key=lambda p: (-p.gain, p.name, p.start)):
        if budget == 0 or piece.gain <= 0:
            break
        protocol = by_name[piece.name].protocol
        take = min(piece.size, room[piece.name], left.get(protocol, budget), budget)
        target[piece.name] += take
        room[piece.name] -= take
        budget -= take
        if protocol in left:
            left[protocol] -= take
    return target


def settled(
    candidates: Iterable[Candidate], budget: int, protocol_limits: Mapping[str, int], horizon_seconds: int, least: int
) -> dict[str, int]:
    """The optimum in which no strategy changes by less than `least` units, where the limits allow that.

    Strategies whose change is too small stay as they are, the smallest first, and the rest is worked out anew until
    none is too small; a small change that a limit or the budget demands is carried out all the same.
    """
    free = {candidate.name: candidate for candidate in candidates}
    kept: dict[str, Candidate] = {}
    demanded: set[str] = set()
    while True:
        limits = {
            p: limit - sum(c.held for c in kept.values() if c.protocol == p) for p, limit in protocol_limits.items()
        }
        left = budget - sum(c.held for c in kept.values())
        target = optimum((c for c in free.values() if c.name not in kept), left, limits, horizon_seconds)
        changes = sorted((abs(units - free[name].held), name) for name, units in target.items())
        small = [name for change, name in changes if 0 < change < least and name not in demanded]
        if not small:
            return {name: kept[name].held if name in kept else target[name] for name in sorted(free)}
        for name in small:
            candidate = free[name]
            fits = candidate.held <= min(left, limits.get(candidate.protocol, left), candidate.cap - candidate.fixed)
            if fits:
                kept[name] = candidate
                left -= candidate.held
                if candidate.protocol in limits:
                    limits[candidate.protocol] -= candidate.held
            else:
                demanded.add(name)


def _pieces(candidates: Iterable[Candidate], horizon: int) -> Iterable[_Piece]:
    """Each strategy's curve cut at its steps and at what it holds, with the gain of a unit over the horizon.

    The gain is in units of 1 / (10,000 · 365 days): above what is held rate · horizon − cost of moving in; below it
    rate · (horizon + cooldown) + cost of moving out, which is saved by leaving it there.
    """
    for c in candidates:
        cuts = sorted({start for start, _ in c.curve} | {c.held, c.cap})
        for start, end in pairwise(cuts):
            rate = rate_at(c.curve, start)
            if end <= c.held:
                gain = rate * (horizon + c.cooldown_seconds) + c.move_cost_bps * YEAR
            elif c.open:
                gain = rate * horizon - c.move_cost_bps * YEAR
            else:
                continue
            yield _Piece(gain, c.name, start, end - start)


def _weighted(curve: Curve, amount: int) -> int:
    ends = [start for start, _ in curve[1:]] + [amount]
    return sum(max(min(amount, end) - start, 0) * rate for (start, rate), end in zip(curve, ends, strict=True))
