"""Contribution networks: registering, reporting, and what a report counts for (rules 6)."""

from __future__ import annotations

from typing import Any

import pytest

from attesting import network, public_key, resource, signed, started
from holdfast.protocol import depin
from support import Desk


@pytest.fixture
def net(desk: Desk) -> Desk:
    """A network of one hour's epochs with alice's card, half an hour into its first epoch."""
    network(desk)
    resource(desk, "alice", "card", "2.5")
    desk.later(1_800)
    return desk


def report(desk: Desk, start: int, end: int, sequence: int = 1, **more: Any) -> dict[str, Any]:
    begun = started(desk)
    return desk.ok(
        "depin.report", "probe", **signed("net", "card", begun + start, begun + end, sequence=sequence, **more)
    )


def refused(desk: Desk, start: int, end: int, sequence: int = 1, **more: Any) -> Any:
    begun = started(desk)
    fields = signed("net", "card", begun + start, begun + end, sequence=sequence, **more)
    return desk.no("bad_interval", "depin.report", "probe", **fields)["reason"]


def test_add_network__without_kinds__takes_the_generic_ones(net: Desk) -> None:
    assert net.view("networks", "net", "kinds") == depin.GENERIC_KINDS
    details = net.no("unknown_kind", "depin.register_resource", "bob", network="net", kind="x", unit="x", capacity="1")
    assert details == {"kinds": "bandwidth, cpu, gpu, node, storage"}


def test_add_network__own_kinds__takes_only_these(desk: Desk) -> None:
    network(desk, kinds={"stratus": "node"})
    desk.ok("depin.register_resource", "bob", network="net", kind="stratus", unit="node", capacity="1")
    for kind, unit, code in (("gpu", "gpu", "unknown_kind"), ("stratus", "gb", "wrong_unit")):
        desk.no(code, "depin.register_resource", "bob", network="net", kind=kind, unit=unit, capacity="1")


@pytest.mark.parametrize(
    ("field", "value"),
    [("kinds", {}), ("kinds", {"a b": "x"}), ("kinds", ["gpu"]), ("epoch_seconds", 0), ("epoch_seconds", "60")],
)
def test_add_network__bad_shape__malformed(desk: Desk, field: str, value: Any) -> None:
    fields = {"network": "net", "reward_asset": "FLUX", "epoch_seconds": 60, "emission_per_epoch": "1", field: value}
    desk.no("malformed", "depin.add_network", "operator", **fields)


def test_register__without_a_name__is_numbered(net: Desk) -> None:
    fields = {"network": "net", "kind": "cpu", "unit": "core", "capacity": "8"}
    assert net.ok("depin.register_resource", "bob", **fields)["resource"] == "resource-2"
    assert net.view("resources", "resource-2") == {
        "network": "net", "owner": "bob", "kind": "cpu", "unit": "core", "capacity": "8", "vault": None, "score": "0",
        "reported_seconds": 0, "expected_reward": "0", "held": "0",
    }  # fmt: skip


def test_register__a_vault_of_another_asset__wrong_vault(net: Desk) -> None:
    net.ok("vault.create", "operator", asset="RENDER")
    fields = {"network": "net", "kind": "gpu", "unit": "gpu", "capacity": "1", "vault": "RENDER"}
    assert net.no("wrong_vault", "depin.register_resource", "bob", **fields) == {"asset": "FLUX"}


def test_report__score__is_the_exact_product(net: Desk) -> None:
    result = report(net, 0, 600, figures=(9_999, 8_001, 1))
    score = 2_500_000 * 600 * 9_999 * 8_001 * 1
    assert result == {"resource": "card", "epoch": 1, "score": str(score)}
    report(net, 600, 601, 2)
    card = net.view("resources", "card")
    assert card["score"] == str(score + 2_500_000 * 10_000**3)
    assert card["reported_seconds"] == 601


def test_report__times_in_any_order__are_merged(net: Desk) -> None:
    for sequence, (start, end) in enumerate([(600, 900), (0, 300), (1_200, 1_500), (300, 600), (900, 1_200)], 1):
        report(net, start, end, sequence)
    begun = started(net)
    assert net.state.resources["card"].spans == ((begun, begun + 1_500),)


@pytest.mark.parametrize(("start", "end"), [(0, 600), (599, 601), (301, 302), (0, 1_000), (300, 601)])
def test_report__a_second_reported_before__overlap(net: Desk, start: int, end: int) -> None:
    report(net, 300, 600)
    assert refused(net, start, end, 2) == "overlap"


def test_report__of_another_attestor__overlaps_too_and_counts_its_own_numbers(net: Desk) -> None:
    net.ok("depin.add_attestor", "operator", network="net", attestor="other", public_key=public_key("other"))
    report(net, 0, 600, 7)
    begun = started(net)
    same = signed("net", "card", begun, begun + 600, sequence=1, key="other")
    assert net.no("bad_interval", "depin.report", "other", **same)["reason"] == "overlap"
    net.ok("depin.report", "other", **signed("net", "card", begun + 600, begun + 700, sequence=1, key="other"))


@pytest.mark.parametrize("sequence", [0, 4, 5])
def test_report__number_does_not_rise__duplicate(net: Desk, sequence: int) -> None:
    report(net, 0, 600, 5)
    assert refused(net, 600, 700, sequence) == "duplicate"


