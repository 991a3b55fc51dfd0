# fmt: off
"""Answers of the API, as first met in accounts.

Written by `python -m holdfast.docs.client` from the OpenAPI document; do not edit. Run `make docs`.
"""

from __future__ import annotations

from typing import Literal, TypedDict

from holdfast.client.shapes.desk_views import Allowance
from holdfast.client.shapes.holdings import (
    BoosterItem,
    BoosterStakeItem,
    ExitItem,
    FeeKeyItem,
    PositionItem,
    ResourceItem,
    StakeItem,
)


class Account(TypedDict):
    """An account: what it holds, where it is frozen, and what it lets others move."""

    account: str
    allowances: list[Allowance]
    balances: dict[str, str]
    frozen: list[str]


class Claimable(TypedDict):
    """What a command would pay now, taxes, fees and debts taken off; what would be refused is left out."""

    amount: str
    asset: str
    command: dict[str, str]
    id: str
    kind: Literal["booster_stake", "exit", "fee_key", "position", "stake"]


class VaultHolding(TypedDict):
    """Shares of a vault, and what redeeming them would pay."""

    asset: str
    assets: str
    id: str
    share: str
    shares: str


class Portfolio(TypedDict):
    """Everything that is open of one account; `cut` names the lists that are not whole."""

    account: str
    allowances: list[Allowance]
    balances: dict[str, str]
    booster_stakes: list[BoosterStakeItem]
    boosters: list[BoosterItem]
    claimable: list[Claimable]
    cut: list[str]
    exits: list[ExitItem]
    fee_keys: list[FeeKeyItem]
    frozen: list[str]
    position: PositionItem | None
    resources: list[ResourceItem]
    stakes: list[StakeItem]
    vaults: list[VaultHolding]
