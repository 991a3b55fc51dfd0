"""The most that one holder can do in term staking, counting everything that stands in the way of him (rules 3).

As in `vault_limits`: a limit that is above 0 succeeds, one base unit more is refused; nothing fails.
"""

from __future__ import annotations

from holdfast.ledger import chart
from holdfast.ledger.chart import is_protocol
from holdfast.primitives.fixed_point import BPS, CEIL, FLOOR, mul_div
from holdfast.protocol.buyback import PRICE_SCALE, is_stale, paid_for
from holdfast.protocol.state import State
from holdfast.protocol.term_staking import rules_of


def max_stake(state: State, holder: str) -> int:
    """The largest `term.stake` that the holder can pay for; 0 below the smallest stake, or while he is frozen.

    Formula:   the largest a with a + floor(a · tax_bps / 10,000) <= balance:
               floor(((balance + 1) · 10,000 − 1) / (10,000 + tax_bps))
    Units:     base units of the term asset.
    """
    p = state.parameters.term
    asset = state.assets.get(p.asset)
    if asset is None or is_protocol(holder) or state.is_frozen(p.asset, holder):
        return 0
    above = state.book.balance(p.asset, holder) + 1
    most = mul_div(above * BPS - 1, 1, BPS + p.tax_bps, rounding=FLOOR)
    return most if most >= rules_of(state, asset).smallest else 0


def max_boosters(state: State, holder: str) -> int:
    """How many boosters in a row the holder can lock the price for.

    Formula:   floor(balance / price)
    Units:     boosters.
    """
    p = state.parameters.booster
    asset = state.assets.get(p.asset)
    if asset is None or is_protocol(holder) or state.is_frozen(p.asset, holder):
        return 0
    price = asset.units(p.stake_amount)
    return mul_div(state.book.balance(p.asset, holder), 1, price, rounding=FLOOR) if price else 0


def max_sell(state: State, holder: str, now: int) -> int:
    """The largest `buyback.sell`: no more than the holder has and the pool can pay for at a price that is fresh.

    Formula:   min(balance, the largest v with floor(v · price) <= pool); 0 where that would be paid nothing
    Units:     base units of the booster asset.
    """
    sold, paid = state.assets.get(state.parameters.booster.asset), state.assets.get(state.parameters.term.asset)
    if sold is None or paid is None or is_protocol(holder):
        return 0
    price = state.prices.get(sold.id)
    if (
        price is None
        or is_stale(state, price, now)
        or any(state.is_frozen(code, holder) for code in (sold.id, paid.id))
    ):
        return 0
    pool = state.book.balance(paid.id, chart.buyback(paid.id))
    rate, scale = price.scaled * 10**paid.decimals, PRICE_SCALE * 10**sold.decimals
    affordable = mul_div(pool + 1, scale, rate, rounding=CEIL) - 1
    most = min(state.book.balance(sold.id, holder), affordable)
    return most if paid_for(sold, paid, price, most) else 0
