"""Commands on strategies and allocation."""

from __future__ import annotations

from msgspec import UNSET, UnsetType

from holdfast.errors import Malformed
from holdfast.protocol.arguments import Amount, Bps, Command, Curve, Integer, Name, Positive, VaultName


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
    vault: VaultName | UnsetType = UNSET


class StrategySetCap(Command, frozen=True, tag="strategy.set_cap"):
    """Change the most that a strategy may hold."""

    strategy: Name
    cap: Amount
    vault: VaultName | UnsetType = UNSET


class StrategyAllocate(Command, frozen=True, tag="strategy.allocate"):
    """Deploy a vault's idle assets."""

    vault: VaultName
    strategy: Name
    amount: Amount


class StrategyDeallocate(Command, frozen=True, tag="strategy.deallocate"):
    """Ask for deployed assets back; the strategy's cooldown begins."""

    strategy: Name
    amount: Amount
    vault: VaultName | UnsetType = UNSET


class StrategyComplete(Command, frozen=True, tag="strategy.complete"):
    """Take assets back whose cooldown has ended."""

    request: Name
    strategy: Name | UnsetType = UNSET
    vault: VaultName | UnsetType = UNSET


class StrategyReport(Command, frozen=True, tag="strategy.report"):
    """Report what a strategy gained or lost; one of the two."""

    strategy: Name
    gain: Amount | UnsetType = UNSET
    loss: Amount | UnsetType = UNSET
    vault: VaultName | UnsetType = UNSET

    def __post_init__(self) -> None:
        if (self.gain is UNSET) == (self.loss is UNSET):
            raise Malformed("gain: state either gain or loss", field="gain", reason="gain_or_loss")


class StrategyDisable(Command, frozen=True, tag="strategy.disable"):
    """Deploy nothing more into a strategy; taking out goes on."""

    strategy: Name
    vault: VaultName | UnsetType = UNSET


class PortfolioPlan(Command, frozen=True, tag="portfolio.plan"):
    """Work out the allocation that earns most, and keep it."""

    vault: VaultName
    buffer_bps: Bps | UnsetType = UNSET
    horizon_days: Positive | UnsetType = UNSET
    min_change_bps: Bps | UnsetType = UNSET
    protocol_limits_bps: dict[Name, Bps] | UnsetType = UNSET


class PortfolioRebalance(Command, frozen=True, tag="portfolio.rebalance"):
    """Carry out a plan that still fits; without a name the vault's latest."""

    vault: VaultName
    plan: Name | UnsetType = UNSET