@pytest.mark.parametrize(
    ("start", "end", "reason"),
    [(600, 600, "empty"), (601, 600, "empty"), (0, 1_801, "future"), (-1, 600, "stale"), (-600, -300, "stale")],
)
def test_report__time_that_cannot_be_counted__says_why(net: Desk, start: int, end: int, reason: str) -> None:
    assert refused(net, start, end) == reason
    report(net, 0, 1_800)


def test_report__past_the_epochs_end__out_of_epoch_but_up_to_it_is_good_until_the_close(net: Desk) -> None:
    net.later(7_200)
    assert refused(net, 3_000, 3_601) == "out_of_epoch"
    report(net, 3_000, 3_600)
    net.ok("depin.close_epoch", "keeper", network="net")
    begun = started(net)
    assert refused(net, -600, 0, 2) == "stale"
    report(net, 0, 60, 2)
    assert net.state.resources["card"].spans == ((begun, begun + 60),)
    assert net.view("resources", "card", "score") == str(2_500_000 * 60 * 10_000**3)


def test_report__too_many_gaps__refused_until_they_are_filled(net: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(depin, "MAX_SPANS", 3)
    for number in range(3):
        report(net, number * 10, number * 10 + 5, number + 1)
    assert refused(net, 100, 105, 9) == "gaps"
    report(net, 5, 10, 9)
    report(net, 100, 105, 10)


TAMPERED = {
    "uptime_bps": 9_999, "quality_bps": 9_999, "availability_bps": 9_999, "sequence": 2,
    "from": "2026-01-01T00:00:01Z", "to": "2026-01-01T00:09:59Z", "resource": "other",
}  # fmt: skip


@pytest.mark.parametrize("field", TAMPERED)
def test_report__changed_after_signing__bad_signature(net: Desk, field: str) -> None:
    resource(net, "alice", "other")
    fields = signed("net", "card", started(net), started(net) + 600)
    net.no("bad_signature", "depin.report", "probe", **{**fields, field: TAMPERED[field]})


def test_report__signed_for_another_network_or_by_another_key__bad_signature(net: Desk) -> None:
    begun = started(net)
    net.no("bad_signature", "depin.report", "probe", **signed("web", "card", begun, begun + 600))
    net.no("bad_signature", "depin.report", "probe", **signed("net", "card", begun, begun + 600, key="mallory"))
    flipped = signed("net", "card", begun, begun + 600)
    flipped["signature"] = flipped["signature"][:-1] + ("0" if flipped["signature"][-1] != "0" else "1")
    net.no("bad_signature", "depin.report", "probe", **flipped)


@pytest.mark.parametrize("signature", ["", "0" * 127, "0" * 129, "G" * 128, "A" * 128])
def test_report__no_signature_at_all__malformed(net: Desk, signature: str) -> None:
    fields = signed("net", "card", started(net), started(net) + 600)
    net.no("malformed", "depin.report", "probe", **{**fields, "signature": signature})


def test_report__by_who_is_no_attestor__not_authorized_even_the_owner_and_the_oracle(net: Desk) -> None:
    fields = signed("net", "card", started(net), started(net) + 600)
    for actor in ("alice", "oracle", "operator"):
        net.no("not_authorized", "depin.report", actor, **fields)


def test_attestor__of_another_network__not_authorized(net: Desk) -> None:
    network(net, "0", "web")
    fields = {"network": "web", "kind": "gpu", "unit": "gpu", "capacity": "1", "resource": "away"}
    net.ok("depin.register_resource", "alice", **fields)
    net.ok("depin.remove_attestor", "operator", network="web", attestor="probe")
    net.no("not_authorized", "depin.report", "probe", **signed("web", "away", started(net, "web"), net.now))
    report(net, 0, 600)


def test_attestor__a_new_key__replaces_the_old_one(net: Desk) -> None:
    net.ok("depin.add_attestor", "operator", network="net", attestor="probe", public_key=public_key("new"))
    begun = started(net)
    net.no("bad_signature", "depin.report", "probe", **signed("net", "card", begun, begun + 600))
    report(net, 0, 600, key="new")


def test_attestor__removed_and_added_again__numbers_go_on(net: Desk) -> None:
    report(net, 0, 60, 5)
    net.ok("depin.remove_attestor", "operator", network="net", attestor="probe")
    begun = started(net)
    net.no("not_authorized", "depin.report", "probe", **signed("net", "card", begun + 60, begun + 120, sequence=6))
    net.ok("depin.add_attestor", "operator", network="net", attestor="probe", public_key=public_key("probe"))
    assert refused(net, 60, 120, 5) == "duplicate"
    report(net, 60, 120, 6)


def test_attestor__nothing_to_change__applied_and_nothing_changes(net: Desk) -> None:
    before = dict(net.state.attestors)
    net.ok("depin.add_attestor", "operator", network="net", attestor="probe", public_key=public_key("probe"))
    net.ok("depin.remove_attestor", "operator", network="net", attestor="stranger")
    assert net.state.attestors == before


@pytest.mark.parametrize("key", ["", "0" * 63, "0" * 65, "Z" * 64, "A" * 64])
def test_attestor__no_key__malformed(net: Desk, key: str) -> None:
    net.no("malformed", "depin.add_attestor", "operator", network="net", attestor="x", public_key=key)
