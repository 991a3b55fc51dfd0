"""Checks in order: strategies, allocation and plans (rules 5)."""

from __future__ import annotations

from precedence import UNKNOWN_VAULT, Break, Case, Change, both, do, never, unknown

from support import DAY, Desk

_CURVE = [["0", 800], ["50", 500]]
_RISING = [["0", 500], ["50", 800]]
_VAULT = both(
    do("vault.create", "operator", asset="FLUX", profit_unlock_seconds=0),
    do("asset.mint", "operator", asset="FLUX", to="alice", amount="100"),
    do("vault.deposit", "alice", vault="FLUX", assets="100"),
)


def _added(**more: object) -> Change:
    fields = {"vault": "FLUX", "strategy": "s", "protocol": "BENQI", "yield_curve": _CURVE, "cap": "60", **more}
    return both(_VAULT, do("strategy.add", "operator", **fields))


_DEPLOYED = both(
    _added(cooldown_seconds=DAY, max_loss_bps=5_000),
    do("strategy.allocate", "keeper", vault="FLUX", strategy="s", amount="40"),
)
_UNWINDING = both(_DEPLOYED, do("strategy.deallocate", "keeper", strategy="s", amount="30"))
_DISABLED = Break("strategy_disabled", state=do("strategy.disable", "operator", strategy="s"))
_ALL_QUEUED = do("vault.request_redeem", "alice", vault="FLUX", shares="100")
_NO_STRATEGY = (unknown("unknown_strategy", strategy="nope"), unknown("unknown_strategy", vault="OTHER"))
_PLANNED = both(_added(), do("portfolio.plan", "keeper", vault="FLUX"))


def _a_day_later(desk: Desk) -> None:
    _UNWINDING(desk)
    desk.later(DAY)


def _asked_again(desk: Desk) -> None:
    """A request that is still cooling."""
    desk.send("strategy.deallocate", "keeper", strategy="s", amount="5")


CASES = [
    Case(
        "strategy.add",
        "operator",
        {"vault": "FLUX", "strategy": "s", "protocol": "BENQI", "yield_curve": _CURVE, "cap": "60"},
        _VAULT,
        exists=(UNKNOWN_VAULT,),
        amounts=("cap",),
        checks=(
            Break(
                "strategy_exists",
                state=do(
                    "strategy.add",
                    "operator",
                    vault="FLUX",
                    strategy="s",
                    protocol="P",
                    yield_curve=[["0", 1]],
                    cap="1",
                ),
            ),
            Break("bad_curve", {"yield_curve": _RISING}),
        ),
    ),
    Case(
        "strategy.set_yield",
        "oracle",
        {"strategy": "s", "yield_curve": [["0", 700]], "vault": "FLUX"},
        _added(),
        exists=_NO_STRATEGY,
        arguments=(
            Break("malformed", {"yield_curve": [["0.000000001", 1]]}),
            Break("amount_overflow", {"yield_curve": [["0", 1], ["1" + "0" * 40, 1]]}),
        ),
        checks=(Break("bad_curve", {"yield_curve": _RISING}),),
    ),
    Case(
        "strategy.set_cap",
        "operator",
        {"strategy": "s", "cap": "40", "vault": "FLUX"},
        _DEPLOYED,
        exists=_NO_STRATEGY,
        amounts=("cap",),
        checks=(Break("cap_below_deployed", {"cap": "39.99999999"}),),
    ),
    Case(
        "strategy.allocate",
        "keeper",
        {"vault": "FLUX", "strategy": "s", "amount": "60"},
        _added(),
        exists=(UNKNOWN_VAULT, unknown("unknown_strategy", strategy="nope")),
        amounts=("amount",),
        checks=(
            Break("zero_amount", {"amount": "0"}),
            _DISABLED,
            Break("exceeds_cap", {"amount": "60.00000001"}),
            Break("insufficient_liquidity", state=_ALL_QUEUED),
        ),
    ),
    Case(
        "strategy.deallocate",
        "keeper",
        {"strategy": "s", "amount": "10", "vault": "FLUX"},
        _UNWINDING,
        exists=_NO_STRATEGY,
        amounts=("amount",),
        checks=(
            Break("zero_amount", {"amount": "0"}),
            Break("insufficient_liquidity", {"amount": "10.00000001"}),
        ),
    ),
    Case(
        "strategy.complete",
        "keeper",
        {"request": "unwind-1", "strategy": "s", "vault": "FLUX"},
        _a_day_later,
        exists=(
            unknown("unknown_request", request="unwind-9"),
            unknown("unknown_request", strategy="other"),
            unknown("unknown_request", vault="OTHER"),
        ),
        checks=(
            Break("request_not_pending", state=do("strategy.complete", "keeper", request="unwind-1")),
            Break("cooldown_not_complete", {"request": "unwind-2"}, _asked_again, excludes=("request_not_pending",)),
        ),
    ),
    Case(
        "strategy.report",
        "oracle",
        {"strategy": "s", "loss": "20", "vault": "FLUX"},
        _DEPLOYED,
        exists=_NO_STRATEGY,
        arguments=(
            Break("malformed", {"loss": "0.000000001"}),
            Break("amount_overflow", {"loss": "1" + "0" * 40}),
        ),
        checks=(
            Break("zero_amount", {"loss": "0"}),
            never("insufficient_balance"),  # of gains: see test_strategy_reports
            Break("loss_exceeds_deployed", {"loss": "40.00000001"}),
            Break("loss_above_limit", {"loss": "20.00000001"}),
            never("amount_overflow"),  # of gains: see test_strategy_reports
        ),
    ),
    Case("strategy.disable", "operator", {"strategy": "s", "vault": "FLUX"}, _added(), exists=_NO_STRATEGY),
    Case("portfolio.plan", "keeper", {"vault": "FLUX", "buffer_bps": 500}, _added(), exists=(UNKNOWN_VAULT,)),
    Case(
        "portfolio.rebalance",
        "keeper",
        {"vault": "FLUX", "plan": "plan-1"},
        _PLANNED,
        exists=(UNKNOWN_VAULT, unknown("unknown_plan", plan="plan-9")),
        checks=(Break("plan_stale", state=do("strategy.set_cap", "operator", strategy="s", cap="7")),),
    ),
]
