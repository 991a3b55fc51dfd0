"""The liquid vault: deposits and redemptions at the share price (rules 2)."""

from __future__ import annotations

from msgspec import UNSET
from msgspec.structs import replace

from holdfast.errors import (
    ExceedsDepositLimit,
    FeeTooHigh,
    Insolvent,
    InsufficientLiquidity,
    Paused,
    Slippage,
    TaxedAsset,
    VaultExists,
    ZeroAssets,
    ZeroShares,
)
from holdfast.ledger import chart
from holdfast.ledger.posting import Posting, burn, mint
from holdfast.primitives.fixed_point import CEIL, FLOOR
from holdfast.protocol import commands
from holdfast.protocol.checks import (
    given_or,
    optional_units,
    require_amount,
    require_asset,
    require_balance,
    require_free_code,
    require_vault,
    spend_allowance,
)
from holdfast.protocol.outcome import Event, Outcome
from holdfast.protocol.records import Allowance, Asset, Record, Vault
from holdfast.protocol.shares import VaultTotals, locked_profit, to_assets, to_shares
from holdfast.protocol.state import State


def locked(vault: Vault, now: int) -> int:
    """The vault's profit that is still locked, in base units (see `shares.locked_profit`)."""
    return locked_profit(vault.locked_amount, vault.locked_from, vault.locked_until, now) if vault.locked_amount else 0


def totals(state: State, vault: Vault, now: int) -> VaultTotals:
    """What the vault's shares stand for.

    Formula:   total_assets = idle + deployed − profit still locked − what is owed to the treasury;
               assets set aside for exits have left the vault
    Units:     base units.
    """
    held = state.book.balance(vault.asset, chart.vault(vault.id))
    if vault.id in state.indexes.strategies:
        held += state.deployed(vault) - vault.owed
    return VaultTotals(held - locked(vault, now), state.book.supply(vault.share))


def free_assets(state: State, vault: Vault) -> int:
    """Idle assets beyond what pending exit requests are quoted; below 0 after a loss, when quotes exceed them."""
    return state.book.balance(vault.asset, chart.vault(vault.id)) - state.indexes.quoted.get(vault.id, 0)


def create(state: State, c: commands.VaultCreate, now: int) -> Outcome:
    """Open a vault and its vToken `v` + name, with the asset's decimals and range.

    Checks:    unknown_asset -> vault_exists -> asset_exists (the share's code) -> taxed_asset -> fee_too_high
    Postings:  none.
    Source:    InfraStaking; decisions I3, I4.
    """
    asset = require_asset(state, c.asset)
    limit = optional_units(asset, c.deposit_limit)
    name = given_or(c.vault, asset.id)
    share = "v" + name
    if name in state.vaults:
        raise VaultExists(f"There is a vault {name} already.", vault=name)
    require_free_code(state, share)
    if asset.transfer_tax_bps:
        raise TaxedAsset(f"{asset.id} carries a transfer tax and cannot be vaulted.", asset=asset.id)
    defaults = state.parameters.vault
    fee = defaults.performance_fee_bps if c.performance_fee_bps is UNSET else c.performance_fee_bps
    if fee > defaults.maximum_performance_fee_bps:
        raise FeeTooHigh(f"performance_fee_bps is {fee}; at most {defaults.maximum_performance_fee_bps} are allowed.")
    unlock = defaults.profit_unlock_seconds if c.profit_unlock_seconds is UNSET else c.profit_unlock_seconds
    token = Asset(share, asset.decimals, asset.range, f"Vault share of {name}", share, chart.vault(name))
    return Outcome(
        records=(Vault(name, asset.id, share, limit, unlock, fee), token),
        events=({"type": "vault.created", "vault": name, "asset": asset.id, "share": share},),
        result={"vault": name, "share": share},
    )


def pause(state: State, c: commands.VaultPause, now: int) -> Outcome:
    """Stop deposits and mints.

    Checks:    unknown_vault
    Postings:  none.
    """
    return _paused(require_vault(state, c.vault), True)


def unpause(state: State, c: commands.VaultUnpause, now: int) -> Outcome:
    """Take deposits and mints again.

    Checks:    unknown_vault
    Postings:  none.
    """
    return _paused(require_vault(state, c.vault), False)


