"""The first page: what one holds, and what needs one."""

from __future__ import annotations

from typing import Any

from holdfast.entrypoints.terminal.pages import SIGNED_IN, page
from holdfast.entrypoints.terminal.visit import Visit


@page("/", "overview/overview.html", title="overview.title", needs=SIGNED_IN, nav="overview")
async def overview(visit: Visit) -> dict[str, Any]:
    """What one holds."""
    portfolio = await visit.see("/v1/me/portfolio") if visit.may("own.read") else None
    return {"portfolio": portfolio}
