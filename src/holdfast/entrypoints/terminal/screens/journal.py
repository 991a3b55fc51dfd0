"""The journal, and any number explained down to the record that made it."""

from __future__ import annotations

import re
from typing import Any

from holdfast.entrypoints.terminal.api import Refused
from holdfast.entrypoints.terminal.folding import PAGES, folds, lines
from holdfast.entrypoints.terminal.pages import SIGNED_IN, Answer, Redirect, page
from holdfast.entrypoints.terminal.record_values import Reader, kind_of, reader_of
from holdfast.entrypoints.terminal.screens.looking import moment_of, own_record, tabs
from holdfast.entrypoints.terminal.visit import Visit

SHOWN = 50
"""Records on a page."""


@page("/journal", "audit/journal.html", title="audit.journal", needs="desk.read", nav="audit")
async def journal(visit: Visit) -> dict[str, Any]:
    """The records, the newest page first, or those of a type of command or an actor, from the beginning."""
    kind, actor = visit.query.text("type"), visit.query.text("actor")
    await visit.see("/v1/me/portfolio")
    last = int(visit.api.seen[b"holdfast-seq"])
    after = visit.query.text("after")
    start = int(after) if re.fullmatch("[0-9]{1,15}", after) else 0 if kind or actor else max(0, last - SHOWN)
    problem: Refused | None = None
    found: dict[str, Any] = {"items": [], "next": None}
    try:
        found = await visit.api.get("/v1/journal", after=start, type=kind, actor=actor, limit=SHOWN)
    except Refused as refused:
        if refused.status != 400:
            raise
        problem = refused
    kept = [one for one in found["items"] if one["seq"] <= last]
    fold = not (kind or actor or visit.query.text("each"))
    if not (kind or actor):
        kept.reverse()
        start = await _fill(visit, kept, start, fold=fold)
    newer = found["next"] if found["next"] is not None and found["next"] < last else None
    older = max(0, start - SHOWN) if start and not (kind or actor) else None
    shown = lines(kept, fold=fold)
    each = not fold and not (kind or actor)
    return {
        "lines": shown, "folds": folds(shown, each=each), "newer": newer, "older": older, "last": last,
        "problem": problem, "filters": {"type": kind, "actor": actor}, "tabs": tabs(visit, "journal"),
    }  # fmt: skip


async def _fill(visit: Visit, kept: list[dict[str, Any]], start: int, *, fold: bool) -> int:
    """Earlier records too, where folded ones leave room on the page; behind which one it begins then."""
    for _ in range(PAGES):
        if not fold or not start or len(lines(kept, fold=True)) >= SHOWN:
            break
        before = max(0, start - SHOWN)
        found = await visit.api.get("/v1/journal", after=before, limit=start - before)
        kept += reversed(found["items"])
        start = before
    return start


@page("/journal/{seq}", "audit/record.html", title="audit.record", needs=SIGNED_IN, nav="audit")
async def record(visit: Visit) -> dict[str, Any]:
    """One record with everything that its numbers rest on; a holder sees of it what is his."""
    seq = visit.path["seq"]
    whole = visit.may("desk.read")
    found = await visit.api.get(f"/v1/journal/{seq}") if whole else await own_record(visit, seq)
    last = int(visit.api.seen[b"holdfast-seq"])
    rule = await visit.api.get(f"/v1/rules/{found['type']}")
    compared = None
    reader = await reader_of(visit, found) if whole else None
    if reader is not None and found["records"] and visit.query.text("before"):
        before = (await visit.api.get(f"/v1/journal/{seq}/before"))["items"]
        compared = [_compared(reader, old, new) for old, new in zip(before, found["records"], strict=True)]
    return {"record": found, "rule": rule, "whole": whole, "last": last, "compared": compared,
            "reader": reader, "kind_of": kind_of, "tabs": tabs(visit, "journal")}  # fmt: skip


def _compared(reader: Reader, old: dict[str, Any] | None, new: dict[str, Any]) -> dict[str, Any]:
    """A record before and after, field by field."""
    were, rows = {} if old is None else reader.fields(old), []
    for name, now in reader.fields(new).items():
        was = were.get(name)
        rows.append((name, was, now, was is not None and was != now))
    return {"record": new, "new": old is None, "fields": rows}


@page("/explain/{account}/{asset}", "audit/nothing.html", title="audit.explain", needs="own.read", nav="audit")
async def explain(visit: Visit) -> Answer:
    """Lead from a balance to the record that made it."""
    account, asset = visit.path["account"], visit.path["asset"]
    moment = await moment_of(visit)
    totals = (await visit.api.get(f"/v1/accounts/{account}/totals", until=moment))["items"]
    made = next((one["last"] for one in totals if one["asset"] == asset), None)
    if made is not None:
        return Redirect(visit.link(f"/journal/{made}"))
    return {"account": account, "asset": asset, "tabs": tabs(visit, "statement")}
