"""Strategies: adding, deploying, cooldowns and windows, and the vault around them (rules 5, 2)."""

from __future__ import annotations

from typing import Any

import pytest

from holdfast.networks.restaking_presets import PRESETS
from holdfast.protocol import vault_limits
from support import DAY, Desk

CURVE = [["0", 800], ["250", 500]]


def add(desk: Desk, name: str = "s", **fields: Any) -> None:
    given = {"vault": "FLUX", "protocol": "BENQI", "yield_curve": CURVE, "cap": "1000", **fields}
    desk.ok("strategy.add", "operator", strategy=name, **given)


def allocate(desk: Desk, amount: str, name: str = "s", vault: str = "FLUX") -> dict[str, Any]:
    return desk.ok("strategy.allocate", "keeper", vault=vault, strategy=name, amount=amount)


def deallocate(desk: Desk, amount: str, name: str = "s") -> str:
    return str(desk.ok("strategy.deallocate", "keeper", strategy=name, amount=amount)["request"])


def complete(desk: Desk, request: str) -> dict[str, Any]:
    return desk.ok("strategy.complete", "keeper", request=request)


def deployed(desk: Desk, amount: str = "600", **fields: Any) -> None:
    """1,000 of alice's FLUX in a vault, some of them in the strategy s."""
    desk.vault(("alice", "1000"))
    add(desk, **fields)
    allocate(desk, amount)


def flux(desk: Desk) -> dict[str, Any]:
    found = desk.view("vaults", "FLUX")
    assert isinstance(found, dict)
    return found


# --- adding -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "curve",
    [
        [["1", 800]],
        [["0", 500], ["250", 501]],
        [["0", 800], ["250", 500], ["250", 400]],
        [["0", 800], ["250", 500], ["100", 400]],
        [["0", 800], ["0", 500]],
    ],
)
def test_add__amounts_not_rising_or_rates_rising__bad_curve(desk: Desk, curve: list[Any]) -> None:
    desk.vault()
    fields = {"vault": "FLUX", "strategy": "s", "protocol": "P", "cap": "1"}
    desk.no("bad_curve", "strategy.add", "operator", **fields, yield_curve=curve)
    add(desk)
    desk.no("bad_curve", "strategy.set_yield", "oracle", strategy="s", yield_curve=curve)


@pytest.mark.parametrize("curve", [[], [["0"]], [["0", -1]], [["0", 1.5]], [[0, 1]], [["-1", 5]], "flat", {"0": 800}])
def test_add__no_curve_at_all__malformed(desk: Desk, curve: Any) -> None:
    desk.vault()
    fields = {"vault": "FLUX", "strategy": "s", "protocol": "P", "cap": "1", "yield_curve": curve}
    receipt = desk.send("strategy.add", "operator", **fields)
    assert receipt.error.code == "malformed"  # type: ignore[union-attr]


def test_add__equal_rates_and_a_name_used_in_another_vault__unique_on_the_desk(desk: Desk) -> None:
    desk.vault()
    desk.ok("vault.create", "operator", asset="RENDER")
    add(desk, yield_curve=[["0", 500], ["10", 500], ["20", 0]])
    fields = {"vault": "RENDER", "strategy": "s", "protocol": "P", "yield_curve": CURVE, "cap": "1"}
    desk.no("strategy_exists", "strategy.add", "operator", **fields)
    desk.no("unknown_strategy", "strategy.allocate", "keeper", vault="RENDER", strategy="s", amount="1")
    assert desk.view("strategies", "s") == {
        "vault": "FLUX", "asset": "FLUX", "protocol": "BENQI", "yield_curve": [["0", 500], ["10", 500], ["20", 0]],
        "cap": "1000", "deployed": "0", "unwinding": "0", "marginal_rate_bps": 500, "yearly_income": "0",
        "cooldown_seconds": 0, "redemption_window_seconds": 0, "max_loss_bps": 10_000, "move_cost_bps": 0,
        "status": "active",
    }  # fmt: skip


def test_add__the_longest_cooldown__is_applied_and_never_ends(desk: Desk) -> None:
    deployed(desk, cooldown_seconds=2**53 - 1)
    request = deallocate(desk, "1")
    assert desk.view("unwinds", request)["ready_at"] == "9999-12-31T23:59:59Z"
    desk.later(1_000 * DAY)
    desk.no("cooldown_not_complete", "strategy.complete", "keeper", request=request)


# --- deploying ----------------------------------------------------------------------------------------------------


