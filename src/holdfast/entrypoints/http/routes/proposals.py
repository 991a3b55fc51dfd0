"""Proposals: what others must approve before it is done."""

from __future__ import annotations

import asyncio
from heapq import nlargest
from typing import Annotated, Any

from msgspec import Meta, Struct

from holdfast.engine.journal import Receipt
from holdfast.entrypoints.http import proving
from holdfast.entrypoints.http.answers import Reply
from holdfast.entrypoints.http.call import Call
from holdfast.entrypoints.http.routes.commands import answered, read
from holdfast.entrypoints.http.routing import SIGNED_IN, get, post
from holdfast.entrypoints.http.viewing import Cursor, Limit, Page, asked, reads_all
from holdfast.errors import (
    ApprovalRequired,
    Conflict,
    NotFound,
    OwnApproval,
    PolicyBlocked,
    ProposalClosed,
    ProposalFallen,
    ProposalMismatch,
    ReasonRequired,
    Rejected,
    StepUpRequired,
    UnknownCommand,
    UnknownProposal,
)
from holdfast.identity.measures import require_note
from holdfast.identity.principal import account_for, authorise
from holdfast.identity.proposal_records import Proposal, command_of

_ENDS = (UnknownProposal, ProposalClosed, ProposalMismatch, OwnApproval, Conflict)

Hash = Annotated[str, Meta(pattern=r"\A[0-9a-f]{64}\Z", description="the proposal's hash, 64 hex digits")]
Why = Annotated[str, Meta(max_length=500)]


class Wanted(Struct, frozen=True, forbid_unknown_fields=True):
    """A command that needs approval, and its terms; what is left out is as the policies say."""

    command: dict[str, Any]
    note: Why = ""
    tolerance_bps: Annotated[int, Meta(ge=0, le=10_000)] | None = None
    expires_in: Annotated[int, Meta(ge=1)] | None = None


class Approved(Struct, frozen=True, forbid_unknown_fields=True):
    """The hash of all that was shown."""

    hash: Hash


class Declined(Struct, frozen=True, forbid_unknown_fields=True):
    """The hash of all that was shown, and the reason."""

    hash: Hash
    why: Why = ""


class Withdrawn(Struct, frozen=True, forbid_unknown_fields=True):
    """The reason."""

    why: Why = ""


class Listed(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A page of them."""

    limit: Limit = 100
    cursor: Cursor = ""


@get("/v1/proposals", SIGNED_IN, query=Listed, returns=Page[Proposal])
async def proposals(call: Call) -> Page[Proposal]:
    """List the proposals, the newest first: one's own, and all of them with desk.read."""
    query, cursors, who = call.query, call.server.cursors, call.who
    every, about = reads_all(call), f"{asked(call)}\n{who.person}"
    after = cursors.open(about, query.cursor, tuple[int, str]) if query.cursor else None
    kept = call.server.office.all(Proposal).values()
    own = [(one.created_at, one.id, one) for one in kept if every or one.proposer == who.person]
    wanted = own if after is None else [row for row in own if row[:2] < after]
    found = [one for _, _, one in nlargest(query.limit + 1, wanted, key=lambda row: row[:2])]
    shown = found[: query.limit]
    last = shown[-1] if len(found) > query.limit else None
    return Page(shown, cursors.seal(about, (last.created_at, last.id)) if last is not None else None)


@post("/v1/proposals", SIGNED_IN, body=Wanted, returns=Proposal, status=201,
      errors=(UnknownCommand, ReasonRequired, PolicyBlocked, Conflict, NotFound, Rejected, StepUpRequired),
      example={"command": {"type": "treasury.spend", "asset": "FLUX", "to": "alice", "amount": "1"}})  # fmt: skip
async def propose(call: Call) -> Proposal:
    """Propose a command that the policies let pass only with the approval of others.

    What would have to be confirmed by a factor as a command is confirmed here: this request, with its note and terms.
    Freezing, thawing and taking back need a note: it is their reason.
    """
    given: Wanted = call.body
    command = read(call, dict(given.command), "proposal")
    require_note(command, given.note)
    if proving.asks_step_up(call.who, command):
        await proving.require_step_up(call)

    def create() -> Proposal:
        return call.server.proposals.create(
            command, by=call.who.person, note=given.note, tolerance_bps=given.tolerance_bps,
            expires_in=given.expires_in, where=call.address,
        )  # fmt: skip

    return await asyncio.to_thread(create)


@get("/v1/proposals/{proposal}", SIGNED_IN, returns=Proposal, errors=(UnknownProposal,))
async def proposal(call: Call) -> Proposal:
    """Show a proposal as its approvers see it: the command, its effects, its hash, who has approved."""
    found = call.server.proposals.get(call.path["proposal"])
    if found.proposer != call.who.person and not call.who.may("desk.read"):
        raise UnknownProposal(f"There is no proposal {call.path['proposal'][:60]}.")
    return found


@post("/v1/proposals/{proposal}/approve", "proposal.approve", body=Approved, returns=Proposal, step_up=True,
      errors=(StepUpRequired, *_ENDS), example={"hash": "0" * 64})  # fmt: skip
async def approve(call: Call) -> Proposal:
    """Approve exactly what the hash stands for."""

    def do() -> Proposal:
        return call.server.proposals.approve(
            call.path["proposal"], by=call.who.person, hash=call.body.hash, where=call.address
        )

    return await asyncio.to_thread(do)


@post("/v1/proposals/{proposal}/reject", "proposal.approve", body=Declined, returns=Proposal, errors=_ENDS,
      example={"hash": "0" * 64, "why": "not this month"})  # fmt: skip
async def reject(call: Call) -> Proposal:
    """Decline a proposal, which ends it."""

    def do() -> Proposal:
        return call.server.proposals.reject(
            call.path["proposal"], by=call.who.person, hash=call.body.hash, why=call.body.why, where=call.address
        )

    return await asyncio.to_thread(do)


@post("/v1/proposals/{proposal}/cancel", SIGNED_IN, body=Withdrawn, returns=Proposal, errors=_ENDS, example={})
async def cancel(call: Call) -> Proposal:
    """Withdraw a proposal: its proposer, or an operator."""

    def do() -> Proposal:
        return call.server.proposals.cancel(
            call.path["proposal"], by=call.who.person, why=call.body.why, where=call.address
        )

    return await asyncio.to_thread(do)


@post(
    "/v1/proposals/{proposal}/execute",
    SIGNED_IN,
    returns=Receipt,
    errors=(
        UnknownProposal, ProposalClosed, ProposalFallen, ApprovalRequired, Conflict, Rejected, NotFound, StepUpRequired,
    ),
)  # fmt: skip
async def execute(call: Call) -> Reply:
    """Carry an approved proposal out, once however often it is asked.

    The policies are asked again: what they want now is what counts, and the outcome must still be the one approved.
    What asks for a step-up as a command does so here too: the approvals may be days old.
    """
    server, by, name = call.server, call.who.person, call.path["proposal"]
    shown = server.proposals.get(name)
    authorise(call.who, shown.type)
    if shown.proposer == by:
        account_for(call.who, shown.type, str(shown.command["actor"]))
    if shown.status != "executed" and proving.asks_step_up(call.who, command_of(shown)):
        await proving.require_step_up(call)
    execution = await asyncio.to_thread(server.proposals.prepare, name, by=by)
    receipt = await server.desk.submit(execution.command, guard=execution.guard)
    await asyncio.to_thread(server.proposals.finish, execution, receipt, by=by, where=call.address)
    return answered(receipt)
