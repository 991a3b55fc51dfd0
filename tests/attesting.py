"""Keys and signed reports for the tests of contribution networks."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from holdfast.primitives.clock import format_instant
from holdfast.primitives.signatures import report_message
from support import Desk


def key_of(name: str) -> Ed25519PrivateKey:
    """The same key for the same name, always; good for tests alone."""
    return Ed25519PrivateKey.from_private_bytes(sha256(f"a key for tests: {name}".encode()).digest())


def public_key(name: str) -> str:
    """What is registered of a key."""
    return key_of(name).public_key().public_bytes_raw().hex()


def signed(
    network: str,
    resource: str,
    start: int,
    end: int,
    figures: tuple[int, int, int] = (10_000, 10_000, 10_000),
    sequence: int = 1,
    key: str = "probe",
) -> dict[str, Any]:
    """The arguments of a `depin.report`."""
    return {
        "resource": resource,
        "from": format_instant(start),
        "to": format_instant(end),
        "uptime_bps": figures[0],
        "quality_bps": figures[1],
        "availability_bps": figures[2],
        "sequence": sequence,
        "signature": key_of(key).sign(report_message(network, resource, start, end, *figures, sequence)).hex(),
    }


def network(desk: Desk, funds: str = "1000", name: str = "net", **more: Any) -> None:
    """A network that pays 100 FLUX an hour, with these funds and the attestor `probe`."""
    settings = {"reward_asset": "FLUX", "epoch_seconds": 3_600, "emission_per_epoch": "100", **more}
    desk.ok("depin.add_network", "operator", network=name, **settings)
    desk.ok("depin.add_attestor", "operator", network=name, attestor="probe", public_key=public_key("probe"))
    if funds != "0":
        desk.mint(settings["reward_asset"], "operator", funds)
        desk.ok("depin.fund", "operator", network=name, amount=funds)


def resource(desk: Desk, owner: str, name: str, capacity: str = "1", **more: Any) -> None:
    """A GPU of `owner` in the network `net`."""
    fields = {"network": "net", "kind": "gpu", "unit": "gpu", "capacity": capacity, "resource": name, **more}
    desk.ok("depin.register_resource", owner, **fields)


def started(desk: Desk, name: str = "net") -> int:
    """When the network's open epoch began."""
    return desk.state.networks[name].epoch_started_at
