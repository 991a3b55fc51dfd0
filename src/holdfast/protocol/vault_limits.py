"""The read side of a liquid vault: what a command would give, and the most that it would take (rules 2; ERC-4626).

Every function is pure in the state and the second asked about. A preview says what the command then does, whoever asks
and whatever stands in the way; a limit counts everything that stands in the way of this one holder, acting for himself
with nothing else happening before. A limit that is above 0 succeeds, one base unit more is refused.
"""

from __future__ import annotations

from holdfast.ledger.chart import is_protocol
from holdfast.primitives.fixed_point import CEIL, FLOOR, divide
from holdfast.protocol import liquid_vault
from holdfast.protocol.checks import require_vault
from holdfast.protocol.records import Vault
from holdfast.protocol.shares import VaultTotals, to_assets, to_shares
from holdfast.protocol.state import State


def convert_to_shares(state: State, vault: str, assets: int, now: int) -> int:
    """Shares that `assets` are worth, whoever holds them.

    Formula:   assets · (total_shares + 1) / (total_assets + 1)
    Units:     base units of the vault's asset -> base units of its share.
    Rounding:  floor.
    Raises:    UnknownVault.
    Source:    ERC-4626 convertToShares.
    """
    return to_shares(assets, _totals(state, require_vault(state, vault), now), rounding=FLOOR)


def convert_to_assets(state: State, vault: str, shares: int, now: int) -> int:
    """Assets that `shares` are worth, whoever holds them.

    Formula:   shares · (total_assets + 1) / (total_shares + 1)
    Units:     base units of the vault's share -> base units of its asset.
    Rounding:  floor.
    Raises:    UnknownVault.
    Source:    ERC-4626 convertToAssets.
    """
    return to_assets(shares, _totals(state, require_vault(state, vault), now), rounding=FLOOR)


def preview_deposit(state: State, vault: str, assets: int, now: int) -> int:
    """Shares that a deposit of `assets` mints.

    Formula:   assets · (total_shares + 1) / (total_assets + 1)
    Units:     base units of the vault's asset -> base units of its share.
    Rounding:  floor; the vault keeps the dust. A deposit that comes to 0 is refused.
    Raises:    UnknownVault.
    Source:    ERC-4626 previewDeposit.
    """
    return convert_to_shares(state, vault, assets, now)


def preview_mint(state: State, vault: str, shares: int, now: int) -> int:
    """Assets that minting `shares` takes.

    Formula:   shares · (total_assets + 1) / (total_shares + 1)
    Units:     base units of the vault's share -> base units of its asset.
    Rounding:  ceil; the vault keeps the dust.
    Raises:    UnknownVault.
    Source:    ERC-4626 previewMint.
    """
    return to_assets(shares, _totals(state, require_vault(state, vault), now), rounding=CEIL)


def preview_withdraw(state: State, vault: str, assets: int, now: int, owner: str = "") -> int:
    """Shares that a withdrawal of `assets` burns.

    Formula:   assets · (total_shares + 1) / (total_assets + 1); all shares for all assets, and never more than all,
               where the `owner` holds all
    Units:     base units of the vault's asset -> base units of its share.
    Rounding:  ceil; the vault keeps the dust.
    Raises:    UnknownVault.
    Source:    ERC-4626 previewWithdraw; decision I8.
    """
    return liquid_vault.shares_to_withdraw(state, require_vault(state, vault), owner, assets, max(now, state.now))


def preview_redeem(state: State, vault: str, shares: int, now: int) -> int:
    """Assets that redeeming `shares` pays.

    Formula:   shares · (total_assets + 1) / (total_shares + 1); all of total_assets for all shares there are
    Units:     base units of the vault's share -> base units of its asset.
    Rounding:  floor; the vault keeps the dust. A redemption that comes to 0 is refused.
    Raises:    UnknownVault.
    Source:    ERC-4626 previewRedeem; decision I8.
    """
    return liquid_vault.assets_to_redeem(state, require_vault(state, vault), shares, max(now, state.now))


