"""Eras: rewards, slashes, order (rules 4.3)."""

from __future__ import annotations

import pytest

from support import Desk


@pytest.mark.parametrize("era", [0, 2, 3])
def test_end_era__not_the_next__era_out_of_order(desk: Desk, era: int) -> None:
    desk.no("era_out_of_order", "network.end_era", "oracle", era=era, rewards={})


@pytest.mark.parametrize(
    "fields",
    [
        {"era": "1", "rewards": {}},
        {"era": 1.0, "rewards": {}},
        {"era": 1},
        {"era": 1, "rewards": None},
        {"era": 1, "rewards": {"v 1": "1"}},
        {"era": 1, "rewards": {"v1": 1}},
        {"era": 1, "rewards": {}, "slashes": {"v1": 10_001}},
        {"era": 1, "rewards": {}, "slashes": {"v1": "1"}},
        {"era": 1, "rewards": {}, "slashes": None},
    ],
)
def test_end_era__wrong_fields__malformed(desk: Desk, fields: dict[str, object]) -> None:
    receipt = desk.post({"id": "x", "actor": "oracle", "type": "network.end_era", **fields})
    assert receipt.error.code == "malformed"  # type: ignore[union-attr]


def test_end_era__empty__only_counts(desk: Desk) -> None:
    desk.end_era()
    desk.end_era()
    assert desk.view("era") == 2
    desk.no("era_out_of_order", "network.end_era", "oracle", era=2, rewards={})


def test_end_era__reward__compounds_pro_rata(desk: Desk) -> None:
    desk.lender()
    desk.open("alice", "500", 1)
    desk.open("bob", "500", 3)
    desk.end_era({"v1": "100"})
    values = [desk.view("positions", holder, "value") for holder in ("alice", "bob")]
    assert values == ["525", "1575"]
    assert desk.view("positions", "bob", "debt") == "1000"
    assert desk.balance("CSPR", "@delegated:CSPR") == "2100"


def test_end_era__slash__floored_burned_and_after_the_reward(desk: Desk) -> None:
    desk.lender()
    desk.open("alice", "500", 1)
    before = desk.state.book.supply("CSPR")
    receipt = desk.send("network.end_era", "oracle", era=1, rewards={"v1": "0.000000019"}, slashes={"v1": 5_000})
    assert receipt.events[0] == {
        "type": "validator.slashed", "validator": "v1", "reward": "0.000000019", "slash": "250.000000009",
    }  # fmt: skip
    assert desk.view("validators", "v1", "pool_assets") == "250.00000001"
    assert desk.state.book.supply("CSPR") - before == 19 - 250_000_000_009


def test_end_era__reward_without_delegators__goes_to_the_reserve(desk: Desk) -> None:
    desk.lender("100", "v1", "v2")
    desk.open("alice", "500", 1)
    desk.end_era({"v1": "1", "v2": "2"}, v2=10_000)
    assert (desk.balance("CSPR", "@reserve:CSPR"), desk.view("validators", "v2", "pool_assets")) == ("102", "0")


def test_end_era__reward_to_a_pool_that_lost_everything__belongs_to_its_shares(desk: Desk) -> None:
    desk.lender()
    desk.open("alice", "500", 1)
    desk.end_era(v1=10_000)
    assert desk.view("positions", "alice", "ltv_bps") is None
    desk.end_era({"v1": "7"})
    assert desk.view("positions", "alice", "value") == "7"


def test_end_era__rewards_and_slashes_of_0__change_nothing_but_the_era(desk: Desk) -> None:
    desk.lender()
    desk.open("alice", "500", 1)
    before = desk.view("validators")
    receipt = desk.send("network.end_era", "oracle", era=1, rewards={"v1": "0"}, slashes={"v1": 0})
    assert [event["type"] for event in receipt.events] == ["network.era_ended"]
    assert desk.view("validators") == before


def test_end_era__two_validators__each_its_own_pool(desk: Desk) -> None:
    desk.lender("10000", "v1", "v2")
    desk.open("alice", "500", 1, "v1")
    desk.open("bob", "500", 1, "v2")
    desk.end_era({"v1": "10"}, v2=100)
    values = [desk.view("positions", holder, "value") for holder in ("alice", "bob")]
    assert values == ["510", "495"]


def test_end_era__slash_unbonding_off__unbonding_amounts_do_not_lose(desk: Desk) -> None:
    desk.lender()
    desk.open("alice", "500", 1)
    desk.ok("leverage.request_close_position", "alice")
    desk.end_era(v1=10_000)
    assert desk.view("positions", "alice", "value") == "500"


def test_end_era__slash_unbonding_on__each_floored_at_that_validator_only() -> None:
    desk = Desk(leverage={"slash_unbonding": True})
    desk.lender("10000", "v1", "v2")
    desk.open("alice", "500.000000019", 1, "v1")
    desk.open("bob", "500", 1, "v2")
    for holder in ("alice", "bob"):
        desk.ok("leverage.request_close_position", holder)
    receipt = desk.send("network.end_era", "oracle", era=1, rewards={}, slashes={"v1": 5_000})
    assert receipt.events[0]["slash"] == "250.000000009"
    values = [desk.view("positions", holder, "value") for holder in ("alice", "bob")]
    assert values == ["250.00000001", "500"]
    desk.check()
    desk.end_era(v1=10_000)
    desk.eras(5)
    assert desk.ok("leverage.finalize_close_position", "alice")["paid"] == "0"


def test_end_era__supply_would_leave_the_range__amount_overflow(desk: Desk) -> None:
    desk.lender()
    desk.mint("CSPR", "whale", "1" + "0" * 145)
    desk.no("amount_overflow", "network.end_era", "oracle", era=1, rewards={"v1": "1" + "0" * 145 + "0"})
    desk.no("amount_overflow", "network.end_era", "oracle", era=2, rewards={"v1": "9" * 160})
