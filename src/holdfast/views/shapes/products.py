"""Vaults, stakes, positions and what belongs to them."""

from __future__ import annotations

from typing import Literal, TypedDict

from holdfast.views.shapes.base import Amount, Instant


class Asset(TypedDict):
    """A token's facts."""

    decimals: int
    range: Literal["u64", "i128", "u512"]
    name: str
    symbol: str
    admin: str
    transfer_tax_bps: int


class AssetItem(Asset):
    """An asset by its code."""

    id: str


class Vault(TypedDict):
    """A vault at the desk's present second."""

    asset: str
    share: str
    total_assets: Amount
    total_shares: Amount
    idle: Amount
    deployed: Amount
    owed_to_treasury: Amount
    locked_profit: Amount
    pending_exits: Amount
    deposit_limit: Amount | None
    profit_unlock_seconds: int
    performance_fee_bps: int
    paused: bool


class VaultItem(Vault):
    """A vault by its name."""

    id: str


class Exit(TypedDict):
    """A request in an exit queue; `assets` is the quote while pending, what is set aside afterwards."""

    vault: str
    owner: str
    receiver: str
    shares: Amount
    assets: Amount
    status: Literal["pending", "claimable", "claimed", "cancelled"]


class ExitItem(Exit):
    """An exit request by its id."""

    id: str


class Stake(TypedDict):
    """A term stake."""

    owner: str
    amount: Amount
    staked_at: Instant
    unlocks_at: Instant
    period_days: int
    status: Literal["locked", "matured", "unstaked"]
    seconds_left: int
    booster: str | None
    auto_reinvest: bool
    reinvest_amount: Amount
    withdraw_amount: Amount


class StakeItem(Stake):
    """A term stake by its id."""

    id: str


class ChainStake(StakeItem):
    """A stake of a chain of reinvestments, with what its end paid or will pay."""

    unstaked_at: Instant | None
    paid: Amount
    unstake_tax: Amount


class PlannedStake(TypedDict):
    """A reinvestment to come, if the stakes before it are unstaked when they unlock."""

    starts_at: Instant
    unlocks_at: Instant
    amount: Amount
    period_days: int
    auto_reinvest: bool
    reinvest_amount: Amount
    withdraw_amount: Amount
    unstake_tax: Amount
    paid: Amount


class StakeChain(TypedDict):
    """What auto-reinvestment did with a stake and will do; `complete` unless what is to come was cut short."""

    asset: str
    stake: str
    stakes: list[ChainStake]
    planned: list[PlannedStake]
    complete: bool
    paid: Amount
    still_to_pay: Amount


class BoosterStake(TypedDict):
    """What was locked for a booster."""

    owner: str
    amount: Amount
    unlocks_at: Instant
    status: Literal["locked", "matured", "unstaked"]
    booster: str


class BoosterStakeItem(BoosterStake):
    """A booster's stake by its id."""

    id: str


class Booster(TypedDict):
    """A booster; `stake` is the term stake that used it."""

    owner: str
    status: Literal["active", "used", "expired"]
    stake: str | None


class BoosterItem(Booster):
    """A booster by its id."""

    id: str


class FeeKey(TypedDict):
    """A fee key and what it can claim now."""

    owner: str
    tier: str
    locked_lp: int
    weight: str
    claimable: Amount
    paid: Amount


class FeeKeyItem(FeeKey):
    """A fee key by its id."""

    id: str


class Position(TypedDict):
    """A leveraged position; a closed one is `empty`."""

    status: Literal["active", "unbonding", "empty"]
    equity: Amount
    debt: Amount
    interest: Amount
    value: Amount
    ltv_bps: int | None
    health_factor_bps: int | None
    leverage: int
    validator: str | None
    opened_era: int
    claimable_era: int | None
    eras_left: int | None
    can_finalize: bool
    liquidated: bool
    bad_debt: Amount
    unreturned_debt_token: Amount


class PositionItem(Position):
    """A position by its holder."""

    id: str


class Reserve(TypedDict, total=False):
    """The reserve that positions borrow from; empty where the desk has no such asset.

    `available` is the most that can still be lent, `withdrawable` the most that can be taken out.
    """

    liquid: Amount
    lent: Amount
    capacity: Amount
    minimum: Amount
    available: Amount
    withdrawable: Amount
    bad_debt: Amount


class Validator(TypedDict):
    """A validator and the desk's pool there."""

    commission_bps: int
    active: bool
    pool_assets: Amount
    pool_shares: Amount
    minimum_delegation: Amount | None
    maximum_delegation: Amount | None


class ValidatorItem(Validator):
    """A validator by its name."""

    id: str


class Strategy(TypedDict):
    """A strategy with what lies in it; `yield_curve` are steps of an amount and the rate from there on."""

    vault: str
    asset: str
    protocol: str
    yield_curve: list[tuple[Amount, int]]
    cap: Amount
    deployed: Amount
    unwinding: Amount
    marginal_rate_bps: int
    yearly_income: Amount
    cooldown_seconds: int
    redemption_window_seconds: int
    max_loss_bps: int
    move_cost_bps: int
    status: Literal["active", "disabled"]


class StrategyItem(Strategy):
    """A strategy by its name."""

    id: str


class Unwind(TypedDict):
    """What was asked back from a strategy."""

    vault: str
    strategy: str
    amount: Amount
    ready_at: Instant
    expires_at: Instant | None
    status: Literal["cooling", "ready", "completed", "missed"]


class UnwindItem(Unwind):
    """An unwind by its id."""

    id: str


Move = TypedDict("Move", {"strategy": str, "from": Amount, "to": Amount})
"""One move of a plan."""


class Plan(TypedDict):
    """An allocation that was worked out for a vault."""

    vault: str
    idle_buffer: Amount
    moves: list[Move]
    status: Literal["done", "valid", "stale"]


class PlanItem(Plan):
    """A plan by its id."""

    id: str


class VaultMoves(TypedDict):
    """A vault's newest plans and unwinds, those that are open first."""

    vault: str
    plans: list[PlanItem]
    unwinds: list[UnwindItem]


class TermPool(TypedDict, total=False):
    """Term staking as a whole; empty where the desk has no such asset."""

    total_staked: Amount
    active_stakes: int
    stakers: int
    active_with_booster: int
    active_auto_reinvest: int
