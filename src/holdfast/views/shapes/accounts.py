"""Accounts, portfolios, and everything on the desk at once."""

from __future__ import annotations

from typing import Literal, TypedDict

from holdfast.views.shapes.base import Amount, Instant
from holdfast.views.shapes.contributions import Network, Resource, ResourceItem
from holdfast.views.shapes.products import (
    Asset,
    Booster,
    BoosterItem,
    BoosterStake,
    BoosterStakeItem,
    Exit,
    ExitItem,
    FeeKey,
    FeeKeyItem,
    Plan,
    Position,
    PositionItem,
    Reserve,
    Stake,
    StakeItem,
    Strategy,
    TermPool,
    Unwind,
    Validator,
    Vault,
)


class Allowance(TypedDict):
    """What a spender may move of an owner's units, and until when."""

    asset: str
    owner: str
    spender: str
    amount: Amount
    expires_at: Instant


class Account(TypedDict):
    """An account: what it holds, where it is frozen, and what it lets others move."""

    account: str
    balances: dict[str, Amount]
    frozen: list[str]
    allowances: list[Allowance]


class Tax(TypedDict):
    """What a tax has brought, and where it went."""

    tax: Amount
    fees: Amount
    buyback: Amount
    treasury: Amount


class Whole(TypedDict):
    """Everything on the desk."""

    seq: int
    at: Instant
    era: int
    balances: dict[str, dict[str, Amount]]
    supply: dict[str, Amount]
    assets: dict[str, Asset]
    roles: dict[str, list[str]]
    vaults: dict[str, Vault]
    exits: dict[str, Exit]
    stakes: dict[str, Stake]
    boosters: dict[str, Booster]
    booster_stakes: dict[str, BoosterStake]
    fee_keys: dict[str, FeeKey]
    positions: dict[str, Position]
    reserve: Reserve
    validators: dict[str, Validator]
    strategies: dict[str, Strategy]
    unwinds: dict[str, Unwind]
    plans: dict[str, Plan]
    term_pool: TermPool
    networks: dict[str, Network]
    resources: dict[str, Resource]
    allowances: list[Allowance]
    frozen: list[str]


class VaultHolding(TypedDict):
    """Shares of a vault, and what redeeming them would pay."""

    id: str
    asset: str
    share: str
    shares: Amount
    assets: Amount


class Claimable(TypedDict):
    """What a command would pay now, taxes, fees and debts taken off; what would be refused is left out."""

    kind: Literal["stake", "booster_stake", "exit", "fee_key", "position"]
    id: str
    asset: str
    amount: Amount
    command: dict[str, str]


class Portfolio(Account):
    """Everything that is open of one account; `cut` names the lists that are not whole."""

    vaults: list[VaultHolding]
    stakes: list[StakeItem]
    booster_stakes: list[BoosterStakeItem]
    boosters: list[BoosterItem]
    fee_keys: list[FeeKeyItem]
    position: PositionItem | None
    exits: list[ExitItem]
    resources: list[ResourceItem]
    claimable: list[Claimable]
    cut: list[str]
