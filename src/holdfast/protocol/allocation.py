"""The allocation that earns most: exact for yield curves whose marginal rates do not rise (rules 5, decision I5).

Income is concave and piecewise linear in what each strategy holds, and so it stays when the cost of moving is spread
over the horizon: leaving what lies in a strategy saves its costs, adding to it costs them. With caps, a limit for each
protocol and one budget, taking piece after piece by its gain per unit is then optimal: no exchange of one unit for
another could gain.

What is on its way out of a strategy already counts as money that comes back. It still fills the cap and the protocol's
limit against anything new, but it never makes more leave: a plan that is made again asks for nothing twice.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

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
    """A part of a curve with one gain per unit; `fresh` units are not in the strategy yet."""

    gain: int
    fresh: bool
    name: str
    start: int
    size: int


def rate_at(curve: Curve, amount: int) -> int:
    """The marginal rate, in bps a year, of the next unit above `amount`."""
    return max((start, rate) for start, rate in curve if start <= amount)[1]


def yearly_income(curve: Curve, amount: int) -> int:
    """What `amount` base units earn in a year.

    Formula:   floor(Σ over steps of part of the amount in the step · rate / 10,000), summed before flooring
    Units:     base units.
    Rounding:  floor.
    """
    return divide(_weighted(curve, amount), BPS, rounding=FLOOR)


def move_cost(candidate: Candidate, target: int) -> int:
    """What moving a strategy from what it holds to `target` costs.

    Formula:   ceil(|target − held| · move_cost_bps / 10,000) + on the way out
               ceil(yearly income lost · cooldown / 365 days)
    Units:     base units.
    Rounding:  ceil.
    """
    moved = abs(target - candidate.held)
    cost = mul_div(moved, candidate.move_cost_bps, BPS, rounding=CEIL)
    if target < candidate.held:
        lost = _weighted(candidate.curve, candidate.held) - _weighted(candidate.curve, target)
        cost += mul_div(lost, candidate.cooldown_seconds, BPS * YEAR, rounding=CEIL)
    return cost


def ceiling(candidate: Candidate) -> int:
    """The most that a strategy may be planned to hold.

    Formula:   min(cap, max(held, cap − fixed)); a closed one min(cap, held)
    Units:     base units.
    """
    room = candidate.cap - candidate.fixed if candidate.open else 0
    return min(candidate.cap, max(candidate.held, room))


def protocol_rooms(candidates: Iterable[Candidate], limits: Mapping[str, int]) -> dict[str, int]:
    """What the strategies of each limited protocol may be planned to hold in sum.

    Formula:   max(min(limit, Σ held), limit − Σ fixed)
    Units:     base units.
    """
    held, fixed = dict.fromkeys(limits, 0), dict.fromkeys(limits, 0)
    for candidate in candidates:
        if candidate.protocol in limits:
            held[candidate.protocol] += candidate.held
            fixed[candidate.protocol] += candidate.fixed
    return {name: max(min(limit, held[name]), limit - fixed[name]) for name, limit in limits.items()}


def optimum(
    candidates: Iterable[Candidate], budget: int, protocol_limits: Mapping[str, int], horizon_seconds: int
) -> dict[str, int]:
    """What each strategy should hold, by name.

    Formula:   maximises Σ (income over the horizon − cost of moving) subject to 0 <= x <= `ceiling`, Σ x <= budget,
               and Σ x over a protocol <= its room (`protocol_rooms`)
    Units:     base units; `budget` is what may be deployed in all.
    Rounding:  none: pieces are whole units, gains are compared exactly. Of equal gains, what lies there stays; then
               ties go by name.
    Source:    decision I5; greedy over a laminar family of limits.
    """
    known = list(candidates)
    return _greedy(known, _by_gain(known, horizon_seconds), budget, protocol_rooms(known, protocol_limits))


def settled(
    candidates: Iterable[Candidate], budget: int, protocol_limits: Mapping[str, int], horizon_seconds: int, least: int
) -> dict[str, int]:
    """The optimum in which no strategy changes by less than `least` units, where the limits allow that.

    Strategies whose change is too small stay as they are, the smallest first, and the rest is worked out anew until
    none is too small. A small change stands all the same where a limit or the budget demands it: where keeping the
    strategy as it is would not fit even if nothing were added elsewhere.
    """
    free = {candidate.name: candidate for candidate in candidates}
    rooms = protocol_rooms(free.values(), protocol_limits)
    pieces = _by_gain(free.values(), horizon_seconds)
    kept: set[str] = set()
    demanded: set[str] = set()
    while True:
        held = _Level(free[name] for name in kept)
        rest = [candidate for name, candidate in free.items() if name not in kept]
        left = {name: room - held.of(name) for name, room in rooms.items()}
        target = _greedy(rest, pieces, budget - held.total, left)
        changes = sorted((abs(units - free[name].held), name) for name, units in target.items())
        small = [name for change, name in changes if 0 < change < least and name not in demanded]
        if not small:
            return {name: target.get(name, free[name].held) for name in sorted(free)}
        for candidate in rest:
            held.add(candidate.protocol, min(candidate.held, target[candidate.name]))
        for name in small:
            candidate = free[name]
            more = max(candidate.held - target[name], 0)
            in_protocol = held.of(candidate.protocol) + more
            fits = held.total + more <= budget and in_protocol <= rooms.get(candidate.protocol, in_protocol)
            if fits and candidate.held <= ceiling(candidate):
                kept.add(name)
                held.add(candidate.protocol, more)
            else:
                demanded.add(name)


class _Level:
    """What lies in strategies, in all and by protocol."""

    def __init__(self, candidates: Iterable[Candidate]) -> None:
        self.total = 0
        self._protocols: dict[str, int] = {}
        for candidate in candidates:
            self.add(candidate.protocol, candidate.held)

    def add(self, protocol: str, units: int) -> None:
        self.total += units
        self._protocols[protocol] = self.of(protocol) + units

    def of(self, protocol: str) -> int:
        return self._protocols.get(protocol, 0)


def _greedy(candidates: list[Candidate], pieces: list[_Piece], budget: int, rooms: Mapping[str, int]) -> dict[str, int]:
    """Take piece after piece, the best first; pieces of strategies that are not among the candidates are left."""
    protocols = {candidate.name: candidate.protocol for candidate in candidates}
    room = {candidate.name: ceiling(candidate) for candidate in candidates}
    target = dict.fromkeys(sorted(protocols), 0)
    left = dict(rooms)
    for piece in pieces:
        if budget == 0 or (piece.fresh and piece.gain <= 0):
            break
        name = piece.name
        if name not in protocols:
            continue
        protocol = protocols[name]
        take = min(piece.size, room[name], left.get(protocol, budget), budget)
        target[name] += take
        room[name] -= take
        budget -= take
        if protocol in left:
            left[protocol] -= take
    return target


def _by_gain(candidates: Iterable[Candidate], horizon: int) -> list[_Piece]:
    """All pieces, the best first; of equal gains what lies there already, then by name."""
    return sorted(_pieces(candidates, horizon), key=lambda p: (-p.gain, p.fresh, p.name, p.start))


def _pieces(candidates: Iterable[Candidate], horizon: int) -> Iterable[_Piece]:
    """Each strategy's curve up to its ceiling, cut at its steps and at what it holds, with the gain of a unit.

    The gain is over the horizon in units of 1 / (10,000 · 365 days): above what is held rate · horizon − cost of moving
    in; below it rate · (horizon + cooldown) + cost of moving out, which is saved by leaving it there.
    """
    for c in candidates:
        top, moving = ceiling(c), c.move_cost_bps * YEAR
        for (start, rate), (after, _) in zip(c.curve, (*c.curve[1:], (top, 0)), strict=True):
            end = min(after, top)
            middle = min(max(c.held, start), end)
            if start < middle:
                yield _Piece(rate * (horizon + c.cooldown_seconds) + moving, False, c.name, start, middle - start)
            if middle < end:
                yield _Piece(rate * horizon - moving, True, c.name, middle, end - middle)


def _weighted(curve: Curve, amount: int) -> int:
    ends = [start for start, _ in curve[1:]] + [amount]
    return sum(max(min(amount, end) - start, 0) * rate for (start, rate), end in zip(curve, ends, strict=True))
