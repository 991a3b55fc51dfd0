"""Fee keys: shares in the tax by locked LP and tier (rules 3.6)."""

from __future__ import annotations

from holdfast.errors import NotAuthorized, NothingToClaim, UnknownKey
from holdfast.ledger import chart
from holdfast.ledger.posting import Posting
from holdfast.protocol import commands, reward_index
from holdfast.protocol.checks import require_amount, require_asset
from holdfast.protocol.outcome import Outcome
from holdfast.protocol.parameters import FeeKeyParameters, Tier
from holdfast.protocol.records import FeeKey
from holdfast.protocol.state import State
from holdfast.protocol.tax import fee_pool


def tier_of(p: FeeKeyParameters, locked_lp: int) -> Tier:
    """The highest tier whose bound `locked_lp` reaches."""
    return max((tier for tier in p.tiers if tier.locked_lp_from <= locked_lp), key=lambda tier: tier.locked_lp_from)


def issue(state: State, c: commands.FeeKeyIssue, now: int) -> Outcome:
    """Issue a key; the first one is given all fees that waited for it.

    Checks:    unknown_asset -> zero_amount
    Postings:  none.
    Formula:   weight = locked_lp · the tier's multiplier in bps
    Source:    VG; decision V12.
    """
    require_asset(state, state.parameters.term.asset)
    require_amount(c.locked_lp, "locked_lp")
    tier = tier_of(state.parameters.fee_keys, c.locked_lp)
    weight = c.locked_lp * tier.multiplier_bps
    pool = fee_pool(state)
    key = FeeKey(f"key-{len(state.fee_keys) + 1}", c.to, c.locked_lp, tier.name, weight, pool.accumulated)
    after = reward_index.join(pool, weight)
    if pool.weight == 0:
        after = reward_index.accrue(after, state.book.balance(pool.id, chart.fees(pool.id)))
    result = {"key": key.id, "tier": tier.name, "weight": str(weight)}
    return Outcome(
        records=(key, after),
        events=({"type": "fee_key.issued", "owner": c.to, **result},),
        result=result,
    )


def claim(state: State, c: commands.FeeKeyClaim, now: int) -> Outcome:
    """Pay a key's unclaimed fees to its owner, untaxed.

    Checks:    unknown_key -> not_authorized -> nothing_to_claim -> account_frozen
    Postings:  @fees -> owner
    Formula:   see `reward_index.claimable`
    """
    key = _owned(state, c.key, c.actor)
    pool = fee_pool(state)
    amount = reward_index.claimable(pool, key)
    if amount <= 0:
        raise NothingToClaim(f"{key.id} has no unclaimed fees at present.", key=key.id)
    paid = state.assets[pool.id].text(amount)
    return Outcome(
        postings=(Posting(pool.id, chart.fees(pool.id), key.owner, amount),),
        records=(FeeKey(key.id, key.owner, key.locked_lp, key.tier, key.weight, key.since, key.paid + amount),),
        events=({"type": "fee_key.claimed", "key": key.id, "owner": key.owner, "paid": paid},),
        result={"key": key.id, "paid": paid},
    )


def transfer(state: State, c: commands.FeeKeyTransfer, now: int) -> Outcome:
    """Give a key away, its unclaimed fees with it.

    Checks:    unknown_key -> not_authorized
    Postings:  none.
    """
    key = _owned(state, c.key, c.actor)
    return Outcome(
        records=(FeeKey(key.id, c.to, key.locked_lp, key.tier, key.weight, key.since, key.paid),),
        events=({"type": "fee_key.transferred", "key": key.id, "from": c.actor, "to": c.to},),
        result={"key": key.id},
    )


def _owned(state: State, name: str, actor: str) -> FeeKey:
    key = state.fee_keys.get(name)
    if key is None:
        raise UnknownKey(f"There is no fee key {name}.", key=name)
    if key.owner != actor:
        raise NotAuthorized(f"{name} belongs to {key.owner}.", key=name)
    return key
