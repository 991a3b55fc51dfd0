"""Term staking: the calculator, one's stakes, what reinvestment did and will do; boosters, fee keys and the tax."""

from __future__ import annotations

import asyncio
from typing import Any

from holdfast.entrypoints.terminal.api import Refused
from holdfast.entrypoints.terminal.figures import plain
from holdfast.entrypoints.terminal.pages import Answer, Shown, page
from holdfast.entrypoints.terminal.visit import Visit
from holdfast.primitives.clock import format_instant

CHAINS = 5
"""Stakes whose chains stand on the page, the newest; every other has a page of its own."""

FIRST_AMOUNT = "15000"
"""What the calculator begins with: the founding document's own example."""


@page("/term", "term/term.html", title="term.title", needs="own.read", nav="term")
async def term(visit: Visit) -> Answer:
    """The calculator, the form and one's stakes."""
    try:
        curve = await visit.see("/v1/quotes/term", curve="true")
    except Refused as refused:
        return _closed(visit, refused)
    quote, portfolio, pool = await asyncio.gather(
        _quote(visit), visit.see("/v1/me/portfolio"), visit.see("/v1/term-pool")
    )
    stakes = [_stake(visit, one) for one in reversed(portfolio["stakes"])]
    chains = await asyncio.gather(*(visit.see(f"/v1/stakes/{one['id']}/chain") for one in stakes[:CHAINS]))
    form = None
    if visit.may("term.stake"):
        form = await visit.form_of("term.stake", amount=visit.query.text("amount"))
    return {
        **quote, "asset": curve["asset"], "curve": _drawn(visit, curve), "threshold": curve["auto_reinvest_from"],
        "stakes": stakes, "cut": "stakes" in portfolio["cut"], "pool": pool, "form": form,
        "held": portfolio["balances"].get(curve["asset"], "0"),
        "chains": [one for one in chains if one["planned"] or len(one["stakes"]) > 1],
    }  # fmt: skip


@page("/term/quote", "term/quote.html", title="term.title", needs="own.read", nav="term", part_of="/term")
async def quote(visit: Visit) -> dict[str, Any]:
    """The calculator's answer alone, while somebody types."""
    return await _quote(visit)


@page("/term/stakes", "term/stakes.html", title="term.all_stakes", needs="own.read", nav="term")
async def stakes(visit: Visit) -> dict[str, Any]:
    """All stakes that one may see, those that ended too."""
    pool = visit.see("/v1/quotes/term")
    whose = visit.query.text("owner")
    listed = visit.see("/v1/stakes", owner=whose, cursor=visit.query.text("cursor"), limit=50)
    terms, found = await asyncio.gather(pool, listed)
    return {"asset": terms["asset"], "stakes": [_stake(visit, one) for one in found["items"]], "next": found["next"]}


@page("/term/stakes/{stake}", "term/stake.html", title="term.stake", needs="own.read", nav="term")
async def stake(visit: Visit) -> dict[str, Any]:
    """One stake with its chain."""
    path = f"/v1/stakes/{visit.path['stake']}"
    found, chain = await visit.see_all(path, path + "/chain")
    return {"stake": _stake(visit, found), "chain": chain}


@page("/term/boosters", "term/boosters.html", title="term.boosters", needs="own.read", nav="term")
async def boosters(visit: Visit) -> dict[str, Any]:
    """One's boosters, and what is locked for them."""
    owner = visit.person.person.account
    mine, used = await asyncio.gather(
        visit.see("/v1/me/portfolio"),
        visit.see("/v1/boosters", owner=owner, cursor=visit.query.text("cursor"), limit=50),
    )  # fmt: skip
    locked = [{**one, "ready": _is_due(visit, one)} for one in reversed(mine["booster_stakes"])]
    return {"boosters": used["items"], "next": used["next"], "locked": locked, "balances": mine["balances"]}


@page("/term/fees", "term/fees.html", title="term.fees", needs="own.read", nav="term")
async def fees(visit: Visit) -> Answer:
    """Fee keys, and where the tax goes."""
    try:
        quoted, mine, tax, pool = await visit.see_all(
            "/v1/quotes/term", "/v1/me/portfolio", "/v1/term-pool/tax", "/v1/term-pool"
        )
    except Refused as refused:
        return _closed(visit, refused)
    return {
        "asset": quoted["asset"], "keys": list(reversed(mine["fee_keys"])), "tax": tax, "pool": pool,
        "balances": mine["balances"],
    }  # fmt: skip


def _closed(visit: Visit, refused: Refused) -> Shown:
    """A desk without the asset that is staked."""
    if refused.code != "unknown_asset":
        raise refused
    return Shown({}, "term/closed.html")


async def _quote(visit: Visit) -> dict[str, Any]:
    """What the calculator says, or why it says nothing."""
    typed = visit.query.text("amount", FIRST_AMOUNT)
    booster = bool(visit.query.text("booster"))
    context: dict[str, Any] = {"typed": typed, "booster": booster, "quote": None, "refused": None}
    try:
        if not typed:
            raise Refused(400, {"code": "missing", "details": {"field": "amount"}})
        wanted = {"amount": plain(visit.language, typed), "booster": "true" if booster else ""}
        context["quote"] = await visit.see("/v1/quotes/term", **wanted)
    except Refused as refused:
        if refused.status not in (400, 422):
            raise
        context["refused"] = refused
    return context


def _drawn(visit: Visit, curve: dict[str, Any]) -> dict[str, Any]:
    """The curve as a chart: days over amounts."""
    rows, asset, unit = curve["amounts"], curve["asset"], visit.t("term.days_short")
    lines = (("term.without_booster", "period_days"), ("term.with_booster", "period_days_with_booster"))
    return {
        "x": [row["amount"] for row in rows], "x_kind": "number", "x_scale": "log",
        "x_label": visit.t("term.amount_of", asset=asset),
        "series": [{"label": visit.t(key), "values": [row[name] for row in rows], "unit": unit, "kind": "line"}
                   for key, name in lines],
        "marks": [{"x": curve["auto_reinvest_from"], "label": visit.t("term.cliff_mark")}],
    }  # fmt: skip


def _is_due(visit: Visit, one: dict[str, Any]) -> bool:
    """Whether what is locked can be had: the desk's time is that of its last record, the clock may be further."""
    late = not visit.as_of and one["unlocks_at"] <= format_instant(visit.now)
    return one["status"] == "matured" or (one["status"] == "locked" and late)


def _stake(visit: Visit, one: dict[str, Any]) -> dict[str, Any]:
    own = visit.me is not None and one["owner"] in visit.me.accounts
    return {**one, "ready": _is_due(visit, one), "own": own}
