"""Closing positions: request, finalize, grace, frozen holders (rules 4.4)."""

from __future__ import annotations

from typing import Any

import pytest

from support import Desk


@pytest.fixture
def lent(desk: Desk) -> Desk:
    """alice has 100 CSPR at 5x with v1: 500 staked, 400 borrowed."""
    desk.lender("10000")
    desk.open("alice", "100", 5)
    return desk


def close(desk: Desk, holder: str = "alice") -> dict[str, Any]:
    return desk.ok("leverage.request_close_position", holder)


def finalize(desk: Desk, actor: str = "alice", holder: str | None = None) -> dict[str, Any]:
    return desk.ok("leverage.finalize_close_position", actor, holder=holder)


def give_away(desk: Desk, amount: str, holder: str = "alice") -> None:
    desk.ok("asset.transfer", holder, asset="mCSPR", to="elsewhere", amount=amount)


def test_request__no_position_or_twice__refused(lent: Desk) -> None:
    lent.no("no_position", "leverage.request_close_position", "bob")
    assert close(lent) == {"claimable_era": 7, "proceeds": "500"}
    lent.no("position_not_active", "leverage.request_close_position", "alice")


def test_request__takes_the_value_out_of_the_pool__which_no_longer_earns(lent: Desk) -> None:
    lent.open("bob", "500", 1)
    lent.end_era({"v1": "100"})
    assert close(lent) == {"claimable_era": 8, "proceeds": "550"}
    assert (lent.balance("CSPR", "@unbonding:CSPR"), lent.balance("CSPR", "@delegated:CSPR")) == ("550", "550")
    lent.end_era({"v1": "10"}, v1=1_000)
    assert lent.view("positions", "alice", "value") == "550"
    assert lent.view("positions", "bob", "value") == "504"


def test_request__the_last_shares__take_all(lent: Desk) -> None:
    lent.end_era({"v1": "0.000000001"})
    assert close(lent)["proceeds"] == "500.000000001"
    assert lent.units("CSPR", "@delegated:CSPR") == 0
    assert lent.view("validators", "v1", "pool_shares") == "0"


def test_finalize__an_era_early__unbonding_not_complete_then_settled(lent: Desk) -> None:
    lent.end_era({"v1": "50"})
    lent.no("position_not_unbonding", "leverage.finalize_close_position", "alice")
    close(lent)
    lent.eras(6)
    details = lent.no("unbonding_not_complete", "leverage.finalize_close_position", "alice")
    assert details == {"claimable_era": 8, "era": 7}
    assert lent.view("positions", "alice", "can_finalize") is False
    lent.end_era()
    assert lent.view("positions", "alice", "can_finalize") is True
    assert finalize(lent) == {
        "paid": "150", "repaid": "400", "fee": "0", "bad_debt": "0", "unreturned_debt_token": "0",
    }  # fmt: skip
    assert (lent.balance("CSPR", "alice"), lent.balance("CSPR", "@reserve:CSPR")) == ("150", "10000")
    assert (lent.units("mCSPR", "alice"), lent.units("CSPR", "@unbonding:CSPR")) == (0, 0)
    lent.no("no_position", "leverage.finalize_close_position", "alice")
    lent.open("alice", "100", 5)


def test_finalize__short_of_debt_token__waits_until_it_is_back(lent: Desk) -> None:
    close(lent)
    give_away(lent, "0.000000001")
    lent.eras(7)
    details = lent.no("insufficient_debt_token", "leverage.finalize_close_position", "alice")
    assert details == {"needed": "400", "available": "399.999999999"}
    lent.ok("asset.transfer", "elsewhere", asset="mCSPR", to="alice", amount="0.000000001")
    assert finalize(lent)["paid"] == "100"


def test_finalize__more_debt_token_than_debt__burns_only_the_debt(lent: Desk) -> None:
    lent.open("bob", "100", 5)
    give_away(lent, "400", "bob")
    lent.ok("asset.transfer", "elsewhere", asset="mCSPR", to="alice", amount="400")
    close(lent)
    lent.eras(7)
    finalize(lent)
    assert lent.balance("mCSPR", "alice") == "400"


def test_finalize__by_another_before_the_grace_is_over__not_authorized(lent: Desk) -> None:
    close(lent)
    lent.eras(7)
    lent.no("not_authorized", "leverage.finalize_close_position", "bob", holder="alice")
    lent.no("not_authorized", "leverage.finalize_close_position", "keeper", holder="alice")


def test_finalize__past_the_grace__anyone_and_no_debt_token_asked() -> None:
    desk = Desk(leverage={"liquidation_fee_bps": 1_000})
    desk.lender("10000")
    desk.open("alice", "100", 5)
    close(desk)
    give_away(desk, "150")
    desk.eras(7 + 83)
    desk.no("not_authorized", "leverage.finalize_close_position", "bob", holder="alice")
    desk.no("insufficient_debt_token", "leverage.finalize_close_position", "alice")
    desk.end_era()
    assert finalize(desk, "bob", "alice") == {
        "paid": "100", "repaid": "400", "fee": "0", "bad_debt": "0", "unreturned_debt_token": "150",
    }  # fmt: skip
    assert (desk.balance("CSPR", "alice"), desk.units("CSPR", "bob")) == ("100", 0)
    assert (desk.units("mCSPR", "alice"), desk.view("supply", "mCSPR")) == (0, "150")
    assert desk.view("positions", "alice", "unreturned_debt_token") == "150"


