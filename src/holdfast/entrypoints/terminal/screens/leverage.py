"""Leveraged delegation: the opener, one's position as a state machine, the reserve, validators, and who is at risk."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from typing import Any

from holdfast.entrypoints.terminal.api import Refused
from holdfast.entrypoints.terminal.figures import amount, plain
from holdfast.entrypoints.terminal.pages import Answer, Shown, page
from holdfast.entrypoints.terminal.rates import as_percent, points
from holdfast.entrypoints.terminal.visit import Visit

FIRST = {"deposit": "500", "leverage": "3", "slash": "500", "reward": ""}
"""What the opener begins with."""

FIELDS = {
    "leverage": "leverage", "leverage_out_of_range": "leverage", "slash_bps": "slash", "reward_bps": "reward",
}  # fmt: skip
"""The opener's fields by the API's, and by the code of what is refused about them; all else is about the deposit."""

NEAR_BPS = 11_000
"""Health below which a position is called near its liquidation; 10,000 is the threshold."""

SORTS = ("id", "commission_bps", "pool_assets", "pool_shares")


@page("/leverage", "leverage/leverage.html", title="leverage.title", needs="own.read", nav="leverage")
async def leverage(visit: Visit) -> Answer:
    """The opener and one's position."""
    try:
        terms = await visit.see("/v1/leverage-terms")
    except Refused as refused:
        return _closed(refused)
    mine, reserve, validators = await asyncio.gather(
        visit.see("/v1/me/portfolio"), visit.see("/v1/reserve"), _validators(visit)
    )
    found = await _quote(visit)
    position = mine["position"]
    return {
        **found, "terms": terms, "reserve": reserve, "validators": [one for one in validators if one["active"]],
        "position": position, "balances": mine["balances"], "steps": _steps(visit, position, terms, mine["balances"]),
    }  # fmt: skip


@page("/leverage/quote", "leverage/quote.html", title="leverage.title", needs="own.read", nav="leverage",
      part_of="/leverage")  # fmt: skip
async def quote(visit: Visit) -> dict[str, Any]:
    """The opener's answer alone, while somebody types or slides."""
    return await _quote(visit)


@page("/leverage/validators", "leverage/validators.html", title="leverage.validators", needs="own.read", nav="leverage")
async def validators(visit: Visit) -> Answer:
    """Validators with real figures, and the reserve."""
    try:
        terms = await visit.see("/v1/leverage-terms")
    except Refused as refused:
        return _closed(refused)
    reserve, found = await asyncio.gather(visit.see("/v1/reserve"), _validators(visit))
    wanted = visit.query.text("sort")
    by, down = wanted.removeprefix("-"), wanted.startswith("-")
    if by in SORTS:
        found.sort(key=lambda one: one[by] if by == "id" else Decimal(one[by]), reverse=down)
    return {"terms": terms, "reserve": reserve, "validators": found, "by": by, "down": down}


@page("/leverage/positions", "leverage/positions.html", title="leverage.positions", needs="desk.read", nav="leverage")
async def positions(visit: Visit) -> Answer:
    """All positions for staff, those near their liquidation first."""
    try:
        terms = await visit.see("/v1/leverage-terms")
    except Refused as refused:
        return _closed(refused)
    risk, listed = await asyncio.gather(
        visit.see("/v1/positions-at-risk", limit=20),
        visit.see("/v1/positions", cursor=visit.query.text("cursor"), limit=50),
    )
    return {
        "terms": terms, "risk": risk, "positions": listed["items"], "next": listed["next"], "near": NEAR_BPS,
    }  # fmt: skip


def _closed(refused: Refused) -> Shown:
    """A desk without the asset that is delegated."""
    if refused.code != "unknown_asset":
        raise refused
    return Shown({}, "leverage/closed.html")