def test_allocate__idle_assets__move_and_the_price_stays(desk: Desk) -> None:
    deployed(desk, "600")
    assert (desk.balance("FLUX", "@vault:FLUX"), desk.balance("FLUX", "@strategy:s")) == ("400", "600")
    assert (flux(desk)["total_assets"], flux(desk)["idle"], flux(desk)["deployed"]) == ("1000", "400", "600")
    assert desk.view("strategies", "s")["yearly_income"] == "37.5"  # 250 at 8 %, 350 at 5 %
    desk.deposit("bob", "10")
    assert desk.balance("vFLUX", "bob") == "10"


def test_allocate__beyond_pending_exits__insufficient_liquidity(desk: Desk) -> None:
    desk.vault(("alice", "1000"))
    add(desk)
    desk.ok("vault.request_redeem", "alice", vault="FLUX", shares="900")
    fields = {"vault": "FLUX", "strategy": "s"}
    details = desk.no("insufficient_liquidity", "strategy.allocate", "keeper", **fields, amount="100.00000001")
    assert details == {"available": "100", "needed": "100.00000001"}
    allocate(desk, "100")


def test_allocate__cap_counts_what_is_on_its_way_out(desk: Desk) -> None:
    deployed(desk, "600", cap="700", cooldown_seconds=DAY)
    deallocate(desk, "600")
    desk.no("exceeds_cap", "strategy.allocate", "keeper", vault="FLUX", strategy="s", amount="101")
    allocate(desk, "100")


def test_set_cap__below_what_is_deployed__cap_below_deployed(desk: Desk) -> None:
    deployed(desk, "600")
    details = desk.no("cap_below_deployed", "strategy.set_cap", "operator", strategy="s", cap="599")
    assert details == {"deployed": "600"}
    desk.ok("strategy.set_cap", "operator", strategy="s", cap="600")
    desk.no("exceeds_cap", "strategy.allocate", "keeper", vault="FLUX", strategy="s", amount="1")


def test_disable__nothing_goes_in__what_is_there_comes_out(desk: Desk) -> None:
    deployed(desk, "600")
    desk.ok("strategy.disable", "operator", strategy="s")
    desk.no("strategy_disabled", "strategy.allocate", "keeper", vault="FLUX", strategy="s", amount="1")
    desk.ok("strategy.report", "oracle", strategy="s", gain="1")
    complete(desk, deallocate(desk, "601"))
    assert (desk.view("strategies", "s")["status"], flux(desk)["idle"]) == ("disabled", "1001")


# --- taking back --------------------------------------------------------------------------------------------------


def test_deallocate__twice__never_promises_the_same_unit_twice(desk: Desk) -> None:
    deployed(desk, "600", cooldown_seconds=DAY)
    deallocate(desk, "400")
    details = desk.no("insufficient_liquidity", "strategy.deallocate", "keeper", strategy="s", amount="201")
    assert details == {"available": "200", "needed": "201"}
    deallocate(desk, "200")
    assert flux(desk)["total_assets"] == "1000"


def test_complete__at_the_second_the_cooldown_ends__returns(desk: Desk) -> None:
    deployed(desk, "600", cooldown_seconds=DAY)
    request = deallocate(desk, "600")
    desk.later(DAY - 1)
    details = desk.no("cooldown_not_complete", "strategy.complete", "keeper", request=request)
    assert details == {"ready_at": "2026-01-02T00:00:00Z"}
    desk.later(1)
    assert desk.view("unwinds", request)["status"] == "cooling"  # the desk's time is its last record's
    assert complete(desk, request) == {"request": request, "amount": "600", "missed": False}
    desk.no("request_not_pending", "strategy.complete", "keeper", request=request)
    assert flux(desk)["idle"] == "1000"


@pytest.mark.parametrize(("seconds", "missed"), [(15 * DAY, False), (17 * DAY - 1, False), (17 * DAY, True)])
def test_complete__within_benqis_window_or_after_it__returns_or_is_restaked(
    desk: Desk, seconds: int, missed: bool
) -> None:
    deployed(desk, "600", **PRESETS["benqi"].arguments())
    request = deallocate(desk, "600")
    desk.later(seconds)
    assert complete(desk, request) == {"request": request, "amount": "0" if missed else "600", "missed": missed}
    assert desk.view("unwinds", request)["status"] == ("missed" if missed else "completed")
    assert desk.balance("FLUX", "@strategy:s") == ("600" if missed else "0")


def test_deallocate__after_a_missed_window__can_be_asked_again_at_once(desk: Desk) -> None:
    deployed(desk, "600", cooldown_seconds=DAY, redemption_window_seconds=100)
    first = deallocate(desk, "600")
    desk.later(DAY + 100)
    second = deallocate(desk, "600")
    assert [desk.view("unwinds", name)["status"] for name in (first, second)] == ["missed", "cooling"]
    assert desk.view("strategies", "s")["unwinding"] == "600"
    assert complete(desk, first)["missed"] is True
    desk.later(DAY)
    assert complete(desk, second)["amount"] == "600"


