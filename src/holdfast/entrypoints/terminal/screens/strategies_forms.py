"""What one does with strategies: plan and run, deploy and take back, add and change, report what they yield."""

from __future__ import annotations

from typing import Any

from holdfast.entrypoints.terminal.forms import amount, area, form, hidden, select, text, whole
from holdfast.entrypoints.terminal.rates import as_percent, points
from holdfast.entrypoints.terminal.visit import Values, Visit


def _number(typed: str) -> int | str:
    """A whole number; what is none stays as it is, for the API to refuse."""
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) <= 16 else typed


def _curve(typed: str) -> list[list[Any]]:
    """Lines of an amount and the rate from there on, in percent: "0 = 5" -> ["0", 500]."""
    lines = [line.partition("=") for line in typed.splitlines() if line.strip()]
    return [[start.strip(), points("en", rate.strip())] for start, _, rate in lines]


@form("portfolio.plan", "strategies.keep_plan", hidden("vault"), hidden("buffer_bps", required=False),
      hidden("min_change_bps", required=False), hidden("horizon_days", required=False),
      hidden("limits", required=False))  # fmt: skip
def keep_plan(values: Values) -> dict[str, Any]:
    """A plan that is kept, so that it can be run."""
    terms = ("buffer_bps", "min_change_bps", "horizon_days")
    command: dict[str, Any] = {"type": "portfolio.plan", **values.given("vault")}
    command |= {name: _number(found) for name, found in values.given(*terms).items()}
    if limits := values.text("limits"):
        pairs = (part.partition("=") for part in limits.split(","))
        command["protocol_limits_bps"] = {name: _number(bps) for name, _, bps in pairs}
    return command


@form("portfolio.rebalance", "strategies.run_plan", hidden("vault"), hidden("plan"))
def run_plan(values: Values) -> dict[str, Any]:
    """A kept plan, carried out."""
    return {"type": "portfolio.rebalance", **values.given("vault", "plan")}


@form("strategy.complete", "strategies.complete", hidden("request"))
def complete(values: Values) -> dict[str, Any]:
    """What was asked back, once its cooldown has ended."""
    return {"type": "strategy.complete", **values.given("request")}


async def _own(visit: Visit, values: Values) -> dict[str, Any]:
    """The vaults and strategies to choose from, and the asset; a curve that is there stands in its field."""
    vaults = (await visit.api.get("/v1/vaults", limit=200))["items"]
    found = (await visit.api.get("/v1/strategies", limit=1_000))["items"]
    chosen = next((one for one in found if one["id"] == values.text("strategy")), None)
    name = chosen["vault"] if chosen else values.text("vault")
    vault = next((one for one in vaults if one["id"] == name), None)
    if chosen and "yield_curve" not in values:
        lines = (f"{start} = {as_percent(rate)}" for start, rate in chosen["yield_curve"])
        values["yield_curve"] = ["\n".join(lines)]
    t = visit.t
    return {
        "asset": vault["asset"] if vault else "", "most": vault["idle"] if vault else "0",
        "held": chosen["deployed"] if chosen else "0", "vaults": [(one["id"], one["id"]) for one in vaults],
        "strategies": [(one["id"], f"{one['id']} ({one['vault']})") for one in found],
        "results": [("gain", t("field.gain")), ("loss", t("field.loss"))],
    }  # fmt: skip


def _which(**more: Any) -> Any:
    return select("strategy", "strategies", **more)


_REFUSED = {
    "zero_amount": "amount", "exceeds_cap": "amount", "insufficient_liquidity": "amount",
    "insufficient_balance": "amount", "loss_exceeds_deployed": "amount", "loss_above_limit": "amount",
    "unknown_strategy": "strategy", "strategy_disabled": "strategy", "bad_curve": "yield_curve",
    "cap_below_deployed": "cap", "strategy_exists": "strategy", "unknown_vault": "vault", "amount_overflow": "amount",
}  # fmt: skip


@form("strategy.allocate", "strategies.allocate", hidden("vault"), _which(),
      amount("amount", unit="asset", most="most"), prepare=_own, at=_REFUSED)  # fmt: skip
def allocate(values: Values) -> dict[str, Any]:
    """Idle assets into a strategy."""
    return {"type": "strategy.allocate", **values.given("vault", "strategy", "amount")}


@form("strategy.deallocate", "strategies.deallocate", _which(), amount("amount", unit="asset", most="held"),
      prepare=_own, at=_REFUSED)  # fmt: skip
def deallocate(values: Values) -> dict[str, Any]:
    """Assets asked back; the cooldown begins."""
    return {"type": "strategy.deallocate", **values.given("strategy", "amount")}


@form("strategy.report", "strategies.report", _which(), select("result", "results", label="strategies.result"),
      amount("amount", unit="asset"), prepare=_own, at={**_REFUSED, "gain": "amount"})  # fmt: skip
def report(values: Values) -> dict[str, Any]:
    """What a strategy gained or lost."""
    result = "loss" if values.text("result") == "loss" else "gain"
    return {"type": "strategy.report", **values.given("strategy"), result: values.text("amount")}


@form("strategy.set_yield", "strategies.set_yield", _which(),
      area("yield_curve", hint="strategies.curve_hint"), prepare=_own, at=_REFUSED)  # fmt: skip
def set_yield(values: Values) -> dict[str, Any]:
    """What a strategy yields now."""
    return {"type": "strategy.set_yield", **values.given("strategy"), "yield_curve": _curve(values.text("yield_curve"))}


@form("strategy.set_cap", "strategies.set_cap", _which(), amount("cap", unit="asset"), prepare=_own, at=_REFUSED)
def set_cap(values: Values) -> dict[str, Any]:
    """The most that a strategy may hold."""
    return {"type": "strategy.set_cap", **values.given("strategy", "cap")}


@form("strategy.disable", "strategies.disable", hidden("strategy"), danger=True)
def disable(values: Values) -> dict[str, Any]:
    """Nothing more into a strategy."""
    return {"type": "strategy.disable", **values.given("strategy")}


@form("strategy.add", "strategies.add", select("vault", "vaults"), text("strategy", most_length=60),
      text("protocol", most_length=60), area("yield_curve", hint="strategies.curve_hint"), amount("cap", unit="asset"),
      whole("cooldown_seconds", default="0"),
      whole("redemption_window_seconds", label="strategies.window_seconds", hint="strategies.window_hint",
            required=False),
      text("max_loss_bps", label="strategies.max_loss", unit="%", required=False, hint="strategies.max_loss_hint"),
      text("move_cost_bps", label="strategies.move_cost", unit="%", required=False), prepare=_own,
      at=_REFUSED)  # fmt: skip
def add(values: Values) -> dict[str, Any]:
    """A strategy for a vault."""
    command: dict[str, Any] = {
        "type": "strategy.add", **values.given("vault", "strategy", "protocol", "cap"),
        "yield_curve": _curve(values.text("yield_curve")),
    }  # fmt: skip
    seconds = values.given("cooldown_seconds", "redemption_window_seconds")
    shares = values.given("max_loss_bps", "move_cost_bps")
    command |= {name: _number(typed) for name, typed in seconds.items()}
    return command | {name: points("en", typed) for name, typed in shares.items()}
