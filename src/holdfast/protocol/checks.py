"""Checks that several rules share: each passes silently or raises the one error it is named after."""

from __future__ import annotations

from msgspec import UnsetType

from holdfast.errors import (
    AccountFrozen,
    AssetExists,
    InsufficientAllowance,
    InsufficientBalance,
    NotAuthorized,
    UnknownAsset,
    UnknownVault,
    ZeroAmount,
)
from holdfast.ledger.chart import is_protocol
from holdfast.protocol.records import Allowance, Asset, Vault
from holdfast.protocol.state import State


def require_asset(state: State, code: str) -> Asset:
    """The asset of this code, or `unknown_asset`."""
    asset = state.assets.get(code)
    if asset is None:
        raise UnknownAsset(f"There is no asset {code} on this desk.", asset=code)
    return asset


def require_free_code(state: State, code: str) -> None:
    """`asset_exists` for a code that is taken, or kept for the debt token: what people issue can be no debt."""
    if code in state.assets:
        raise AssetExists(f"There is an asset {code} already.", asset=code)
    if code == state.parameters.leverage.debt_asset:
        raise AssetExists(f"{code} is kept for the debt token; only a desk file can make it.", asset=code)


def require_vault(state: State, name: str) -> Vault:
    """The vault of this name, or `unknown_vault`."""
    vault = state.vaults.get(name)
    if vault is None:
        raise UnknownVault(f"There is no vault {name} on this desk.", vault=name)
    return vault


def require_admin(asset: Asset, actor: str) -> None:
    """`not_authorized` unless `actor` is the asset's admin."""
    if asset.admin != actor:
        raise NotAuthorized(f"Only {asset.id}'s admin, {asset.admin}, may do this.", asset=asset.id, admin=asset.admin)


def require_issued_by_people(asset: Asset) -> None:
    """`not_authorized` for what a protocol issues (vTokens, the debt token): only its own rules burn it."""
    if is_protocol(asset.admin):
        raise NotAuthorized(f"{asset.id} is issued and burned by {asset.admin} alone.", asset=asset.id)


def require_amount(units: int, field: str = "amount") -> None:
    """`zero_amount` for 0."""
    if units == 0:
        raise ZeroAmount(f"{field} is 0; state one above 0.", field=field)


def require_balance(state: State, asset: Asset, account: str, needed: int) -> None:
    """`insufficient_balance` unless the account holds `needed` base units."""
    available = state.book.balance(asset.id, account)
    if available < needed:
        raise InsufficientBalance(
            f"{account} holds {asset.text(available)} {asset.id}; {asset.text(needed)} are needed.",
            asset=asset.id,
            needed=asset.text(needed),
            available=asset.text(available),
        )


def require_thawed(state: State, asset: str, *accounts: str) -> None:
    """`account_frozen` if one of the accounts is frozen for the asset."""
    for account in accounts:
        if state.is_frozen(asset, account):
            raise AccountFrozen(f"{account} is frozen for {asset}.", asset=asset, account=account)


def spend_allowance(
    state: State, asset: Asset, owner: str, spender: str, amount: int, now: int
) -> tuple[Allowance, ...]:
    """The allowance after spending `amount` of it, to be recorded.

    Raises: InsufficientAllowance where the owner approved less, or the approval has expired.
    """
    given = state.allowance(asset.id, owner, spender, now)
    if given < amount:
        raise InsufficientAllowance(
            f"{owner} lets {spender} move {asset.text(given)} {asset.id}; {asset.text(amount)} are needed.",
            asset=asset.id,
            needed=asset.text(amount),
            available=asset.text(given),
        )
    if amount == 0:
        return ()
    old = state.allowances[f"{asset.id}/{owner}/{spender}"]
    return (Allowance(old.id, given - amount, old.expires_at),)


def given_or(value: str | UnsetType, default: str) -> str:
    """An optional argument, or its default."""
    return default if isinstance(value, UnsetType) else value


def optional_units(asset: Asset, text: str | UnsetType) -> int | None:
    """An optional amount in base units."""
    return None if isinstance(text, UnsetType) else asset.units(text)
