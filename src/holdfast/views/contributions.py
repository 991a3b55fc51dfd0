"""Contribution networks and resources as the state shows them."""

from __future__ import annotations

from typing import Any

from holdfast.ledger import chart
from holdfast.primitives.clock import format_instant
from holdfast.protocol.depin import capacity_text, epoch_end
from holdfast.protocol.depin_epochs import payable, shares_now
from holdfast.protocol.records import Network, Resource
from holdfast.protocol.state import State

View = dict[str, Any]


def networks(state: State) -> View:
    """All contribution networks by name."""
    attestors: dict[str, list[str]] = {}
    for record in state.attestors.values():
        if record.active:
            network_name, attestor = record.id.split("/")
            attestors.setdefault(network_name, []).append(attestor)
    return {name: network(state, record, attestors.get(name, [])) for name, record in state.networks.items()}


def network(state: State, record: Network, attestors: list[str]) -> View:
    """A contribution network: its open epoch, and what that would pay now."""
    text = state.assets[record.asset].text
    contributions = state.indexes.contributions
    return {
        "reward_asset": record.asset,
        "epoch_seconds": record.epoch_seconds,
        "emission_per_epoch": text(record.emission),
        "kinds": dict(record.kinds),
        "attestors": attestors,
        "epoch": record.epoch,
        "epoch_started_at": format_instant(record.epoch_started_at),
        "epoch_ends_at": format_instant(epoch_end(record)),
        "carried_over": text(record.carried),
        "balance": text(state.book.balance(record.asset, chart.depin(record.id))),
        "held": text(contributions.owed(record.id)),
        "payable": text(payable(state, record)),
        "scored": len(contributions.scores[record.id]),
        "total_score": str(sum(contributions.scores[record.id].values())),
    }


def resources(state: State) -> View:
    """All resources by id, each with what it would get if its network's epoch closed now."""
    expected = {name: shares_now(state, record) for name, record in state.networks.items()}
    return {
        name: resource(state, record, expected[record.network].get(name, 0)) for name, record in state.resources.items()
    }


def resource(state: State, record: Resource, expected: int) -> View:
    """A resource and its part in the open epoch."""
    of_network = state.networks[record.network]
    text = state.assets[of_network.asset].text
    current = record.epoch == of_network.epoch
    held = state.held_rewards.get(record.id)
    return {
        "network": record.network,
        "owner": record.owner,
        "kind": record.kind,
        "unit": record.unit,
        "capacity": capacity_text(record.capacity),
        "vault": record.vault,
        "score": str(record.score if current else 0),
        "reported_seconds": sum(end - start for start, end in record.spans) if current else 0,
        "expected_reward": text(expected),
        "held": text(held.amount if held else 0),
    }
