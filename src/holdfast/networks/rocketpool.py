"""Rocket Pool's performance files: attestations made and missed, which make a generic network's uptime.

An example to follow: one contribution network, one epoch as long as the file's interval, one report for each node.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated, Any

from msgspec import Meta, Struct, field

from holdfast.errors import Malformed
from holdfast.networks.casper.document import decode, misfit, read_bytes
from holdfast.primitives.clock import format_instant, parse_instant
from holdfast.primitives.fixed_point import BPS, FLOOR, mul_div
from holdfast.primitives.signatures import report_message

NETWORK = "rocketpool"
ATTESTOR = "rocketpool-watch"

Sign = Callable[[bytes], str]
"""Signs bytes; the signature in hex."""

Count = Annotated[int, Meta(ge=0, le=2**40)]


class _NodeShape(Struct, frozen=True):
    made: Count = field(name="successfulAttestations")
    missed: Count = field(name="missedAttestations")


class _FileShape(Struct, frozen=True):
    index: Count
    start: str = field(name="startTime")
    end: str = field(name="endTime")
    nodes: dict[Annotated[str, Meta(pattern=r"\A0x[0-9a-f]{40}\Z")], _NodeShape] = field(name="minipoolPerformance")


class Performance(Struct, frozen=True):
    """A file's interval, and each node's (made, missed) attestations, nodes in order of their address."""

    index: int
    start: int
    end: int
    nodes: dict[str, tuple[int, int]]


def read_performance(file: str) -> Performance:
    """A performance file, plain or gzip.

    Raises: Malformed that names the file and the field.
    """
    shape = decode(read_bytes(Path(file)), _FileShape, file, "$")
    start, end = _instant(shape.start, file, "startTime"), _instant(shape.end, file, "endTime")
    if start >= end:
        raise misfit(f"{shape.end} is not after startTime, {shape.start}", file, "$.endTime")
    nodes = {address: (node.made, node.missed) for address, node in sorted(shape.nodes.items())}
    return Performance(shape.index, start, end, nodes)


def uptime_bps(made: int, missed: int) -> int:
    """The share of its duties that a node did.

    Formula:   10,000 · made / (made + missed); 0 where there was nothing to do
    Rounding:  floor.
    """
    return mul_div(BPS, made, made + missed, rounding=FLOOR) if made + missed else 0


def epoch_commands(
    performance: Performance, public_key: str, sign: Sign, emission: str, asset: str = "FLUX"
) -> Iterator[dict[str, Any]]:
    """One epoch of a generic network, from its making to its close: commands with their instants.

    The operator mints what the network pays, as a scenario's network has no chain behind it.
    """
    network, span = f"{NETWORK}-{performance.index}", performance.end - performance.start
    begin, close = format_instant(performance.start), format_instant(performance.end)
    operator = {"at": begin, "actor": "operator", "network": network}
    yield {
        **operator, "type": "depin.add_network", "reward_asset": asset, "epoch_seconds": span,
        "emission_per_epoch": emission, "kinds": {"minipool": "node"},
    }  # fmt: skip
    yield {**operator, "type": "depin.add_attestor", "attestor": ATTESTOR, "public_key": public_key}
    mint = {"at": begin, "actor": "operator", "type": "asset.mint", "asset": asset, "to": "operator"}
    yield {**mint, "amount": emission}
    yield {**operator, "type": "depin.fund", "amount": emission}
    for address in performance.nodes:
        yield {
            "at": begin, "actor": address, "type": "depin.register_resource", "network": network,
            "resource": address, "kind": "minipool", "unit": "node", "capacity": "1",
        }  # fmt: skip
    for address, (made, missed) in performance.nodes.items():
        figures = (uptime_bps(made, missed), BPS, BPS)
        message = report_message(network, address, performance.start, performance.end, *figures, performance.index)
        yield {
            "at": close, "actor": ATTESTOR, "type": "depin.report", "resource": address, "from": begin, "to": close,
            "uptime_bps": figures[0], "quality_bps": BPS, "availability_bps": BPS, "sequence": performance.index,
            "signature": sign(message),
        }  # fmt: skip
    yield {"at": close, "actor": "keeper", "type": "depin.close_epoch", "network": network}


def _instant(text: str, file: str, name: str) -> int:
    try:
        return parse_instant(text)
    except Malformed as error:
        raise misfit(error.message, file, f"$.{name}") from None
