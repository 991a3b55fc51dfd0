"""Contribution networks: who contributes what, who attests it, and what a report counts for (rules 6)."""

from __future__ import annotations

from bisect import bisect_left

from msgspec import UnsetType
from msgspec.structs import replace

from holdfast.errors import (
    BadInterval,
    BadSignature,
    Malformed,
    NetworkExists,
    NotAuthorized,
    ResourceExists,
    UnknownKind,
    UnknownNetwork,
    UnknownResource,
    WrongUnit,
    WrongVault,
)
from holdfast.ledger import chart
from holdfast.ledger.posting import Posting
from holdfast.primitives.asset import RANGE_MAX, format_units, parse_units
from holdfast.primitives.clock import format_instant, parse_instant
from holdfast.primitives.signatures import report_message, verify
from holdfast.protocol import commands
from holdfast.protocol.checks import require_amount, require_asset, require_balance, require_vault
from holdfast.protocol.outcome import Outcome
from holdfast.protocol.records import Attestor, Network, Resource
from holdfast.protocol.state import State

CAPACITY_DECIMALS = 6
CAPACITY_MAX = RANGE_MAX["u64"]

MAX_SPANS = 1_000
"""Separate stretches of time that one resource can have reported in one epoch; reports that touch are one stretch."""

GENERIC_KINDS = {"gpu": "gpu", "bandwidth": "mbps", "storage": "gb", "cpu": "core", "node": "node"}
"""What a network takes that states no kinds of its own, and how each is measured."""

Spans = tuple[tuple[int, int], ...]


def require_network(state: State, name: str) -> Network:
    """The contribution network of this name, or `unknown_network`."""
    network = state.networks.get(name)
    if network is None:
        raise UnknownNetwork(f"There is no contribution network {name} on this desk.", network=name)
    return network


def epoch_end(network: Network) -> int:
    """The second at which the network's open epoch ends."""
    return network.epoch_started_at + network.epoch_seconds


def capacity_text(capacity: int) -> str:
    """A capacity as it is written outside."""
    return format_units(capacity, CAPACITY_DECIMALS)


def add_network(state: State, c: commands.DepinAddNetwork, now: int) -> Outcome:
    """Start a contribution network; its first epoch begins now.

    Checks:    unknown_asset -> network_exists -> zero_amount (an emission of 0)
    Postings:  none.
    Source:    protocols 6.
    """
    asset = require_asset(state, c.reward_asset)
    emission = asset.units(c.emission_per_epoch)
    if c.network in state.networks:
        raise NetworkExists(f"There is a contribution network {c.network} already.", network=c.network)
    require_amount(emission, "emission_per_epoch")
    kinds = GENERIC_KINDS if isinstance(c.kinds, UnsetType) else c.kinds
    network = Network(c.network, asset.id, c.epoch_seconds, emission, tuple(sorted(kinds.items())), 1, now)
    result = {"network": c.network, "epoch": 1, "ends_at": format_instant(epoch_end(network))}
    return Outcome(
        records=(network,),
        events=({"type": "depin.network_added", "reward_asset": asset.id, "kinds": dict(network.kinds), **result},),
        result=result,
    )


def add_attestor(state: State, c: commands.DepinAddAttestor, now: int) -> Outcome:
    """Let an account report on the network's resources, signed with this key.

    Checks:    unknown_network
    Postings:  none.
    """
    network = require_network(state, c.network)
    return _attestor(state, Attestor(f"{network.id}/{c.attestor}", c.public_key), "depin.attestor_added")


def remove_attestor(state: State, c: commands.DepinRemoveAttestor, now: int) -> Outcome:
    """Take no more reports of the attestor; one who is none stays none.

    Checks:    unknown_network
    Postings:  none.
    """
    network = require_network(state, c.network)
    known = state.attestors.get(f"{network.id}/{c.attestor}") or Attestor(f"{network.id}/{c.attestor}", "", False)
    return _attestor(state, replace(known, active=False), "depin.attestor_removed")


