"""Statements of accounts, and files of them for taxes."""

from __future__ import annotations

import asyncio
from typing import Any

from holdfast.entrypoints.terminal.api import Refused
from holdfast.entrypoints.terminal.pages import Answer, Bytes, Redirect, page
from holdfast.entrypoints.terminal.screens.looking import instant_of, tabs, until_of
from holdfast.entrypoints.terminal.visit import Visit
from holdfast.primitives.clock import format_instant

KINDS = {
    "csv": b"text/csv; charset=utf-8",
    "xlsx": b"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "pdf": b"application/pdf",
}
OLDEST = 2024
"""The first year that files are offered for."""


@page("/statement", "statement/statement.html", title="statement.title", needs="own.read", nav="audit")
async def statement(visit: Visit) -> Answer:
    """One's own; staff go on to any account."""
    if account := visit.query.text("account"):
        return Redirect(visit.link(f"/statement/{account}"))
    return await _shown(visit, visit.person.person.account)


@page("/statement/{account}", "statement/statement.html", title="statement.title", needs="own.read", nav="audit")
async def statement_of(visit: Visit) -> Answer:
    """That of an account, for those who may see it."""
    return await _shown(visit, visit.path["account"])


async def _shown(visit: Visit, account: str) -> dict[str, Any]:
    filters = {name: visit.query.text(name) for name in ("asset", "since", "until")}
    since, until = instant_of(filters["since"]), await until_of(visit)
    path, cursor = f"/v1/accounts/{account}", visit.query.text("cursor")
    problem: Refused | None = None
    lines: dict[str, Any] = {"items": [], "next": None}
    totals: list[dict[str, Any]] = []
    try:
        found: Any = await asyncio.gather(
            visit.api.get(
                path + "/statement", asset=filters["asset"], since=since, until=until, limit=50, cursor=cursor
            ),
            _nothing() if cursor else visit.api.get(path + "/totals", since=since, until=until),
        )  # fmt: skip
        lines = found[0]
        totals = [one for one in found[1]["items"] if filters["asset"] in ("", one["asset"])]
    except Refused as refused:
        if refused.status not in (400, 404) or refused.code == "unknown_account":
            raise
        problem = refused
    year = int(format_instant(visit.now)[:4])
    whose = [one for one in visit.person.accounts if one != account]
    return {"account": account, "lines": lines, "totals": totals, "whose": whose, "tabs": tabs(visit, "statement"),
            "filters": filters, "problem": problem, "years": list(range(year, OLDEST - 1, -1))}  # fmt: skip


async def _nothing() -> dict[str, Any]:
    return {"items": []}


@page("/statement/{account}/export", "error.html", title="statement.export", needs="own.read", nav="audit", past=False)
async def export(visit: Visit) -> Bytes:
    """The file of a year, as the API makes it."""
    year, form = visit.query.text("year"), visit.query.text("format", "csv")
    query: dict[str, Any] = {"format": form, "language": visit.language}
    if year.isdigit() and len(year) == 4:
        query |= {"since": f"{year}-01-01T00:00:00Z", "until": f"{year}-12-31T23:59:59Z"}
    account = visit.path["account"]
    answer = await visit.api.call("GET", f"/v1/accounts/{account}/export", query=query)
    named = answer.headers[b"content-disposition"].decode().partition('filename="')[2].rstrip('"')
    return Bytes(answer.body, KINDS[form], named)
