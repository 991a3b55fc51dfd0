# fmt: off
"""Answers of the API, as first met in quotes.

Written by `python -m holdfast.docs.client` from the OpenAPI document; do not edit. Run `make docs`.
"""

from __future__ import annotations

from typing import NotRequired, TypedDict

from holdfast.client.shapes.desk_views import Strategy


class TermAmount(TypedDict):
    """One line of the table over amounts."""

    amount: str
    auto_reinvest: bool
    booster: bool
    paid: str
    period_days: int
    period_days_with_booster: int
    reinvest_amount: str
    tax: str
    total_cost: str
    unstake_tax: str
    withdraw_amount: str


class ChainLink(TypedDict):
    """One stake of a chain of reinvestments; only the first one is taxed at its start."""

    amount: str
    auto_reinvest: bool
    booster: bool
    paid: str
    period_days: int
    reinvest_amount: str
    starts_day: NotRequired[int]
    tax: NotRequired[str]
    total_cost: NotRequired[str]
    unlocks_day: NotRequired[int]
    unstake_tax: str
    withdraw_amount: str


class TermQuote(TypedDict):
    """A stake and its reinvestments; without an amount only `asset`, `auto_reinvest_from` and a table of `amounts`.

    With a holder his `balance`, the most that he can stake (the tax on top counted), sell to the buyback, and how many
    boosters he can lock the price for: 0 where he can do none, because of too little, a freeze or a price too old.
    """

    amount: NotRequired[str]
    amounts: NotRequired[list[TermAmount]]
    asset: NotRequired[str]
    auto_reinvest: NotRequired[bool]
    auto_reinvest_from: NotRequired[str]
    balance: NotRequired[str]
    booster: NotRequired[bool]
    chain: NotRequired[list[ChainLink]]
    chain_complete: NotRequired[bool]
    chain_paid: NotRequired[str]
    max_boosters: NotRequired[int]
    max_sell: NotRequired[str]
    max_stake: NotRequired[str]
    paid: NotRequired[str]
    period_days: NotRequired[int]
    period_days_with_booster: NotRequired[int]
    period_days_without_booster: NotRequired[int]
    reinvest_amount: NotRequired[str]
    tax: NotRequired[str]
    total_cost: NotRequired[str]
    unlocks_day: NotRequired[int]
    unstake_tax: NotRequired[str]
    withdraw_amount: NotRequired[str]


class Slashed(TypedDict):
    """What a slash leaves of a position."""

    bad_debt: str
    fee: str
    health_factor_bps: int | None
    liquidated: bool
    ltv_bps: int | None
    paid: str
    repaid: str
    slash_bps: int
    value: str


class Carry(TypedDict):
    """What a position earns and costs in a year at a supposed rate of rewards; `per_year` may be below 0."""

    break_even_bps: int
    on_deposit_bps: int
    per_year: str
    reward_bps: int
    rewards_per_year: str


class HealthPoint(TypedDict):
    """A position's health after one slash."""

    health_factor_bps: int | None
    liquidated: bool
    slash_bps: int
    value: str


class Leverage(TypedDict):
    """A position at one leverage; the rest where it was asked for."""

    after_slash: NotRequired[Slashed]
    carry: NotRequired[Carry]
    debt: str
    health_factor_bps: int | None
    interest_per_year: str
    leverage: int
    liquidated_at_value: str
    liquidating_slash_bps: int | None
    ltv_bps: int
    meets_minimum_delegation: bool
    over_slash: NotRequired[list[HealthPoint]]
    total_staked: str
    within_limits: bool


class LeverageQuote(TypedDict):
    """Positions of one deposit at several leverages."""

    asset: str
    borrow_rate_bps: int
    deposit: str
    minimum_delegation: str
    quotes: list[Leverage]


class BothWays(TypedDict):
    """Shares that a deposit mints and a withdrawal burns; assets that a redemption pays and a mint takes."""

    deposit: NotRequired[str]
    mint: NotRequired[str]
    redeem: NotRequired[str]
    withdraw: NotRequired[str]


class VaultQuote(TypedDict):
    """Shares for assets and assets for shares; with a holder, what he can do at most."""

    asset: str
    at: NotRequired[str]
    locked_profit: str
    max_deposit: NotRequired[str]
    max_mint: NotRequired[str]
    max_redeem: NotRequired[str]
    max_withdraw: NotRequired[str]
    now: BothWays
    once_unlocked: BothWays
    seq: NotRequired[int]
    share: str
    total_assets: str
    total_shares: str
    vault: NotRequired[str]


class WayReason(TypedDict):
    """What decides a way out: a stable code, and the figures that it speaks of by their names."""

    code: str
    figures: dict[str, str | int]


class WayOut(TypedDict):
    """One way out of a vault: `decided_by` says in words what `reasons` say in codes, one for one."""

    assets: str
    decided_by: list[str]
    fee: str
    possible: bool
    ready_at: str | None
    reasons: list[WayReason]
    request: str | None
    route: str
    shares: str


class ExitQuote(TypedDict):
    """Every way out of a vault for one holder."""

    asset: str
    at: str
    holder: str
    routes: list[WayOut]
    seq: int
    share: str
    shares: str
    vault: str


PlannedMove = TypedDict("PlannedMove", {"break_even_days": "int | None", "cost": "str", "from": "str",
    "rate_after_bps": "int", "rate_before_bps": "int", "strategy": "str", "to": "str", "yearly_gain": "str"})
"""PlannedMove"""


class PlanQuote(TypedDict):
    """An allocation that would earn most, beside the present one."""

    asset: str
    break_even_days: int | None
    cost: str
    idle_buffer: str
    moves: list[PlannedMove]
    present: dict[str, Strategy]
    vault: str
    yearly_gain: str
    yearly_income_after: str
    yearly_income_before: str
