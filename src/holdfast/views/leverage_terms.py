"""Leveraged delegation for those who decide about it: the terms, what carrying a position costs, and who is at risk."""

from __future__ import annotations

from collections.abc import Iterable
from heapq import nsmallest
from typing import Any

from holdfast.primitives.fixed_point import BPS, CEIL, FLOOR, bps_of, mul_div
from holdfast.protocol.checks import require_asset
from holdfast.protocol.parameters import LeverageParameters
from holdfast.protocol.records import Asset, Position
from holdfast.protocol.state import State
from holdfast.views import quotes
from holdfast.views.state import position

View = dict[str, Any]

STEP_BPS = 250
"""How far the points of the curve of health over slash lie apart."""


def leverage_terms(state: State) -> View:
    """What holds for every position, and the era that it is.

    Raises: UnknownAsset where the desk does not have the asset.
    """
    p = state.parameters.leverage
    return {
        "asset": require_asset(state, p.asset).id,
        "debt_asset": require_asset(state, p.debt_asset).id,
        "era": state.era,
        "maximum_leverage": p.maximum_leverage,
        "maximum_ltv_bps": p.maximum_ltv_bps,
        "liquidation_threshold_bps": p.liquidation_threshold_bps,
        "liquidation_fee_bps": p.liquidation_fee_bps,
        "borrow_rate_bps": p.borrow_rate_bps,
        "minimum_delegation": p.minimum_delegation,
        "unbonding_eras": p.unbonding_eras,
        "finalize_grace_eras": p.finalize_grace_eras,
        "slash_unbonding": p.slash_unbonding,
    }


def carry(asset: Asset, quote: quotes.LeverageQuote, reward_bps: int) -> View:
    """What a position earns and costs in a year, if the stake earns `reward_bps` of itself.

    Formula:   rewards = floor(total · reward_bps / 10,000), per_year = rewards − interest_per_year,
               on_deposit_bps = floor(per_year · 10,000 / deposit),
               break_even_bps = ceil(interest_per_year · 10,000 / total): the least rate that pays the interest
    Units:     text in whole tokens, bps of 365 days. Rewards are not compounded.
    Rounding:  against the holder.
    """
    rewards = bps_of(quote.total, reward_bps, rounding=FLOOR)
    net = rewards - quote.interest_per_year
    share = mul_div(abs(net), BPS, quote.deposit, rounding=FLOOR if net >= 0 else CEIL)
    return {
        "reward_bps": reward_bps,
        "rewards_per_year": asset.text(rewards),
        "per_year": "-" * (net < 0) + asset.text(abs(net)),
        "on_deposit_bps": share if net >= 0 else -share,
        "break_even_bps": mul_div(quote.interest_per_year, BPS, quote.total, rounding=CEIL),
    }


def over_slash(p: LeverageParameters, asset: Asset, quote: quotes.LeverageQuote) -> list[View]:
    """Health after each slash from nothing to everything, with the one that liquidates; as `quotes.slashed`."""
    points = {*range(0, BPS + 1, STEP_BPS)}
    if quote.liquidating_slash_bps is not None:
        points.add(quote.liquidating_slash_bps)
    found = (quotes.slashed(p, quote, slash) for slash in sorted(points))
    return [
        {
            "slash_bps": one.slash_bps,
            "value": asset.text(one.value),
            "health_factor_bps": one.health_bps,
            "liquidated": one.liquidated,
        }
        for one in found
    ]


def at_risk(state: State, most: int) -> list[View]:
    """Active positions with debt, those nearest to their liquidation first; at most `most`.

    Costs one look at every position.
    """
    owing = (one for one in state.positions.values() if one.status == "active" and one.debt)
    return list(_nearest(state, owing, most))


def _nearest(state: State, owing: Iterable[Position], most: int) -> Iterable[View]:
    shown = ({"id": one.id, **position(state, one)} for one in owing)
    return nsmallest(most, shown, key=lambda one: (one["health_factor_bps"], one["id"]))
