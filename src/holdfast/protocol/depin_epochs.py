"""The end of a contribution network's epoch: who gets how much, and how it reaches them (rules 6)."""

from __future__ import annotations

from msgspec import Struct
from msgspec.structs import replace

from holdfast.errors import EpochOpen
from holdfast.ledger import chart
from holdfast.ledger.posting import Posting, mint
from holdfast.primitives.clock import format_instant
from holdfast.primitives.fixed_point import FLOOR, share_out
from holdfast.protocol import commands
from holdfast.protocol.depin import epoch_end, require_network
from holdfast.protocol.liquid_vault import totals
from holdfast.protocol.outcome import Event, Outcome
from holdfast.protocol.records import HeldReward, Network, Record, Vault
from holdfast.protocol.shares import to_shares
from holdfast.protocol.state import State

Units = dict[str, int]
"""Base units by resource or by owner."""


class _Payout(Struct):
    """What a close moves: from `@depin` to owners, or to their vaults."""

    postings: list[Posting]
    events: list[Event]


def payable(state: State, network: Network) -> int:
    """What the open epoch pays if it closes now.

    Formula:   min(emission + carried over, what @depin holds − what it still owes to frozen owners)
    Units:     base units of the reward asset.
    Source:    protocols 6.
    """
    held = state.book.balance(network.asset, chart.depin(network.id))
    return min(network.emission + network.carried, held - state.indexes.contributions.owed(network.id))


def shares_now(state: State, network: Network) -> Units:
    """What each resource gets if the epoch closes now, in order of the resources' ids; empty without a score.

    Formula:   payable · score / Σ scores
    Rounding:  largest remainder, ties by resource id: the sum is exactly what is payable.
    """
    scores = state.indexes.contributions.scores[network.id]
    if not scores:
        return {}
    ranked = sorted(scores.items())
    parts = share_out(payable(state, network), ranked)
    return {name: part for (name, _), part in zip(ranked, parts, strict=True)}


def close_epoch(state: State, c: commands.DepinCloseEpoch, now: int) -> Outcome:
    """End the open epoch, pay its contributors, and begin the next where it ended.

    Checks:    unknown_network -> epoch_open
    Postings:  @depin -> owner (reward), @depin -> @vault (rewards staked at once), @issuance -> owner (their shares)
    Formula:   payable = min(emission + carried over, what @depin holds − what it owes); each resource gets
               payable · score / Σ scores; with no score payable is carried over;
               shares as `vault.deposit`, all of one close at the same price
    Rounding:  largest remainder, ties by resource id; shares are floored
    Source:    protocols 6. A frozen owner's reward is held for him in @depin and paid at a later close. Where a vault
               is paused, insolvent or full, or the reward would give no share, it is paid plainly.
    """
    network = require_network(state, c.network)
    asset, ends = state.assets[network.asset], epoch_end(network)
    if now < ends:
        raise EpochOpen(
            f"Epoch {network.epoch} of {network.id} ends at {format_instant(ends)}.", ends_at=format_instant(ends)
        )
    shares = shares_now(state, network)
    carried = 0 if shares else payable(state, network)
    rewards = {name: units for name, units in shares.items() if units}
    paid, held, released, records = _sorted_out(state, network, rewards)
    payout = _paid(state, network, paid, now)
    after = replace(network, epoch=network.epoch + 1, epoch_started_at=ends, carried=carried)
    result = {
        "network": network.id,
        "epoch": network.epoch,
        "paid": asset.text(sum(shares.values())),
        "carried_over": asset.text(carried),
        "held": asset.text(sum(held.values())),
        "released": asset.text(sum(released.values())),
    }
    event: Event = {
        "type": "depin.epoch_closed", **result,
        "from": format_instant(network.epoch_started_at), "to": format_instant(ends),
        "total_score": str(sum(state.indexes.contributions.scores[network.id].values())),
        "rewards": _texts(state, network, rewards),
        "held_back": _texts(state, network, held), "paid_late": _texts(state, network, released),
    }  # fmt: skip
    return Outcome(tuple(payout.postings), (after, *records), (event, *payout.events), result)


