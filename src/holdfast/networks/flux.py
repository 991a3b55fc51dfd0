"""Flux: its deterministic node list, its payout queue and block rewards, and what they are as a contribution network.

Every block pays one node of each tier out of that tier's own reward, so each tier is a network of its own here
(`flux-cumulus`, …): its nodes share what its blocks pay. Figures of September 2026.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct

from holdfast.networks.casper.document import decode, misfit, read_bytes
from holdfast.primitives.asset import format_units
from holdfast.primitives.fixed_point import FLOOR, mul_div

DECIMALS = 8
BLOCK_SECONDS = 30
REDUCTION_BLOCKS = 1_051_200
"""Blocks after which every reward falls by a tenth."""
MAX_REDUCTIONS = 20
CONFIRM_WITHIN = 640
"""Blocks within which a node must confirm again; else it drops out."""
FUND_REWARD = 50_000_000
"""Base units of FLUX that each block pays to the fund."""
NEVER_PAID = "1516980000"
"""What `lastpaid` says of a node that was never paid."""


class Tier(Struct, frozen=True):
    """A class of nodes: collateral and reward a block in base units of FLUX, and the least hardware."""

    name: str
    collateral: int
    reward: int
    cores: int
    memory_gb: int
    storage_gb: int


TIERS = {
    tier.name: tier
    for tier in (
        Tier("CUMULUS", 1_000 * 10**DECIMALS, 100_000_000, 4, 7, 220),
        Tier("NIMBUS", 12_500 * 10**DECIMALS, 350_000_000, 8, 30, 440),
        Tier("STRATUS", 40_000 * 10**DECIMALS, 900_000_000, 16, 61, 880),
    )
}

Height = Annotated[int, Meta(ge=0, le=2**31)]
Digits = Annotated[str, Meta(pattern=r"\A[0-9]{1,16}\Z")]

_OUTPOINT = re.compile(r"\ACOutPoint\((?P<txhash>[0-9a-f]{64}), (?P<outidx>[0-9]+)\)\Z")
_AMOUNT = re.compile(r"\A(?P<whole>[0-9]{1,12})(?:\.(?P<fraction>[0-9]{1,8}))?\Z")


class _NodeShape(Struct, frozen=True):
    """A node as the list has it: heights are numbers, the rest is text, numbers too."""

    collateral: str
    txhash: Annotated[str, Meta(pattern=r"\A[0-9a-f]{64}\Z")]
    outidx: Digits
    ip: str
    added_height: Height
    confirmed_height: Height
    last_confirmed_height: Height
    last_paid_height: Height
    tier: str
    payment_address: Annotated[str, Meta(pattern=r"\A[1-9A-HJ-NP-Za-km-z]{20,64}\Z")]
    lastpaid: Digits
    amount: str
    rank: Annotated[int, Meta(ge=0)]


class _ListShape(Struct, frozen=True):
    status: str
    data: msgspec.Raw


class Node(Struct, frozen=True):
    """A node of the list; `last_paid_height` is None for one that was never paid."""

    txhash: str
    outidx: int
    tier: str
    payment_address: str
    ip: str
    confirmed_height: int
    last_confirmed_height: int
    last_paid_height: int | None
    rank: int

    @property
    def resource(self) -> str:
        """The node's name on a desk: its collateral."""
        return f"{self.txhash}:{self.outidx}"


def read_nodes(file: str) -> list[Node]:
    """The nodes of a deterministic node list, plain or gzip, in the file's order.

    Raises: Malformed that names the file, the field and what is wrong; for the API's own errors, which come with
            HTTP 200 and status "error", what the API said.
    """
    answer = decode(read_bytes(Path(file)), _ListShape, file, "$")
    if answer.status != "success":
        said = bytes(answer.data)[:200].decode("utf-8", "replace")
        raise misfit(f'is "{answer.status}", not "success": the API answered {said}', file, "$.status")
    shapes = decode(answer.data, list[_NodeShape], file, "$.data")
    nodes: dict[str, Node] = {}
    for place, shape in enumerate(shapes):
        node = _node(shape, file, f"$.data[{place}]")
        if node.resource in nodes:
            raise misfit(
                f"the collateral {node.resource} stands twice in the list", file, f"$.data[{place}].collateral"
            )
        nodes[node.resource] = node
    return list(nodes.values())


