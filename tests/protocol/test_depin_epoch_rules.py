"""The end of a contribution network's epoch: amounts to the last unit, frozen owners, vaults (rules 6)."""

from __future__ import annotations

from typing import Any

import pytest

from attesting import network, resource, signed, started
from holdfast.engine.audit import verify
from holdfast.protocol.records import Freeze
from support import Desk

HOUR = 3_600
FULL = (10_000, 10_000, 10_000)


def report(desk: Desk, name: str, seconds: int = HOUR, figures: tuple[int, int, int] = FULL) -> None:
    """Report the open epoch's first seconds; time goes to the epoch's end."""
    begun = started(desk)
    desk.now = max(desk.now, begun + HOUR)
    fields = signed("net", name, begun, begun + seconds, figures, sequence=begun + seconds)
    desk.ok("depin.report", "probe", **fields)


def close(desk: Desk) -> dict[str, Any]:
    desk.now = max(desk.now, started(desk) + HOUR)
    return desk.ok("depin.close_epoch", "keeper", network="net")


def flux(desk: Desk, *accounts: str) -> list[str]:
    return [desk.balance("FLUX", account) for account in accounts]


def test_close__shares_by_score__to_the_last_unit(desk: Desk) -> None:
    network(desk)
    for owner in ("alice", "bob", "carol"):
        resource(desk, owner, owner)
        report(desk, owner)
    result = close(desk)
    assert (result["paid"], result["epoch"], result["carried_over"]) == ("100", 1, "0")
    assert flux(desk, "alice", "bob", "carol") == ["33.33333334", "33.33333333", "33.33333333"]
    assert flux(desk, "@depin:net") == ["900"]


def test_close__largest_remainder_first_then_the_lower_id(desk: Desk) -> None:
    network(desk, emission_per_epoch="0.00000010")
    for name, capacity in (("c", "1"), ("b", "1"), ("a", "1.7")):
        resource(desk, name, name, capacity)
        report(desk, name)
    close(desk)  # 10 units over 3.7: 4.59, 2.70, 2.70 -> floors 4, 2, 2; the two left go to the remainders .70
    assert [desk.units("FLUX", name) for name in "abc"] == [4, 3, 3]


@pytest.mark.parametrize("seconds", [900, 1_800, 3_600])
def test_close__time_uptime_quality_and_availability_weigh_the_same(desk: Desk, seconds: int) -> None:
    network(desk)
    for place, name in enumerate(("time", "uptime", "quality", "availability")):
        resource(desk, name, name)
        bps = seconds * 10_000 // HOUR
        figures = (bps if place == 1 else 10_000, bps if place == 2 else 10_000, bps if place == 3 else 10_000)
        report(desk, name, HOUR if place else seconds, figures)
    close(desk)
    assert flux(desk, "time", "uptime", "quality", "availability") == ["25"] * 4


def test_close__open_epoch__refused_and_one_epoch_at_a_time(desk: Desk) -> None:
    network(desk)
    begun = started(desk)
    desk.later(HOUR - 1)
    assert desk.no("epoch_open", "depin.close_epoch", "keeper", network="net") == {"ends_at": "2026-01-01T01:00:00Z"}
    desk.later(2 * HOUR)
    assert [close(desk)["epoch"], close(desk)["epoch"]] == [1, 2]
    assert started(desk) == begun + 2 * HOUR
    desk.no("epoch_open", "depin.close_epoch", "keeper", network="net")


def test_close__no_score__carries_over_and_pays_with_the_next(desk: Desk) -> None:
    network(desk, "250")
    resource(desk, "alice", "card")
    assert close(desk)["carried_over"] == "100"
    assert close(desk)["carried_over"] == "200"
    assert close(desk)["carried_over"] == "250"
    report(desk, "card")
    assert desk.view("resources", "card", "expected_reward") == "250"
    assert close(desk)["paid"] == "250"
    assert flux(desk, "alice", "@depin:net") == ["250", "0"]


def test_close__reports_that_count_nothing__carries_over(desk: Desk) -> None:
    network(desk)
    resource(desk, "alice", "card")
    report(desk, "card", figures=(0, 10_000, 10_000))
    assert close(desk) | {"network": 0} == {
        "network": 0, "epoch": 1, "paid": "0", "carried_over": "100", "held": "0", "released": "0",
    }  # fmt: skip


def test_close__short_of_funds__pays_what_is_there_and_the_rest_is_not_owed(desk: Desk) -> None:
    network(desk, "0.00000002")
    for name in ("a", "b", "c"):
        resource(desk, name, name)
        report(desk, name)
    assert close(desk)["paid"] == "0.00000002"
    assert [desk.units("FLUX", name) for name in "abc"] == [1, 1, 0]
    report(desk, "a")
    assert close(desk) | {"network": 0} == {
        "network": 0, "epoch": 2, "paid": "0", "carried_over": "0", "held": "0", "released": "0",
    }  # fmt: skip


def test_close__frozen_owner__waits_and_nobody_else_does(desk: Desk) -> None:
    network(desk, "300")
    for owner in ("alice", "bob"):
        resource(desk, owner, owner)
        report(desk, owner)
    desk.freeze("FLUX", "alice")
    result = close(desk)
    assert (result["paid"], result["held"]) == ("100", "50")
    assert flux(desk, "alice", "bob", "@depin:net") == ["0", "50", "250"]
    assert desk.view("resources", "alice", "held") == "50"
    assert desk.view("networks", "net", "payable") == "100"
    report(desk, "alice")
    assert close(desk)["held"] == "100"
    assert desk.view("networks", "net", "held") == "150"
    assert desk.view("networks", "net", "payable") == "100"
    desk.freeze("FLUX", "alice", thaw=True)
    result = close(desk)
    assert (result["paid"], result["released"], result["carried_over"]) == ("0", "150", "100")
    assert flux(desk, "alice", "@depin:net") == ["150", "100"]


