"""Policies: the rules in force as sentences, every version that was, and presets to start from."""

from __future__ import annotations

import asyncio
from typing import Any

from holdfast.entrypoints.terminal.api import Refused
from holdfast.entrypoints.terminal.pages import page
from holdfast.entrypoints.terminal.rule_words import RuleWords, differing
from holdfast.entrypoints.terminal.visit import Visit

PER_PAGE = 25


@page("/policies", "policies/policies.html", title="policies.title", needs="policy.read", nav="policies", past=False)
async def policies(visit: Visit) -> dict[str, Any]:
    """The policies in force, and what waits to take their place."""
    found, presets, waiting = await asyncio.gather(
        visit.api.get("/v1/policies"),
        visit.api.get("/v1/policies/presets"),
        visit.api.get("/v1/approvals", box="open", limit=100),
    )
    changes = [one for one in waiting["items"] if one["kind"] == "change"]
    return {"found": found, "presets": presets, "changes": changes, "words": RuleWords(visit)}


@page("/policies/history", "policies/history.html", title="policies.history", needs="policy.read", nav="policies",
      past=False)  # fmt: skip
async def history(visit: Visit) -> dict[str, Any]:
    """Every version, the newest first."""
    found = list(reversed(await visit.api.get("/v1/policies/history")))
    start = visit.query.text("cursor")
    at = int(start) if start.isascii() and start.isdigit() else 0
    more = str(at + PER_PAGE) if at + PER_PAGE < len(found) else None
    return {"versions": found[at : at + PER_PAGE], "next": more}


@page("/policies/history/{version}", "policies/version.html", title="policies.version", needs="policy.read",
      nav="policies", past=False)  # fmt: skip
async def version(visit: Visit) -> dict[str, Any]:
    """One version, and what it changed of another: of the one before it, unless the query names one."""
    found = {one["version"]: one for one in await visit.api.get("/v1/policies/history")}
    text = visit.path["version"]
    wanted = found.get(int(text) if text.isascii() and text.isdigit() else 0)
    if wanted is None:
        raise Refused(404, {"code": "no_such_path"})
    other = visit.query.text("against")
    against = int(other) if other.isascii() and other.isdigit() else wanted["version"] - 1
    base = found.get(against)
    return {
        "wanted": wanted, "base": base, "versions": sorted(found, reverse=True), "words": RuleWords(visit),
        "difference": differing(base["policies"] if base else {}, wanted["policies"]), "present": max(found),
    }  # fmt: skip