def deposit(state: State, c: commands.VaultDeposit, now: int) -> Outcome:
    """Pay exact assets in.

    Checks:    unknown_vault -> zero_amount -> paused -> insolvent -> exceeds_deposit_limit -> insufficient_balance
               -> zero_shares -> slippage (min_shares) -> account_frozen -> amount_overflow
    Postings:  actor -> @vault (assets), @issuance -> receiver (shares)
    Formula:   shares = floor(assets · (supply + 1) / (total_assets + 1))
    """
    vault = require_vault(state, c.vault)
    asset = state.assets[vault.asset]
    assets = asset.units(c.assets)
    least = optional_units(asset, c.min_shares)
    now_totals = totals(state, vault, now)
    shares = to_shares(assets, now_totals, rounding=FLOOR)
    require_amount(assets, "assets")
    _require_open(vault, asset, now_totals, assets)
    require_balance(state, asset, c.actor, assets)
    _require_shares(shares)
    if least is not None and shares < least:
        raise _slipped(asset, "min_shares", least, shares)
    return _deposited(vault, asset, c.actor, given_or(c.receiver, c.actor), assets, shares)


def mint_shares(state: State, c: commands.VaultMint, now: int) -> Outcome:
    """Get exact shares.

    Checks:    unknown_vault -> zero_amount -> paused -> insolvent -> exceeds_deposit_limit -> insufficient_balance
               -> zero_assets -> slippage (max_assets) -> account_frozen -> amount_overflow
    Postings:  actor -> @vault (assets), @issuance -> receiver (shares)
    Formula:   assets = ceil(shares · (total_assets + 1) / (supply + 1))
    """
    vault = require_vault(state, c.vault)
    asset = state.assets[vault.asset]
    shares = asset.units(c.shares)
    most = optional_units(asset, c.max_assets)
    now_totals = totals(state, vault, now)
    assets = to_assets(shares, now_totals, rounding=CEIL)
    require_amount(shares, "shares")
    _require_open(vault, asset, now_totals, assets)
    require_balance(state, asset, c.actor, assets)
    require_assets(assets)
    if most is not None and assets > most:
        raise _slipped(asset, "max_assets", most, assets)
    return _deposited(vault, asset, c.actor, given_or(c.receiver, c.actor), assets, shares)


def withdraw(state: State, c: commands.VaultWithdraw, now: int) -> Outcome:
    """Take exact assets out.

    Checks:    unknown_vault -> zero_amount -> insufficient_allowance -> insufficient_balance -> zero_shares
               -> slippage (max_shares) -> insufficient_liquidity -> account_frozen
    Postings:  owner -> @issuance (shares), @vault -> receiver (assets); the last share sweeps what is left
    Formula:   shares = ceil(assets · (supply + 1) / (total_assets + 1)); all shares where the holder of all takes all
    """
    vault = require_vault(state, c.vault)
    asset, share = state.assets[vault.asset], state.assets[vault.share]
    assets = asset.units(c.assets)
    most = optional_units(share, c.max_shares)
    owner = given_or(c.owner, c.actor)
    require_amount(assets, "assets")
    shares = shares_to_withdraw(state, vault, owner, assets, now)
    allowance = _allowance(state, share, owner, c.actor, shares, now)
    require_balance(state, share, owner, shares)
    _require_shares(shares)
    if most is not None and shares > most:
        raise _slipped(share, "max_shares", most, shares)
    return _redeemed(state, vault, owner, given_or(c.receiver, c.actor), assets, shares, allowance)


def redeem(state: State, c: commands.VaultRedeem, now: int) -> Outcome:
    """Give exact shares back.

    Checks:    unknown_vault -> zero_amount -> insufficient_allowance -> insufficient_balance -> zero_assets
               -> slippage (min_assets) -> insufficient_liquidity -> account_frozen
    Postings:  owner -> @issuance (shares), @vault -> receiver (assets); the last share sweeps what is left
    Formula:   assets = floor(shares · (total_assets + 1) / (supply + 1)); all of total_assets for all shares
    """
    vault = require_vault(state, c.vault)
    asset, share = state.assets[vault.asset], state.assets[vault.share]
    shares = share.units(c.shares)
    least = optional_units(asset, c.min_assets)
    owner = given_or(c.owner, c.actor)
    require_amount(shares, "shares")
    allowance = _allowance(state, share, owner, c.actor, shares, now)
    require_balance(state, share, owner, shares)
    assets = assets_to_redeem(state, vault, shares, now)
    require_assets(assets)
    if least is not None and assets < least:
        raise _slipped(asset, "min_assets", least, assets)
    return _redeemed(state, vault, owner, given_or(c.receiver, c.actor), assets, shares, allowance)


def shares_to_withdraw(state: State, vault: Vault, owner: str, assets: int, now: int) -> int:
    """Shares that a withdrawal burns: ceil at the rate; all for all assets, and never more than all, to who has all."""
    now_totals = totals(state, vault, now)
    shares = to_shares(assets, now_totals, rounding=CEIL)
    if assets > now_totals.assets or state.book.balance(vault.share, owner) != now_totals.shares:
        return shares
    return now_totals.shares if assets == now_totals.assets else min(shares, now_totals.shares)


