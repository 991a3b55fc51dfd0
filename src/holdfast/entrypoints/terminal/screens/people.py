"""People and organisations, as those who manage them see them."""

from __future__ import annotations

import asyncio
from typing import Any

from holdfast.entrypoints.terminal.pages import page
from holdfast.entrypoints.terminal.screens.compliance import state_of
from holdfast.entrypoints.terminal.visit import Visit


@page("/people", "people/people.html", title="people.title", needs="people.manage", nav="people", past=False)
async def people(visit: Visit) -> dict[str, Any]:
    """Everybody with roles and factors, and the organisations that they belong to."""
    (everybody, organisations), add = await asyncio.gather(
        visit.see_all("/v1/people", "/v1/organisations"), visit.form_of("people.organisation.add")
    )
    titles = {one["id"]: one["title"] for one in organisations}
    members = {name: sum(one["organisation"] == name for one in everybody) for name in titles}
    everybody.sort(key=lambda one: (one["disabled"] is not None, one["id"]))
    return {
        "people": everybody, "organisations": organisations, "titles": titles, "members": members,
        "add_organisation": add,
    }  # fmt: skip


@page("/people/{person}", "people/person.html", title="people.person", needs="people.manage", nav="people", past=False)
async def person(visit: Visit) -> dict[str, Any]:
    """One person: what he may do, how he signs in, the keys that act for him; what is attested of him and frozen."""
    name = visit.path["person"]
    found, keys = await visit.see_all(f"/v1/people/{name}", "/v1/api-keys")
    organisation = found["organisation"] or ""
    change = await visit.form_of("people.change", person=name, title=found["title"], organisation=organisation)
    own = [one for one in keys if one["person"] == name]
    return {"one": found, "keys": own, "change": change, "holder": await _holder(visit, found["account"])}


async def _holder(visit: Visit, account: str) -> dict[str, Any] | None:
    """What is attested of an account and counts now or later, and where it is frozen; None for who may not see it."""
    if not visit.may("compliance.read"):
        return None
    attested, frozen = await asyncio.gather(
        visit.api.get("/v1/attestations", account=account), visit.api.get("/v1/compliance/frozen", account=account)
    )
    states = [(one, state_of(one, visit.now)) for one in attested["items"]]
    return {
        "attested": [(one, state) for one, state in states if state in ("in_force", "later")],
        "ended": sum(state not in ("in_force", "later") for _, state in states), "frozen": frozen["items"],
    }  # fmt: skip
