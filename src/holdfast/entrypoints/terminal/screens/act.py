"""The steps of every form that acts, and the receipt that stands at the end; see `acting`."""

from __future__ import annotations

from typing import Any

from holdfast.entrypoints.terminal.api import Refused
from holdfast.entrypoints.terminal.language import has
from holdfast.entrypoints.terminal.pages import SIGNED_IN, Answer, action, page
from holdfast.entrypoints.terminal.screens.looking import own_record
from holdfast.entrypoints.terminal.visit import Visit, own_path


@action("/do/glance", template="act/glance.html")
async def glance(visit: Visit) -> Answer:
    """What it would do, while somebody types."""
    return await visit.terminal.acting.glance(visit)


@action("/do/preview", template="act/confirm_page.html", title="act.confirm")
async def preview(visit: Visit) -> Answer:
    """The confirmation, or what is wrong."""
    return await visit.terminal.acting.preview(visit)


@action("/do/edit", template="act/form_page.html", title="act.edit")
async def edit(visit: Visit) -> Answer:
    """Back to the form."""
    return await visit.terminal.acting.edit(visit)


@action("/do/commit", template="act/confirm_page.html", title="act.confirm")
async def commit(visit: Visit) -> Answer:
    """Do it."""
    return await visit.terminal.acting.commit(visit)


@action("/do/bound", template="act/confirm_page.html", title="act.confirm")
async def bound(visit: Visit) -> Answer:
    """What a factor would confirm, for a script."""
    return await visit.terminal.acting.bound(visit)


@page("/do/{form}", "act/form_page.html", title="act.edit", needs=SIGNED_IN, past=False)
async def alone(visit: Visit) -> Answer:
    """A form on a page of its own."""
    return await visit.terminal.acting.alone(visit)


@page("/receipt/{key}", "act/receipt.html", title="act.receipt", needs=SIGNED_IN, past=False)
async def receipt(visit: Visit) -> dict[str, Any]:
    """What came of a command of one's own."""
    found = await visit.api.get(f"/v1/commands/{visit.path['key']}")
    record = await _record(visit, found["seq"]) if found.get("seq") else None
    name = f"commands.{record['type']}" if record else ""
    return {
        "receipt": found, "record": record, "back": own_path(visit.query.text("back")),
        "name": visit.t(name) if has(visit.language, name) else "",
    }  # fmt: skip


async def _record(visit: Visit, seq: int) -> dict[str, Any] | None:
    """The record of one's own command, with what it moved; none where it is a while until one may see it."""
    try:
        if visit.may("desk.read"):
            return dict(await visit.api.get(f"/v1/journal/{seq}"))
        return dict(await own_record(visit, str(seq)))
    except Refused as refused:
        if refused.status not in (403, 404, 503):
            raise
        return None
