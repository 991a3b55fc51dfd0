"""Rewards that unlock, losses, the performance fee (rules 2)."""

from __future__ import annotations

import pytest

from support import Desk


def figures(desk: Desk) -> tuple[str, str]:
    """Locked profit and total assets."""
    view = desk.view("vaults", "FLUX")
    return view["locked_profit"], view["total_assets"]


def at(desk: Desk, seconds: int) -> tuple[str, str]:
    desk.later(seconds)
    desk.mint("RENDER", "clock", "1")  # views stand at the last record's second
    return figures(desk)


def test_add_rewards__no_shares__refused(desk: Desk) -> None:
    desk.vault()
    desk.mint("FLUX", "operator", "1")
    desk.no("no_shares", "vault.add_rewards", "operator", vault="FLUX", assets="1")


@pytest.mark.parametrize("actor", ["alice", "oracle"])
def test_add_rewards__neither_operator_nor_keeper__not_authorized(desk: Desk, actor: str) -> None:
    desk.vault(("alice", "1"))
    desk.mint("FLUX", actor, "1")
    desk.no("not_authorized", "vault.add_rewards", actor, vault="FLUX", assets="1")


def test_add_rewards__by_a_keeper__out_of_his_balance(desk: Desk) -> None:
    desk.vault(("alice", "1"))
    desk.mint("FLUX", "keeper", "1")
    desk.ok("vault.add_rewards", "keeper", vault="FLUX", assets="1")
    assert (desk.balance("FLUX", "keeper"), figures(desk)) == ("0", ("0", "2"))


def test_rewards__unlock_linearly__what_is_locked_is_ceiled(desk: Desk) -> None:
    desk.vault(("alice", "1"), profit_unlock_seconds=3)
    desk.reward("0.00000010")
    assert figures(desk) == ("0.0000001", "1")
    assert at(desk, 1) == ("0.00000007", "1.00000003")  # 6.67
    assert at(desk, 1) == ("0.00000004", "1.00000006")  # 3.33
    assert at(desk, 1) == ("0", "1.0000001")


def test_rewards__default_period__seven_days(desk: Desk) -> None:
    desk.ok("vault.create", "operator", asset="FLUX")
    desk.deposit("alice", "1")
    desk.reward("7")
    assert at(desk, 86_400) == ("6", "2")
    assert at(desk, 6 * 86_400 - 1) == ("0.00001158", "7.99998842")
    assert at(desk, 1) == ("0", "8")


def test_rewards__merged__weighted_period_ceiled(desk: Desk) -> None:
    desk.vault(("alice", "1"), profit_unlock_seconds=1_000)
    desk.reward("10")
    desk.later(500)  # 5 locked for 500 s more
    desk.reward("10")  # 15 locked for ceil((5 · 500 + 10 · 1000) / 15) = 834 s
    assert figures(desk) == ("15", "6")
    assert desk.state.vaults["FLUX"].locked_until - desk.now == 834
    assert at(desk, 417) == ("7.5", "13.5")
    assert at(desk, 417) == ("0", "21")


def test_rewards__after_the_old_ones_ended__start_anew(desk: Desk) -> None:
    desk.vault(("alice", "1"), profit_unlock_seconds=100)
    desk.reward("1")
    desk.later(1_000)
    desk.reward("1")
    assert desk.state.vaults["FLUX"].locked_until - desk.now == 100
    assert figures(desk) == ("1", "2")


def test_rewards__at_once__cannot_be_sandwiched_when_they_unlock(desk: Desk) -> None:
    desk.vault(("alice", "100"), profit_unlock_seconds=1_000)
    desk.mint("FLUX", "eve", "1000")
    desk.ok("vault.deposit", "eve", vault="FLUX", assets="1000")
    desk.reward("50")
    desk.ok("vault.redeem", "eve", vault="FLUX", shares="1000")
    assert desk.balance("FLUX", "eve") == "1000"


@pytest.mark.parametrize(("assets", "fee", "rest"), [("100", "10", "90"), ("0.00000019", "0.00000001", "0.00000018")])
def test_add_rewards__performance_fee__floored_to_the_treasury_first(
    desk: Desk, assets: str, fee: str, rest: str
) -> None:
    desk.vault(("alice", "1"), performance_fee_bps=1_000)
    desk.mint("FLUX", "operator", assets)
    assert desk.ok("vault.add_rewards", "operator", vault="FLUX", assets=assets) == {"assets": rest, "fee": fee}
    assert desk.balance("FLUX", "@treasury:FLUX") == fee


def test_add_rewards__desk_that_allows_a_fee_of_everything__nothing_is_locked() -> None:
    desk = Desk(vault={"maximum_performance_fee_bps": 10_000})
    desk.vault(("alice", "1"), performance_fee_bps=10_000)
    desk.reward("5")
    assert (desk.balance("FLUX", "@treasury:FLUX"), figures(desk)) == ("5", ("0", "1"))


def test_report_loss__more_than_idle__insufficient_liquidity(desk: Desk) -> None:
    desk.vault(("alice", "10"))
    desk.no("insufficient_liquidity", "vault.report_loss", "operator", vault="FLUX", assets="10.00000001")
    desk.no("not_authorized", "vault.report_loss", "keeper", vault="FLUX", assets="1")


def test_report_loss__locked_profit_first__whose_curve_keeps_its_end(desk: Desk) -> None:
    desk.vault(("alice", "10"), profit_unlock_seconds=1_000)
    desk.reward("10")
    desk.later(500)
    desk.ok("vault.report_loss", "operator", vault="FLUX", assets="2")
    assert figures(desk) == ("3", "15")
    assert desk.state.vaults["FLUX"].locked_until - desk.now == 500
    assert at(desk, 250) == ("1.5", "16.5")
    desk.ok("vault.report_loss", "operator", vault="FLUX", assets="2")
    assert figures(desk) == ("0", "16")
    assert desk.view("supply", "FLUX") == "16"


def test_report_loss__exactly_the_locked_profit__leaves_the_rest_alone(desk: Desk) -> None:
    desk.vault(("alice", "10"), profit_unlock_seconds=1_000)
    desk.reward("10")
    desk.ok("vault.report_loss", "operator", vault="FLUX", assets="10")
    assert figures(desk) == ("0", "10")


def test_report_loss__on_a_vault_over_the_debt_token__not_authorized(desk: Desk) -> None:
    desk.lender()
    desk.open("alice", "100", 5)
    desk.ok("vault.create", "operator", asset="mCSPR", vault="debt")
    desk.ok("vault.deposit", "alice", vault="debt", assets="100")
    desk.no("not_authorized", "vault.report_loss", "operator", vault="debt", assets="1")
    desk.open("bob", "100", 5)
