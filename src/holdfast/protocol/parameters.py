"""Every number of the rules, once, with its default, its bounds and where it comes from.

A desk file (TOML) sets any of them: each struct is a table, each field a key. Amounts are text in whole tokens.
The description of a field is what the reference prints.
"""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct

from holdfast.primitives.asset import AMOUNT_PATTERN
from holdfast.primitives.fixed_point import BPS

ASSET_PATTERN = r"\A[A-Za-z][A-Za-z0-9._-]{0,31}\Z"

Code = Annotated[str, Meta(pattern=ASSET_PATTERN)]
Amount = Annotated[str, Meta(pattern=AMOUNT_PATTERN)]
Share = Annotated[int, Meta(ge=0, le=BPS)]
Days = Annotated[int, Meta(ge=1, le=36_500)]
Seconds = Annotated[int, Meta(ge=0, le=2**40)]
Eras = Annotated[int, Meta(ge=0, le=2**40)]


class _Table(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A table of the desk file."""


class AssetParameters(_Table, frozen=True):
    """Limits on assets that operators create."""

    maximum_transfer_tax_bps: Annotated[Share, Meta(description="Highest transfer tax. Source: VG, token tax.")] = 2_000


class VaultParameters(_Table, frozen=True):
    """Liquid vaults."""

    profit_unlock_seconds: Annotated[
        Seconds,
        Meta(description="Time over which rewards unlock, unless the vault states its own. Source: decision I9."),
    ] = 604_800
    performance_fee_bps: Annotated[
        Share,
        Meta(description="Share of rewards for the treasury, unless the vault states its own. Source: protocols 2."),
    ] = 0
    maximum_performance_fee_bps: Annotated[Share, Meta(description="Highest performance fee. Source: protocols 2.")] = (
        2_000
    )


class TermParameters(_Table, frozen=True):
    """Term staking."""

    asset: Annotated[Code, Meta(description="What is staked. Source: VG.")] = "VG"
    minimum_stake: Annotated[Amount, Meta(description="Amin, smallest stake in whole tokens. Source: VG, formula.")] = (
        "100"
    )
    base_days: Annotated[Days, Meta(description="Base period below the threshold. Source: VG, formula.")] = 180
    auto_reinvest_from: Annotated[
        Amount,
        Meta(description="Amount from which a stake is reinvested and has the short base. Source: VG; decision V3."),
    ] = "10000"
    auto_reinvest_base_days: Annotated[Days, Meta(description="Base period from the threshold on. Source: VG.")] = 90
    amount_factor_bps: Annotated[Share, Meta(description="K1: how fast the period falls with log10. Source: VG.")] = (
        1_500
    )
    booster_factor_bps: Annotated[
        Annotated[int, Meta(ge=0, le=BPS - 1)], Meta(description="K2: what a booster takes off the period. Source: VG.")
    ] = 2_500
    minimum_days: Annotated[Days, Meta(description="Shortest period. Source: VG.")] = 30
    maximum_days: Annotated[Days, Meta(description="Longest period. Source: VG.")] = 180
    period_rounding: Annotated[
        Literal["up", "nearest"],
        Meta(description="To whole days: up, or to the nearest, half up. Source: decision V1."),
    ] = "up"
    tax_bps: Annotated[Share, Meta(description="Tax on staking (on top) and unstaking (out of it). Source: VG.")] = (
        1_000
    )
    reinvest_bps: Annotated[
        Annotated[int, Meta(ge=1, le=BPS)],
        Meta(description="Share of an auto-reinvested stake that is restaked. Source: VG."),
    ] = 7_000
    keeper_unstakes: Annotated[
        bool, Meta(description="Whether a keeper may unstake what is due. Source: decision V9.")
    ] = True


class TaxParameters(_Table, frozen=True):
    """How a tax is split; the treasury gets the rest."""

    fee_keys_bps: Annotated[Share, Meta(description="To the holders of fee keys. Source: VG, tax split.")] = 5_000
    buyback_bps: Annotated[Share, Meta(description="To buyback and burn. Source: VG, tax split.")] = 3_000


class BoosterParameters(_Table, frozen=True):
    """Boosters."""

    asset: Annotated[Code, Meta(description="What is locked for a booster. Source: VG.")] = "VC"
    stake_amount: Annotated[Amount, Meta(description="How much is locked, in whole tokens. Source: decision V11.")] = (
        "1000000"
    )
    lock_days: Annotated[Days, Meta(description="For how long. Source: decision V11.")] = 90


class Tier(_Table, frozen=True):
    """A tier of fee keys."""

    name: Annotated[str, Meta(min_length=1, max_length=32)]
    locked_lp_from: Annotated[int, Meta(ge=0, description="Whole LP units from which the tier applies.")]
    multiplier_bps: Annotated[int, Meta(ge=1, le=1_000_000, description="Weight of a unit in this tier.")]


class FeeKeyParameters(_Table, frozen=True):
    """Fee keys."""

    tiers: Annotated[
        tuple[Tier, ...], Meta(min_length=1, description="Tiers by locked LP, rising from 0. Source: decision V12.")
    ] = (
        Tier(name="common", locked_lp_from=0, multiplier_bps=10_000),
        Tier(name="rare", locked_lp_from=1_000, multiplier_bps=12_000),
        Tier(name="epic", locked_lp_from=10_000, multiplier_bps=15_000),
        Tier(name="legendary", locked_lp_from=100_000, multiplier_bps=20_000),
    )


class BuybackParameters(_Table, frozen=True):
    """Buyback and burn."""

    price_max_age_seconds: Annotated[
        Seconds, Meta(description="Age to which a price is good. Source: decision V13.")
    ] = 86_400


class LeverageParameters(_Table, frozen=True):
    """Leveraged delegation."""

    asset: Annotated[Code, Meta(description="What is delegated. Source: Magni.")] = "CSPR"
    debt_asset: Annotated[Code, Meta(description="The debt token, same decimals. Source: Magni; decision M6.")] = (
        "mCSPR"
    )
    maximum_leverage: Annotated[int, Meta(ge=1, le=100, description="Highest leverage. Source: Magni.")] = 5
    maximum_ltv_bps: Annotated[Share, Meta(description="Highest loan-to-value at opening. Source: Magni.")] = 8_000
    liquidation_threshold_bps: Annotated[
        Annotated[int, Meta(ge=1, le=BPS)],
        Meta(description="Loan-to-value from which anyone may liquidate. Source: Magni; decision M5."),
    ] = 8_500
    minimum_delegation: Annotated[
        Amount, Meta(description="Smallest delegation in whole tokens. Source: Casper chainspec 2.2.0; decision M2.")
    ] = "500"
    minimum_reserve_bps: Annotated[
        Share, Meta(description="Share of the reserve's capacity that stays liquid. Source: Magni; decision M3.")
    ] = 2_000
    unbonding_eras: Annotated[Eras, Meta(description="Eras that unbonding takes. Source: Casper chainspec 2.2.0.")] = 7
    finalize_grace_eras: Annotated[
        Eras, Meta(description="Eras after which anyone may finalize. Source: decision M12 (a week of 2-hour eras).")
    ] = 84
    borrow_rate_bps: Annotated[
        Annotated[int, Meta(ge=0, le=1_000_000)], Meta(description="Simple interest per 365 days. Source: decision M9.")
    ] = 0
    liquidation_fee_bps: Annotated[
        Share, Meta(description="Share of the proceeds for the liquidator. Source: protocols 4.5.")
    ] = 0
    slash_unbonding: Annotated[
        bool, Meta(description="Whether a slash reaches unbonding amounts. Source: protocols 4.3.")
    ] = False


class Parameters(_Table, frozen=True):
    """All parameters of a desk."""

    asset_limits: AssetParameters = AssetParameters()
    vault: VaultParameters = VaultParameters()
    term: TermParameters = TermParameters()
    tax: TaxParameters = TaxParameters()
    booster: BoosterParameters = BoosterParameters()
    fee_keys: FeeKeyParameters = FeeKeyParameters()
    buyback: BuybackParameters = BuybackParameters()
    leverage: LeverageParameters = LeverageParameters()

    def problems(self) -> list[str]:
        """What the bounds of single values cannot say; empty when the parameters fit together."""
        found: list[str] = []
        if self.tax.fee_keys_bps + self.tax.buyback_bps > BPS:
            found.append("tax.fee_keys_bps and tax.buyback_bps together are more than 10,000")
        if self.term.minimum_days > self.term.maximum_days:
            found.append("term.minimum_days is above term.maximum_days")
        if self.leverage.maximum_ltv_bps > self.leverage.liquidation_threshold_bps:
            found.append("leverage.maximum_ltv_bps is above leverage.liquidation_threshold_bps")
        starts = [tier.locked_lp_from for tier in self.fee_keys.tiers]
        if starts[0] != 0 or starts != sorted(set(starts)):
            found.append("fee_keys.tiers: locked_lp_from must start at 0 and rise from tier to tier")
        if self.leverage.asset == self.leverage.debt_asset:
            found.append("leverage.asset and leverage.debt_asset are the same")
        return found
