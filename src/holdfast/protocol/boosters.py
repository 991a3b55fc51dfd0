"""Boosters: locked once, used once, tradable while active (rules 3.5)."""

from __future__ import annotations

from holdfast.errors import BoosterNotActive, NotAuthorized, UnknownBooster, UnknownStake
from holdfast.ledger import chart
from holdfast.ledger.posting import Posting
from holdfast.primitives.clock import DAY, format_instant
from holdfast.protocol import commands
from holdfast.protocol.checks import require_asset, require_balance
from holdfast.protocol.outcome import Event, Outcome
from holdfast.protocol.records import Booster, BoosterStake, Record
from holdfast.protocol.state import State
from holdfast.protocol.term_staking import require_unstakable


def stake(state: State, c: commands.BoosterStakeCommand, now: int) -> Outcome:
    """Lock the booster's price and mint an active booster at once.

    Checks:    unknown_asset -> insufficient_balance -> account_frozen
    Postings:  actor -> @boosters
    Source:    VG; decision V11.
    """
    p = state.parameters.booster
    asset = require_asset(state, p.asset)
    amount = asset.units(p.stake_amount)
    require_balance(state, asset, c.actor, amount)
    number = len(state.boosters) + 1
    booster = Booster(f"booster-{number}", c.actor, "active")
    locked = BoosterStake(f"{p.asset.lower()}-{number}", c.actor, amount, now + p.lock_days * DAY, booster.id)
    result = {"stake": locked.id, "booster": booster.id, "unlocks_at": format_instant(locked.unlocks_at)}
    return Outcome(
        postings=(Posting(asset.id, c.actor, chart.boosters(asset.id), amount),),
        records=(booster, locked),
        events=({"type": "booster.minted", "owner": c.actor, **result},),
        result=result,
    )


def unstake(state: State, c: commands.BoosterUnstake, now: int) -> Outcome:
    """Give back what was locked; the booster expires if it is still active and still the staker's own.

    Checks:    unknown_stake -> not_authorized -> already_unstaked -> not_matured -> account_frozen
    Postings:  @boosters -> owner
    Source:    decision V10.
    """
    old = state.booster_stakes.get(c.stake)
    if old is None:
        raise UnknownStake(f"There is no booster stake {c.stake}.", stake=c.stake)
    if old.owner != c.actor:
        raise NotAuthorized(f"{old.id} belongs to {old.owner}.", stake=old.id)
    require_unstakable(old.id, old.unstaked, old.unlocks_at, now)
    asset = state.assets[state.parameters.booster.asset]
    booster = state.boosters[old.booster]
    expires = booster.status == "active" and booster.owner == old.owner
    records: tuple[Record, ...] = (BoosterStake(old.id, old.owner, old.amount, old.unlocks_at, old.booster, True),)
    paid = asset.text(old.amount)
    events: tuple[Event, ...] = ({"type": "booster.unstaked", "stake": old.id, "owner": old.owner, "paid": paid},)
    if expires:
        records += (Booster(booster.id, booster.owner, "expired"),)
        events += ({"type": "booster.expired", "booster": booster.id},)
    return Outcome(
        postings=(Posting(asset.id, chart.boosters(asset.id), old.owner, old.amount),),
        records=records,
        events=events,
        result={"stake": old.id, "paid": paid, "booster": booster.id},
    )


def transfer(state: State, c: commands.BoosterTransfer, now: int) -> Outcome:
    """Give an active booster away.

    Checks:    unknown_booster -> not_authorized -> booster_not_active
    Postings:  none.
    """
    booster = state.boosters.get(c.booster)
    if booster is None:
        raise UnknownBooster(f"There is no booster {c.booster}.", booster=c.booster)
    if booster.owner != c.actor:
        raise NotAuthorized(f"{booster.id} belongs to {booster.owner}.", booster=booster.id)
    if booster.status != "active":
        raise BoosterNotActive(f"{booster.id} is {booster.status}.", booster=booster.id, status=booster.status)
    return Outcome(
        records=(Booster(booster.id, c.to, "active"),),
        events=({"type": "booster.transferred", "booster": booster.id, "from": c.actor, "to": c.to},),
        result={"booster": booster.id},
    )
