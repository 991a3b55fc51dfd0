"""Liquid vaults: what there is, one vault with its rate, deposits and redemptions, and every way out."""

from __future__ import annotations

import asyncio
from typing import Any

from holdfast.entrypoints.terminal.api import Refused
from holdfast.entrypoints.terminal.figures import plain
from holdfast.entrypoints.terminal.pages import Answer, Shown, page
from holdfast.entrypoints.terminal.visit import Visit
from holdfast.primitives.clock import DAY, format_instant, parse_instant

HOUR = 3_600

STEPS = (HOUR, DAY, 7 * DAY)
"""How far apart the points of the rate's chart may lie."""

POINTS = 365
"""Points that the chart shows, the latest."""

FEW = 8
"""Points below which a closer step tells more, where nobody chose one."""


@page("/vaults", "vaults/vaults.html", title="vaults.title", needs="public.read", nav="vaults")
async def vaults(visit: Visit) -> dict[str, Any]:
    """All vaults with what a share is worth, and what one holds there."""
    found, mine = await asyncio.gather(
        visit.see("/v1/vaults", cursor=visit.query.text("cursor"), limit=50), _portfolio(visit)
    )
    rates = await asyncio.gather(*(_one_share(visit, one["id"]) for one in found["items"]))
    held = {one["id"]: one for one in mine["vaults"]} if mine else {}
    rows = [{**one, "rate": rate, "mine": held.get(one["id"])} for one, rate in zip(found["items"], rates, strict=True)]
    return {"vaults": rows, "next": found["next"]}


@page("/vaults/{vault}", "vaults/vault.html", title="vaults.title", needs="public.read", nav="vaults")
async def vault(visit: Visit) -> Answer:
    """One vault; the ways out alone for the planner's script, while somebody types."""
    name = visit.path["vault"]
    found = await visit.see(f"/v1/vaults/{name}")
    if visit.htmx and visit.header(b"hx-target") == "ways":
        return Shown({"vault": found, **await _ways(visit, name)}, "vaults/ways.html")
    seen_at = visit.api.seen.get(b"holdfast-at", b"").decode("ascii")
    holds = visit.may("own.read")
    query = {"vault": name, "holder": visit.person.person.account if holds else ""}
    quote, mine, drawn, ways = await asyncio.gather(
        visit.see("/v1/quotes/vault", **query),
        _portfolio(visit),
        _rates(visit, name, found, seen_at),
        _ways(visit, name),
    )
    queue = (
        await visit.see(f"/v1/vaults/{name}/queue", cursor=visit.query.text("cursor"), limit=50)
        if visit.may("desk.read")
        else None
    )
    forms = {
        kind: await visit.form_of(f"vault.{kind}", vault=name) if visit.may(f"vault.{kind}") else None
        for kind in ("deposit", "redeem", "request_redeem")
    }
    held = [one for one in mine["vaults"] if one["id"] == name] if mine else []
    exits = [one for one in mine["exits"] if one["vault"] == name] if mine else []
    return {
        "vault": found, "quote": quote, "forms": forms, "mine": held[0] if held else None, "exits": exits,
        "held": mine["balances"].get(found["asset"], "0") if mine else None, "rates": drawn, "queue": queue, **ways,
    }  # fmt: skip


async def _portfolio(visit: Visit) -> Any:
    return await visit.see("/v1/me/portfolio") if visit.may("own.read") else None


async def _one_share(visit: Visit, name: str) -> str:
    """What one share pays now."""
    quote = await visit.see("/v1/quotes/vault", vault=name, shares="1")
    return str(quote["now"]["redeem"])


async def _ways(visit: Visit, name: str) -> dict[str, Any]:
    """The planner's answer; none for one who has neither shares nor requests."""
    context: dict[str, Any] = {"ways": None, "refused": None, "typed": visit.query.text("shares")}
    if not visit.may("own.read"):
        return context
    try:
        shares = plain(visit.language, context["typed"])
        context["ways"] = await visit.see("/v1/quotes/exit", vault=name, shares=shares)
    except Refused as refused:
        if refused.status not in (400, 422):
            raise
        context["refused"] = refused if context["typed"] else None
    return context


async def _rates(visit: Visit, name: str, found: dict[str, Any], seen_at: str) -> dict[str, Any]:
    """The rate over time as a chart, up to the page's moment."""
    chosen = visit.query.text("every")
    items, step = await rate_points(visit, name, seen_at, int(chosen) if chosen in {str(one) for one in STEPS} else 0)
    unit = visit.t("vaults.per_share", asset=found["asset"], share=found["share"])
    data = {
        "x": [one["at"] for one in items], "x_kind": "time", "x_label": visit.t("vaults.at"),
        "series": [{"label": visit.t("vaults.rate"), "values": [one["rate"] for one in items], "unit": unit,
                    "kind": "area"}],
    }  # fmt: skip
    return {"data": data, "every": step}


async def rate_points(
    visit: Visit, name: str, seen_at: str, every: int = 0, most: int = POINTS
) -> tuple[list[Any], int]:
    """The latest points of a vault's rate up to the page's moment, and how far apart they lie: a day, or an hour where
    days are few, where no step is asked for. None while they cannot be told yet."""
    items: list[Any] = []
    step = every or DAY
    try:
        items = await _points(visit, name, step, seen_at, most)
        if not every and len(items) < FEW:
            step = HOUR
            items = await _points(visit, name, step, seen_at, most)
    except Refused as refused:
        if refused.status != 503:
            raise
    return items, step


async def _points(visit: Visit, name: str, every: int, seen_at: str, most: int) -> list[Any]:
    until = parse_instant(seen_at) if visit.as_of else visit.now
    since = format_instant(max(until - most * every, 0))
    query = {"every": every, "since": since, "until": format_instant(until), "limit": most + 1}
    return list((await visit.api.get(f"/v1/vaults/{name}/rates", **query))["items"])
