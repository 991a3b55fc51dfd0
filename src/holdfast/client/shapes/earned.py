# fmt: off
"""Answers of the API, as first met in earned.

Written by `python -m holdfast.docs.client` from the OpenAPI document; do not edit. Run `make docs`.
"""

from __future__ import annotations

from typing import Literal, TypedDict


class Earned(TypedDict):
    """Net, and gross before fees, taxes and interest; with a minus where it is less than nothing."""

    gross: str
    net: str


EarningsItem = TypedDict("EarningsItem", {"1d": "Earned", "30d": "Earned", "7d": "Earned", "all": "Earned",
    "asset": "str", "id": "str", "since": "str"})
"""What one vault, stake, position or fee key earned for an account."""


Periods = TypedDict("Periods", {"1d": "str", "30d": "str", "7d": "str"})
"""Periods"""


ByPeriod = TypedDict("ByPeriod", {"1d": "Earned", "30d": "Earned", "7d": "Earned", "all": "Earned"})
"""ByPeriod"""


class Earnings(TypedDict):
    """What an account earned, per product and in all."""

    account: str
    at: str
    fee_keys: list[EarningsItem]
    periods: Periods
    positions: list[EarningsItem]
    stakes: list[EarningsItem]
    total: dict[str, ByPeriod]
    vaults: list[EarningsItem]


class RateItem(TypedDict):
    """What a vault's shares stood for at an instant, after record `seq`; `rate` is assets per share."""

    at: str
    rate: str
    seq: int
    total_assets: str
    total_shares: str


class PlannedStake(TypedDict):
    """A reinvestment to come, if the stakes before it are unstaked when they unlock."""

    amount: str
    auto_reinvest: bool
    paid: str
    period_days: int
    reinvest_amount: str
    starts_at: str
    unlocks_at: str
    unstake_tax: str
    withdraw_amount: str


class ChainStake(TypedDict):
    """A stake of a chain of reinvestments, with what its end paid or will pay."""

    amount: str
    auto_reinvest: bool
    booster: str | None
    id: str
    owner: str
    paid: str
    period_days: int
    reinvest_amount: str
    seconds_left: int
    staked_at: str
    status: Literal["locked", "matured", "unstaked"]
    unlocks_at: str
    unstake_tax: str
    unstaked_at: str | None
    withdraw_amount: str


class StakeChain(TypedDict):
    """What auto-reinvestment did with a stake and will do; `complete` unless what is to come was cut short."""

    asset: str
    complete: bool
    paid: str
    planned: list[PlannedStake]
    stake: str
    stakes: list[ChainStake]
    still_to_pay: str
