"""Commands on term staking, boosters, fee keys, buyback and treasury."""

from __future__ import annotations

from msgspec import UNSET, UnsetType

from holdfast.protocol.arguments import Amount, AssetCode, Command, Holder, Integer, Name, Text


class TermStake(Command, frozen=True, tag="term.stake"):
    """Lock an amount for a period that its size and a booster decide; the tax comes on top."""

    amount: Amount
    booster: Name | UnsetType = UNSET


class TermUnstake(Command, frozen=True, tag="term.unstake"):
    """Take a matured stake out, less tax; a large one is in part staked again."""

    stake: Name


class BoosterStakeCommand(Command, frozen=True, tag="booster.stake"):
    """Lock the booster's price and get a booster at once."""


class BoosterUnstake(Command, frozen=True, tag="booster.unstake"):
    """Take back what was locked for a booster."""

    stake: Name


class BoosterTransfer(Command, frozen=True, tag="booster.transfer"):
    """Give an active booster to another holder."""

    booster: Name
    to: Holder


class FeeKeyIssue(Command, frozen=True, tag="fee_key.issue"):
    """Issue a fee key for locked LP."""

    to: Holder
    locked_lp: Integer


class FeeKeyClaim(Command, frozen=True, tag="fee_key.claim"):
    """Collect a key's share of the fees."""

    key: Name


class FeeKeyTransfer(Command, frozen=True, tag="fee_key.transfer"):
    """Give a key, with its unclaimed fees, to another holder."""

    key: Name
    to: Holder


class BuybackSetPrice(Command, frozen=True, tag="buyback.set_price"):
    """State the price of the booster token in the term token."""

    vg_per_vc: Amount


class BuybackSell(Command, frozen=True, tag="buyback.sell"):
    """Sell booster tokens to the buyback pool, which burns them."""

    vc: Amount
    min_vg: Amount | UnsetType = UNSET


class TreasurySpend(Command, frozen=True, tag="treasury.spend"):
    """Pay out of the treasury."""

    asset: AssetCode
    to: Holder
    amount: Amount
    memo: Text
