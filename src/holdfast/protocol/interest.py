"""Interest on borrowed principal: simple, ceiled at each era's end, and computed only when it is asked for.

An era's end touches no position: a position remembers up to which era it has accrued, and what came since follows
from the instants at which eras ended. Reading costs a step per era since then, and nothing at a rate of 0.
"""

from __future__ import annotations

from holdfast.primitives.clock import YEAR
from holdfast.primitives.fixed_point import BPS, CEIL, mul_div
from holdfast.protocol.records import Position
from holdfast.protocol.state import State


def owed(state: State, position: Position) -> int:
    """Interest that a position owes at the end of the last era, in base units.

    Formula:   interest + Σ over eras since: ceil(debt · borrow_rate_bps · seconds / (10,000 · 365 days)),
               seconds from the position's opening or last accrual to the era's end
    Rounding:  ceil per era; the debtor pays the dust.
    Source:    decision M9.
    """
    rate = state.parameters.leverage.borrow_rate_bps
    if rate == 0 or position.debt == 0:
        return position.interest
    total, since = position.interest, position.accrued_at
    for era in range(position.accrued_era + 1, state.era + 1):
        ended_at = state.eras[str(era)].ended_at
        total += mul_div(position.debt * rate, ended_at - since, BPS * YEAR, rounding=CEIL)
        since = ended_at
    return total


def debt_with_interest(state: State, position: Position) -> int:
    """Principal and interest that a position owes, in base units."""
    return position.debt + owed(state, position)