def test_close__held_back__is_never_paid_to_another(desk: Desk) -> None:
    network(desk, "100")
    for owner in ("alice", "bob"):
        resource(desk, owner, owner)
        report(desk, owner)
    desk.freeze("FLUX", "alice")
    close(desk)
    report(desk, "bob")
    assert close(desk)["paid"] == "0"
    assert flux(desk, "bob", "@depin:net") == ["50", "50"]
    desk.freeze("FLUX", "alice", thaw=True)
    assert close(desk)["released"] == "50"
    assert flux(desk, "alice", "@depin:net") == ["50", "0"]


def test_close__with_a_vault__mints_at_the_share_price(desk: Desk) -> None:
    network(desk)
    desk.vault(("zoe", "100"))
    desk.reward("100")
    resource(desk, "alice", "a", vault="FLUX")
    resource(desk, "alice", "b", vault="FLUX")
    resource(desk, "bob", "c")
    for name in "abc":
        report(desk, name)
    close(desk)
    units = 3_333_333_334 + 3_333_333_333
    assert desk.units("vFLUX", "alice") == units * (10**10 + 1) // (2 * 10**10 + 1)
    assert flux(desk, "alice", "bob", "@vault:FLUX") == ["0", "33.33333333", "266.66666667"]


def test_close__many_owners_in_one_vault__all_at_one_price(desk: Desk) -> None:
    network(desk)
    desk.vault(("zoe", "3"))
    desk.reward("0.5")
    for owner in ("a", "b", "c", "d"):
        resource(desk, owner, owner, vault="FLUX")
        report(desk, owner)
    close(desk)
    shares = {desk.units("vFLUX", owner) for owner in "abcd"}
    assert shares == {25 * 10**8 * (3 * 10**8 + 1) // (35 * 10**7 + 1)}


def reasons(desk: Desk) -> list[tuple[str, dict[str, str]]]:
    """What a close says of rewards that no vault took."""
    desk.now = max(desk.now, started(desk) + HOUR)
    receipt = desk.send("depin.close_epoch", "keeper", network="net")
    assert receipt.status == "applied", receipt.error
    desk.check()
    assert isinstance(receipt.events, tuple)
    plain = [event for event in receipt.events if event["type"] == "depin.rewards_paid_plainly"]
    return [(event["reason"], event["amounts"]) for event in plain]


def test_close__paused_vault__pays_plainly(desk: Desk) -> None:
    network(desk)
    desk.vault()
    resource(desk, "alice", "a", vault="FLUX")
    report(desk, "a")
    desk.ok("vault.pause", "operator", vault="FLUX")
    assert reasons(desk) == [("paused", {"alice": "100"})]
    assert flux(desk, "alice", "@vault:FLUX") == ["100", "0"]


def test_close__insolvent_vault__pays_plainly(desk: Desk) -> None:
    network(desk)
    desk.vault(("zoe", "5"))
    desk.ok("vault.report_loss", "operator", vault="FLUX", assets="5")
    resource(desk, "alice", "a", vault="FLUX")
    report(desk, "a")
    assert reasons(desk) == [("insolvent", {"alice": "100"})]


def test_close__full_vault__takes_whom_it_can_in_order(desk: Desk) -> None:
    network(desk)
    desk.vault(deposit_limit="60")
    for owner, capacity in (("a", "5"), ("b", "3"), ("c", "2")):
        resource(desk, owner, owner, capacity, vault="FLUX")
        report(desk, owner)
    assert reasons(desk) == [("exceeds_deposit_limit", {"b": "30", "c": "20"})]
    assert flux(desk, "a", "b", "c") == ["0", "30", "20"]
    assert desk.balance("vFLUX", "a") == "50"


def test_close__reward_worth_no_share__pays_plainly(desk: Desk) -> None:
    network(desk, emission_per_epoch="0.00000001")
    desk.vault(("zoe", "0.00000001"))
    desk.reward("1")
    resource(desk, "alice", "a", vault="FLUX")
    report(desk, "a")
    assert reasons(desk) == [("zero_shares", {"alice": "0.00000001"})]
    assert desk.units("FLUX", "alice") == 1


def test_close__frozen_for_the_share_only__pays_plainly(desk: Desk) -> None:
    network(desk)
    desk.vault()
    resource(desk, "alice", "a", vault="FLUX")
    report(desk, "a")
    desk.state.put(Freeze("vFLUX/alice", True))  # nobody can freeze a vToken today: its admin is the vault
    assert reasons(desk) == [("account_frozen", {"alice": "100"})]


def test_close__no_funds_at_all__closes_and_pays_nothing(desk: Desk) -> None:
    network(desk, "0")
    resource(desk, "alice", "a")
    report(desk, "a")
    close(desk)
    assert flux(desk, "alice") == ["0"]


def test_close__the_audit_decides_the_same(desk: Desk) -> None:
    network(desk)
    desk.vault(("zoe", "7"))
    resource(desk, "alice", "a", "1.5", vault="FLUX")
    resource(desk, "bob", "b", "3.25")
    for name in "ab":
        report(desk, name, 1_234, (9_999, 7_777, 5_555))
    close(desk)
    report_ = verify(desk.store)
    assert report_.ok, report_
