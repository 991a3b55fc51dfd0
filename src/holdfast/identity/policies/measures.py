"""How to find a command's asset and its amount: small functions that the table in `facts` puts together."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from msgspec import UNSET

from holdfast.ledger.chart import ISSUANCE
from holdfast.ledger.posting import Posting
from holdfast.protocol.records import Asset, Exit, Record
from holdfast.protocol.state import State


class Effects(Protocol):
    """An outcome, live or read back from the journal."""

    @property
    def postings(self) -> tuple[Posting, ...]:
        """What moved."""

    @property
    def records(self) -> tuple[Record, ...]:
        """What is remembered."""


Measure = Callable[[Asset, Any, Effects | None], int | None]
"""Base units from (asset, command, effects or None); None where they cannot be told."""


def no_asset(state: State, c: Any) -> str:
    """Of commands that concern no asset."""
    return ""


def of_asset(state: State, c: Any) -> str:
    """The argument `asset`."""
    code: str = c.asset
    return code


def of_reward(state: State, c: Any) -> str:
    """The argument `reward_asset`."""
    code: str = c.reward_asset
    return code


def of_vault(state: State, c: Any) -> str:
    """What the vault named holds."""
    vault = state.vaults.get(c.vault)
    return vault.asset if vault else ""


def of_exit(state: State, c: Any) -> str:
    """What the exit request named pays."""
    request = state.exits.get(c.request)
    return request.asset if request else ""


def of_strategy(state: State, c: Any) -> str:
    """What the strategy named holds."""
    strategy = state.strategies.get(c.strategy)
    return strategy.asset if strategy else ""


def of_unwind(state: State, c: Any) -> str:
    """What the request to a strategy gives back."""
    request = state.unwinds.get(c.request)
    return state.strategies[request.strategy].asset if request else ""


def of_network(state: State, c: Any) -> str:
    """What the contribution network pays."""
    network = state.networks.get(c.network)
    return network.asset if network else ""


def of_resource(state: State, c: Any) -> str:
    """What the resource's network pays."""
    resource = state.resources.get(c.resource)
    return state.networks[resource.network].asset if resource else ""


def of_term(state: State, c: Any) -> str:
    """The asset of term stakes."""
    return state.parameters.term.asset


def of_booster(state: State, c: Any) -> str:
    """The asset that boosters lock."""
    return state.parameters.booster.asset


def of_leverage(state: State, c: Any) -> str:
    """The asset that is delegated."""
    return state.parameters.leverage.asset


def stated(field: str) -> Measure:
    """The amount in an argument. Raises what reading it raises."""

    def measure(asset: Asset, c: Any, effects: Effects | None) -> int:
        return asset.units(getattr(c, field))

    return measure


def into(account: str) -> Measure:
    """All that accounts of this beginning receive in the asset, the issuance aside."""

    def measure(asset: Asset, c: Any, effects: Effects | None) -> int | None:
        if effects is None:
            return None
        return sum(p.amount for p in effects.postings if p.asset == asset.id and p.credit.startswith(account))

    return measure


def out_of(account: str) -> Measure:
    """All that leaves accounts of this beginning in the asset."""

    def measure(asset: Asset, c: Any, effects: Effects | None) -> int | None:
        if effects is None:
            return None
        return sum(p.amount for p in effects.postings if p.asset == asset.id and p.debit.startswith(account))

    return measure


def paid(account: str) -> Measure:
    """What accounts of this beginning pay to people in the asset."""

    def measure(asset: Asset, c: Any, effects: Effects | None) -> int | None:
        if effects is None:
            return None
        return sum(
            p.amount
            for p in effects.postings
            if p.asset == asset.id and p.credit[0] != "@" and p.debit.startswith(account)
        )

    return measure


def quoted(asset: Asset, c: Any, effects: Effects | None) -> int | None:
    """What an exit request is quoted, in assets."""
    if effects is None:
        return None
    return sum(record.assets for record in effects.records if type(record) is Exit)


def exposure(asset: Asset, c: Any, effects: Effects | None) -> int:
    """The whole delegation: deposit · leverage, what is borrowed included."""
    units: int = asset.units(c.deposit) * c.leverage
    return units


def gain_or_loss(asset: Asset, c: Any, effects: Effects | None) -> int:
    """Whichever of the two a report states."""
    return asset.units(c.loss if c.gain is UNSET else c.gain)


def issued_and_burned(asset: Asset, c: Any, effects: Effects | None) -> int | None:
    """Rewards and slashes of an era, together."""
    if effects is None:
        return None
    return sum(p.amount for p in effects.postings if p.asset == asset.id and ISSUANCE in (p.debit, p.credit))
