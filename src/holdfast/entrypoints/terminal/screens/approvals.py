"""What waits for approval: proposals of commands, and changes of policies and groups."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec

from holdfast.entrypoints.terminal.api import Refused
from holdfast.entrypoints.terminal.pages import Answer, Shown, page
from holdfast.entrypoints.terminal.rule_words import RuleWords, differing
from holdfast.entrypoints.terminal.visit import Visit
from holdfast.primitives.clock import format_instant

ONE, CHANGE = "approvals/proposal.html", "approvals/change.html"
BOXES = ("", "open", "over")
LIMIT = 25


@page("/approvals", "approvals/inbox.html", title="approvals.title", nav="approvals", past=False)
async def inbox(visit: Visit) -> dict[str, Any]:
    """What waits for me and what I proposed; in tabs of their own all that is open, and what is over."""
    box = visit.query.text("box") if visit.query.text("box") in BOXES else ""
    cursor = visit.query.text("cursor")
    context: dict[str, Any] = {"box": box, "words": RuleWords(visit)}
    if box:
        return context | {"listed": await visit.api.get("/v1/approvals", box=box, cursor=cursor, limit=LIMIT)}
    waiting, mine, addresses = await asyncio.gather(
        visit.api.get("/v1/approvals", box="waiting", cursor=cursor, limit=LIMIT),
        visit.api.get("/v1/approvals", box="mine", limit=LIMIT),
        _addresses(visit),
    )
    return context | {"waiting": waiting, "mine": mine, "addresses": addresses}


async def _addresses(visit: Visit) -> list[dict[str, Any]]:
    """Entries of the address book that this person can confirm."""
    if not visit.may("address_book.confirm"):
        return []
    found = await visit.api.get("/v1/address-book")
    return [one for one in found if not one.get("confirmed_by") and one["added_by"] != visit.person.person.id]


@page("/approvals/{proposal}", ONE, title="approvals.proposal", nav="approvals", past=False)
async def one(visit: Visit) -> Answer:
    """A proposal beside its present, or a change beside what it was made from."""
    name = visit.path["proposal"]
    try:
        review = await visit.api.get(f"/v1/proposals/{name}/review")
    except Refused as refused:
        if refused.code != "unknown_proposal" or not visit.may("policy.read"):
            raise
        return await _change(visit, name)
    proposal = review["proposal"]
    values = {"kind": "proposals", "proposal": name, "hash": proposal["hash"]}
    forms = await asyncio.gather(
        visit.form_of("approvals.reject", **values), visit.form_of("approvals.cancel", kind="proposals", proposal=name)
    )
    return {
        "review": review, "proposal": proposal, "values": values, "reject": forms[0], "cancel": forms[1],
        "canonical": canonical(proposal), "words": RuleWords(visit),
    }  # fmt: skip


async def _change(visit: Visit, name: str) -> Shown:
    review = await visit.api.get(f"/v1/changes/{name}")
    change, base = review["change"], review["base"]
    values = {"kind": "changes", "proposal": name, "hash": change["hash"]}
    forms = await asyncio.gather(
        visit.form_of("approvals.reject", **values), visit.form_of("approvals.cancel", kind="changes", proposal=name)
    )
    difference = None
    if change["subject"] == "policies" and base is not None:
        difference = differing(base, change["document"])
    context = {
        "review": review, "change": change, "base": base, "values": values, "reject": forms[0], "cancel": forms[1],
        "difference": difference, "words": RuleWords(visit),
    }  # fmt: skip
    return Shown(context, CHANGE)


def canonical(proposal: dict[str, Any]) -> str:
    """What the proposal's hash is over: all that approvers are shown, as canonical JSON (RFC 8785)."""
    shown = {name: proposal[name] for name in ("command", "preview", "proposer")}
    shown |= {"note": proposal.get("note", ""), "tolerance_bps": proposal["tolerance_bps"]}
    return msgspec.json.encode(shown | {"expires_at": format_instant(proposal["expires_at"])}, order="sorted").decode()