def _attestor(state: State, after: Attestor, kind: str) -> Outcome:
    before = state.attestors.get(after.id)
    network, attestor = after.id.split("/")
    unchanged = after == before or (before is None and not after.active)
    result = {"network": network, "attestor": attestor}
    return Outcome(
        records=() if unchanged else (after,),
        events=({"type": kind, **result, "public_key": after.public_key or None},),
        result=result,
    )


def fund(state: State, c: commands.DepinFund, now: int) -> Outcome:
    """Pay in what the network paid out, for its contributors.

    Checks:    unknown_network -> zero_amount -> insufficient_balance -> account_frozen
    Postings:  actor -> @depin
    """
    network = require_network(state, c.network)
    asset = state.assets[network.asset]
    amount = asset.units(c.amount)
    require_amount(amount)
    require_balance(state, asset, c.actor, amount)
    result = {"network": network.id, "amount": asset.text(amount)}
    return Outcome(
        postings=(Posting(asset.id, c.actor, chart.depin(network.id), amount),),
        events=({"type": "depin.funded", **result},),
        result=result,
    )


def register_resource(state: State, c: commands.DepinRegisterResource, now: int) -> Outcome:
    """Contribute a resource; the actor owns it and its rewards.

    Checks:    unknown_network -> unknown_vault -> malformed (more than 6 digits after the point)
               -> amount_overflow (a capacity beyond u64 millionths) -> resource_exists -> unknown_kind -> wrong_unit
               -> zero_amount -> wrong_vault
    Postings:  none.
    Formula:   capacity is kept in millionths of its unit
    """
    network = require_network(state, c.network)
    vault = None if isinstance(c.vault, UnsetType) else require_vault(state, c.vault)
    try:
        capacity = parse_units(c.capacity, CAPACITY_DECIMALS, CAPACITY_MAX)
    except Malformed as error:
        raise Malformed(f"capacity: {error.message}", field="capacity", reason="not_a_capacity") from None
    name = f"resource-{len(state.resources) + 1}" if isinstance(c.resource, UnsetType) else c.resource
    if name in state.resources:
        raise ResourceExists(f"There is a resource {name} already.", resource=name)
    unit = dict(network.kinds).get(c.kind)
    if unit is None:
        taken = ", ".join(kind for kind, _ in network.kinds)
        raise UnknownKind(f"{network.id} takes no resources of kind {c.kind}; it takes {taken}.", kinds=taken)
    if c.unit != unit:
        raise WrongUnit(f"{network.id} measures {c.kind} in {unit}, not in {c.unit}.", unit=unit)
    require_amount(capacity, "capacity")
    if vault is not None and vault.asset != network.asset:
        raise WrongVault(
            f"{network.id} pays {network.asset}; vault {vault.id} takes {vault.asset}.", asset=network.asset
        )
    resource = Resource(name, network.id, c.actor, c.kind, unit, capacity, vault.id if vault else None)
    result = {"resource": name, "network": network.id, "kind": c.kind, "capacity": capacity_text(capacity)}
    event = {"type": "depin.resource_registered", **result, "unit": unit, "owner": c.actor, "vault": resource.vault}
    return Outcome(records=(resource,), events=(event,), result=result)


