"""The reserve that leveraged positions borrow from, and how much of it must stay liquid (rules 4.2)."""

from __future__ import annotations

from msgspec import Struct

from holdfast.errors import ReserveBelowMinimum
from holdfast.ledger import chart
from holdfast.ledger.posting import Posting
from holdfast.primitives.fixed_point import BPS, CEIL, FLOOR, bps_of, mul_div
from holdfast.protocol import commands
from holdfast.protocol.checks import require_amount, require_asset, require_balance
from holdfast.protocol.outcome import Outcome
from holdfast.protocol.state import State


class Reserve(Struct, frozen=True, gc=False):
    """The reserve at one moment, in base units."""

    liquid: int
    lent: int
    minimum: int
    withdrawable: int

    @property
    def capacity(self) -> int:
        """liquid + lent."""
        return self.liquid + self.lent

    @property
    def available(self) -> int:
        """The most that can still be lent: liquid beyond the minimum."""
        return max(self.liquid - self.minimum, 0)


def reserve(state: State) -> Reserve:
    """The reserve as it stands.

    Formula:   lent = principal of all active and unbonding positions; minimum = ceil(capacity · 2,000 / 10,000);
               withdrawable = floor((liquid · 10,000 − capacity · 2,000) / (10,000 − 2,000)), the largest amount with
               liquid − amount >= ceil((capacity − amount) · 2,000 / 10,000), at most liquid
    Source:    Magni; decision M3.
    """
    p = state.parameters.leverage
    liquid, lent = state.book.balance(p.asset, chart.reserve(p.asset)), state.indexes.lent
    minimum = bps_of(liquid + lent, p.minimum_reserve_bps, rounding=CEIL)
    return Reserve(liquid, lent, minimum, _withdrawable(liquid, lent, p.minimum_reserve_bps))


def _withdrawable(liquid: int, lent: int, minimum_bps: int) -> int:
    if lent == 0 or minimum_bps >= BPS:
        return 0 if lent else liquid
    beyond = liquid * BPS - (liquid + lent) * minimum_bps
    return mul_div(beyond, 1, BPS - minimum_bps, rounding=FLOOR) if beyond > 0 else 0


def provide(state: State, c: commands.LeverageProvideReserve, now: int) -> Outcome:
    """Pay into the reserve.

    Checks:    unknown_asset -> zero_amount -> insufficient_balance -> account_frozen
    Postings:  actor -> @reserve
    """
    asset = require_asset(state, state.parameters.leverage.asset)
    amount = asset.units(c.amount)
    require_amount(amount)
    require_balance(state, asset, c.actor, amount)
    text = asset.text(amount)
    return Outcome(
        postings=(Posting(asset.id, c.actor, chart.reserve(asset.id), amount),),
        events=({"type": "leverage.reserve_provided", "from": c.actor, "amount": text},),
        result={"amount": text},
    )


def withdraw(state: State, c: commands.LeverageWithdrawReserve, now: int) -> Outcome:
    """Take out of the reserve.

    Checks:    unknown_asset -> zero_amount -> reserve_below_minimum -> account_frozen
    Postings:  @reserve -> actor
    Formula:   liquid − amount >= ceil((capacity − amount) · 2,000 / 10,000)
    """
    p = state.parameters.leverage
    asset = require_asset(state, p.asset)
    amount = asset.units(c.amount)
    require_amount(amount)
    now_reserve = reserve(state)
    left = now_reserve.liquid - amount
    minimum = bps_of(max(now_reserve.capacity - amount, 0), p.minimum_reserve_bps, rounding=CEIL)
    if left < minimum:
        raise ReserveBelowMinimum(
            f"{c.amount} {asset.id} cannot be withdrawn: of {asset.text(now_reserve.capacity)} in all, "
            f"{asset.text(now_reserve.liquid)} are liquid, and {p.minimum_reserve_bps} bps of what remains must be.",
            liquid=asset.text(now_reserve.liquid),
            lent=asset.text(now_reserve.lent),
        )
    text = asset.text(amount)
    return Outcome(
        postings=(Posting(asset.id, chart.reserve(asset.id), c.actor, amount),),
        events=({"type": "leverage.reserve_withdrawn", "to": c.actor, "amount": text},),
        result={"amount": text},
    )
