"""What waits for approval: proposals and changes as one inbox, and each as it stands now."""

from __future__ import annotations

from itertools import islice

from msgspec import Struct
from msgspec.structs import replace

from holdfast.entrypoints.http.call import Call
from holdfast.entrypoints.http.proving import asks_step_up
from holdfast.entrypoints.http.routing import SIGNED_IN, get
from holdfast.entrypoints.http.viewing import Cursor, Limit, Page, asked, reads_all
from holdfast.errors import UnknownProposal
from holdfast.identity.proposal_records import command_of
from holdfast.identity.reviewing import Box, ChangeReview, Matter, Place, Review
from holdfast.protocol.state import State


class InBox(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Which box: what I can approve, what I proposed, all that is open, or all that is over."""

    box: Box = "waiting"
    limit: Limit = 100
    cursor: Cursor = ""


@get("/v1/approvals", SIGNED_IN, query=InBox, returns=Page[Matter])
async def approvals(call: Call) -> Page[Matter]:
    """List what waits for approval, the newest first: proposals, and changes of policies and groups.

    One's own proposals, and everybody's with desk.read; changes with policy.read. The box `waiting` holds what the
    caller can approve, and his own proposals that are approved and can be carried out.
    """
    query, cursors, about = call.query, call.server.cursors, f"{asked(call)}\n{call.who.person}"
    after = Place(*cursors.open(about, query.cursor, tuple[int, str])) if query.cursor else None
    matters = call.server.reviewing.matters(
        call.who.person, query.box, every=reads_all(call), changes=call.who.may("policy.read"), after=after
    )
    found = list(islice(matters, query.limit + 1))
    shown = found[: query.limit]
    return Page(shown, cursors.seal(about, (shown[-1].at, shown[-1].id)) if len(found) > query.limit else None)


@get("/v1/proposals/{proposal}/review", SIGNED_IN, returns=Review, errors=(UnknownProposal,))
async def review_proposal(call: Call) -> Review:
    """Show a proposal beside what would come of it now: each figure, what has drifted, what is missing.

    Once it is over only the proposal itself is shown.
    """
    server, person = call.server, call.who.person
    found = server.proposals.get(call.path["proposal"])
    if found.proposer != person and not reads_all(call):
        raise UnknownProposal(f"There is no proposal {call.path['proposal'][:60]}.")

    def look(_: State) -> Review:
        return server.reviewing.proposal(found, person)

    seen = await server.reading(look)
    steps = seen.steps if call.who.may(found.type) else tuple(step for step in seen.steps if step != "execute")
    members = seen.members if call.who.may("policy.read") else {}
    return replace(seen, steps=steps, members=members, step_up=asks_step_up(call.who, command_of(found)))


@get("/v1/changes/{change}", "policy.read", returns=ChangeReview, errors=(UnknownProposal,))
async def review_change(call: Call) -> ChangeReview:
    """Show a change of policies or of a group beside what it was made from."""
    found = call.server.changes.get(call.path["change"])
    return call.server.reviewing.change(found, call.who.person)
