"""Quotes as objects: what the command line prints with --json and the API answers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from msgspec import Struct

from holdfast.errors import Malformed
from holdfast.primitives.clock import format_instant
from holdfast.protocol import liquid_vault, vault_limits
from holdfast.protocol import term_limits as limits
from holdfast.protocol.checks import require_vault
from holdfast.protocol.parameters import LeverageParameters, TermParameters
from holdfast.protocol.records import Asset
from holdfast.protocol.shares import VaultTotals
from holdfast.protocol.state import State
from holdfast.views import exit_plan, quotes
from holdfast.views.exit_plan import Route

View = dict[str, Any]

Pair = tuple[quotes.TermQuote, quotes.TermQuote]
"""The same amount without and with a booster."""


# --- term ------------------------------------------------------------------------------------------------------------


def over_amounts(p: TermParameters, asset: Asset) -> list[Pair]:
    """Quotes without and with a booster, over amounts with both sides of the threshold among them."""
    least, threshold, one = asset.units(p.minimum_stake), asset.units(p.auto_reinvest_from), 10**asset.decimals
    small = [least * times for times in (1, 5, 10, 50)]
    large = [threshold - one, threshold, threshold * 3 // 2, threshold * 5, threshold * 10, threshold * 100]
    most = asset.maximum * 10_000 // (10_000 + p.tax_bps)
    amounts = sorted({amount for amount in small + large if least <= amount <= most})
    return [(quotes.term(p, asset, a), quotes.term(p, asset, a, boosted=True)) for a in amounts]


PREFERRED = (100, 112, 125, 140, 160, 180, 200, 224, 250, 280, 315, 355, 400, 450, 500, 560, 630, 710, 800, 900)
"""Hundredths: steps between 1 and 10 that look even on a logarithmic axis. Source: Renard's series R20 (ISO 3)."""


