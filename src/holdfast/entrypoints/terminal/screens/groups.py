"""Groups of people who approve together."""

from __future__ import annotations

from typing import Any

from holdfast.entrypoints.terminal.pages import page
from holdfast.entrypoints.terminal.visit import Visit


@page("/policies/groups", "policies/groups.html", title="groups.title", needs="policy.read", nav="policies", past=False)
async def groups(visit: Visit) -> dict[str, Any]:
    """Every group, who is in it, and which rules name it."""
    found, present = await visit.api.get("/v1/groups"), await visit.api.get("/v1/policies")
    named: dict[str, list[str]] = {}
    for rule in present["policies"].get("rules", ()):
        needs = [need["group"] for need in rule.get("approvals", ())]
        for group in {*needs, *(word.removeprefix("group:") for word in rule.get("who", ()) if ":" in word)}:
            named.setdefault(group, []).append(rule["name"])
    changing = [need["group"] for need in present["policies"].get("changes", ())]
    return {"groups": found, "named": named, "changing": changing}
