"""What accounts earned, and what shares of vaults stood for."""

from __future__ import annotations

from typing import TypedDict

from holdfast.views.shapes.base import Amount, Instant


class Earned(TypedDict):
    """Net, and gross before fees, taxes and interest; with a minus where it is less than nothing."""

    net: str
    gross: str


Periods = TypedDict("Periods", {"1d": Instant, "7d": Instant, "30d": Instant})
"""When each period begins."""

ByPeriod = TypedDict("ByPeriod", {"1d": Earned, "7d": Earned, "30d": Earned, "all": Earned})
"""What was earned in each period."""


class EarningsItem(ByPeriod):
    """What one vault, stake, position or fee key earned for an account."""

    id: str
    asset: str
    since: Instant


class Earnings(TypedDict):
    """What an account earned, per product and in all."""

    account: str
    at: Instant
    periods: Periods
    vaults: list[EarningsItem]
    stakes: list[EarningsItem]
    positions: list[EarningsItem]
    fee_keys: list[EarningsItem]
    total: dict[str, ByPeriod]


class RateItem(TypedDict):
    """What a vault's shares stood for at an instant, after record `seq`; `rate` is assets per share."""

    at: Instant
    seq: int
    total_assets: Amount
    total_shares: Amount
    rate: str