def _node(shape: _NodeShape, file: str, field: str) -> Node:
    outpoint = _OUTPOINT.match(shape.collateral)
    if outpoint is None or outpoint.groups() != (shape.txhash, shape.outidx):
        raise misfit(f"is not COutPoint({shape.txhash}, {shape.outidx})", file, f"{field}.collateral")
    tier = TIERS.get(shape.tier)
    if tier is None:
        raise misfit(f"{shape.tier[:40]!r} is no tier; there are {', '.join(TIERS)}", file, f"{field}.tier")
    amount = _AMOUNT.match(shape.amount)
    units = int(amount["whole"] + (amount["fraction"] or "").ljust(DECIMALS, "0")) if amount else None
    if units != tier.collateral:
        least = format_units(tier.collateral, DECIMALS)
        raise misfit(f"{shape.amount[:40]!r} is not a {tier.name} node's collateral, {least}", file, f"{field}.amount")
    if (shape.last_paid_height == 0) != (shape.lastpaid == NEVER_PAID):
        raise misfit(
            f"{shape.lastpaid} does not fit a last paid height of {shape.last_paid_height}", file, f"{field}.lastpaid"
        )
    return Node(
        shape.txhash, int(shape.outidx), tier.name, shape.payment_address, shape.ip, shape.confirmed_height,
        shape.last_confirmed_height, shape.last_paid_height or None, shape.rank,
    )  # fmt: skip


def _turn(node: Node) -> tuple[int, bool, bytes, int]:
    paid = node.last_paid_height
    return paid or node.confirmed_height, paid is not None, bytes.fromhex(node.txhash)[::-1], node.outidx


def payout_order(nodes: Iterable[Node], tier: str) -> list[Node]:
    """A tier's nodes, the next to be paid first.

    Order:   by the height of the last payment, or of the confirmation where there was none; at the same height those
             never paid come first; then by collateral (the hash as the chain keeps it, last byte first; the index).
    Source:  fluxd's node list; rank 0 is next.
    """
    return sorted((node for node in nodes if node.tier == tier), key=_turn)


def misranked(nodes: list[Node]) -> list[tuple[Node, int]]:
    """Nodes whose published rank is not where the payout order puts them, with the place that it gives.

    A list of some nodes only has gaps in its ranks; then the order is what must agree.
    """
    found: list[tuple[Node, int]] = []
    for tier in TIERS:
        ordered = payout_order(nodes, tier)
        ranks = sorted(node.rank for node in ordered)
        found += [(node, rank) for node, rank in zip(ordered, ranks, strict=True) if node.rank != rank]
    return found


def lapsed(nodes: Iterable[Node], height: int) -> list[Node]:
    """The nodes that have not confirmed within 640 blocks before `height` and are out of the queue."""
    return [node for node in nodes if height - node.last_confirmed_height > CONFIRM_WITHIN]


def reduced(reward: int, reductions: int) -> int:
    """A block's reward after so many reductions.

    Formula:   reward · 9 / 10, again for each reduction, at most 20 times
    Units:     base units of FLUX.
    Rounding:  floor, each time.
    """
    for _ in range(min(reductions, MAX_REDUCTIONS)):
        reward = mul_div(reward, 9, 10, rounding=FLOOR)
    return reward


def network_name(tier: str, prefix: str = "flux") -> str:
    """The contribution network that stands for a tier."""
    return f"{prefix}-{tier.lower()}"


def network_commands(
    prefix: str = "flux", epoch_seconds: int = 86_400, reductions: int = 0
) -> Iterator[dict[str, Any]]:
    """`depin.add_network` of each tier: what its blocks pay in an epoch, for nodes counted one by one.

    Formula:   emission = reward a block · floor(epoch_seconds / 30)
    """
    blocks = mul_div(epoch_seconds, 1, BLOCK_SECONDS, rounding=FLOOR)
    for tier in TIERS.values():
        yield {
            "type": "depin.add_network",
            "network": network_name(tier.name, prefix),
            "reward_asset": "FLUX",
            "epoch_seconds": epoch_seconds,
            "emission_per_epoch": format_units(reduced(tier.reward, reductions) * blocks, DECIMALS),
            "kinds": {tier.name.lower(): "node"},
        }


def resource_commands(nodes: Iterable[Node], prefix: str = "flux") -> Iterator[dict[str, Any]]:
    """`depin.register_resource` of each node, by the address that it pays."""
    for node in nodes:
        yield {
            "actor": node.payment_address,
            "type": "depin.register_resource",
            "network": network_name(node.tier, prefix),
            "resource": node.resource,
            "kind": node.tier.lower(),
            "unit": "node",
            "capacity": "1",
        }
