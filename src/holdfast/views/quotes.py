"""What an operation would mean, from the parameters alone: calculators that touch no desk.

Term and period come from the rule itself (`term_staking.terms`); what is computed here beside it is pinned to the
rules by tests. Amounts are base units.
"""

from __future__ import annotations

from msgspec import Struct

from holdfast.errors import AmountOverflow, BelowMinimumStake, LeverageOutOfRange, ZeroAmount
from holdfast.primitives.fixed_point import BPS, CEIL, FLOOR, bps_of, mul_div
from holdfast.protocol.leverage import health_factor_bps, ltv_bps
from holdfast.protocol.parameters import LeverageParameters, TermParameters
from holdfast.protocol.records import Asset
from holdfast.protocol.shares import VaultTotals, to_assets, to_shares
from holdfast.protocol.term_staking import term_rules, terms

LONGEST_CHAIN = 50
"""Stakes of a reinvestment chain that a quote follows: 15,000 VG has three, all VG there can be has 42."""


class TermQuote(Struct, frozen=True):
    """One term stake: what it costs at its start, for how long it is locked, what is paid at its end."""

    amount: int
    boosted: bool
    period_days: int
    stake_tax: int
    reinvest_amount: int
    withdraw_amount: int
    unstake_tax: int

    @property
    def cost(self) -> int:
        """Amount and tax: what the staker must have."""
        return self.amount + self.stake_tax

    @property
    def paid(self) -> int:
        """What unstaking pays out."""
        return self.withdraw_amount - self.unstake_tax


class ChainLink(Struct, frozen=True):
    """One stake of a reinvestment chain, with the days since the first stake on which it starts and unlocks."""

    starts_day: int
    unlocks_day: int
    quote: TermQuote


class Chain(Struct, frozen=True):
    """A stake and its reinvestments, each unstaked on the day it unlocks; `complete` unless it was cut short."""

    links: tuple[ChainLink, ...]
    complete: bool

    @property
    def paid(self) -> int:
        """What all of it pays out."""
        return sum(link.quote.paid for link in self.links)


class LeverageQuote(Struct, frozen=True):
    """One leveraged delegation as it opens. `liquidated_at` is the value from which on, downwards, it is liquidated."""

    deposit: int
    leverage: int
    total: int
    debt: int
    ltv_bps: int
    health_bps: int | None
    within_limits: bool
    meets_minimum: bool
    liquidated_at: int
    liquidating_slash_bps: int | None
    interest_per_year: int


class SlashQuote(Struct, frozen=True):
    """A leveraged delegation after a slash, and how its proceeds would be shared out."""

    slash_bps: int
    value: int
    ltv_bps: int | None
    health_bps: int | None
    liquidated: bool
    repaid: int
    fee: int
    rest: int
    bad_debt: int


class VaultQuote(Struct, frozen=True):
    """Assets and shares of a vault both ways, with the rounding of each."""

    given: int
    deposit_or_redeem: int
    withdraw_or_mint: int


def term(p: TermParameters, asset: Asset, amount: int, *, boosted: bool = False) -> TermQuote:
    """A stake of `amount`.

    Formula:   period, tax and reinvestment as `term_staking.terms`; unstake_tax = floor(withdraw · tax_bps / 10,000)
    Units:     base units, days.
    Rounding:  the period up (or as set), taxes floor, the reinvestment half up.
    Raises:    BelowMinimumStake; AmountOverflow where amount and tax leave the asset's range.
    Source:    VG; rules 3.1 to 3.3.
    """
    if amount < term_rules(p, asset.decimals, asset.maximum).smallest:
        raise BelowMinimumStake(
            f"{asset.text(amount)} {asset.id} is below the smallest stake, {p.minimum_stake}.", minimum=p.minimum_stake
        )
    quote = _stake(p, asset, amount, boosted=boosted)
    if quote.cost > asset.maximum:
        raise AmountOverflow(f"With its tax the amount is above the largest possible, {asset.text(asset.maximum)}.")
    return quote


def term_chain(p: TermParameters, asset: Asset, amount: int, *, boosted: bool = False) -> Chain:
    """A stake and all its reinvestments; a booster serves the first only.

    Formula:   the next stake is the reinvested part, untaxed, from the day the one before it unlocks
    Units:     base units; days since the first stake.
    Raises:    as `term`.
    Source:    VG, example 3 (15,000 -> 10,500 -> 7,350); decision V8.
    """
    return _chain(p, asset, term(p, asset, amount, boosted=boosted))


def reinvestments(p: TermParameters, asset: Asset, amount: int) -> Chain:
    """What becomes of a reinvested part: as `term_chain`, but the rule asks no minimum of it and it was never taxed."""
    return _chain(p, asset, _stake(p, asset, amount, boosted=False))


def of_stake(p: TermParameters, asset: Asset, amount: int, *, boosted: bool) -> TermQuote:
    """A stake that is there already: what its end pays and costs."""
    return _stake(p, asset, amount, boosted=boosted)


def _chain(p: TermParameters, asset: Asset, quote: TermQuote) -> Chain:
    links, day = list[ChainLink](), 0
    while len(links) < LONGEST_CHAIN:
        links.append(ChainLink(day, day + quote.period_days, quote))
        if not quote.reinvest_amount:
            return Chain(tuple(links), True)
        day += quote.period_days
        quote = _stake(p, asset, quote.reinvest_amount, boosted=False)
    return Chain(tuple(links), False)


