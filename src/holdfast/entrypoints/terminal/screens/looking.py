"""What the pages that look back share: the moment in the past as an instant, fields for instants, tabs."""

from __future__ import annotations

import re
from typing import Any

from holdfast.entrypoints.terminal.api import Refused
from holdfast.entrypoints.terminal.visit import Visit
from holdfast.errors import Malformed
from holdfast.primitives.clock import parse_instant

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MINUTE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}")


def instant_of(text: str, *, end: bool = False) -> str:
    """An instant of a field for one, as the API takes it; empty for what is none. Of a day its first or last second."""
    if _DAY.fullmatch(text):
        text += "T23:59:59" if end else "T00:00:00"
    elif _MINUTE.fullmatch(text):
        text += ":59" if end else ":00"
    text = text.removesuffix("Z") + "Z"
    return text if second_of(text) is not None else ""


def second_of(text: str) -> int | None:
    """The second of an instant; None for what is none."""
    try:
        return parse_instant(text)
    except Malformed:
        return None


async def moment_of(visit: Visit) -> str:
    """The instant in the past that the page shows, also where it was asked for by a record's number; empty: now."""
    if not visit.as_of.isdigit():
        return visit.as_of
    await visit.see("/v1/me/portfolio")
    return visit.api.seen[b"holdfast-at"].decode()


async def until_of(visit: Visit) -> str:
    """Until when the lines of a list go: what was typed, and never later than the moment that the page shows."""
    typed, moment = instant_of(visit.query.text("until"), end=True), await moment_of(visit)
    return min(filter(None, (typed, moment)), default="")


async def own_record(visit: Visit, seq: str) -> Any:
    """The record as the first of one's accounts sees it that it touched. Raises: Refused."""
    refused: Refused | None = None
    for account in visit.person.accounts:
        try:
            return await visit.api.get(f"/v1/accounts/{account}/records/{seq}")
        except Refused as error:
            if error.status != 404:
                raise
            refused = error
    raise refused or Refused(404, {"code": "unknown_record"})


def tabs(visit: Visit, here: str) -> list[tuple[str, str, bool]]:
    """The parts of this topic that the person may see: address, text, whether he is there."""
    every = (
        ("log", "/audit", ("audit.read",)), ("journal", "/journal", ("desk.read",)),
        ("verify", "/audit/verify", ("audit.verify",)), ("statement", "/statement", ("own.read",)),
        ("proofs", "/proofs", ("public.read",)),
    )  # fmt: skip
    pages = visit.terminal.pages
    return [
        (visit.link(path), visit.t("audit.tab_" + key), key == here)
        for key, path, needs in every
        if path in pages and visit.may(*needs)
    ]
