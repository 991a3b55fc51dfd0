# fmt: off
"""Answers of the API, as first met in desk views.

Written by `python -m holdfast.docs.client` from the OpenAPI document; do not edit. Run `make docs`.
"""

from __future__ import annotations

from typing import Any, Literal, NotRequired, TypedDict


class Desk(TypedDict):
    """Which desk this is, and where its journal stands; `demo` is whether anybody can draw from its faucet."""

    name: str
    demo: bool
    seq: int
    at: str
    digest: str


class Allowance(TypedDict):
    """What a spender may move of an owner's units, and until when."""

    amount: str
    asset: str
    expires_at: str
    owner: str
    spender: str


class Asset(TypedDict):
    """A token's facts."""

    admin: str
    decimals: int
    name: str
    range: Literal["i128", "u512", "u64"]
    symbol: str
    transfer_tax_bps: int


class BoosterStake(TypedDict):
    """What was locked for a booster."""

    amount: str
    booster: str
    owner: str
    status: Literal["locked", "matured", "unstaked"]
    unlocks_at: str


class Booster(TypedDict):
    """A booster; `stake` is the term stake that used it."""

    owner: str
    stake: str | None
    status: Literal["active", "expired", "used"]


class Exit(TypedDict):
    """A request in an exit queue; `assets` is the quote while pending, what is set aside afterwards."""

    assets: str
    owner: str
    receiver: str
    shares: str
    status: Literal["cancelled", "claimable", "claimed", "pending"]
    vault: str


class FeeKey(TypedDict):
    """A fee key and what it can claim now."""

    claimable: str
    locked_lp: int
    owner: str
    paid: str
    tier: str
    weight: str


class Network(TypedDict):
    """A contribution network: its open epoch, and what that would pay now."""

    attestors: list[str]
    balance: str
    carried_over: str
    emission_per_epoch: str
    epoch: int
    epoch_ends_at: str
    epoch_seconds: int
    epoch_started_at: str
    held: str
    kinds: dict[str, str]
    payable: str
    reward_asset: str
    scored: int
    total_score: str


Move = TypedDict("Move", {"from": "str", "strategy": "str", "to": "str"})
"""Move"""


class Plan(TypedDict):
    """An allocation that was worked out for a vault."""

    idle_buffer: str
    moves: list[Move]
    status: Literal["done", "stale", "valid"]
    vault: str


class Position(TypedDict):
    """A leveraged position; a closed one is `empty`."""

    bad_debt: str
    can_finalize: bool
    claimable_era: int | None
    debt: str
    equity: str
    eras_left: int | None
    health_factor_bps: int | None
    interest: str
    leverage: int
    liquidated: bool
    ltv_bps: int | None
    opened_era: int
    status: Literal["active", "empty", "unbonding"]
    unreturned_debt_token: str
    validator: str | None
    value: str


class Reserve(TypedDict):
    """The reserve that positions borrow from; empty where the desk has no such asset.

    `available` is the most that can still be lent, `withdrawable` the most that can be taken out.
    """

    available: NotRequired[str]
    bad_debt: NotRequired[str]
    capacity: NotRequired[str]
    lent: NotRequired[str]
    liquid: NotRequired[str]
    minimum: NotRequired[str]
    withdrawable: NotRequired[str]


class Resource(TypedDict):
    """A resource and its part in the open epoch."""

    capacity: str
    expected_reward: str
    held: str
    kind: str
    network: str
    owner: str
    reported_seconds: int
    score: str
    unit: str
    vault: str | None


class Stake(TypedDict):
    """A term stake."""

    amount: str
    auto_reinvest: bool
    booster: str | None
    owner: str
    period_days: int
    reinvest_amount: str
    seconds_left: int
    staked_at: str
    status: Literal["locked", "matured", "unstaked"]
    unlocks_at: str
    withdraw_amount: str


class Strategy(TypedDict):
    """A strategy with what lies in it; `yield_curve` are steps of an amount and the rate from there on."""

    asset: str
    cap: str
    cooldown_seconds: int
    deployed: str
    marginal_rate_bps: int
    max_loss_bps: int
    move_cost_bps: int
    protocol: str
    redemption_window_seconds: int
    status: Literal["active", "disabled"]
    unwinding: str
    vault: str
    yearly_income: str
    yield_curve: list[list[Any]]


class TermPool(TypedDict):
    """Term staking as a whole; empty where the desk has no such asset."""

    active_auto_reinvest: NotRequired[int]
    active_stakes: NotRequired[int]
    active_with_booster: NotRequired[int]
    stakers: NotRequired[int]
    total_staked: NotRequired[str]


class Unwind(TypedDict):
    """What was asked back from a strategy."""

    amount: str
    expires_at: str | None
    ready_at: str
    status: Literal["completed", "cooling", "missed", "ready"]
    strategy: str
    vault: str


class Validator(TypedDict):
    """A validator and the desk's pool there."""

    active: bool
    commission_bps: int
    maximum_delegation: str | None
    minimum_delegation: str | None
    pool_assets: str
    pool_shares: str


class Vault(TypedDict):
    """A vault at the desk's present second."""

    asset: str
    deployed: str
    deposit_limit: str | None
    idle: str
    locked_profit: str
    owed_to_treasury: str
    paused: bool
    pending_exits: str
    performance_fee_bps: int
    profit_unlock_seconds: int
    share: str
    total_assets: str
    total_shares: str


class Whole(TypedDict):
    """Everything on the desk."""

    allowances: list[Allowance]
    assets: dict[str, Asset]
    at: str
    balances: dict[str, dict[str, str]]
    booster_stakes: dict[str, BoosterStake]
    boosters: dict[str, Booster]
    era: int
    exits: dict[str, Exit]
    fee_keys: dict[str, FeeKey]
    frozen: list[str]
    networks: dict[str, Network]
    plans: dict[str, Plan]
    positions: dict[str, Position]
    reserve: Reserve
    resources: dict[str, Resource]
    roles: dict[str, list[str]]
    seq: int
    stakes: dict[str, Stake]
    strategies: dict[str, Strategy]
    supply: dict[str, str]
    term_pool: TermPool
    unwinds: dict[str, Unwind]
    validators: dict[str, Validator]
    vaults: dict[str, Vault]


class AssetItem(TypedDict):
    """An asset by its code."""

    admin: str
    decimals: int
    id: str
    name: str
    range: Literal["i128", "u512", "u64"]
    symbol: str
    transfer_tax_bps: int


class VaultItem(TypedDict):
    """A vault by its name."""

    asset: str
    deployed: str
    deposit_limit: str | None
    id: str
    idle: str
    locked_profit: str
    owed_to_treasury: str
    paused: bool
    pending_exits: str
    performance_fee_bps: int
    profit_unlock_seconds: int
    share: str
    total_assets: str
    total_shares: str


class LeverageTerms(TypedDict):
    """What holds for every leveraged position, and the era that it is."""

    asset: str
    borrow_rate_bps: int
    debt_asset: str
    era: int
    finalize_grace_eras: int
    liquidation_fee_bps: int
    liquidation_threshold_bps: int
    maximum_leverage: int
    maximum_ltv_bps: int
    minimum_delegation: str
    slash_unbonding: bool
    unbonding_eras: int


class ValidatorItem(TypedDict):
    """A validator by its name."""

    active: bool
    commission_bps: int
    id: str
    maximum_delegation: str | None
    minimum_delegation: str | None
    pool_assets: str
    pool_shares: str
