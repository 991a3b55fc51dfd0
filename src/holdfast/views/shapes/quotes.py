"""Quotes: what an operation would mean."""

from __future__ import annotations

from typing import TypedDict

from holdfast.views.shapes.base import Amount, Instant
from holdfast.views.shapes.products import Strategy


class _TermStake(TypedDict):
    amount: Amount
    booster: bool
    period_days: int
    auto_reinvest: bool
    reinvest_amount: Amount
    withdraw_amount: Amount
    unstake_tax: Amount
    paid: Amount


class TermAmount(_TermStake):
    """One line of the table over amounts."""

    tax: Amount
    total_cost: Amount
    period_days_with_booster: int


class ChainLink(_TermStake, total=False):
    """One stake of a chain of reinvestments; only the first one is taxed at its start."""

    starts_day: int
    unlocks_day: int
    tax: Amount
    total_cost: Amount


class TermQuote(TypedDict, total=False):
    """A stake and its reinvestments; without an amount only `asset`, `auto_reinvest_from` and a table of `amounts`.

    With a holder his `balance`, the most that he can stake (the tax on top counted), sell to the buyback, and how many
    boosters he can lock the price for: 0 where he can do none, because of too little, a freeze or a price too old.
    """

    asset: str
    amount: Amount
    booster: bool
    period_days: int
    period_days_with_booster: int
    period_days_without_booster: int
    tax: Amount
    total_cost: Amount
    auto_reinvest: bool
    reinvest_amount: Amount
    withdraw_amount: Amount
    unstake_tax: Amount
    paid: Amount
    unlocks_day: int
    chain: list[ChainLink]
    chain_complete: bool
    chain_paid: Amount
    auto_reinvest_from: Amount
    amounts: list[TermAmount]
    balance: Amount
    max_stake: Amount
    max_boosters: int
    max_sell: Amount


class Slashed(TypedDict):
    """What a slash leaves of a position."""

    slash_bps: int
    value: Amount
    ltv_bps: int | None
    health_factor_bps: int | None
    liquidated: bool
    repaid: Amount
    fee: Amount
    paid: Amount
    bad_debt: Amount


class _Leverage(TypedDict):
    leverage: int
    total_staked: Amount
    debt: Amount
    ltv_bps: int
    health_factor_bps: int | None
    within_limits: bool
    meets_minimum_delegation: bool
    liquidated_at_value: Amount
    liquidating_slash_bps: int | None
    interest_per_year: Amount


class Carry(TypedDict):
    """What a position earns and costs in a year at a supposed rate of rewards; `per_year` may be below 0."""

    reward_bps: int
    rewards_per_year: Amount
    per_year: str
    on_deposit_bps: int
    break_even_bps: int


class HealthPoint(TypedDict):
    """A position's health after one slash."""

    slash_bps: int
    value: Amount
    health_factor_bps: int | None
    liquidated: bool


class Leverage(_Leverage, total=False):
    """A position at one leverage; the rest where it was asked for."""

    after_slash: Slashed
    carry: Carry
    over_slash: list[HealthPoint]


class LeverageTerms(TypedDict):
    """What holds for every leveraged position, and the era that it is."""

    asset: str
    debt_asset: str
    era: int
    maximum_leverage: int
    maximum_ltv_bps: int
    liquidation_threshold_bps: int
    liquidation_fee_bps: int
    borrow_rate_bps: int
    minimum_delegation: Amount
    unbonding_eras: int
    finalize_grace_eras: int
    slash_unbonding: bool


class LeverageQuote(TypedDict):
    """Positions of one deposit at several leverages."""

    asset: str
    deposit: Amount
    minimum_delegation: Amount
    borrow_rate_bps: int
    quotes: list[Leverage]


class BothWays(TypedDict, total=False):
    """Shares that a deposit mints and a withdrawal burns; assets that a redemption pays and a mint takes."""

    deposit: Amount
    withdraw: Amount
    redeem: Amount
    mint: Amount


class _VaultQuote(TypedDict):
    asset: str
    share: str
    total_assets: Amount
    total_shares: Amount
    locked_profit: Amount
    now: BothWays
    once_unlocked: BothWays


class VaultQuote(_VaultQuote, total=False):
    """Shares for assets and assets for shares; with a holder, what he can do at most."""

    vault: str
    seq: int
    at: Instant
    max_deposit: Amount
    max_mint: Amount
    max_withdraw: Amount
    max_redeem: Amount


class WayReason(TypedDict):
    """What decides a way out: a stable code, and the figures that it speaks of by their names."""

    code: str
    figures: dict[str, str | int]


class WayOut(TypedDict):
    """One way out of a vault: `decided_by` says in words what `reasons` say in codes, one for one."""

    route: str
    possible: bool
    request: str | None
    shares: Amount
    assets: Amount
    fee: Amount
    ready_at: Instant | None
    decided_by: list[str]
    reasons: list[WayReason]


class ExitQuote(TypedDict):
    """Every way out of a vault for one holder."""

    vault: str
    holder: str
    shares: Amount
    seq: int
    at: Instant
    asset: str
    share: str
    routes: list[WayOut]


PlannedMove = TypedDict(
    "PlannedMove",
    {
        "strategy": str,
        "from": Amount,
        "to": Amount,
        "rate_before_bps": int,
        "rate_after_bps": int,
        "yearly_gain": Amount,
        "cost": Amount,
        "break_even_days": int | None,
    },
)
"""One move of a planned allocation."""


class PlanQuote(TypedDict):
    """An allocation that would earn most, beside the present one."""

    vault: str
    asset: str
    idle_buffer: Amount
    yearly_income_before: Amount
    yearly_income_after: Amount
    yearly_gain: str
    cost: Amount
    break_even_days: int | None
    moves: list[PlannedMove]
    present: dict[str, Strategy]
