"""Checks in order: contribution networks (rules 6)."""

from __future__ import annotations

from typing import Any

from precedence import Break, Case, both, do, drained, frozen, unknown

from attesting import public_key, signed
from support import START, Desk

_NETWORK = {"network": "net", "reward_asset": "FLUX", "epoch_seconds": 3_600, "emission_per_epoch": "100"}
_ADDED = do("depin.add_network", "operator", **_NETWORK)
_ATTESTED = do("depin.add_attestor", "operator", network="net", attestor="probe", public_key=public_key("probe"))
_RESOURCE = {"network": "net", "kind": "gpu", "unit": "gpu", "capacity": "2", "resource": "card"}
_REGISTERED = do("depin.register_resource", "alice", **_RESOURCE)
_VAULT = do("vault.create", "operator", asset="FLUX")
_NO_NETWORK = unknown("unknown_network", network="nope")


def _later(seconds: int) -> Any:
    return lambda desk: desk.later(seconds)


def _reported(desk: Desk) -> None:
    both(_ADDED, _ATTESTED, _REGISTERED, _later(600))(desk)


def _report(start: int, end: int, **more: Any) -> dict[str, Any]:
    fields = signed("net", "card", START + start, START + end, **more)
    fields.pop("resource")
    return fields


def _interval(reported: dict[str, Any]) -> Break:
    return Break("bad_interval", reported, excludes=("bad_signature", "unknown_resource"))


_OTHER_VAULT = both(_VAULT, do("vault.create", "operator", asset="RENDER"))

CASES = [
    Case(
        "depin.add_network",
        "operator",
        _NETWORK,
        exists=(unknown("unknown_asset", reward_asset="NOPE"),),
        amounts=("emission_per_epoch",),
        checks=(
            Break("network_exists", state=do("depin.add_network", "operator", **{**_NETWORK, "epoch_seconds": 9})),
            Break("zero_amount", {"emission_per_epoch": "0"}),
        ),
    ),
    Case(
        "depin.add_attestor",
        "operator",
        {"network": "net", "attestor": "probe", "public_key": public_key("probe")},
        _ADDED,
        exists=(_NO_NETWORK,),
    ),
    Case(
        "depin.remove_attestor",
        "operator",
        {"network": "net", "attestor": "probe"},
        both(_ADDED, _ATTESTED),
        exists=(_NO_NETWORK,),
    ),
    Case(
        "depin.fund",
        "operator",
        {"network": "net", "amount": "5"},
        both(_ADDED, do("asset.mint", "operator", asset="FLUX", to="operator", amount="10")),
        exists=(_NO_NETWORK,),
        amounts=("amount",),
        checks=(Break("zero_amount", {"amount": "0"}), drained("FLUX", "operator"), frozen("FLUX", "operator")),
    ),
    Case(
        "depin.register_resource",
        "alice",
        {**_RESOURCE, "vault": "FLUX"},
        both(_ADDED, _OTHER_VAULT),
        exists=(_NO_NETWORK, unknown("unknown_vault", vault="NOPE")),
        arguments=(
            Break("malformed", {"capacity": "1.0000001"}),
            Break("amount_overflow", {"capacity": "18446744073709.551616"}),
        ),
        checks=(
            Break("resource_exists", state=_REGISTERED),
            Break("unknown_kind", {"kind": "abacus"}),
            Break("wrong_unit", {"unit": "tb"}),
            Break("zero_amount", {"capacity": "0"}),
            Break("wrong_vault", {"vault": "RENDER"}),
        ),
    ),
    Case(
        "depin.report",
        "probe",
        {"resource": "card", **_report(0, 600)},
        _reported,
        exists=(unknown("unknown_resource", resource="nope"),),
        arguments=(Break("malformed", {"from": "yesterday"}), Break("malformed", {"to": "2026-02-30T00:00:00Z"})),
        checks=(
            Break("not_authorized", {"actor": "mallory"}),
            Break("not_authorized", state=do("depin.remove_attestor", "operator", network="net", attestor="probe")),
            Break("bad_signature", {"signature": "0" * 128}),
            _interval(_report(0, 0)),
            _interval(_report(600, 0)),
            _interval(_report(0, 601)),
            _interval(_report(-1, 600)),
            Break("bad_interval", state=do("depin.report", "probe", **signed("net", "card", START + 9, START + 11))),
        ),
    ),
    Case(
        "depin.close_epoch",
        "keeper",
        {"network": "net"},
        both(_ADDED, _later(3_600)),
        exists=(_NO_NETWORK,),
        checks=(Break("epoch_open", state=_later(-1)),),
    ),
]
