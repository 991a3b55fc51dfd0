"""Liquidation, its fee, and interest (rules 4.3, 4.5)."""

from __future__ import annotations

from typing import Any

import pytest

from support import Desk

YEAR = 365 * 86_400


def lent(**leverage: Any) -> Desk:
    """alice has 100 CSPR at 5x with v1: 500 staked, 400 borrowed."""
    desk = Desk(leverage=leverage)
    desk.lender("10000")
    desk.open("alice", "100", 5)
    return desk


def worth(desk: Desk, cspr: str) -> None:
    """Make v1's pool worth exactly this."""
    desk.end_era(v1=10_000)
    desk.end_era({"v1": cspr})


def liquidated(desk: Desk, liquidator: str = "bob") -> dict[str, Any]:
    desk.ok("leverage.liquidate", liquidator, holder="alice")
    desk.eras(7)
    return desk.ok("leverage.finalize_close_position", "anyone", holder="alice")


def test_liquidate__at_the_threshold_exactly__allowed_a_mote_above_not() -> None:
    desk = Desk(leverage={"minimum_delegation": "100"})
    desk.lender("10000")
    desk.open("alice", "85", 5)  # debt 340: the threshold of 85 % is at 400
    worth(desk, "400.000000001")
    desk.no("position_healthy", "leverage.liquidate", "bob", holder="alice")
    assert (desk.view("positions", "alice", "ltv_bps"), desk.view("positions", "alice", "health_factor_bps")) == (
        8_500, 10_000,
    )  # fmt: skip
    worth(desk, "400")
    desk.ok("leverage.liquidate", "bob", holder="alice")


def test_liquidate__no_debt__healthy_even_when_worth_nothing(desk: Desk) -> None:
    desk.lender()
    desk.open("alice", "500", 1)
    desk.end_era(v1=10_000)
    desk.no("position_healthy", "leverage.liquidate", "bob", holder="alice")


def test_liquidate__unbonding_already__position_not_active() -> None:
    desk = lent()
    worth(desk, "410")
    desk.ok("leverage.liquidate", "bob", holder="alice")
    desk.no("position_not_active", "leverage.liquidate", "carol", holder="alice")
    desk.no("position_not_active", "leverage.request_close_position", "alice")
    desk.no("no_position", "leverage.liquidate", "bob", holder="carol")


def test_finalize__liquidated__anyone_and_what_is_missing_is_tracked() -> None:
    desk = lent()
    desk.ok("asset.transfer", "alice", asset="mCSPR", to="elsewhere", amount="300")
    worth(desk, "450")
    assert liquidated(desk) == {
        "paid": "50", "repaid": "400", "fee": "0", "bad_debt": "0", "unreturned_debt_token": "300",
    }  # fmt: skip
    assert (desk.units("mCSPR", "alice"), desk.view("supply", "mCSPR")) == (0, "300")


def test_finalize__liquidated_an_era_early__unbonding_not_complete() -> None:
    desk = lent()
    worth(desk, "450")
    desk.ok("leverage.liquidate", "bob", holder="alice")
    desk.eras(6)
    desk.no("unbonding_not_complete", "leverage.finalize_close_position", "bob", holder="alice")


@pytest.mark.parametrize(
    ("proceeds", "fee", "paid", "bad_debt"),
    [("450", "22.5", "27.5", "0"), ("410", "10", "0", "0"), ("400", "0", "0", "0"), ("300", "0", "0", "100"),
     ("450.000000019", "22.5", "27.500000019", "0")],
)  # fmt: skip
def test_finalize__liquidation_fee__floored_after_the_reserve_before_the_holder(
    proceeds: str, fee: str, paid: str, bad_debt: str
) -> None:
    desk = lent(liquidation_fee_bps=500)
    worth(desk, proceeds)
    result = liquidated(desk)
    assert (result["fee"], result["paid"], result["bad_debt"]) == (fee, paid, bad_debt)
    assert (desk.balance("CSPR", "bob"), desk.balance("CSPR", "alice")) == (fee, paid)


def test_finalize__frozen_liquidator__his_fee_goes_to_the_holder() -> None:
    desk = lent(liquidation_fee_bps=500)
    worth(desk, "450")
    desk.freeze("CSPR", "bob")
    result = liquidated(desk)
    assert (result["fee"], result["paid"]) == ("0", "50")


