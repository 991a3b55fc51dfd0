"""Term staking: an amount locked for a period that its size and a booster decide (rules 3.1–3.3)."""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache

from msgspec import UNSET, Struct

from holdfast.errors import (
    AlreadyUnstaked,
    BelowMinimumStake,
    BoosterNotActive,
    NotAuthorized,
    NotMatured,
    UnknownBooster,
    UnknownStake,
)
from holdfast.ledger import chart
from holdfast.ledger.posting import Posting, nonzero
from holdfast.primitives.asset import parse_units
from holdfast.primitives.clock import DAY, format_instant
from holdfast.primitives.fixed_point import BPS, FLOOR, HALF_UP, bps_of
from holdfast.primitives.logarithm import period_table, whole_days
from holdfast.protocol import commands, tax
from holdfast.protocol.checks import require_asset, require_balance
from holdfast.protocol.outcome import Event, Fields, Outcome
from holdfast.protocol.parameters import TermParameters
from holdfast.protocol.records import Asset, Booster, Record, Stake
from holdfast.protocol.state import State


class Terms(Struct, frozen=True, gc=False):
    """What staking an amount means; amounts in base units."""

    period_days: int
    tax: int
    auto_reinvest: bool
    reinvest_amount: int


class TermRules(Struct, frozen=True, gc=False):
    """A desk's term staking in base units: limits, and the period tables by (auto_reinvest, boosted)."""

    parameters: TermParameters
    smallest: int
    threshold: int
    tables: dict[tuple[bool, bool], tuple[int, ...]]


@lru_cache(maxsize=64)
def term_rules(p: TermParameters, decimals: int, maximum: int) -> TermRules:
    """The rules for an asset of these decimals and largest amount."""
    smallest = parse_units(p.minimum_stake, decimals, maximum)
    tables = {}
    for auto, base in ((False, p.base_days), (True, p.auto_reinvest_base_days)):
        for boosted in (False, True):
            c = Fraction(base * (BPS - p.booster_factor_bps * boosted), BPS)
            k1 = Fraction(p.amount_factor_bps, BPS)
            days = (p.minimum_days, p.maximum_days)
            nearest = p.period_rounding == "nearest"
            tables[auto, boosted] = period_table(c, k1, smallest, maximum, days, half_up=nearest)
    return TermRules(p, smallest, parse_units(p.auto_reinvest_from, decimals, maximum), tables)


def terms(rules: TermRules, amount: int, *, boosted: bool) -> Terms:
    """Period, tax and reinvestment of a stake of `amount` base units.

    Formula:   P = base · (1 − log10(A / Amin) · K1) · (1 − B · K2) days, clamped;
               tax = floor(amount · tax_bps / 10,000);
               reinvest_amount = round_half_up(amount · reinvest_bps / 10,000) from the threshold on
    Units:     base units, days.
    Rounding:  the period up to whole days (or as `period_rounding` says), exactly; the tax floor.
    Source:    VG, "Staking period"; decisions V1–V5.
    """
    p = rules.parameters
    auto = amount >= rules.threshold
    reinvest = bps_of(amount, p.reinvest_bps, rounding=HALF_UP) if auto else 0
    days = whole_days(amount, rules.tables[auto, boosted], p.maximum_days)
    return Terms(days, bps_of(amount, p.tax_bps, rounding=FLOOR), auto, reinvest)


def rules_of(state: State, asset: Asset) -> TermRules:
    """The desk's term rules, worked out once."""
    found: TermRules | None = state.memo.get("term")
    if found is None:
        found = state.memo["term"] = term_rules(state.parameters.term, asset.decimals, asset.maximum)
    return found


def stake(state: State, c: commands.TermStake, now: int) -> Outcome:
    """Lock an amount; the tax is paid on top.

    Checks:    unknown_asset -> below_minimum_stake -> insufficient_balance (amount + tax) -> unknown_booster
               -> not_authorized (another's booster) -> booster_not_active -> account_frozen
    Postings:  actor -> @term (amount); the tax as in `tax.collect`
    """
    p = state.parameters.term
    asset = require_asset(state, p.asset)
    amount = asset.units(c.amount)
    rules = rules_of(state, asset)
    if amount < rules.smallest:
        raise BelowMinimumStake(
            f"{c.amount} {asset.id} is below the smallest stake, {p.minimum_stake}.", minimum=p.minimum_stake
        )
    agreed = terms(rules, amount, boosted=c.booster is not UNSET)
    require_balance(state, asset, c.actor, amount + agreed.tax)
    booster = None if c.booster is UNSET else _usable_booster(state, c.booster, c.actor)
    taxed = tax.collect(state, asset, c.actor, agreed.tax)
    opened = _opened(state, c.actor, amount, agreed, now, booster)
    records: tuple[Record, ...] = (opened, *taxed.records)
    facts = _facts(asset, opened)
    events: tuple[Event, ...] = ({"type": "term.staked", "owner": c.actor, **facts}, *taxed.events)
    if booster is not None:
        records += (Booster(booster.id, booster.owner, "used", opened.id),)
        events += ({"type": "booster.used", "booster": booster.id, "stake": opened.id},)
    term_account = chart.term(asset.id)
    return Outcome(
        (Posting(asset.id, c.actor, term_account, amount), *taxed.postings),
        records,
        events,
        {
            **facts,
            "auto_reinvest": agreed.auto_reinvest,
            "tax": taxed.text,
            "total_staked": asset.text(state.book.balance(asset.id, term_account) + amount),
        },
    )