def max_deposit(state: State, vault: str, holder: str, now: int) -> int:
    """The most that `holder` can deposit; 0 where the least possible deposit is refused.

    Counts:    pause, insolvency, the deposit limit, the holder's balance and freezing, a deposit that comes to no
               share, the range of the share.
    Formula:   min(balance, limit − total_assets, ceil((range − total_shares + 1) · (total_assets + 1) /
               (total_shares + 1)) − 1)
    Units:     base units of the vault's asset.
    Raises:    nothing; an unknown vault takes 0.
    Source:    ERC-4626 maxDeposit.
    """
    record = state.vaults.get(vault)
    if record is None:
        return 0
    totals = _totals(state, record, now)
    room = state.assets[record.share].maximum - totals.shares
    in_range = divide((room + 1) * (totals.assets + 1), totals.shares + 1, rounding=CEIL) - 1
    most = min(_payable(state, record, holder, totals), in_range)
    return most if most > 0 and to_shares(most, totals, rounding=FLOOR) else 0


def max_mint(state: State, vault: str, holder: str, now: int) -> int:
    """The most shares that `holder` can have minted; 0 where the least possible mint is refused.

    Counts:    as `max_deposit`.
    Formula:   min(floor(payable · (total_shares + 1) / (total_assets + 1)), range − total_shares), payable being the
               lower of balance and limit − total_assets
    Units:     base units of the vault's share.
    Raises:    nothing; an unknown vault mints 0.
    Source:    ERC-4626 maxMint.
    """
    record = state.vaults.get(vault)
    if record is None:
        return 0
    totals = _totals(state, record, now)
    room = state.assets[record.share].maximum - totals.shares
    return max(min(to_shares(_payable(state, record, holder, totals), totals, rounding=FLOOR), room), 0)


def max_withdraw(state: State, vault: str, holder: str, now: int) -> int:
    """The most assets that `holder` can withdraw at once, for himself; 0 where the least withdrawal is refused.

    Counts:    the holder's shares and freezing, idle assets beyond what pending requests are quoted.
    Formula:   min(floor(shares · (total_assets + 1) / (total_shares + 1)), free); who holds all shares can take all of
               total_assets
    Units:     base units of the vault's asset.
    Raises:    nothing; an unknown vault pays 0.
    Source:    ERC-4626 maxWithdraw.
    """
    record = state.vaults.get(vault)
    if record is None or _barred(state, record, holder):
        return 0
    totals = _totals(state, record, now)
    held, free = state.book.balance(record.share, holder), max(liquid_vault.free_assets(state, record), 0)
    worth = totals.assets if held and held == totals.shares else to_assets(held, totals, rounding=FLOOR)
    return min(worth, free)


def max_redeem(state: State, vault: str, holder: str, now: int) -> int:
    """The most shares that `holder` can redeem at once, for himself; 0 where the least redemption is refused.

    Counts:    the holder's shares and freezing, idle assets beyond what pending requests are quoted, shares that come
               to nothing. All shares there are pay all of total_assets, which must be free.
    Formula:   min(shares, ceil((free + 1) · (total_shares + 1) / (total_assets + 1)) − 1)
    Units:     base units of the vault's share.
    Raises:    nothing; an unknown vault takes 0.
    Source:    ERC-4626 maxRedeem.
    """
    record = state.vaults.get(vault)
    if record is None or _barred(state, record, holder):
        return 0
    totals = _totals(state, record, now)
    held, free = state.book.balance(record.share, holder), max(liquid_vault.free_assets(state, record), 0)
    if held == totals.shares:
        if totals.assets <= free:
            return held if totals.assets else 0
        held -= 1
    most = min(held, divide((free + 1) * (totals.shares + 1), totals.assets + 1, rounding=CEIL) - 1)
    return most if most > 0 and to_assets(most, totals, rounding=FLOOR) else 0


def _totals(state: State, vault: Vault, now: int) -> VaultTotals:
    """The vault's totals; the desk's time never goes back."""
    return liquid_vault.totals(state, vault, max(now, state.now))


def _barred(state: State, vault: Vault, holder: str) -> bool:
    """Whether nothing of this vault can move to or from the holder."""
    return is_protocol(holder) or state.is_frozen(vault.asset, holder) or state.is_frozen(vault.share, holder)


def _payable(state: State, vault: Vault, holder: str, totals: VaultTotals) -> int:
    """Base units that the vault takes and the holder has, before rounding and ranges are looked at."""
    insolvent = totals.assets == 0 and totals.shares > 0
    if vault.paused or insolvent or _barred(state, vault, holder):
        return 0
    balance = state.book.balance(vault.asset, holder)
    return balance if vault.deposit_limit is None else max(min(balance, vault.deposit_limit - totals.assets), 0)
