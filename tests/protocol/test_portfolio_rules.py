"""Plans: what they say, when they are stale, and how they are carried out (rules 5)."""

from __future__ import annotations

from typing import Any

import pytest
from test_strategy_rules import add, allocate, complete, deallocate, flux

from support import DAY, Desk

TWO = {"a": [["0", 800], ["250", 500]], "b": [["0", 700], ["400", 300]]}


def two(desk: Desk, **fields: Any) -> None:
    """1,000 idle FLUX and two strategies without caps that matter."""
    desk.vault(("alice", "1000"))
    for name, curve in TWO.items():
        add(desk, name, yield_curve=curve, protocol=name.upper(), **fields)


def plan(desk: Desk, **terms: Any) -> dict[str, Any]:
    return desk.ok("portfolio.plan", "keeper", vault="FLUX", **terms)


def rebalance(desk: Desk, **fields: Any) -> dict[str, Any]:
    return desk.ok("portfolio.rebalance", "keeper", vault="FLUX", **fields)


def targets(result: dict[str, Any]) -> dict[str, tuple[str, str]]:
    return {move["strategy"]: (move["from"], move["to"]) for move in result["moves"]}


def test_plan__two_curves__fills_by_marginal_rate_and_explains_each_move(desk: Desk) -> None:
    two(desk, move_cost_bps=10)
    assert plan(desk, buffer_bps=1_000) == {
        "plan": "plan-1", "vault": "FLUX", "idle_buffer": "100",
        "yearly_income_before": "0", "yearly_income_after": "60.5",
        "yearly_gain": "60.5", "cost": "0.9", "break_even_days": 6,
        "moves": [
            {"strategy": "a", "from": "0", "to": "500", "rate_before_bps": 800, "rate_after_bps": 500,
             "yearly_gain": "32.5", "cost": "0.5", "break_even_days": 6},
            {"strategy": "b", "from": "0", "to": "400", "rate_before_bps": 700, "rate_after_bps": 300,
             "yearly_gain": "28", "cost": "0.4", "break_even_days": 6},
        ],
    }  # fmt: skip
    assert desk.view("plans", "plan-1") == {
        "vault": "FLUX", "idle_buffer": "100", "status": "valid",
        "moves": [{"strategy": "a", "from": "0", "to": "500"}, {"strategy": "b", "from": "0", "to": "400"}],
    }  # fmt: skip


def test_plan__protocol_limit_and_cap__are_kept(desk: Desk) -> None:
    two(desk)
    desk.ok("strategy.set_cap", "operator", strategy="b", cap="300")
    result = plan(desk, protocol_limits_bps={"A": 2_000})
    assert targets(result) == {"a": ("0", "200"), "b": ("0", "300")}


@pytest.mark.parametrize(("days", "moves"), [(45, 0), (46, 1)])
def test_plan__gain_over_the_horizon_against_the_cost__moves_only_when_it_pays(
    desk: Desk, days: int, moves: int
) -> None:
    """100 bps a year against 12.5 bps: 45.6 days."""
    desk.vault(("alice", "1000"))
    add(desk, yield_curve=[["0", 1_000]], move_cost_bps=125)
    assert len(plan(desk, horizon_days=days)["moves"]) == moves


def test_plan__no_gain_in_moving__leaves_what_lies_there(desk: Desk) -> None:
    desk.vault(("alice", "1000"))
    for name in ("a", "b"):
        add(desk, name, yield_curve=[["0", 500]])
    allocate(desk, "1000", "b")
    assert plan(desk)["moves"] == []
    desk.ok("strategy.set_yield", "oracle", strategy="b", yield_curve=[["0", 0]])
    desk.ok("strategy.disable", "operator", strategy="a")
    assert plan(desk)["moves"] == []


def test_plan__income_lost_during_the_cooldown__is_a_cost_of_leaving(desk: Desk) -> None:
    """Leaving 10 % for 12 % loses 15 days of 10 %: it takes 75 days to win that back."""
    desk.vault(("alice", "1000"))
    add(desk, "a", yield_curve=[["0", 1_000]], cooldown_seconds=15 * DAY)
    allocate(desk, "1000", "a")
    add(desk, "b", yield_curve=[["0", 1_200]])
    assert plan(desk, horizon_days=75)["moves"] == []
    assert len(plan(desk, horizon_days=76)["moves"]) == 2


def test_plan__changes_below_min_change__are_left_out(desk: Desk) -> None:
    two(desk)
    allocate(desk, "245", "a")
    allocate(desk, "400", "b")
    desk.ok("vault.request_redeem", "alice", vault="FLUX", shares="350")
    assert targets(plan(desk)) == {"a": ("245", "250")}
    assert plan(desk, min_change_bps=100)["moves"] == []


def test_plan__pending_exits_beyond_what_is_idle__unwinds_for_them_once(desk: Desk) -> None:
    two(desk, cooldown_seconds=DAY)
    allocate(desk, "600", "a")
    allocate(desk, "400", "b")
    desk.ok("vault.request_redeem", "alice", vault="FLUX", shares="350")
    assert targets(plan(desk)) == {"a": ("600", "250")}
    assert rebalance(desk) == {"plan": "plan-1", "deployed": "0", "waiting": "0", "requests": ["unwind-1"]}
    assert plan(desk)["moves"] == []
    desk.later(DAY)
    complete(desk, "unwind-1")
    assert desk.ok("vault.settle", "keeper", vault="FLUX")["filled"] == 1