def _sorted_out(state: State, network: Network, shares: Units) -> tuple[Units, Units, Units, list[Record]]:
    """What is paid now by resource, what of it is held back and what had been, and the records that say so."""
    waiting = state.indexes.contributions.held.get(network.id)
    if not waiting and not state.indexes.frozen:
        return shares, {}, {}, []
    paid: Units = {}
    held: Units = {}
    released: Units = {}
    records: list[Record] = []
    for name in sorted({*shares, *(waiting or ())}):
        share, owed = shares.get(name, 0), (waiting or {}).get(name, 0)
        if not state.is_frozen(network.asset, state.resources[name].owner):
            paid[name] = share + owed
            if owed:
                released[name] = owed
                records.append(HeldReward(name, network.id, network.asset, 0))
        elif share:
            held[name] = share
            records.append(HeldReward(name, network.id, network.asset, owed + share))
    return paid, held, released, records


def _paid(state: State, network: Network, paid: Units, now: int) -> _Payout:
    """The postings that bring rewards to their owners, one for each owner, and one price for each vault."""
    plain: Units = {}
    staked: dict[str, Units] = {}
    for name, units in paid.items():
        resource = state.resources[name]
        group = plain if resource.vault is None else staked.setdefault(resource.vault, {})
        group[resource.owner] = group.get(resource.owner, 0) + units
    deposits: list[Posting] = []
    events: list[Event] = []
    for name in sorted(staked):
        _stake(state, network, state.vaults[name], staked[name], plain, now, deposits, events)
    source = chart.depin(network.id)
    return _Payout([*(Posting(network.asset, source, to, units) for to, units in plain.items()), *deposits], events)


def _stake(
    state: State,
    network: Network,
    vault: Vault,
    rewards: Units,
    plain: Units,
    now: int,
    postings: list[Posting],
    events: list[Event],
) -> None:
    """Deposit what the vault takes at its price now; what it does not take joins `plain`."""
    price, share, text = totals(state, vault, now), state.assets[vault.share], state.assets[vault.asset].text
    taken, minted, refused = 0, dict[str, int](), dict[str, Units]()
    issued = price.shares
    for owner, units in rewards.items():
        shares = to_shares(units, price, rounding=FLOOR)
        if vault.paused:
            reason = "paused"
        elif price.assets == 0 and price.shares:
            reason = "insolvent"
        elif vault.deposit_limit is not None and price.assets + taken + units > vault.deposit_limit:
            reason = "exceeds_deposit_limit"
        elif shares == 0:
            reason = "zero_shares"
        elif state.is_frozen(vault.share, owner):
            reason = "account_frozen"
        elif issued + shares > share.maximum:
            reason = "amount_overflow"
        else:
            taken, issued = taken + units, issued + shares
            minted[owner] = shares
            continue
        refused.setdefault(reason, {})[owner] = units
        plain[owner] = plain.get(owner, 0) + units
    if taken:
        postings.append(Posting(vault.asset, chart.depin(network.id), chart.vault(vault.id), taken))
        postings += [mint(vault.share, owner, shares) for owner, shares in minted.items()]
        what = {"assets": text(taken), "shares": {owner: share.text(shares) for owner, shares in minted.items()}}
        events.append({"type": "depin.rewards_staked", "network": network.id, "vault": vault.id, **what})
    for reason, owed in sorted(refused.items()):
        why = {"reason": reason, "amounts": {owner: text(units) for owner, units in owed.items()}}
        events.append({"type": "depin.rewards_paid_plainly", "network": network.id, "vault": vault.id, **why})


def _texts(state: State, network: Network, units: Units) -> dict[str, str]:
    text = state.assets[network.asset].text
    return {name: text(amount) for name, amount in units.items()}
