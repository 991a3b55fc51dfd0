"""A proposal as it is kept: what was shown to approvers, its hash, who approved it, and how it ended."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha256
from typing import Any, Literal

import msgspec
from msgspec import Struct

from holdfast.errors import Conflict, Malformed, ProposalClosed, ProposalMismatch, Rejected, UnknownProposal
from holdfast.identity.kept import Kept
from holdfast.identity.policies.drift import Preview
from holdfast.primitives.clock import format_instant
from holdfast.protocol.arguments import Command
from holdfast.protocol.commands import COMMANDS

Status = Literal["pending", "approved", "executed", "rejected", "cancelled", "expired", "fallen"]
OPEN: tuple[Status, ...] = ("pending", "approved")

EXECUTING_SECONDS = 60
"""How long a proposal counts as being carried out when nothing more is heard; then it can be withdrawn again."""

NOTE_LENGTH = 500

MOST_OPEN = 100
"""Proposals of one person that wait at the same time: each is kept for ever, and read by others."""


class Approval(Struct, frozen=True):
    """Who approved which hash, and when."""

    person: str
    at: int
    hash: str


class Proposal(Kept, frozen=True, tag="proposal"):
    """One proposal. `needs` are the approvals by group as last worked out; `record` is the journal record it became.

    `why` says in words why it ended, `code` is that of the refusal with which it fell.
    """

    id: str
    command: dict[str, Any]
    hash: str
    proposer: str
    created_at: int
    expires_at: int
    tolerance_bps: int
    preview: Preview
    needs: dict[str, int]
    rules: tuple[str, ...] = ()
    note: str = ""
    status: Status = "pending"
    approvals: tuple[Approval, ...] = ()
    executing_at: int = 0
    ended_by: str = ""
    ended_at: int = 0
    why: str = ""
    code: str = ""
    record: int | None = None

    @property
    def type(self) -> str:
        """The command's type."""
        return str(self.command["type"])


def canonical(document: Any) -> bytes:
    """The one way to write plain data as JSON: keys sorted, no blanks, UTF-8 (RFC 8785 for text and whole numbers)."""
    return msgspec.json.encode(document, order="sorted")


def shown_hash(
    command: dict[str, Any], proposer: str, before: Preview, expires_at: int, tolerance_bps: int, note: str
) -> str:
    """What an approver signs: SHA-256 over the canonical JSON of all that he is shown, 64 hex digits."""
    shown = {
        "command": command,
        "expires_at": format_instant(expires_at),
        "note": note,
        "preview": msgspec.to_builtins(before),
        "proposer": proposer,
        "tolerance_bps": tolerance_bps,
    }
    return sha256(canonical(shown)).hexdigest()


def command_of(proposal: Proposal) -> Command:
    """The command that a proposal is for; its id is made of proposer and proposal, so that it happens once."""
    kind = COMMANDS[proposal.type]
    return msgspec.convert(proposal.command, kind)


def known(found: Proposal | None, proposal_id: str) -> Proposal:
    """The proposal, if there is one. Raises: UnknownProposal."""
    if found is None:
        raise UnknownProposal(f"There is no proposal {proposal_id[:60]}.", proposal=proposal_id[:60])
    return found


def is_due(proposal: Proposal, now: int) -> bool:
    """Whether an open proposal's time is over, and nobody is carrying it out."""
    executing = proposal.executing_at and now < proposal.executing_at + EXECUTING_SECONDS
    return proposal.status in OPEN and now >= proposal.expires_at and not executing


def require_open(proposal: Proposal, now: int) -> None:
    """Raises: ProposalClosed for one that is over, or whose time is."""
    if proposal.status not in OPEN:
        raise ProposalClosed(f"{proposal.id} is {proposal.status}.", proposal=proposal.id, status=proposal.status)
    if now >= proposal.expires_at:
        end = format_instant(proposal.expires_at)
        raise ProposalClosed(f"{proposal.id} ended at {end}.", proposal=proposal.id, status="expired")


def require_hash(proposal: Proposal, given: str) -> None:
    """Raises: ProposalMismatch unless the hash is this proposal's."""
    if given != proposal.hash:
        raise ProposalMismatch(f"{proposal.id} has another hash: {proposal.hash}.", proposal=proposal.id)


def require_not_executing(proposal: Proposal, now: int) -> None:
    """Raises: Conflict while it is being carried out."""
    if proposal.executing_at and now < proposal.executing_at + EXECUTING_SECONDS:
        raise Conflict(f"{proposal.id} is being carried out just now.", proposal=proposal.id)


def require_room(proposals: Iterable[Proposal], person: str) -> None:
    """Raises: Rejected where a person has too many proposals waiting."""
    if sum(one.proposer == person and one.status in OPEN for one in proposals) >= MOST_OPEN:
        raise Rejected(f"{person} has {MOST_OPEN} proposals waiting, which is the most; withdraw some.", most=MOST_OPEN)


def require_terms(note: str, tolerance_bps: int, lasting: int, longest: int) -> None:
    """Raises: Malformed for terms of a proposal that do not fit."""
    if len(note) > NOTE_LENGTH or not note.isprintable():
        raise Malformed(f"note: at most {NOTE_LENGTH} printable characters", field="note")
    if not 0 <= tolerance_bps <= 10_000:
        raise Malformed("tolerance_bps: basis points, 0..10,000", field="tolerance_bps")
    if not 1 <= lasting <= longest:
        raise Malformed(f"expires_in: 1..{longest} seconds, as the policies say", field="expires_in")