def assets_to_redeem(state: State, vault: Vault, shares: int, now: int) -> int:
    """Assets that a redemption pays: floor at the rate, or all of them for all shares there are."""
    now_totals = totals(state, vault, now)
    if shares == now_totals.shares:
        return now_totals.assets
    return to_assets(shares, now_totals, rounding=FLOOR)


def sweep(state: State, vault: Vault, left: int) -> tuple[tuple[Posting, ...], tuple[Record, ...], tuple[Event, ...]]:
    """What the burning of the last share does: `left` base units go to the treasury and the lock is cleared.

    What is still deployed is owed to the treasury from now on. Source: decision I8; an empty vault starts at 1:1.
    """
    after = replace(with_lock(vault, 0, 0, 0), owed=state.deployed(vault))
    records: tuple[Record, ...] = () if after == vault else (after,)
    if left == 0:
        return (), records, ()
    treasury = chart.treasury(vault.asset)
    text = state.assets[vault.asset].text(left)
    event = {"type": "vault.residue_swept", "vault": vault.id, "assets": text, "to": treasury}
    return (Posting(vault.asset, chart.vault(vault.id), treasury, left),), records, (event,)


def with_lock(vault: Vault, amount: int, start: int, end: int) -> Vault:
    """The vault with another curve of locked profit."""
    return replace(vault, locked_amount=amount, locked_from=start, locked_until=end)


def _paused(vault: Vault, paused: bool) -> Outcome:
    after = replace(vault, paused=paused)
    kind = "vault.paused" if paused else "vault.unpaused"
    return Outcome(
        records=(after,), events=({"type": kind, "vault": vault.id},), result={"vault": vault.id, "paused": paused}
    )


def _require_open(vault: Vault, asset: Asset, now_totals: VaultTotals, assets: int) -> None:
    if vault.paused:
        raise Paused(f"Vault {vault.id} takes no deposits at present; exits stay open.", vault=vault.id)
    if now_totals.assets == 0 and now_totals.shares:
        raise Insolvent(f"Vault {vault.id} has shares but no assets; it takes no deposits now.", vault=vault.id)
    if vault.deposit_limit is not None and now_totals.assets + assets > vault.deposit_limit:
        raise ExceedsDepositLimit(
            f"Vault {vault.id} takes at most {asset.text(vault.deposit_limit)} {asset.id} in all.",
            vault=vault.id,
            limit=asset.text(vault.deposit_limit),
            total_assets=asset.text(now_totals.assets),
        )


def _require_shares(shares: int) -> None:
    if shares == 0:
        raise ZeroShares("The amount is too small: it comes to no share at the present rate.")


def require_assets(assets: int) -> None:
    """`zero_assets` where shares come to nothing."""
    if assets == 0:
        raise ZeroAssets("The shares come to nothing at the present rate.")


def _slipped(asset: Asset, bound: str, given: int, actual: int) -> Slippage:
    return Slippage(
        f"{bound} is {asset.text(given)}, at the present rate it is {asset.text(actual)}.",
        field=bound,
        bound=asset.text(given),
        actual=asset.text(actual),
    )


def _allowance(state: State, share: Asset, owner: str, actor: str, shares: int, now: int) -> tuple[Allowance, ...]:
    return () if owner == actor else spend_allowance(state, share, owner, actor, shares, now)


def _deposited(vault: Vault, asset: Asset, actor: str, receiver: str, assets: int, shares: int) -> Outcome:
    result = {"assets": asset.text(assets), "shares": asset.text(shares)}
    event = {"type": "vault.deposited", "vault": vault.id, "owner": receiver, **result}
    return Outcome(
        (Posting(asset.id, actor, chart.vault(vault.id), assets), mint(vault.share, receiver, shares)),
        (),
        (event,),
        result,
    )


def _redeemed(
    state: State, vault: Vault, owner: str, receiver: str, assets: int, shares: int, allowance: tuple[Allowance, ...]
) -> Outcome:
    asset = state.assets[vault.asset]
    free = max(free_assets(state, vault), 0)
    if free < assets:
        raise InsufficientLiquidity(
            f"Vault {vault.id} can pay {asset.text(free)} {asset.id} at once; vault.request_redeem queues more.",
            vault=vault.id,
            available=asset.text(free),
            needed=asset.text(assets),
        )
    result = {"assets": asset.text(assets), "shares": asset.text(shares)}
    event: Event = {"type": "vault.redeemed", "vault": vault.id, "owner": owner, "receiver": receiver, **result}
    postings = (burn(vault.share, owner, shares), Posting(asset.id, chart.vault(vault.id), receiver, assets))
    if shares < state.book.supply(vault.share):
        return Outcome(postings, allowance, (event,), result)
    swept, cleared, events = sweep(state, vault, state.idle(vault) - assets)
    return Outcome((*postings, *swept), (*allowance, *cleared), (event, *events), result)
