"""Commands on liquid vaults."""

from __future__ import annotations

from msgspec import UNSET, UnsetType

from holdfast.errors import Malformed
from holdfast.protocol.arguments import Amount, AssetCode, Command, Holder, Integer, Name, Positive, VaultName


class VaultCreate(Command, frozen=True, tag="vault.create"):
    """Open a vault over an asset; it issues one vToken."""

    asset: AssetCode
    vault: VaultName | UnsetType = UNSET
    deposit_limit: Amount | UnsetType = UNSET
    profit_unlock_seconds: Integer | UnsetType = UNSET
    performance_fee_bps: Integer | UnsetType = UNSET

    def __post_init__(self) -> None:
        if self.vault is UNSET and len(self.asset) > 31:
            raise Malformed("vault: this asset's code is too long for a vault's name; state one of 1..31 characters")


class VaultPause(Command, frozen=True, tag="vault.pause"):
    """Stop deposits; exits stay open."""

    vault: VaultName


class VaultUnpause(Command, frozen=True, tag="vault.unpause"):
    """Take deposits again."""

    vault: VaultName


class VaultDeposit(Command, frozen=True, tag="vault.deposit"):
    """Pay assets in, get shares."""

    vault: VaultName
    assets: Amount
    receiver: Holder | UnsetType = UNSET
    min_shares: Amount | UnsetType = UNSET


class VaultMint(Command, frozen=True, tag="vault.mint"):
    """Get exactly these shares, pay what they cost."""

    vault: VaultName
    shares: Amount
    receiver: Holder | UnsetType = UNSET
    max_assets: Amount | UnsetType = UNSET


class VaultWithdraw(Command, frozen=True, tag="vault.withdraw"):
    """Take exactly these assets out, burn what they cost in shares."""

    vault: VaultName
    assets: Amount
    receiver: Holder | UnsetType = UNSET
    owner: Holder | UnsetType = UNSET
    max_shares: Amount | UnsetType = UNSET


class VaultRedeem(Command, frozen=True, tag="vault.redeem"):
    """Burn shares, get the assets they stand for."""

    vault: VaultName
    shares: Amount
    receiver: Holder | UnsetType = UNSET
    owner: Holder | UnsetType = UNSET
    min_assets: Amount | UnsetType = UNSET


class VaultAddRewards(Command, frozen=True, tag="vault.add_rewards"):
    """Pay rewards in, for all shares; they unlock over time."""

    vault: VaultName
    assets: Amount


class VaultReportLoss(Command, frozen=True, tag="vault.report_loss"):
    """Write assets off."""

    vault: VaultName
    assets: Amount


class VaultRequestRedeem(Command, frozen=True, tag="vault.request_redeem"):
    """Queue shares for redemption at no more than the present rate."""

    vault: VaultName
    shares: Amount
    receiver: Holder | UnsetType = UNSET
    owner: Holder | UnsetType = UNSET


class VaultSettle(Command, frozen=True, tag="vault.settle"):
    """Fill the exit queue, first in first out, as far as idle assets reach."""

    vault: VaultName
    limit: Positive | UnsetType = UNSET


class VaultClaim(Command, frozen=True, tag="vault.claim"):
    """Collect a filled exit request."""

    request: Name
    vault: VaultName | UnsetType = UNSET


class VaultCancelRedeem(Command, frozen=True, tag="vault.cancel_redeem"):
    """Withdraw a pending exit request and get the shares back."""

    request: Name
    vault: VaultName | UnsetType = UNSET