def over_curve(p: TermParameters, asset: Asset) -> list[Pair]:
    """Quotes without and with a booster at the amounts of a curve: 20 in each power of ten from the minimum to 100
    times the threshold, and both sides of the threshold."""
    least, threshold, one = asset.units(p.minimum_stake), asset.units(p.auto_reinvest_from), 10**asset.decimals
    least = max(least, 1)
    most = min(max(threshold, least) * 100, asset.maximum * 10_000 // (10_000 + p.tax_bps))
    amounts, scale = {threshold - one, threshold}, 1
    while least * scale <= most:
        amounts.update(least * scale * step // 100 for step in PREFERRED)
        scale *= 10
    return [
        (quotes.term(p, asset, amount), quotes.term(p, asset, amount, boosted=True))
        for amount in sorted(amounts)
        if least <= amount <= most
    ]


def term_amounts(p: TermParameters, asset: Asset, quoted: Sequence[Pair]) -> View:
    """A table over amounts, each without a booster, and the period with one."""
    rows = [{**term_stake(asset, plain), "period_days_with_booster": boosted.period_days} for plain, boosted in quoted]
    return {"asset": asset.id, "auto_reinvest_from": p.auto_reinvest_from, "amounts": rows}


def term_chain(asset: Asset, chain: quotes.Chain, other: quotes.TermQuote) -> View:
    """One stake and its reinvestments; `other` is the same with a booster where this is without, and the reverse."""
    first = chain.links[0].quote
    links = [
        {"starts_day": link.starts_day, "unlocks_day": link.unlocks_day}
        | {k: v for k, v in term_stake(asset, link.quote).items() if number == 0 or k not in ("tax", "total_cost")}
        for number, link in enumerate(chain.links)
    ]
    name = "period_days_without_booster" if first.boosted else "period_days_with_booster"
    return {
        "asset": asset.id,
        **term_stake(asset, first),
        name: other.period_days,
        "unlocks_day": first.period_days,
        "chain": links,
        "chain_complete": chain.complete,
        "chain_paid": asset.text(chain.paid),
    }


def term_stake(asset: Asset, quote: quotes.TermQuote) -> View:
    """A stake's figures as text."""
    return {
        "amount": asset.text(quote.amount),
        "booster": quote.boosted,
        "period_days": quote.period_days,
        "tax": asset.text(quote.stake_tax),
        "total_cost": asset.text(quote.cost),
        "auto_reinvest": quote.reinvest_amount > 0,
        "reinvest_amount": asset.text(quote.reinvest_amount),
        "withdraw_amount": asset.text(quote.withdraw_amount),
        "unstake_tax": asset.text(quote.unstake_tax),
        "paid": asset.text(quote.paid),
    }


def term_limits(state: State, asset: Asset, holder: str) -> View:
    """What a holder has of the term asset, and the most that he can stake, lock for boosters and sell."""
    sold = state.assets.get(state.parameters.booster.asset)
    found: View = {
        "balance": asset.text(state.book.balance(asset.id, holder)),
        "max_stake": asset.text(limits.max_stake(state, holder)),
        "max_boosters": limits.max_boosters(state, holder),
    }
    return found if sold is None else {**found, "max_sell": sold.text(limits.max_sell(state, holder, state.now))}


# --- leverage --------------------------------------------------------------------------------------------------------


def leverage(
    p: LeverageParameters, asset: Asset, quoted: Sequence[quotes.LeverageQuote], hit: Sequence[quotes.SlashQuote] = ()
) -> View:
    """A quote for each leverage; with `hit`, what a slash leaves of each."""
    rows: list[View] = []
    for number, quote in enumerate(quoted):
        row: View = {
            "leverage": quote.leverage,
            "total_staked": asset.text(quote.total),
            "debt": asset.text(quote.debt),
            "ltv_bps": quote.ltv_bps,
            "health_factor_bps": quote.health_bps,
            "within_limits": quote.within_limits,
            "meets_minimum_delegation": quote.meets_minimum,
            "liquidated_at_value": asset.text(quote.liquidated_at),
            "liquidating_slash_bps": quote.liquidating_slash_bps,
            "interest_per_year": asset.text(quote.interest_per_year),
        }
        if hit:
            row["after_slash"] = _slashed(asset, hit[number])
        rows.append(row)
    return {
        "asset": asset.id,
        "deposit": asset.text(quoted[0].deposit),
        "minimum_delegation": p.minimum_delegation,
        "borrow_rate_bps": p.borrow_rate_bps,
        "quotes": rows,
    }


def _slashed(asset: Asset, after: quotes.SlashQuote) -> View:
    return {
        "slash_bps": after.slash_bps,
        "value": asset.text(after.value),
        "ltv_bps": after.ltv_bps,
        "health_factor_bps": after.health_bps,
        "liquidated": after.liquidated,
        "repaid": asset.text(after.repaid),
        "fee": asset.text(after.fee),
        "paid": asset.text(after.rest),
        "bad_debt": asset.text(after.bad_debt),
    }


# --- vaults ----------------------------------------------------------------------------------------------------------


class Subject(Struct, frozen=True):
    """The vault that a quote is about; `of` says where it was read. Of one holder: his `limits` in base units, and
    whether he has all shares (`sole`)."""

    asset: Asset
    share: str
    totals: VaultTotals
    locked: int
    of: dict[str, Any] = {}
    limits: dict[str, int] = {}
    sole: bool = False


def supposed(asset: Asset, total_assets: int, total_shares: int, locked: int) -> Subject:
    """A vault with the totals that were given."""
    return Subject(asset, f"v{asset.id}", VaultTotals(total_assets, total_shares), locked)


def on_desk(state: State, name: str, holder: str | None) -> Subject:
    """A vault as it stands at the desk's present second. Raises: UnknownVault."""
    vault = require_vault(state, name)
    limits = (vault_limits.max_deposit, vault_limits.max_mint, vault_limits.max_withdraw, vault_limits.max_redeem)
    totals = liquid_vault.totals(state, vault, state.now)
    return Subject(
        state.assets[vault.asset],
        vault.share,
        totals,
        liquid_vault.locked(vault, state.now),
        {"vault": name, "seq": state.seq, "at": format_instant(state.now)},
        {} if holder is None else {limit.__name__: limit(state, name, holder, state.now) for limit in limits},
        holder is not None and 0 < totals.shares == state.book.balance(vault.share, holder),
    )


def vault(subject: Subject, assets: int | None, shares: int | None) -> View:
    """Shares for assets and assets for shares, now and once the profit that is locked has unlocked."""
    text = subject.asset.text
    later = VaultTotals(subject.totals.assets + subject.locked, subject.totals.shares)
    now, then = (
        {name: text(units) for name, units in _both_ways(totals, assets, shares, sole=subject.sole)}
        for totals in (subject.totals, later)
    )
    return {
        **subject.of,
        "asset": subject.asset.id,
        "share": subject.share,
        "total_assets": text(subject.totals.assets),
        "total_shares": text(subject.totals.shares),
        "locked_profit": text(subject.locked),
        "now": now,
        "once_unlocked": then,
        **{name: text(units) for name, units in subject.limits.items()},
    }


def _both_ways(totals: VaultTotals, assets: int | None, shares: int | None, *, sole: bool) -> list[tuple[str, int]]:
    found: list[tuple[str, int]] = []
    if assets is not None:
        given = quotes.for_assets(totals, assets, sole=sole)
        found += [("deposit", given.deposit_or_redeem), ("withdraw", given.withdraw_or_mint)]
    if shares is not None:
        given = quotes.for_shares(totals, shares)
        found += [("redeem", given.deposit_or_redeem), ("mint", given.withdraw_or_mint)]
    return found


# --- exits -----------------------------------------------------------------------------------------------------------


def ways_out(state: State, name: str, holder: str, shares: int | None) -> tuple[int, list[Route]]:
    """The shares meant (without `shares` all that the holder has) and every way out for them.

    Raises: as `exit_plan.routes`; Malformed where the holder has neither shares nor requests.
    """
    record = require_vault(state, name)
    held = state.book.balance(record.share, holder)
    if shares is None and held == 0:
        found = exit_plan.requests(state, name, holder, state.now)
        if not found:
            raise Malformed(
                f"{holder} has neither {record.share} nor requests in vault {name}.",
                field="holder",
                reason="nothing_held",
            )
        return 0, found
    wanted = held if shares is None else shares
    return wanted, exit_plan.routes(state, name, wanted, holder, state.now)


def ways_out_object(state: State, name: str, holder: str, shares: int, found: Sequence[Route]) -> View:
    """Every way out with what it pays, when, and what decides it."""
    record = state.vaults[name]
    asset = state.assets[record.asset]
    return {
        "vault": name,
        "holder": holder,
        "shares": state.assets[record.share].text(shares),
        "seq": state.seq,
        "at": format_instant(state.now),
        "asset": asset.id,
        "share": record.share,
        "routes": [_route(asset, route) for route in found],
    }


def _route(asset: Asset, route: Route) -> View:
    return {
        "route": route.kind,
        "possible": route.possible,
        "request": route.request,
        "shares": asset.text(route.shares),
        "assets": asset.text(route.assets),
        "fee": asset.text(route.fee),
        "ready_at": None if route.ready_at is None else format_instant(route.ready_at),
        "decided_by": [one.text for one in route.decided_by],
        "reasons": [{"code": one.code, "figures": dict(one.figures)} for one in route.decided_by],
    }