def test_complete__request_of_another_strategy_or_vault__unknown_request(desk: Desk) -> None:
    deployed(desk)
    request = deallocate(desk, "1")
    desk.no("unknown_request", "strategy.complete", "keeper", request=request, strategy="t")
    desk.no("unknown_request", "strategy.complete", "keeper", request=request, vault="RENDER")
    desk.ok("strategy.complete", "keeper", request=request, strategy="s", vault="FLUX")


# --- the vault around it ------------------------------------------------------------------------------------------


def test_redeem__more_than_idle__insufficient_liquidity_and_the_limits_say_so(desk: Desk) -> None:
    deployed(desk, "600")
    details = desk.no("insufficient_liquidity", "vault.redeem", "alice", vault="FLUX", shares="401")
    assert details == {"vault": "FLUX", "available": "400", "needed": "401"}
    for limit in (vault_limits.max_withdraw, vault_limits.max_redeem):
        assert limit(desk.state, "FLUX", "alice", desk.now) == 400 * 10**8
    desk.ok("vault.request_redeem", "alice", vault="FLUX", shares="300")
    assert vault_limits.max_withdraw(desk.state, "FLUX", "alice", desk.now) == 100 * 10**8
    desk.ok("vault.withdraw", "alice", vault="FLUX", assets="100")


def test_settle__first_request_does_not_fit__stops_though_the_second_would(desk: Desk) -> None:
    desk.vault(("alice", "600"), ("bob", "400"))
    add(desk, cooldown_seconds=DAY)
    allocate(desk, "900")
    desk.ok("vault.request_redeem", "alice", vault="FLUX", shares="600")
    desk.ok("vault.request_redeem", "bob", vault="FLUX", shares="50")
    assert desk.ok("vault.settle", "keeper", vault="FLUX") == {"filled": 0, "assets": "0"}
    request = deallocate(desk, "550")
    desk.later(DAY)
    complete(desk, request)
    assert desk.ok("vault.settle", "keeper", vault="FLUX") == {"filled": 2, "assets": "650"}
    assert flux(desk)["total_assets"] == "350"


def emptied_with_assets_deployed(desk: Desk) -> None:
    """Alice's 1,000 are paid out while 200 of profit, still locked, lie in the strategy."""
    desk.vault(("alice", "1000"), profit_unlock_seconds=DAY)
    desk.reward("200")
    add(desk, cooldown_seconds=DAY)
    allocate(desk, "200")
    desk.ok("vault.redeem", "alice", vault="FLUX", shares="1000")


def test_redeem__the_last_share_with_assets_deployed__they_are_owed_to_the_treasury(desk: Desk) -> None:
    emptied_with_assets_deployed(desk)
    assert desk.balance("FLUX", "alice") == "1000"
    found = flux(desk)
    assert (found["total_assets"], found["deployed"], found["owed_to_treasury"]) == ("0", "200", "200")
    assert found["locked_profit"] == "0"


def test_complete__what_is_owed__goes_to_the_treasury_first_also_after_new_deposits(desk: Desk) -> None:
    emptied_with_assets_deployed(desk)
    assert desk.deposit("bob", "500")["shares"] == "500"
    allocate(desk, "300")
    assert flux(desk)["total_assets"] == "500"
    requests = [deallocate(desk, "150"), deallocate(desk, "100")]
    desk.later(DAY)
    complete(desk, requests[0])
    assert (desk.balance("FLUX", "@treasury:FLUX"), flux(desk)["idle"]) == ("150", "200")
    complete(desk, requests[1])
    assert (desk.balance("FLUX", "@treasury:FLUX"), flux(desk)["idle"]) == ("200", "250")
    assert (flux(desk)["total_assets"], flux(desk)["owed_to_treasury"]) == ("500", "0")


def test_settle__the_last_share_with_assets_deployed__they_are_owed_to_the_treasury(desk: Desk) -> None:
    desk.vault(("alice", "100"))
    desk.ok("vault.request_redeem", "alice", vault="FLUX", shares="100")
    desk.reward("100")
    add(desk)
    allocate(desk, "100")
    assert desk.ok("vault.settle", "keeper", vault="FLUX")["assets"] == "100"
    assert (flux(desk)["total_assets"], flux(desk)["owed_to_treasury"]) == ("0", "100")
    complete(desk, deallocate(desk, "100"))
    assert desk.balance("FLUX", "@treasury:FLUX") == "100"