async def _validators(visit: Visit) -> list[dict[str, Any]]:
    """The validators; a desk has few enough for one page."""
    found = await visit.see("/v1/validators", limit=1_000)
    items: list[dict[str, Any]] = found["items"]
    return items


async def _quote(visit: Visit) -> dict[str, Any]:
    """What the opener says of what was typed, or why it says nothing."""
    typed = {name: visit.query.text(name, default) for name, default in FIRST.items()}
    typed["validator"] = visit.query.text("validator")
    context: dict[str, Any] = {"typed": typed, "quote": None, "refused": None, "drawn": None, "wrong": ""}
    reward = points(visit.language, typed["reward"]) if typed["reward"] else 0
    try:
        if not typed["deposit"]:
            raise Refused(400, {"code": "missing", "details": {"field": "deposit"}})
        answer = await visit.see(
            "/v1/quotes/leverage", deposit=plain(visit.language, typed["deposit"]), leverage=typed["leverage"],
            slash_bps=typed["slash"], reward_bps=reward, curve="true",
        )  # fmt: skip
    except Refused as refused:
        if refused.status not in (400, 422):
            raise
        wrong = FIELDS.get(refused.code) or FIELDS.get(refused.field, "deposit")
        return {**context, "refused": refused, "wrong": wrong}
    one = answer["quotes"][0]
    return {**context, "quote": {**answer, **one}, "drawn": _drawn(visit, one)}


def _drawn(visit: Visit, one: dict[str, Any]) -> dict[str, Any] | None:
    """Health over slash as a chart, with the slash that liquidates marked; nothing without debt."""
    least = one["liquidating_slash_bps"]
    if least is None:
        return None
    rows = [row for row in one["over_slash"] if row["health_factor_bps"] is not None]
    flat, chosen = as_percent(10_000), one["after_slash"]["slash_bps"]
    return {
        "x": [as_percent(row["slash_bps"]) for row in rows], "x_kind": "number", "x_label": visit.t("leverage.slash"),
        "series": [
            {"label": visit.t("leverage.health"), "values": [as_percent(row["health_factor_bps"]) for row in rows],
             "unit": "%", "kind": "area"},
            {"label": visit.t("leverage.threshold"), "values": [flat for _ in rows], "unit": "%", "kind": "line"},
        ],
        "marks": [
            {"x": as_percent(least), "label": visit.t("leverage.liquidated_mark")},
            {"x": as_percent(chosen), "label": "●" if abs(chosen - least) > 1_500 else ""},
        ],
    }  # fmt: skip


def _steps(
    visit: Visit, position: dict[str, Any] | None, terms: dict[str, Any], balances: dict[str, str]
) -> list[tuple[str, str, str]]:
    """One's position as a state machine: what was, what is, and what each step needs."""
    if position is None or position["status"] == "empty":
        return []
    t, debt, asset = visit.t, position["debt"], terms["debt_asset"]
    unbonding, claimable = position["status"] == "unbonding", position["can_finalize"]
    owed = {"debt": amount(visit.language, debt), "held": amount(visit.language, balances.get(asset, "0"))}
    back = "" if Decimal(debt) == 0 else t("leverage.return_debt", asset=asset, **owed)
    if position["eras_left"] is not None and not claimable:
        waits = t("leverage.eras_left", n=position["eras_left"], era=position["claimable_era"])
    else:
        waits = t("leverage.eras_of", n=terms["unbonding_eras"])
    closing = "leverage.step_liquidated" if position["liquidated"] else "leverage.step_unbonding"
    return [
        (t("leverage.step_active"), t("leverage.step_active_why", era=position["opened_era"]),
         "done" if unbonding else "now"),
        (t(closing), waits, "done" if claimable else "now" if unbonding else "next"),
        (t("leverage.step_claimable"), back or t("leverage.no_debt"), "now" if claimable else "next"),
        (t("leverage.step_empty"), t("leverage.step_empty_why"), "next"),
    ]  # fmt: skip