def test_finalize__past_the_grace__the_holder_himself_too(lent: Desk) -> None:
    close(lent)
    give_away(lent, "400")
    lent.eras(91)
    missing = finalize(lent)["unreturned_debt_token"]
    assert missing == "400"


def test_finalize__unreturned_and_opened_anew__still_remembered(lent: Desk) -> None:
    close(lent)
    give_away(lent, "400")
    lent.eras(91)
    finalize(lent)
    lent.open("alice", "100", 5)
    assert lent.view("positions", "alice", "unreturned_debt_token") == "400"
    assert lent.view("supply", "mCSPR") == "800"


def test_finalize__proceeds_short_of_the_debt__bad_debt_and_nothing_for_the_holder(lent: Desk) -> None:
    lent.end_era(v1=5_000)
    close(lent)
    lent.eras(7)
    assert finalize(lent) == {
        "paid": "0", "repaid": "250", "fee": "0", "bad_debt": "150", "unreturned_debt_token": "0",
    }  # fmt: skip
    assert lent.view("reserve") == {
        "liquid": "9850", "lent": "0", "capacity": "9850", "minimum": "1970", "available": "7880",
        "withdrawable": "9850", "bad_debt": "150",
    }  # fmt: skip


def test_finalize__bad_debt_twice__adds_up(lent: Desk) -> None:
    for _ in range(2):
        lent.end_era(v1=5_000)
        close(lent)
        lent.eras(7)
        finalize(lent)
        if lent.view("positions", "alice", "bad_debt") == "150":
            lent.open("alice", "100", 5)
    left = lent.view("positions", "alice")
    assert (left["status"], left["bad_debt"], left["unreturned_debt_token"]) == ("empty", "300", "0")
    assert (left["equity"], left["debt"], left["value"], left["can_finalize"]) == ("0", "0", "0", False)
    assert (left["ltv_bps"], left["health_factor_bps"], left["validator"], left["claimable_era"]) == (None,) * 4


def test_finalize__nothing_left__closes_and_burns(lent: Desk) -> None:
    lent.end_era(v1=10_000)
    assert close(lent)["proceeds"] == "0"
    lent.eras(7)
    lent.freeze("CSPR", "alice")
    assert finalize(lent)["bad_debt"] == "400"
    assert lent.units("mCSPR", "alice") == 0


# --- frozen holders -------------------------------------------------------------------------------------------------
def test_finalize__frozen_holder__repays_the_reserve_and_keeps_the_rest(lent: Desk) -> None:
    close(lent)
    lent.eras(7)
    lent.freeze("CSPR", "alice")
    receipt = lent.send("leverage.finalize_close_position", "alice")
    assert receipt.result == {
        "paid": "0", "repaid": "400", "fee": "0", "bad_debt": "0", "unreturned_debt_token": "0",
    }  # fmt: skip
    assert [event["type"] for event in receipt.events] == ["leverage.position_settled"]
    view = lent.view("positions", "alice")
    assert (view["status"], view["debt"], view["value"]) == ("unbonding", "0", "100")
    assert (lent.balance("CSPR", "@unbonding:CSPR"), lent.view("reserve", "lent")) == ("100", "0")
    lent.no("account_frozen", "leverage.finalize_close_position", "alice")
    lent.no("not_authorized", "leverage.finalize_close_position", "bob", holder="alice")
    lent.mint("CSPR", "carol", "1")
    lent.freeze("CSPR", "alice", thaw=True)
    lent.no("position_exists", "leverage.open_position", "alice", deposit="500", leverage=1, validator="v1")
    assert finalize(lent)["paid"] == "100"
    assert (lent.balance("CSPR", "alice"), lent.view("positions", "alice", "status")) == ("100", "empty")


def test_finalize__frozen_holder_short_of_debt_token__still_waits(lent: Desk) -> None:
    close(lent)
    give_away(lent, "1")
    lent.eras(7)
    lent.freeze("CSPR", "alice")
    lent.no("insufficient_debt_token", "leverage.finalize_close_position", "alice")


def test_finalize__frozen_holder_whose_rest_is_0__closes_at_once(lent: Desk) -> None:
    lent.end_era(v1=2_000)  # 400: just the debt
    close(lent)
    lent.eras(7)
    lent.freeze("CSPR", "alice")
    assert finalize(lent)["repaid"] == "400"
    assert lent.view("positions", "alice", "status") == "empty"


def test_finalize__frozen_holder_without_debt__account_frozen_and_nothing_changes(desk: Desk) -> None:
    desk.lender()
    desk.open("alice", "500", 1)
    close(desk)
    desk.eras(7)
    desk.freeze("CSPR", "alice")
    desk.no("account_frozen", "leverage.finalize_close_position", "alice")


def test_finalize__frozen_for_long__anyone_may_finish_it_past_the_grace(lent: Desk) -> None:
    close(lent)
    lent.eras(7)
    lent.freeze("CSPR", "alice")
    finalize(lent)
    lent.eras(84)
    lent.no("account_frozen", "leverage.finalize_close_position", "bob", holder="alice")
    lent.freeze("CSPR", "alice", thaw=True)
    assert finalize(lent, "bob", "alice")["paid"] == "100"