def report(state: State, c: commands.DepinReport, now: int) -> Outcome:
    """Count a stretch of a resource's time for its score in the open epoch.

    Checks:    unknown_resource -> not_authorized (no attestor of the resource's network) -> bad_signature
               -> bad_interval (duplicate, empty, future, stale, out_of_epoch, overlap, gaps)
    Postings:  none.
    Formula:   score' = score + capacity · (to − from) · uptime · quality · availability, in exact integers: millionths
               of the unit, seconds, basis points each
    Source:    protocols 6; Helium's heartbeats for the reasons of refusal.
    """
    resource = state.resources.get(c.resource)
    if resource is None:
        raise UnknownResource(f"There is no resource {c.resource} on this desk.", resource=c.resource)
    network = state.networks[resource.network]
    start, end = _instant(c.from_, "from"), _instant(c.to, "to")
    attestor = state.attestors.get(f"{network.id}/{c.actor}")
    if attestor is None or not attestor.active:
        raise NotAuthorized(f"{c.actor} is no attestor of {network.id}.", actor=c.actor, network=network.id)
    figures = (c.uptime_bps, c.quality_bps, c.availability_bps)
    message = report_message(network.id, resource.id, start, end, *figures, c.sequence)
    if not verify(attestor.public_key, message, c.signature):
        raise BadSignature(
            f"The report was not signed with {c.actor}'s registered key, or was changed since.", attestor=c.actor
        )
    require_countable(network, resource, c.actor, c.sequence, start, end, now)
    fresh = resource.epoch != network.epoch
    spans = with_span(() if fresh else resource.spans, start, end)
    if len(spans) > MAX_SPANS:
        raise _uncountable("gaps", f"{resource.id} has {MAX_SPANS} separate stretches already; fill the gaps.")
    added = resource.capacity * (end - start) * c.uptime_bps * c.quality_bps * c.availability_bps
    score = added if fresh else resource.score + added
    numbers = dict(resource.sequences) | {c.actor: c.sequence}
    after = replace(
        resource, epoch=network.epoch, score=score, spans=spans, sequences=tuple(sorted(numbers.items()))
    )  # fmt: skip
    result = {"resource": resource.id, "epoch": network.epoch, "score": str(score)}
    told = {"network": network.id, "attestor": c.actor, "seconds": end - start, "added": str(added)}
    return Outcome(records=(after,), events=({"type": "depin.reported", **result, **told},), result=result)


def require_countable(
    network: Network, resource: Resource, attestor: str, sequence: int, start: int, end: int, now: int
) -> None:
    """`bad_interval` unless the stretch is new, has passed, and lies in the open epoch."""
    last = dict(resource.sequences).get(attestor)
    if last is not None and sequence <= last:
        raise _uncountable("duplicate", f"{attestor} has sent number {last} of {resource.id}; numbers must rise.")
    if start >= end:
        raise _uncountable("empty", "The report's `from` must be before its `to`.")
    if end > now:
        raise _uncountable("future", f"The report ends at {format_instant(end)}; it is {format_instant(now)} now.")
    if start < network.epoch_started_at:
        began = format_instant(network.epoch_started_at)
        raise _uncountable("stale", f"Epoch {network.epoch} of {network.id} began at {began}; before that is closed.")
    if end > epoch_end(network):
        ends = format_instant(epoch_end(network))
        raise _uncountable("out_of_epoch", f"Epoch {network.epoch} of {network.id} ends at {ends}; report up to there.")
    if resource.epoch == network.epoch and overlaps(resource.spans, start, end):
        raise _uncountable("overlap", f"A part of this time of {resource.id} has been reported already.")


def overlaps(spans: Spans, start: int, end: int) -> bool:
    """Whether some second of [start, end) lies in one of the spans, which are sorted and apart."""
    place = bisect_left(spans, (start, start))
    return (place > 0 and spans[place - 1][1] > start) or (place < len(spans) and spans[place][0] < end)


def with_span(spans: Spans, start: int, end: int) -> Spans:
    """The spans with one more that overlaps none of them; what touches becomes one."""
    place = bisect_left(spans, (start, start))
    before, after = spans[:place], spans[place:]
    if before and before[-1][1] == start:
        start, before = before[-1][0], before[:-1]
    if after and after[0][0] == end:
        end, after = after[0][1], after[1:]
    return (*before, (start, end), *after)


def _uncountable(reason: str, said: str) -> BadInterval:
    return BadInterval(said, reason=reason)


def _instant(text: str, field: str) -> int:
    try:
        return parse_instant(text)
    except Malformed as error:
        raise Malformed(f"{field}: {error.message}", field=field, reason="not_an_instant") from None
