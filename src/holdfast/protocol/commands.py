"""All that can be asked of a desk: one frozen struct per verb, named as on the wire.

The structs carry what the client sent, amounts as text: an amount is read once its asset is known. An optional
argument that is absent is `UNSET`. What a command checks and posts stands at its rule.
"""

from __future__ import annotations

from typing import Literal

from msgspec import UNSET, UnsetType, field

from holdfast.errors import Malformed
from holdfast.primitives.clock import parse_instant
from holdfast.protocol.arguments import (
    Amount,
    AssetCode,
    Bps,
    Command,
    Curve,
    Holder,
    Instant,
    Integer,
    Name,
    Positive,
    RoleName,
    Text,
    VaultName,
)

# --- roles ------------------------------------------------------------------------------------------------------


class RoleGrant(Command, frozen=True, tag="role.grant"):
    """Give an account a role."""

    role: RoleName
    account: Holder


class RoleRevoke(Command, frozen=True, tag="role.revoke"):
    """Take a role from an account."""

    role: RoleName
    account: Holder


# --- assets -----------------------------------------------------------------------------------------------------


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


# --- liquid vault -----------------------------------------------------------------------------------------------


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


# --- term staking, boosters, fee keys, buyback, treasury ----------------------------------------------------------


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


# --- leveraged delegation -----------------------------------------------------------------------------------------


class ValidatorRegister(Command, frozen=True, tag="validator.register"):
    """Make a validator known, with its commission and its own limits on a delegation."""

    validator: Name
    commission_bps: Bps
    minimum_delegation: Amount | UnsetType = UNSET
    maximum_delegation: Amount | UnsetType = UNSET


class ValidatorSetActive(Command, frozen=True, tag="validator.set_active"):
    """Say whether a validator takes new delegations."""

    validator: Name
    active: bool


class LeverageProvideReserve(Command, frozen=True, tag="leverage.provide_reserve"):
    """Pay into the reserve that positions borrow from."""

    amount: Amount


class LeverageWithdrawReserve(Command, frozen=True, tag="leverage.withdraw_reserve"):
    """Take out of the reserve what is not needed to stay liquid."""

    amount: Amount


class LeverageOpenPosition(Command, frozen=True, tag="leverage.open_position"):
    """Delegate a deposit, multiplied by borrowing from the reserve."""

    deposit: Amount
    leverage: Integer
    validator: Name


class LeverageRequestClosePosition(Command, frozen=True, tag="leverage.request_close_position"):
    """Start unbonding one's position."""


class LeverageFinalizeClosePosition(Command, frozen=True, tag="leverage.finalize_close_position"):
    """Settle a position whose unbonding is complete."""

    holder: Holder | UnsetType = UNSET


class LeverageLiquidate(Command, frozen=True, tag="leverage.liquidate"):
    """Start unbonding a position that is past its threshold."""

    holder: Holder


class NetworkEndEra(Command, frozen=True, tag="network.end_era"):
    """Report the end of an era: rewards (net of commission) and slashes by validator."""

    era: Integer
    rewards: dict[Name, Amount]
    slashes: dict[Name, Bps] | UnsetType = UNSET


# --- strategies and allocation -----------------------------------------------------------------------------------


class StrategyAdd(Command, frozen=True, tag="strategy.add"):
    """Let a vault deploy into a strategy."""

    vault: VaultName
    strategy: Name
    protocol: Name
    yield_curve: Curve
    cap: Amount
    cooldown_seconds: Integer | UnsetType = UNSET
    redemption_window_seconds: Integer | UnsetType = UNSET
    max_loss_bps: Bps | UnsetType = UNSET
    move_cost_bps: Bps | UnsetType = UNSET


class StrategySetYield(Command, frozen=True, tag="strategy.set_yield"):
    """State what a strategy yields now."""

    strategy: Name
    yield_curve: Curve


class StrategySetCap(Command, frozen=True, tag="strategy.set_cap"):
    """Change the most that a strategy may hold."""

    strategy: Name
    cap: Amount


class StrategyAllocate(Command, frozen=True, tag="strategy.allocate"):
    """Deploy a vault's idle assets."""

    vault: VaultName
    strategy: Name
    amount: Amount


class StrategyDeallocate(Command, frozen=True, tag="strategy.deallocate"):
    """Ask for deployed assets back; the strategy's cooldown begins."""

    strategy: Name
    amount: Amount


class StrategyComplete(Command, frozen=True, tag="strategy.complete"):
    """Take assets back whose cooldown has ended."""

    request: Name


class StrategyReport(Command, frozen=True, tag="strategy.report"):
    """Report what a strategy gained or lost; one of the two."""

    strategy: Name
    gain: Amount | UnsetType = UNSET
    loss: Amount | UnsetType = UNSET

    def __post_init__(self) -> None:
        if (self.gain is UNSET) == (self.loss is UNSET):
            raise Malformed("gain: state either gain or loss", field="gain")


class StrategyDisable(Command, frozen=True, tag="strategy.disable"):
    """Deploy nothing more into a strategy; taking out goes on."""

    strategy: Name


class PortfolioPlan(Command, frozen=True, tag="portfolio.plan"):
    """Work out the allocation that earns most, and keep it."""

    vault: VaultName
    buffer_bps: Bps | UnsetType = UNSET
    horizon_days: Positive | UnsetType = UNSET
    min_change_bps: Bps | UnsetType = UNSET
    protocol_limits_bps: dict[Name, Bps] | UnsetType = UNSET


class PortfolioRebalance(Command, frozen=True, tag="portfolio.rebalance"):
    """Carry out a plan that still fits."""

    vault: VaultName
    plan: Name


def _all(base: type[Command]) -> dict[str, type[Command]]:
    return {str(command.__struct_config__.tag): command for command in base.__subclasses__()}


COMMANDS: dict[str, type[Command]] = _all(Command)
"""Every command by its type, in the order of this file."""