def test_plan__what_is_on_its_way_out__fills_the_buffer_and_is_not_asked_for_twice(desk: Desk) -> None:
    two(desk, cooldown_seconds=DAY)
    allocate(desk, "600", "a")
    allocate(desk, "400", "b")
    assert targets(plan(desk, buffer_bps=2_000)) == {"a": ("600", "400")}
    rebalance(desk)
    assert plan(desk, buffer_bps=2_000)["moves"] == []
    assert plan(desk, buffer_bps=2_000, protocol_limits_bps={"A": 4_000})["moves"] == []


def test_plan__what_is_owed_to_the_treasury__is_not_the_vaults_to_deploy(desk: Desk) -> None:
    desk.vault(("alice", "1000"), profit_unlock_seconds=DAY)
    desk.reward("200")
    add(desk, "a")
    allocate(desk, "200", "a")
    desk.ok("vault.redeem", "alice", vault="FLUX", shares="1000")
    desk.deposit("bob", "500")
    assert targets(plan(desk, buffer_bps=2_000)) == {"a": ("200", "400")}


def test_plan__gain_above_the_cap__asks_the_excess_back(desk: Desk) -> None:
    two(desk)
    desk.ok("strategy.set_cap", "operator", strategy="a", cap="600")
    allocate(desk, "600", "a")
    desk.ok("strategy.report", "oracle", strategy="a", gain="50")
    assert targets(plan(desk))["a"] == ("650", "600")


def test_plan__disabled_strategy__keeps_or_leaves_but_takes_nothing(desk: Desk) -> None:
    two(desk)
    allocate(desk, "100", "a")
    desk.ok("strategy.disable", "operator", strategy="a")
    assert targets(plan(desk)) == {"b": ("0", "900")}


def test_rebalance__what_idle_allows__at_once_by_marginal_rate_and_the_rest_waits(desk: Desk) -> None:
    two(desk, cooldown_seconds=DAY)
    add(desk, "c", yield_curve=[["0", 100]], cooldown_seconds=DAY)
    allocate(desk, "900", "c")
    assert targets(plan(desk)) == {"a": ("0", "600"), "b": ("0", "400"), "c": ("900", "0")}
    assert rebalance(desk) == {"plan": "plan-1", "deployed": "100", "waiting": "900", "requests": ["unwind-1"]}
    assert desk.view("strategies", "a")["deployed"] == "100"
    desk.later(DAY)
    complete(desk, "unwind-1")
    plan(desk)
    assert rebalance(desk)["deployed"] == "900"
    assert plan(desk)["moves"] == []


def test_rebalance__idle_buffer_and_pending_exits__stay_idle(desk: Desk) -> None:
    two(desk)
    desk.ok("vault.request_redeem", "alice", vault="FLUX", shares="300")
    plan(desk, buffer_bps=1_000)
    assert rebalance(desk)["deployed"] == "630"
    assert flux(desk)["idle"] == "370"


def test_rebalance__while_assets_are_still_on_their_way__the_buffer_stays_idle(desk: Desk) -> None:
    desk.vault(("alice", "1000"))
    add(desk, "a", yield_curve=[["0", 800]])
    add(desk, "c", yield_curve=[["0", 100]], cooldown_seconds=DAY)
    allocate(desk, "900", "c")
    plan(desk, buffer_bps=700)
    assert rebalance(desk) == {"plan": "plan-1", "deployed": "30", "waiting": "900", "requests": ["unwind-1"]}
    assert flux(desk)["idle"] == "70"


def test_rebalance__twice_or_after_any_change__plan_stale(desk: Desk) -> None:
    changes: list[tuple[str, str, dict[str, Any]]] = [
        ("vault.withdraw", "alice", {"vault": "FLUX", "assets": "1"}),
        ("vault.request_redeem", "alice", {"vault": "FLUX", "shares": "1"}),
        ("strategy.set_yield", "oracle", {"strategy": "a", "yield_curve": [["0", 799]]}),
        ("strategy.set_cap", "operator", {"strategy": "b", "cap": "999"}),
        ("strategy.allocate", "keeper", {"vault": "FLUX", "strategy": "a", "amount": "5"}),
        ("strategy.report", "oracle", {"strategy": "a", "gain": "1"}),
        ("strategy.disable", "operator", {"strategy": "b"}),
        ("strategy.deallocate", "keeper", {"strategy": "a", "amount": "2"}),
    ]
    two(desk, cooldown_seconds=DAY)
    for kind, actor, fields in changes:
        name = plan(desk)["plan"]
        desk.ok(kind, actor, **fields)
        assert desk.view("plans", name)["status"] == "stale"
        desk.no("plan_stale", "portfolio.rebalance", "keeper", vault="FLUX", plan=name)
    name = plan(desk)["plan"]
    rebalance(desk, plan=name)
    assert desk.view("plans", name)["status"] == "done"
    desk.no("plan_stale", "portfolio.rebalance", "keeper", vault="FLUX", plan=name)


def test_rebalance__a_window_that_passed_since__plan_stale(desk: Desk) -> None:
    two(desk, cooldown_seconds=DAY, redemption_window_seconds=10)
    allocate(desk, "100", "a")
    deallocate(desk, "50", "a")
    plan(desk)
    desk.later(DAY + 10)
    desk.no("plan_stale", "portfolio.rebalance", "keeper", vault="FLUX")


def test_rebalance__no_plan_or_another_vaults__unknown_plan(desk: Desk) -> None:
    two(desk)
    desk.no("unknown_plan", "portfolio.rebalance", "keeper", vault="FLUX")
    desk.ok("vault.create", "operator", asset="RENDER")
    plan(desk)
    desk.no("unknown_plan", "portfolio.rebalance", "keeper", vault="RENDER", plan="plan-1")
