"""What waits for whom, and what an approver looks at: proposals and changes as one inbox, and each with its present.

Nothing here changes anything. What was approved stands in the proposal; beside it stands what would happen now, figure
by figure against the tolerance, so that nobody approves yesterday's outcome.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal, NamedTuple

from msgspec import UNSET, Struct, UnsetType

from holdfast.engine.journal import Problem
from holdfast.engine.service import Service
from holdfast.identity.groups import Group
from holdfast.identity.office import Office
from holdfast.identity.policies.changes import Change, Changes
from holdfast.identity.policies.drift import Compared, Preview, compared, differences, preview
from holdfast.identity.policies.evaluate import Decision
from holdfast.identity.policies.guard import PolicyGuard
from holdfast.identity.proposal_records import OPEN, command_of
from holdfast.identity.proposals import Proposal, Proposals, Step
from holdfast.primitives.clock import parse_instant
from holdfast.views.effects import Effects, effects

Box = Literal["waiting", "mine", "open", "over"]
"""What somebody can approve; what he proposed and is open; all that is open; all that is over."""


class Matter(Struct, frozen=True):
    """A proposal or a change in a list. `about` is its command, policies or a group's name; `missing` by group."""

    kind: Literal["proposal", "change"]
    id: str
    type: str
    about: dict[str, Any]
    by: str
    at: int
    expires_at: int
    status: str
    needs: dict[str, int]
    missing: dict[str, int]
    approvals: tuple[str, ...]
    steps: tuple[Step, ...]
    note: str = ""
    ended_by: str = ""
    ended_at: int = 0
    why: str = ""
    code: str = ""


class Review(Struct, frozen=True):
    """A proposal as somebody looks at it now.

    `now` and `effects`: what would happen at this moment; `refused`: why it would not. `figures` stand beside those
    that were shown; `drift` says what has changed beyond the tolerance, after which it cannot be carried out.
    `decision`: what the policies want at present. `members`: who is in the groups that must approve. `steps`: what the
    asker can do, `why_not` and `cannot`: why he cannot approve, in words and as a refusal. `step_up`: whether carrying
    it out asks him for a factor.
    """

    proposal: Proposal
    steps: tuple[Step, ...]
    why_not: str
    missing: dict[str, int]
    members: dict[str, tuple[str, ...]]
    now: Preview | None = None
    effects: Effects | UnsetType = UNSET
    refused: Problem | None = None
    decision: Decision | None = None
    figures: tuple[Compared, ...] = ()
    drift: tuple[str, ...] = ()
    cannot: Problem | None = None
    step_up: bool = False


class ChangeReview(Struct, frozen=True):
    """A change as somebody looks at it now: what it was made from, null where that is no longer known.

    `fits`: whether what it was made from is still there; a change that does not fit falls at its next approval.
    """

    change: Change
    base: dict[str, Any] | None
    fits: bool
    steps: tuple[Step, ...]
    why_not: str
    missing: dict[str, int]
    members: dict[str, tuple[str, ...]]
    cannot: Problem | None = None


class Place(NamedTuple):
    """Where a list goes on: behind this one."""

    at: int
    id: str