def unstake(state: State, c: commands.TermUnstake, now: int) -> Outcome:
    """Pay a matured stake out, less tax, and stake its reinvestment anew.

    Checks:    unknown_stake -> not_authorized (neither the owner nor a keeper where the pool lets keepers)
               -> already_unstaked -> not_matured -> account_frozen
    Postings:  @term -> owner (withdraw_amount − tax); the tax out of @term as in `tax.collect`
    Formula:   tax = floor(withdraw_amount · tax_bps / 10,000); the new stake is untaxed and without the booster
    """
    p = state.parameters.term
    old = state.stakes.get(c.stake)
    if old is None:
        raise UnknownStake(f"There is no stake {c.stake}.", stake=c.stake)
    if c.actor != old.owner and not (p.keeper_unstakes and state.has_role(c.actor, "keeper")):
        raise NotAuthorized(f"{old.id} belongs to {old.owner}.", stake=old.id)
    require_unstakable(old.id, old.unstaked, old.unlocks_at, now)
    asset = state.assets[p.asset]
    due = bps_of(old.withdraw_amount, p.tax_bps, rounding=FLOOR)
    term_account = chart.term(asset.id)
    taxed = tax.collect(state, asset, term_account, due)
    paid = asset.text(old.withdraw_amount - due)
    records: tuple[Record, ...] = (_unstaked(old), *taxed.records)
    event = {"type": "term.unstaked", "stake": old.id, "owner": old.owner, "paid": paid, "tax": taxed.text}
    events: tuple[Event, ...] = (event, *taxed.events)
    result = {"stake": old.id, "paid": paid, "tax": taxed.text}
    if old.auto_reinvest:
        again = terms(rules_of(state, asset), old.reinvest_amount, boosted=False)
        opened = _opened(state, old.owner, old.reinvest_amount, again, now, None)
        records += (opened,)
        events += ({"type": "term.reinvested", "owner": old.owner, "from": old.id, **_facts(asset, opened)},)
        result["reinvested_stake"] = opened.id
    payment = Posting(asset.id, term_account, old.owner, old.withdraw_amount - due)
    return Outcome((*nonzero(payment), *taxed.postings), records, events, result)


def require_unstakable(stake: str, unstaked: bool, unlocks_at: int, now: int) -> None:
    """`already_unstaked` or `not_matured` (before `unlocks_at`)."""
    if unstaked:
        raise AlreadyUnstaked(f"{stake} has been paid out already.", stake=stake)
    if now < unlocks_at:
        instant = format_instant(unlocks_at)
        raise NotMatured(f"{stake} is locked until {instant}.", stake=stake, unlocks_at=instant)


def _usable_booster(state: State, name: str, actor: str) -> Booster:
    booster = state.boosters.get(name)
    if booster is None:
        raise UnknownBooster(f"There is no booster {name}.", booster=name)
    if booster.owner != actor:
        raise NotAuthorized(f"{name} belongs to {booster.owner}.", booster=name)
    if booster.status != "active":
        raise BoosterNotActive(f"{name} is {booster.status}.", booster=name, status=booster.status)
    return booster


def _opened(state: State, owner: str, amount: int, agreed: Terms, now: int, booster: Booster | None) -> Stake:
    return Stake(
        f"{state.parameters.term.asset.lower()}-{len(state.stakes) + 1}",
        owner,
        amount,
        now,
        agreed.period_days,
        None if booster is None else booster.id,
        agreed.reinvest_amount,
        now + agreed.period_days * DAY,
    )


def _unstaked(old: Stake) -> Stake:
    return Stake(
        old.id, old.owner, old.amount, old.staked_at, old.period_days, old.booster, old.reinvest_amount,
        old.unlocks_at, True,
    )  # fmt: skip


def _facts(asset: Asset, opened: Stake) -> Fields:
    """What result and event tell of a new stake."""
    return {
        "stake": opened.id,
        "amount": asset.text(opened.amount),
        "period_days": opened.period_days,
        "unlocks_at": format_instant(opened.unlocks_at),
    }
