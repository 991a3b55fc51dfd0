"""Measures against a holder's money, with their reasons: freeze, thaw, claw back."""

from __future__ import annotations

import asyncio
from heapq import nsmallest
from typing import Annotated, Any

from msgspec import Meta, Struct

from holdfast.engine.journal import Receipt
from holdfast.entrypoints.http import proving
from holdfast.entrypoints.http.answers import Reply
from holdfast.entrypoints.http.call import Call
from holdfast.entrypoints.http.moments import Moment
from holdfast.entrypoints.http.routes.commands import answered, key_of, read
from holdfast.entrypoints.http.routing import get, post
from holdfast.entrypoints.http.viewing import Account, Cursor, Limit, Listed, Page, asked, shown
from holdfast.errors import (
    CommandIdReused,
    InsufficientBalance,
    Malformed,
    NotAuthorized,
    Rejected,
    StepUpRequired,
    UnknownAsset,
    UnknownRecord,
)
from holdfast.identity import measures as service
from holdfast.identity.attestation_statements import Reference
from holdfast.identity.measures import Measure

Reason = Annotated[
    str, Meta(min_length=1, max_length=500, description="why, 1..500 characters; the audit log keeps it")
]
_ERRORS = (UnknownAsset, NotAuthorized, CommandIdReused, StepUpRequired, Rejected, Malformed)


class Frozen(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Whose account, for which asset, and why. `reference` is the number of the case; `actor` the asset's admin."""

    asset: str
    account: str
    reason: Reason
    reference: Reference | None = None
    actor: str | None = None


class Clawed(Frozen, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """The same, with the amount that is burned."""

    amount: str


class OfHolder(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Whose; without it everybody's."""

    account: Account = ""
    newest_first: bool = False
    limit: Limit = 100
    cursor: Cursor = ""


class OfFrozen(Listed, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Whose; without it everybody's."""

    account: Account = ""


class FrozenAccount(Struct, frozen=True):
    """An account that is frozen for an asset, and the measure that did it: null where it was not taken here."""

    asset: str
    account: str
    measure: Measure | None


_WHY = {"asset": "FLUX", "account": "bob", "reason": "order of a court", "reference": "case-17"}


@post("/v1/compliance/freeze", "asset.set_authorized", body=Frozen, returns=Receipt, errors=_ERRORS,
      streams="idempotent", example=_WHY)  # fmt: skip
async def freeze(call: Call) -> Reply:
    """Freeze an account for an asset: nothing of it comes or goes until it is thawed.

    The reason is in the audit log before the command reaches the desk. It is a command like any other: policies,
    step-up and the Idempotency-Key are as for POST /v1/commands.
    """
    given: Frozen = call.body
    return await _carry_out(call, "asset.set_authorized", account=given.account, authorized=False)


@post("/v1/compliance/thaw", "asset.set_authorized", body=Frozen, returns=Receipt, errors=_ERRORS,
      streams="idempotent", example=_WHY | {"reason": "order lifted"})  # fmt: skip
async def thaw(call: Call) -> Reply:
    """Let a frozen account move an asset again."""
    given: Frozen = call.body
    return await _carry_out(call, "asset.set_authorized", account=given.account, authorized=True)


@post("/v1/compliance/clawback", "asset.clawback", body=Clawed, returns=Receipt,
      errors=(InsufficientBalance, *_ERRORS), streams="idempotent", example=_WHY | {"amount": "1"})  # fmt: skip
async def clawback(call: Call) -> Reply:
    """Burn units out of a holder's account, frozen or not.

    What the holder has locked in stakes, queues or positions is not reached.
    """
    given: Clawed = call.body
    return await _carry_out(call, "asset.clawback", **{"from": given.account, "amount": given.amount})


@get("/v1/compliance/measures", "compliance.read", query=OfHolder, returns=Page[Measure])
async def measures(call: Call) -> Page[Measure]:
    """List the measures taken here with their reasons, the oldest first unless asked otherwise.

    Those that went through proposals stand in the audit log with the proposal's note.
    """
    query, cursors, about = call.query, call.server.cursors, asked(call)
    every = list(enumerate(call.server.office.all(Measure).values(), 1))
    if query.newest_first:
        every.reverse()
    passed = cursors.open(about, query.cursor, int) if query.cursor else None
    if passed is not None:
        every = [(place, one) for place, one in every if (place < passed if query.newest_first else place > passed)]
    found = [(place, one) for place, one in every if query.account in ("", one.account)]
    shown = found[: query.limit]
    more = len(found) > len(shown)
    return Page([one for _, one in shown], cursors.seal(about, shown[-1][0]) if more else None)


@get("/v1/compliance/frozen", "compliance.read", query=OfFrozen, returns=Page[FrozenAccount], errors=(UnknownRecord,),
     streams="view")  # fmt: skip
async def frozen_accounts(call: Call) -> Reply:
    """List the accounts that are frozen, by asset and name, each with the measure that froze it and its reason.

    What was frozen through a proposal has its reason in the audit log, as the proposal's note.
    """
    query, cursors, about = call.query, call.server.cursors, asked(call)
    after = cursors.open(about, query.cursor, str) if query.cursor else ""

    def page(moment: Moment) -> tuple[list[str], int]:
        names = (name for name in moment.state.indexes.frozen if name > after)
        wanted = (name for name in names if query.account in ("", name.partition("/")[2]))
        return nsmallest(query.limit + 1, wanted), moment.head.seq

    seen = await call.server.moments.look(query.as_of, page, by=call.who.person)
    names, seq = seen.found
    last = service.newest(call.server.office, seq)
    found = []
    for name in names[: query.limit]:
        asset, _, account = name.partition("/")
        found.append(FrozenAccount(asset, account, last.get(name)))
    more = len(names) > query.limit
    return shown(call, seen._replace(found=Page(found, cursors.seal(about, names[query.limit - 1]) if more else None)))


async def _carry_out(call: Call, kind: str, **fields: Any) -> Reply:
    """The command with its reason: written down, sent, and its outcome written down."""
    given, server = call.body, call.server
    wanted = {"type": kind, "asset": given.asset, **fields}
    if given.actor is not None:
        wanted["actor"] = given.actor
    if not given.reason.strip():
        raise Malformed("reason: say why.", field="reason")
    command = read(call, wanted, key_of(call))
    await proving.require_for_command(call, command)

    def intend() -> Measure:
        return service.intend(server.office, call.who, command, reason=given.reason, reference=given.reference or "")

    await asyncio.to_thread(intend)
    receipt = await server.desk.submit(command, guard=server.policies.guard)
    await asyncio.to_thread(service.settle, server.office, receipt, where=call.address)
    server.metrics.command(kind, receipt.status)
    return answered(receipt)