class Reviewing:
    """Looks at the proposals and changes of one office for one desk."""

    def __init__(
        self, office: Office, service: Service, guard: PolicyGuard, proposals: Proposals, changes: Changes
    ) -> None:
        self._office = office
        self._service = service
        self._guard = guard
        self._proposals = proposals
        self._changes = changes

    # --- the inbox --------------------------------------------------------------------------------------------------

    def matters(
        self, person: str, box: Box, *, every: bool, changes: bool, after: Place | None = None
    ) -> Iterator[Matter]:
        """What is in a box, the newest first, behind the place `after`.

        `every`: also what others proposed; `changes`: also those of policies and groups.
        """
        now = self._office.now()
        own = [one for one in self._office.all(Proposal).values() if every or one.proposer == person]
        ranked: list[tuple[Place, Proposal | Change]] = [(Place(one.created_at, one.id), one) for one in own]
        if changes:
            ranked += [(Place(one.at, one.id), one) for one in self._office.all(Change).values()]
        for place, one in sorted(ranked, key=lambda pair: pair[0], reverse=True):
            if (after is not None and place >= after) or (box == "over") == _is_open(one, now):
                continue
            made = self._matter(one, person)
            if _belongs(made, box, person):
                yield made

    def _matter(self, one: Proposal | Change, person: str) -> Matter:
        if isinstance(one, Proposal):
            steps, _ = self._proposals.open_to(one, person)
            return Matter(
                "proposal", one.id, one.type, one.command, one.proposer, one.created_at, one.expires_at,
                self._status(one), one.needs, self._proposals.lacking(one, one.needs),
                tuple(given.person for given in one.approvals), steps, one.note, one.ended_by, one.ended_at, one.why,
                one.code,
            )  # fmt: skip
        some, _ = self._changes.open_to(one, person)
        needs = self._changes.needs() if one.status == "pending" else one.needs
        return Matter(
            "change", one.id, one.subject, {"name": one.about}, one.by, one.at, one.expires_at, self._status(one),
            needs, self._changes.lacking(one), one.approvals, some, "", one.ended_by, one.ended_at, one.why,
        )  # fmt: skip

    def _status(self, one: Proposal | Change) -> str:
        """As it is kept, but that what is late is over before anybody writes it down."""
        late = one.status in OPEN and not _is_open(one, self._office.now())
        return "expired" if late else str(one.status)

    # --- one of them ------------------------------------------------------------------------------------------------

    def proposal(self, found: Proposal, person: str) -> Review:
        """A proposal and what would come of it now. Call it under the desk's lock."""
        steps, cannot = self._proposals.open_to(found, person)
        why = cannot.message if cannot else ""
        if not _is_open(found, self._office.now()):
            missing = self._proposals.lacking(found, found.needs)
            return Review(found, steps, why, missing, self._members(found.needs), cannot=cannot)
        state, command = self._service.state, command_of(found)
        receipt, outcome = self._service.foresee(command)
        error = None if isinstance(receipt.error, UnsetType) else receipt.error
        now = max(state.now, self._office.now()) if isinstance(receipt.at, UnsetType) else parse_instant(receipt.at)
        answer = outcome if outcome is not None else error or Problem("refused", "")
        facts, decision = self._guard.judge(state, command, now, answer)
        needs = decision.approvals if decision.action == "require_approvals" else found.needs
        missing, members = self._proposals.lacking(found, needs), self._members(needs)
        if outcome is None:
            return Review(found, steps, why, missing, members, refused=error, decision=decision, cannot=cannot)
        after = preview(state, facts, outcome, now, self._service.head.digest)
        return Review(
            found, steps, why, missing, members, after, effects(state, outcome), None, decision,
            tuple(compared(found.type, found.preview, after, found.tolerance_bps)),
            tuple(differences(found.type, found.preview, after, found.tolerance_bps)), cannot,
        )  # fmt: skip

    def change(self, found: Change, person: str) -> ChangeReview:
        """A change and what it was made from."""
        steps, cannot = self._changes.open_to(found, person)
        needs = self._changes.needs() if found.status == "pending" else found.needs
        return ChangeReview(
            found, self._changes.base(found), self._changes.fits(found), steps, cannot.message if cannot else "",
            self._changes.lacking(found), self._members(needs), cannot,
        )  # fmt: skip

    def _members(self, groups: dict[str, int]) -> dict[str, tuple[str, ...]]:
        kept = {name: self._office.get(Group, name) for name in groups}
        return {name: () if group is None else group.members for name, group in kept.items()}


def _is_open(one: Proposal | Change, now: int) -> bool:
    return one.status in OPEN and now < one.expires_at


def _belongs(one: Matter, box: Box, person: str) -> bool:
    if box == "waiting":
        return "approve" in one.steps or ("execute" in one.steps and not one.missing and one.by == person)
    return box != "mine" or one.by == person
