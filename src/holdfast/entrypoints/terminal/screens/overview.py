"""The first page, by what somebody may do: what he holds and earned, what needs him, and how the desk is."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import Any

from holdfast.entrypoints.terminal.api import Refused
from holdfast.entrypoints.terminal.figures import is_dust
from holdfast.entrypoints.terminal.pages import SIGNED_IN, page
from holdfast.entrypoints.terminal.screens.vaults import rate_points
from holdfast.entrypoints.terminal.sparkline import line_of
from holdfast.entrypoints.terminal.visit import Visit
from holdfast.primitives.clock import DAY

NEAR_BPS = 11_000
"""Health below which a position is called near its liquidation; 10,000 is the threshold."""

SHOWN = 8
"""Lines of a list on this page; the rest has a page of its own."""

LOOKED_AT = 500
"""The latest things of the day that are looked through for refusals."""

EARNING, SINCE = ("vaults", "stakes", "positions", "fee_keys"), ("1d", "7d", "30d", "all")
"""What earns, and the periods over which it is told."""

CHARTS, MONTH = 2, 30
"""Vaults whose rate is drawn, and the points of each."""

BUTTONS = ("stake", "booster_stake", "exit", "fee_key")
"""What can be claimed by a button here; a position has a page of its own."""


@page("/", "overview/overview.html", title="overview.title", needs=SIGNED_IN, nav="overview")
async def overview(visit: Visit) -> dict[str, Any]:
    """What one holds, what it earned, what needs one, how the desk is."""
    names = ("mine", "assets", "earnings", "waiting", "health", "reserve", "risky", "refusals")
    found = await asyncio.gather(
        visit.see("/v1/me/portfolio") if visit.may("own.read") else _nothing(),
        _assets(visit) if visit.may("public.read") else _nothing(),
        _told(visit, "/v1/me/earnings", {"as_of": visit.as_of}) if visit.may("own.read") else _nothing(),
        _soon(visit, "/v1/approvals", box="waiting", limit=SHOWN),
        _soon(visit, "/v1/desk/health") if visit.may("desk.read") else _nothing(),
        visit.see("/v1/reserve") if visit.may("desk.read") else _nothing(),
        visit.see("/v1/positions-at-risk", limit=SHOWN) if visit.may("desk.read") else _nothing(),
        _refusals(visit) if visit.may("audit.read") else _nothing(),
    )
    context: dict[str, Any] = dict(zip(names, found, strict=True))
    context["assets"] = context["assets"] or {}
    mine = context["mine"]
    context["holds"] = mine is not None and _holds(visit, mine)
    context["needs"] = _needs(visit, mine) if mine is not None else []
    context["grown"] = await _grown(visit, mine["vaults"]) if mine is not None else []
    context["dusty"] = bool(mine and context["earnings"]) and _has_dust(context["earnings"], context["assets"])
    context["risky"] = [one for one in context["risky"] or () if _is_near(one)]
    context["staff"] = visit.may("desk.read")
    return context


async def _nothing() -> None:
    return None


async def _grown(visit: Visit, held: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """How the shares that one holds have grown, as small charts: the rate of each vault over a month."""
    seen_at = visit.api.seen.get(b"holdfast-at", b"").decode("ascii")
    shown = held[:CHARTS] if visit.may("public.read") else []
    found = await asyncio.gather(*(rate_points(visit, one["id"], seen_at, most=MONTH) for one in shown))
    return [
        {**one, "points": points, "line": line_of([point["rate"] for point in points])}
        for one, (points, _) in zip(shown, found, strict=True)
        if len(points) > 1
    ]


async def _assets(visit: Visit) -> dict[str, Any]:
    """Every asset by its code: how many digits it has, and what it stands for."""
    return {one["id"]: one for one in (await visit.see("/v1/assets", limit=1_000))["items"]}


def _soon(visit: Visit, path: str, **query: Any) -> Awaitable[Any]:
    """A view of the present alone: none on a page of the past, and False while it cannot be told yet."""
    return _nothing() if visit.as_of else _told(visit, path, query)


async def _told(visit: Visit, path: str, query: dict[str, Any]) -> Any:
    try:
        return await visit.api.get(path, **query)
    except Refused as refused:
        if refused.status != 503:
            raise
        return False


def _holds(visit: Visit, mine: dict[str, Any]) -> bool:
    """Whether this is the page of somebody who has something of his own, or may have."""
    things = ("balances", "vaults", "stakes", "booster_stakes", "boosters", "fee_keys", "exits", "resources")
    return visit.may("standing.manage") or any(mine[name] for name in things) or _open(mine["position"])


def _open(position: dict[str, Any] | None) -> bool:
    return position is not None and position["status"] != "empty"


def _is_near(position: dict[str, Any]) -> bool:
    health = position["health_factor_bps"]
    return position["status"] == "active" and health is not None and health < NEAR_BPS


def _has_dust(earnings: dict[str, Any], assets: dict[str, Any]) -> bool:
    """Whether a loss stands there that is nothing but rounding."""
    rows = [(asset, by) for asset, by in earnings["total"].items()]
    rows += [(one["asset"], one) for kind in EARNING for one in earnings[kind]]
    figures = [(asset, by[name][what]) for asset, by in rows for name in SINCE for what in ("net", "gross")]
    return any(asset in assets and is_dust(text, assets[asset]["decimals"]) for asset, text in figures)


def _needs(visit: Visit, mine: dict[str, Any]) -> list[dict[str, Any]]:
    """What one can do now: claim what is there, and look after a position that is near its liquidation."""
    found: list[dict[str, Any]] = []
    if _open(mine["position"]) and _is_near(mine["position"]):
        found.append({"kind": "near", "id": "", "health": mine["position"]["health_factor_bps"], "button": None})
    for one in mine["claimable"]:
        fields = {key: value for key, value in one["command"].items() if key != "type"}
        name = one["command"]["type"]
        may = one["kind"] in BUTTONS and visit.may(name)
        found.append({**one, "button": {"form": name, "fields": fields} if may else None})
    position = mine["position"]
    if _open(position) and position["can_finalize"] and not any(one["kind"] == "position" for one in mine["claimable"]):
        found.append({"kind": "debt", "id": "", "asset": "", "amount": position["debt"], "button": None})
    return found


async def _refusals(visit: Visit) -> dict[str, Any] | None:
    """What was refused today, the latest first."""
    if visit.as_of:
        return None
    since = visit.now // DAY * DAY
    page_ = await visit.api.get("/v1/audit", since=since, limit=LOOKED_AT)
    found = [
        one for one in page_["items"] if one["outcome"] not in ("applied", "done") or one["what"].endswith(".refused")
    ]
    return {"items": found[:SHOWN], "count": len(found), "whole": page_["next"] is None, "looked_at": LOOKED_AT}
