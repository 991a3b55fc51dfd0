"""Strategies and allocation: what vaults have deployed where, the plan beside it, and what is on its way."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from typing import Any

from holdfast.entrypoints.terminal.api import Refused
from holdfast.entrypoints.terminal.pages import page
from holdfast.entrypoints.terminal.rates import as_percent, points
from holdfast.entrypoints.terminal.visit import Visit
from holdfast.primitives.clock import format_instant

FIRST = {"buffer": "5", "change": "0", "horizon": "90", "limits": ""}
"""What the planner begins with: percent, percent, days, protocols with percent."""


FIELDS = {"buffer_bps": "buffer", "min_change_bps": "change", "horizon_days": "horizon", "limits": "limits"}
"""The planner's fields by the API's."""


@page("/strategies", "strategies/strategies.html", title="strategies.title", needs="public.read", nav="strategies")
async def strategies(visit: Visit) -> dict[str, Any]:
    """All strategies by vault."""
    vaults, found = await asyncio.gather(visit.see("/v1/vaults", limit=200), visit.see("/v1/strategies", limit=1_000))
    by_vault: dict[str, list[dict[str, Any]]] = {one["id"]: [] for one in vaults["items"]}
    for one in found["items"]:
        by_vault.setdefault(one["vault"], []).append(one)
    return {"vaults": vaults["items"], "by_vault": by_vault}


@page("/strategies/{vault}", "strategies/vault.html", title="strategies.title", needs="public.read", nav="strategies")
async def vault(visit: Visit) -> dict[str, Any]:
    """One vault's strategies, the plan beside them, and what moves."""
    name = visit.path["vault"]
    found, listed = await asyncio.gather(visit.see(f"/v1/vaults/{name}"), visit.see("/v1/strategies", limit=1_000))
    own = [one for one in listed["items"] if one["vault"] == name]
    context: dict[str, Any] = {"vault": found, "strategies": own, "curves": _curves(visit, own), "moves": None}
    if visit.may("desk.read"):
        planned, moves = await asyncio.gather(_plan(visit, name), visit.see(f"/v1/vaults/{name}/moves", limit=30))
        context |= planned | {"moves": moves, "unwinds": [_with_due(visit, one) for one in moves["unwinds"]]}
    return context


@page("/strategies/{vault}/plan", "strategies/plan.html", title="strategies.plan", needs="desk.read", nav="strategies",
      part_of="/strategies/{vault}")  # fmt: skip
async def plan(visit: Visit) -> dict[str, Any]:
    """The plan alone, while somebody changes what it respects."""
    name = visit.path["vault"]
    found, planned = await asyncio.gather(visit.see(f"/v1/vaults/{name}"), _plan(visit, name))
    return {"vault": found, **planned}


def limits_of(visit: Visit, typed: str) -> str:
    """`BENQI=40, AAVE=25` in percent as the API takes it, in basis points; what is not understood stays."""
    parts = [part.partition("=") for part in typed.replace(";", ",").split(",") if part.strip()]
    return ",".join(f"{name.strip()}={points(visit.language, share.strip())}" for name, _, share in parts)


async def _plan(visit: Visit, name: str) -> dict[str, Any]:
    """The allocation that would earn most, or why there is none."""
    typed = {key: visit.query.text(key, default) for key, default in FIRST.items()}
    terms = {
        "buffer_bps": points(visit.language, typed["buffer"]) if typed["buffer"] else "",
        "min_change_bps": points(visit.language, typed["change"]) if typed["change"] else "",
        "horizon_days": typed["horizon"], "limits": limits_of(visit, typed["limits"]),
    }  # fmt: skip
    context: dict[str, Any] = {"typed": typed, "terms": terms, "plan": None, "refused": None, "bars": [], "wrong": ""}
    try:
        found = await visit.see(f"/v1/vaults/{name}/plan", **terms)
    except Refused as refused:
        if refused.status not in (400, 422):
            raise
        return {**context, "refused": refused, "wrong": FIELDS.get(refused.field, "buffer")}
    return {**context, "plan": found, "bars": _bars(found)}


def _bars(plan: dict[str, Any]) -> dict[str, Any]:
    """What lies where at present and by the plan, and the largest of them: bars are drawn against it."""
    targets = {one["strategy"]: one["to"] for one in plan["moves"]}
    moved = {one["strategy"]: one for one in plan["moves"]}
    rows = []
    for name, one in plan["present"].items():
        held = moved[name]["from"] if name in moved else one["deployed"]
        rows.append({"strategy": name, "protocol": one["protocol"], "now": held, "then": targets.get(name, held)})
    most = max((text for row in rows for text in (row["now"], row["then"])), key=Decimal, default="0")
    return {"rows": rows, "most": most if Decimal(most) else "1"}


def _with_due(visit: Visit, one: dict[str, Any]) -> dict[str, Any]:
    """An unwind with whether it can be completed: the desk's time is that of its last record, the clock's later."""
    now = format_instant(visit.now)
    late = not visit.as_of and one["status"] == "cooling" and one["ready_at"] <= now
    missed = not visit.as_of and one["status"] in ("cooling", "ready") and (one["expires_at"] or now + "~") <= now
    return {**one, "status": "missed" if missed else "ready" if late else one["status"]}


def _curves(visit: Visit, own: list[dict[str, Any]]) -> dict[str, Any] | None:
    """The yield curves in one chart: the rate that the next unit earns, over what lies in a strategy."""
    if not own:
        return None
    ends = {start for one in own for start, _ in one["yield_curve"]} | {one["cap"] for one in own}
    axis = sorted({Decimal(text): text for text in ends}.items())
    series = [
        {"label": one["id"], "unit": "%", "kind": "step", "values": [_rate(one, at) for at, _ in axis]} for one in own
    ]
    return {
        "x": [text for _, text in axis], "x_kind": "number",
        "x_label": visit.t("strategies.amount_in", asset=own[0]["asset"]), "series": series,
        "marks": [{"x": one["deployed"], "label": one["id"]} for one in own if Decimal(one["deployed"])],
    }  # fmt: skip


def _rate(one: dict[str, Any], at: Decimal) -> str | None:
    """A strategy's rate at an amount, as a percentage; nothing beyond its cap."""
    if at > Decimal(one["cap"]):
        return None
    rates = [rate for start, rate in one["yield_curve"] if Decimal(start) <= at]
    return as_percent(rates[-1]) if rates else None