def test_finalize__frozen_holder_liquidated__fee_once_and_the_rest_waits() -> None:
    desk = lent(liquidation_fee_bps=500)
    worth(desk, "450")
    desk.freeze("CSPR", "alice")
    assert liquidated(desk) == {
        "paid": "0", "repaid": "400", "fee": "22.5", "bad_debt": "0", "unreturned_debt_token": "0",
    }  # fmt: skip
    desk.no("account_frozen", "leverage.finalize_close_position", "bob", holder="alice")
    desk.freeze("CSPR", "alice", thaw=True)
    result = desk.ok("leverage.finalize_close_position", "bob", holder="alice")
    assert (result["paid"], result["fee"], result["repaid"]) == ("27.5", "0", "0")


def test_liquidate__oneself__gives_no_more_than_closing() -> None:
    closed, seized = lent(liquidation_fee_bps=500), lent(liquidation_fee_bps=500)
    for desk in (closed, seized):
        worth(desk, "450")
    closed.ok("leverage.request_close_position", "alice")
    closed.eras(7)
    closed.ok("leverage.finalize_close_position", "alice")
    liquidated(seized, "alice")
    assert closed.balance("CSPR", "alice") == seized.balance("CSPR", "alice") == "50"


# --- interest -------------------------------------------------------------------------------------------------------
def test_interest__a_year_at_10_percent__simple_on_principal_only() -> None:
    desk = lent(borrow_rate_bps=1_000)
    for _ in range(2):
        desk.later(YEAR)
        desk.end_era()
    view = desk.view("positions", "alice")
    assert (view["interest"], view["debt"]) == ("80", "400")


def test_interest__seconds_since_opening_and_each_era__ceiled_era_by_era() -> None:
    desk = lent(borrow_rate_bps=1_000)
    desk.later(1)
    assert desk.view("positions", "alice", "interest") == "0"  # it accrues at an era's end
    desk.end_era()
    assert desk.view("positions", "alice", "interest") == "0.000001269"  # 1268.39
    desk.later(1)
    desk.end_era()
    desk.end_era()
    assert desk.view("positions", "alice", "interest") == "0.000002538"


def test_interest__opened_within_an_era__counts_from_the_opening() -> None:
    desk = lent(borrow_rate_bps=1_000)
    desk.later(YEAR)
    desk.open("bob", "100", 5)
    desk.later(YEAR)
    desk.end_era()
    assert (desk.view("positions", "alice", "interest"), desk.view("positions", "bob", "interest")) == ("80", "40")


def test_interest__opened_after_eras__earlier_ones_do_not_count() -> None:
    desk = lent(borrow_rate_bps=1_000)
    desk.later(5)
    desk.end_era()
    desk.later(7)
    desk.open("bob", "100", 5)
    desk.later(1)
    desk.end_era()
    assert desk.view("positions", "bob", "interest") == "0.000001269"


def test_interest__while_unbonding__accrues_and_is_repaid_to_the_reserve() -> None:
    desk = lent(borrow_rate_bps=1_000)
    desk.ok("leverage.request_close_position", "alice")
    for _ in range(7):
        desk.later(YEAR)
        desk.end_era()
    result = desk.ok("leverage.finalize_close_position", "alice")
    assert (result["repaid"], result["paid"], result["bad_debt"]) == ("500", "0", "180")
    assert desk.balance("CSPR", "@reserve:CSPR") == "10100"


def test_interest__counts_for_health() -> None:
    desk = lent(borrow_rate_bps=1_000)
    desk.later(YEAR // 2)
    desk.end_era()  # 420 of 500
    desk.no("position_healthy", "leverage.liquidate", "bob", holder="alice")
    desk.later(YEAR // 8)
    desk.end_era()  # 425 of 500
    desk.ok("leverage.liquidate", "bob", holder="alice")


def test_interest__frozen_holder_settled__accrues_no_more() -> None:
    desk = lent(borrow_rate_bps=1_000)
    desk.ok("leverage.request_close_position", "alice")
    desk.eras(7)
    desk.freeze("CSPR", "alice")
    desk.ok("leverage.finalize_close_position", "alice")
    desk.later(YEAR)
    desk.end_era()
    view = desk.view("positions", "alice")
    assert (view["interest"], view["debt"], view["value"]) == ("0", "0", "100")
    desk.freeze("CSPR", "alice", thaw=True)
    assert desk.ok("leverage.finalize_close_position", "alice")["paid"] == "100"


def test_interest__at_1x__none() -> None:
    desk = Desk(leverage={"borrow_rate_bps": 1_000})
    desk.lender()
    desk.open("alice", "500", 1)
    desk.later(YEAR)
    desk.end_era()
    assert desk.view("positions", "alice", "interest") == "0"
