"""What is known about holders, what was done with their money and why, and whether amounts are sealed."""

from __future__ import annotations

import asyncio
from typing import Any

from holdfast.entrypoints.terminal.api import Refused
from holdfast.entrypoints.terminal.pages import page
from holdfast.entrypoints.terminal.screens.looking import moment_of, second_of
from holdfast.entrypoints.terminal.visit import Visit

READ, NAV = "compliance.read", "compliance"
LIMIT = 50

Found = dict[str, Any]


def tabs(visit: Visit, here: str) -> list[tuple[str, str, bool]]:
    """The parts of this topic: address, text, whether one is there."""
    every = (("holders", "/compliance"), ("measures", "/compliance/measures"),
             ("providers", "/compliance/providers"), ("sealing", "/compliance/sealing"))  # fmt: skip
    return [(visit.link(path), visit.t("compliance.tab_" + key), key == here) for key, path in every]


def state_of(one: Found, now: int) -> str:
    """Whether an attestation counts at this second: in_force, later, ended or revoked."""
    if 0 < one["revoked_at"] <= now:
        return "revoked"
    if one["valid_until"] is not None and now >= one["valid_until"]:
        return "ended"
    return "in_force" if now >= one["valid_from"] else "later"


async def asked(visit: Visit, path: str, **query: Any) -> tuple[Found, Refused | None]:
    """A page of a list; with what somebody typed that is no account, none and the refusal."""
    try:
        found: Found = await visit.api.get(path, limit=LIMIT, cursor=visit.query.text("cursor"), **query)
        return found, None
    except Refused as refused:
        if refused.status != 400:
            raise
        return {"items": [], "next": None}, refused


@page("/compliance", "compliance/attestations.html", title="compliance.attestations", needs=READ, nav=NAV)
async def attestations(visit: Visit) -> dict[str, Any]:
    """What is attested about holders: everybody's, or one's; as of a moment what was known then."""
    account = visit.query.text("account")
    (found, problem), moment = await asyncio.gather(asked(visit, "/v1/attestations", account=account), moment_of(visit))
    at = (second_of(moment) if moment else None) or visit.now
    known = [one for one in found["items"] if one["recorded_at"] <= at]
    return {"attested": [(one, state_of(one, at)) for one in known], "next": found["next"], "account": account,
            "problem": problem, "tabs": tabs(visit, "holders")}  # fmt: skip


@page("/compliance/measures", "compliance/measures.html", title="compliance.measures", needs=READ, nav=NAV)
async def measures(visit: Visit) -> dict[str, Any]:
    """What is frozen, and the measures that were taken, the newest first; as of a moment those until then."""
    account = visit.query.text("account")
    (taken, problem), moment = await asyncio.gather(
        asked(visit, "/v1/compliance/measures", account=account, newest_first="true"), moment_of(visit)
    )
    frozen: Found = {"items": [], "next": None}
    if problem is None:
        frozen = await visit.see(
            "/v1/compliance/frozen", account=account, limit=LIMIT, cursor=visit.query.text("more")
        )  # fmt: skip
    until = second_of(moment) if moment else None
    shown = [one for one in taken["items"] if until is None or one["at"] <= until]
    return {"frozen": frozen, "measures": shown, "next": taken["next"], "account": account, "problem": problem,
            "tabs": tabs(visit, "measures")}  # fmt: skip


@page("/compliance/providers", "compliance/providers.html", title="compliance.providers", needs=READ, nav=NAV,
      past=False)  # fmt: skip
async def providers(visit: Visit) -> dict[str, Any]:
    """Those who sign what they attest, with their keys."""
    return {"providers": await visit.api.get("/v1/attestation-providers"), "tabs": tabs(visit, "providers")}


@page("/compliance/sealing", "compliance/sealing.html", title="compliance.sealing", needs=READ, nav=NAV, past=False)
async def sealing(visit: Visit) -> dict[str, Any]:
    """Whether amounts are sealed and for which auditor; and what sealing is not."""
    found = await visit.api.get("/v1/disclosure")
    auditor = await visit.form_of("disclosure.auditor") if visit.may("compliance.manage") else None
    return {"disclosure": found, "auditor": auditor, "tabs": tabs(visit, "sealing")}