def leverage(p: LeverageParameters, asset: Asset, deposit: int, times: int) -> LeverageQuote:
    """A position of `deposit` at `times` leverage, at the moment it opens.

    Formula:   total = deposit · L, debt = deposit · (L − 1), LTV = debt / total;
               liquidated_at = floor(debt · 10,000 / liquidation_threshold_bps): the largest value v with
               debt · 10,000 >= threshold · v;
               liquidating_slash_bps = the least bps with total − floor(total · bps / 10,000) <= liquidated_at;
               interest_per_year = ceil(debt · borrow_rate_bps / 10,000)
    Units:     base units, bps, 365 days.
    Rounding:  LTV ceil and health floor (for display), interest ceil.
    Raises:    ZeroAmount; LeverageOutOfRange below 1; AmountOverflow where the total leaves the asset's range.
    Source:    Magni; decisions M1, M2, M5, M9.
    """
    if deposit == 0:
        raise ZeroAmount("deposit is 0; state one above 0.", field="deposit")
    if times < 1:
        raise LeverageOutOfRange(f"leverage is {times}; it is at least 1.", field="leverage")
    total, debt = deposit * times, deposit * (times - 1)
    if total > asset.maximum:
        raise AmountOverflow(f"Deposit times {times} is above the largest possible, {asset.text(asset.maximum)}.")
    liquidated_at = mul_div(debt, BPS, p.liquidation_threshold_bps, rounding=FLOOR)
    return LeverageQuote(
        deposit=deposit,
        leverage=times,
        total=total,
        debt=debt,
        ltv_bps=ltv_bps(debt, total) or 0,
        health_bps=health_factor_bps(debt, total, p.liquidation_threshold_bps),
        within_limits=times <= p.maximum_leverage and debt * BPS <= p.maximum_ltv_bps * total,
        meets_minimum=total >= asset.units(p.minimum_delegation),
        liquidated_at=liquidated_at,
        liquidating_slash_bps=_liquidating_slash(total, liquidated_at) if debt else None,
        interest_per_year=bps_of(debt, p.borrow_rate_bps, rounding=CEIL),
    )


def slashed(p: LeverageParameters, quote: LeverageQuote, slash_bps: int) -> SlashQuote:
    """The position after a slash of `slash_bps`, alone at its validator, and what closing it would give.

    Formula:   value = total − floor(total · bps / 10,000); liquidated where debt · 10,000 >= threshold · value;
               repaid = min(value, debt), fee = min(floor(value · liquidation_fee_bps / 10,000), value − repaid)
               where it is liquidated, rest = value − repaid − fee, bad_debt = debt − repaid
    Units:     base units; no interest.
    Rounding:  slash and fee floor.
    Raises:    nothing.
    Source:    rules 4.3 to 4.5.
    """
    value, debt = quote.total - bps_of(quote.total, slash_bps, rounding=FLOOR), quote.debt
    liquidated = debt > 0 and debt * BPS >= p.liquidation_threshold_bps * value
    repaid = min(value, debt)
    fee = min(bps_of(value, p.liquidation_fee_bps, rounding=FLOOR), value - repaid) if liquidated else 0
    return SlashQuote(
        slash_bps=slash_bps,
        value=value,
        ltv_bps=ltv_bps(debt, value),
        health_bps=health_factor_bps(debt, value, p.liquidation_threshold_bps),
        liquidated=liquidated,
        repaid=repaid,
        fee=fee,
        rest=value - repaid - fee,
        bad_debt=debt - repaid,
    )


def for_assets(totals: VaultTotals, assets: int, *, sole: bool = False) -> VaultQuote:
    """Shares for `assets`: a deposit mints floor, a withdrawal burns ceil.

    Formula:   assets · (total_shares + 1) / (total_assets + 1); `sole`, the holder of all shares, burns all of them
               for all of total_assets, and never more than all
    Source:    ERC-4626 previewDeposit, previewWithdraw; decision I8.
    """
    burned = to_shares(assets, totals, rounding=CEIL)
    if sole and assets <= totals.assets:
        burned = totals.shares if assets == totals.assets else min(burned, totals.shares)
    return VaultQuote(assets, to_shares(assets, totals, rounding=FLOOR), burned)


def for_shares(totals: VaultTotals, shares: int) -> VaultQuote:
    """Assets for `shares`: a redemption pays floor (all of total_assets for all shares), a mint takes ceil.

    Formula:   shares · (total_assets + 1) / (total_shares + 1)
    Source:    ERC-4626 previewRedeem, previewMint; decision I8.
    """
    everything = shares == totals.shares and shares > 0
    paid = totals.assets if everything else to_assets(shares, totals, rounding=FLOOR)
    return VaultQuote(shares, paid, to_assets(shares, totals, rounding=CEIL))


def _stake(p: TermParameters, asset: Asset, amount: int, *, boosted: bool) -> TermQuote:
    agreed = terms(term_rules(p, asset.decimals, asset.maximum), amount, boosted=boosted)
    withdraw = amount - agreed.reinvest_amount
    due = bps_of(withdraw, p.tax_bps, rounding=FLOOR)
    return TermQuote(amount, boosted, agreed.period_days, agreed.tax, agreed.reinvest_amount, withdraw, due)


def _liquidating_slash(total: int, liquidated_at: int) -> int:
    """The least slash in bps that leaves no more than `liquidated_at`."""
    return mul_div(total - liquidated_at, BPS, total, rounding=CEIL) if liquidated_at < total else 0
