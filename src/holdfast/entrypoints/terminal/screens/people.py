"""People and organisations, as those who manage them see them."""

from __future__ import annotations

import asyncio
from typing import Any

from holdfast.entrypoints.terminal.pages import page
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
    """One person: what he may do, how he signs in, the keys that act for him."""
    name = visit.path["person"]
    found, keys = await visit.see_all(f"/v1/people/{name}", "/v1/api-keys")
    organisation = found["organisation"] or ""
    change = await visit.form_of("people.change", person=name, title=found["title"], organisation=organisation)
    own = [one for one in keys if one["person"] == name]
    return {"one": found, "keys": own, "change": change}
