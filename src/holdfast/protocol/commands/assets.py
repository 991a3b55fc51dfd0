"""Commands on assets, and the faucet."""

from __future__ import annotations

from typing import Literal

from msgspec import UNSET, UnsetType, field

from holdfast.primitives.clock import parse_instant
from holdfast.protocol.arguments import Amount, AssetCode, Command, Holder, Instant, Integer, Text


class AssetCreate(Command, frozen=True, tag="asset.create"):
    """Create an asset; the creator becomes its admin."""

    asset: AssetCode
    decimals: Integer
    name: Text | UnsetType = UNSET
    symbol: Text | UnsetType = UNSET
    range: Literal["u64", "i128", "u512"] | UnsetType = UNSET
    transfer_tax_bps: Integer | UnsetType = UNSET


class AssetMint(Command, frozen=True, tag="asset.mint"):
    """Issue new units to a holder."""

    asset: AssetCode
    to: Holder
    amount: Amount


class AssetBurn(Command, frozen=True, tag="asset.burn"):
    """Destroy units of one's own."""

    asset: AssetCode
    amount: Amount


class AssetBurnFrom(Command, frozen=True, tag="asset.burn_from"):
    """Destroy another's units within his allowance."""

    asset: AssetCode
    from_: Holder = field(name="from")
    amount: Amount


class AssetTransfer(Command, frozen=True, tag="asset.transfer"):
    """Send units of one's own; a transfer tax is taken out of the amount."""

    asset: AssetCode
    to: Holder
    amount: Amount


class AssetTransferFrom(Command, frozen=True, tag="asset.transfer_from"):
    """Send another's units within his allowance."""

    asset: AssetCode
    from_: Holder = field(name="from")
    to: Holder
    amount: Amount


class AssetApprove(Command, frozen=True, tag="asset.approve"):
    """Let a spender move one's units up to an amount until an instant; replaces the old allowance, 0 clears it."""

    asset: AssetCode
    spender: Holder
    amount: Amount
    expires_at: Instant | UnsetType = UNSET

    def __post_init__(self) -> None:
        if self.expires_at is not UNSET:
            parse_instant(self.expires_at)


class AssetSetAdmin(Command, frozen=True, tag="asset.set_admin"):
    """Hand the asset's administration over."""

    asset: AssetCode
    admin: Holder


class AssetSetAuthorized(Command, frozen=True, tag="asset.set_authorized"):
    """Freeze (false) or thaw (true) an account for this asset."""

    asset: AssetCode
    account: Holder
    authorized: bool


class AssetClawback(Command, frozen=True, tag="asset.clawback"):
    """Burn a holder's units, frozen or not."""

    asset: AssetCode
    from_: Holder = field(name="from")
    amount: Amount


class FaucetDrip(Command, frozen=True, tag="faucet.drip"):
    """Give oneself test units, on a demo desk."""

    asset: AssetCode
    amount: Amount
