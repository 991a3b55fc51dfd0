"""Buyback and burn, and the treasury: where the rest of the tax goes (rules 3.7, 3.8)."""

from __future__ import annotations

from holdfast.errors import InsufficientLiquidity, NoPrice, Slippage, StalePrice, ZeroAssets
from holdfast.ledger import chart
from holdfast.ledger.posting import Posting, burn
from holdfast.primitives.asset import RANGE_MAX, parse_units
from holdfast.primitives.fixed_point import FLOOR, mul_div
from holdfast.protocol import commands
from holdfast.protocol.checks import optional_units, require_amount, require_asset, require_balance
from holdfast.protocol.outcome import Outcome
from holdfast.protocol.records import Asset, Price
from holdfast.protocol.state import State

PRICE_DECIMALS = 18
PRICE_SCALE = 10**PRICE_DECIMALS


def set_price(state: State, c: commands.BuybackSetPrice, now: int) -> Outcome:
    """Record the oracle's price.

    Checks:    malformed (more than 18 fraction digits) -> amount_overflow -> zero_amount
    Postings:  none.
    Units:     term tokens per booster token, kept 10^18-fold.
    """
    scaled = parse_units(c.vg_per_vc, PRICE_DECIMALS, RANGE_MAX["u512"])
    require_amount(scaled, "vg_per_vc")
    return Outcome(
        records=(Price(state.parameters.booster.asset, scaled, now),),
        events=({"type": "buyback.price_set", "vg_per_vc": c.vg_per_vc},),
        result={"vg_per_vc": c.vg_per_vc},
    )


def is_stale(state: State, price: Price, now: int) -> bool:
    """Whether a price is too old to sell at."""
    return now - price.set_at > state.parameters.buyback.price_max_age_seconds


def paid_for(sold: Asset, paid: Asset, price: Price, units: int) -> int:
    """What base units of the booster token bring at a price: floor(vc · price), in whole tokens of both."""
    return mul_div(units, price.scaled * 10**paid.decimals, PRICE_SCALE * 10**sold.decimals, rounding=FLOOR)


def sell(state: State, c: commands.BuybackSell, now: int) -> Outcome:
    """Sell booster tokens to the pool at the set price; they are burned.

    Checks:    unknown_asset -> zero_amount -> no_price -> stale_price -> insufficient_balance -> zero_assets
               -> slippage (min_vg) -> insufficient_liquidity -> account_frozen
    Postings:  actor -> @issuance (booster tokens), @buyback -> actor (term tokens)
    Formula:   paid = floor(vc · price), in whole tokens of both
    Source:    decision V13.
    """
    sold_asset = require_asset(state, state.parameters.booster.asset)
    paid_asset = require_asset(state, state.parameters.term.asset)
    sold = sold_asset.units(c.vc)
    least = optional_units(paid_asset, c.min_vg)
    require_amount(sold, "vc")
    price = state.prices.get(sold_asset.id)
    if price is None:
        raise NoPrice("The oracle has set no price yet.")
    if is_stale(state, price, now):
        age = now - price.set_at
        raise StalePrice(f"The price is {age} seconds old; wait for the oracle's next one.", age_seconds=age)
    require_balance(state, sold_asset, c.actor, sold)
    paid = paid_for(sold_asset, paid_asset, price, sold)
    if paid == 0:
        raise ZeroAssets(f"{c.vc} {sold_asset.id} come to less than one base unit of {paid_asset.id}.")
    if least is not None and paid < least:
        raise Slippage(f"min_vg is {c.min_vg}, at the present price it is {paid_asset.text(paid)}.", field="min_vg")
    pool = chart.buyback(paid_asset.id)
    available = state.book.balance(paid_asset.id, pool)
    if available < paid:
        raise InsufficientLiquidity(
            f"The buyback pool holds {paid_asset.text(available)} {paid_asset.id}; {paid_asset.text(paid)} are needed.",
            available=paid_asset.text(available),
            needed=paid_asset.text(paid),
        )
    result = {"vc": sold_asset.text(sold), "paid": paid_asset.text(paid)}
    return Outcome(
        postings=(burn(sold_asset.id, c.actor, sold), Posting(paid_asset.id, pool, c.actor, paid)),
        events=({"type": "buyback.sold", "owner": c.actor, **result},),
        result=result,
    )


def spend(state: State, c: commands.TreasurySpend, now: int) -> Outcome:
    """Pay out of an asset's treasury, untaxed.

    Checks:    unknown_asset -> zero_amount -> insufficient_balance -> account_frozen
    Postings:  @treasury -> to
    """
    asset = require_asset(state, c.asset)
    amount = asset.units(c.amount)
    require_amount(amount)
    treasury = chart.treasury(asset.id)
    require_balance(state, asset, treasury, amount)
    text = asset.text(amount)
    return Outcome(
        postings=(Posting(asset.id, treasury, c.to, amount),),
        events=({"type": "treasury.spent", "asset": asset.id, "to": c.to, "amount": text, "memo": c.memo},),
        result={"amount": text},
    )
