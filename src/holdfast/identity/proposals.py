"""Proposals: a command that others must approve, from its preview to its one execution.

    pending -> approved -> executed
            \\-> rejected, cancelled, expired, fallen

What is approved is a hash over everything that was shown: command, preview, tolerance, end. Nobody approves what he
proposed or what concerns his own account; a person counts once in all groups together. When the proposal is carried
out the policies are asked again, under the desk's lock: what they want then is what counts.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from secrets import token_hex
from typing import Any, Literal

from msgspec import Struct, UnsetType
from msgspec.structs import replace

from holdfast.engine.following import Guard
from holdfast.engine.journal import Problem, Receipt
from holdfast.engine.service import Service
from holdfast.errors import (
    ERRORS,
    ApprovalRequired,
    CommandIdReused,
    Conflict,
    Forbidden,
    OwnApproval,
    PolicyBlocked,
    ProposalClosed,
    ProposalFallen,
    ProposalMismatch,
)
from holdfast.identity.office import Office, Transaction
from holdfast.identity.policies.approvals import in_words, missing
from holdfast.identity.policies.drift import Preview, differences, preview
from holdfast.identity.policies.evaluate import Decision
from holdfast.identity.policies.facts import Facts
from holdfast.identity.policies.guard import PolicyGuard
from holdfast.identity.policies.installed import policies_now
from holdfast.identity.proposal_records import (
    EXECUTING_SECONDS,
    NOTE_LENGTH,
    OPEN,
    Approval,
    Proposal,
    Status,
    command_of,
    is_due,
    known,
    require_hash,
    require_not_executing,
    require_open,
    require_room,
    require_terms,
    shown_hash,
)
from holdfast.primitives.clock import format_instant, parse_instant
from holdfast.protocol.arguments import Command
from holdfast.protocol.outcome import Outcome
from holdfast.protocol.state import State
from holdfast.wire import codec

__all__ = ["Execution", "Proposal", "Proposals", "Status", "Step"]

Step = Literal["approve", "reject", "cancel", "execute"]
"""What somebody can do about a proposal."""

FALLEN = {error.code for error in (CommandIdReused, PolicyBlocked, ProposalFallen, ProposalMismatch)}
"""Answers to an execution after which the proposal is over."""


class Execution(Struct):
    """What carrying a proposal out needs: give command and guard to the desk, and the receipt to `finish`."""

    id: str
    command: Command
    guard: Guard
    needs: dict[str, int] | None = None


class Proposals:
    """The proposals of one office for one desk."""

    def __init__(self, office: Office, service: Service, guard: PolicyGuard) -> None:
        self._office = office
        self._service = service
        self._guard = guard
        self._people = guard.directory
        office.all(Proposal)

    def get(self, proposal_id: str) -> Proposal:
        """The proposal. Raises: UnknownProposal."""
        return known(self._office.get(Proposal, proposal_id), proposal_id)

    def open_to(self, proposal: Proposal, person: str) -> tuple[tuple[Step, ...], Problem | None]:
        """What somebody can do about a proposal now, and why he cannot approve it, where he cannot.

        Carrying out needs the command's own function too, which the door asks for.
        """
        now, steps = self._office.now(), list[Step]()
        why: Problem | None = None
        try:
            require_open(proposal, now)
            self._require_approver(proposal, person, now)
            steps = ["reject"]
            if any(given.person == person for given in proposal.approvals):
                raise Forbidden(f"{person} has approved {proposal.id} already.", reason="has_approved")
            steps = ["approve", "reject"]
        except (ProposalClosed, Forbidden) as error:
            why = Problem(error.code, error.message, error.details)
        if proposal.status in OPEN and now < proposal.expires_at:
            if person == proposal.proposer or "role:operator" in self._people.asker(person, now).labels:
                steps.append("cancel")
            with suppress(Forbidden):
                self._require_executor(proposal, person, now)
                steps.append("execute")
        return tuple(steps), why

    def lacking(self, proposal: Proposal, needs: dict[str, int]) -> dict[str, int]:
        """How many approvals are missing of each group, counting only those who may approve at present."""
        return self._lacking(proposal, needs, proposal.approvals, self._office.now())

    def create(
        self, command: Command, *, by: str, note: str = "", tolerance_bps: int | None = None,
        expires_in: int | None = None, where: str = "",
    ) -> Proposal:  # fmt: skip
        """Propose a command. Its own id is replaced by `<proposer>/p-<proposal id>`.

        Raises: PolicyBlocked; Conflict where it needs no approval; what its rule raises where that would refuse it;
                Malformed for a note, a tolerance or a time that does not fit; Rejected for too many that wait.
        """
        settings = policies_now(self._office)
        tolerance = settings.tolerance_bps if tolerance_bps is None else tolerance_bps
        lasting = settings.expires_seconds if expires_in is None else expires_in
        require_terms(note, tolerance, lasting, settings.expires_seconds)
        name = token_hex(5)
        command = replace(command, id=f"{by}/p-{name}")
        before, decision = self._foreseen(command)
        if decision.action == "allow":
            raise Conflict(f"{codec.encode(command)['type']} needs no approval here; send it as a command.")
        fields = codec.encode(command)
        with self._office.write() as t:
            require_room(t.all(Proposal).values(), by)
            end = t.now + lasting
            digest = shown_hash(fields, by, before, end, tolerance, note)
            made = Proposal(
                name, fields, digest, by, t.now, end, tolerance, before, decision.approvals, decision.rules, note
            )
            t.put(made)
            t.log(
                "proposal.created", by=by, about=name, where=where, type=made.type, hash=digest, command=command.id,
                needs=in_words(made.needs), rules=list(made.rules), expires_at=format_instant(end), note=note or None,
            )  # fmt: skip
        return made

    def approve(self, proposal_id: str, *, by: str, hash: str, where: str = "") -> Proposal:
        """Approve what the hash stands for.

        Raises: UnknownProposal, ProposalClosed, OwnApproval, Forbidden (no approver, or of none of its groups),
                ProposalMismatch, Conflict (approved it already).
        """
        with self._office.write() as t:
            old = self._open(t, proposal_id)
            self._require_approver(old, by, t.now)
            require_hash(old, hash)
            if any(approval.person == by for approval in old.approvals):
                raise Conflict(f"{by} has approved {old.id} already.", proposal=old.id)
            approvals = (*old.approvals, Approval(by, t.now, hash))
            lacking = self._lacking(old, old.needs, approvals, t.now)
            after = replace(old, approvals=approvals, status="pending" if lacking else "approved")
            t.put(after)
            t.log(
                "proposal.approved", by=by, about=old.id, where=where, type=old.type, hash=hash,
                missing=in_words(lacking) or None,
            )  # fmt: skip
            return after

    def reject(self, proposal_id: str, *, by: str, hash: str, why: str = "", where: str = "") -> Proposal:
        """Decline: one who might approve ends it. Raises: as `approve`."""
        self._look_up(self.get(proposal_id), by)
        with self._office.write() as t:
            old = self._open(t, proposal_id)
            self._require_approver(old, by, t.now)
            require_hash(old, hash)
            require_not_executing(old, t.now)
            return self._end(t, old, "rejected", by=by, why=why, where=where)

    def cancel(self, proposal_id: str, *, by: str, why: str = "", where: str = "") -> Proposal:
        """Withdraw: by the proposer, or by an operator.

        Raises: UnknownProposal, ProposalClosed, Forbidden, Conflict while it is being carried out.
        """
        self._look_up(self.get(proposal_id), by)
        with self._office.write() as t:
            old = self._open(t, proposal_id)
            if by != old.proposer and "role:operator" not in self._people.asker(by, t.now).labels:
                raise Forbidden(f"Only {old.proposer} or an operator may withdraw {old.id}.", proposal=old.id)
            require_not_executing(old, t.now)
            return self._end(t, old, "cancelled", by=by, why=why, where=where)

    def expire_due(self) -> int:
        """End what has waited too long; how many."""
        due = [found.id for found in self._office.all(Proposal).values() if is_due(found, self._office.now())]
        if not due:
            return 0
        for name in due:
            self._look_up(self.get(name), "")
        with self._office.write() as t:
            ended = 0
            for name in due:
                old = t.get(Proposal, name)
                if old is not None and is_due(old, t.now):
                    self._end(t, old, "expired", by="", why="not carried out in time")
                    ended += 1
            return ended

    # --- carrying out -----------------------------------------------------------------------------------------------

    def execute(self, proposal_id: str, *, by: str, where: str = "") -> Receipt:
        """Carry a proposal out, once however often it is asked; the command's receipt.

        Raises: UnknownProposal, ProposalClosed, Forbidden, Unavailable. A receipt without a record tells in its error
        why nothing was done.
        """
        execution = self.prepare(proposal_id, by=by)
        receipt = self._service.submit(execution.command, guard=execution.guard)
        self.finish(execution, receipt, by=by, where=where)
        return receipt

    def prepare(self, proposal_id: str, *, by: str) -> Execution:
        """Note that a proposal is being carried out, so that nobody withdraws it meanwhile.

        A proposal that was carried out already is prepared again: its command gets its first answer.
        Raises: as `execute`.
        """
        with self._office.write() as t:
            old = known(t.get(Proposal, proposal_id), proposal_id)
            if old.status != "executed":
                old = self._open(t, proposal_id)
                self._require_executor(old, by, t.now)
                t.put(replace(old, executing_at=t.now))
        execution = Execution(old.id, command_of(old), self._service_guard)
        execution.guard = self._guard.checked(self._check(execution))
        return execution

    def finish(self, execution: Execution, receipt: Receipt, *, by: str, where: str = "") -> Proposal:
        """Keep how carrying out ended: executed, fallen, too late, or waiting for more approvals."""
        with self._office.write() as t:
            old = known(t.get(Proposal, execution.id), execution.id)
            if old.status == "executed":
                return old
            if receipt.status == "applied" and not isinstance(receipt.seq, UnsetType):
                return self._executed(t, old, receipt.seq, by=by, where=where)
            if old.status not in OPEN:
                return old
            error = Problem("", "") if isinstance(receipt.error, UnsetType) else receipt.error
            if error.code == ApprovalRequired.code and execution.needs is not None:
                after = replace(old, status="pending", needs=execution.needs, executing_at=0)
                t.put(after)
                t.log("proposal.waiting", by=by, about=old.id, where=where, needs=in_words(execution.needs))
                return after
            if is_due(replace(old, executing_at=0), t.now):
                return self._end(t, old, "expired", by="", why="not carried out in time", where=where)
            recorded = not isinstance(receipt.seq, UnsetType)
            if recorded or error.code in FALLEN:
                return self._end(t, old, "fallen", by=by, why=error.message, code=error.code, where=where)
            after = replace(old, executing_at=0)
            t.put(after)
            return after

    def _check(self, execution: Execution) -> Any:
        """What the guard asks of approvals, at the state at which the command would happen."""

        def check(
            state: State, command: Command, now: int, answer: Outcome | Problem, found: Facts, decision: Decision
        ) -> None:
            proposal = known(self._office.get(Proposal, execution.id), execution.id)
            clock = self._office.now()
            require_open(proposal, clock)
            if command != command_of(proposal):
                raise ProposalMismatch(f"This is not the command of {proposal.id}.", proposal=proposal.id)
            if proposal.executing_at and clock >= proposal.executing_at + EXECUTING_SECONDS:
                raise ProposalClosed(f"{proposal.id} was prepared too long ago; carry it out again.")
            if not self._people.may_act_for(proposal.proposer, command.actor, found.type, clock):
                raise ProposalFallen(
                    f"{proposal.proposer} may no longer send {found.type} for {command.actor}.", proposal=proposal.id
                )
            if not isinstance(answer, Outcome):
                raise ProposalFallen(f"It would be refused now: {answer.message}", proposal=proposal.id)
            if lacking := self._lacking(proposal, decision.approvals, proposal.approvals, clock):
                execution.needs = decision.approvals
                raise ApprovalRequired(
                    f"{proposal.id} needs approval by {in_words(lacking)} more.", approvals=in_words(lacking)
                )
            after = preview(state, found, answer, now, b"")
            if changed := differences(found.type, proposal.preview, after, proposal.tolerance_bps):
                raise ProposalFallen(f"It has changed: {'; '.join(changed[:5])}.", proposal=proposal.id)

        return check

    # --- parts ------------------------------------------------------------------------------------------------------

    def _foreseen(self, command: Command) -> tuple[Preview, Decision]:
        """What the command would do now, and what the policies say of it. Raises: as `create`."""
        service = self._service
        with service.lock:
            service.catch_up()
            receipt, outcome = service.foresee(command)
            if outcome is None or isinstance(receipt.at, UnsetType):
                error = Problem("", "") if isinstance(receipt.error, UnsetType) else receipt.error
                raise ERRORS.get(error.code, Conflict)(error.message, **error.details)
            now = parse_instant(receipt.at)
            found, decision = self._guard.judge(service.state, command, now, outcome)
            self._guard.require(found, decision, command, blocked_only=True)
            return preview(service.state, found, outcome, now, service.head.digest), decision

    def _open(self, t: Transaction, proposal_id: str) -> Proposal:
        proposal = known(t.get(Proposal, proposal_id), proposal_id)
        require_open(proposal, t.now)
        return proposal

    def _concerned(self, proposal: Proposal, person: str) -> bool:
        """Whether somebody proposed this, was let in by its proposer just now, or has his own account in it.

        The acting account is no obstacle: those who share it watch over one another.
        """
        by, newcomer = proposal.proposer, self._people.just_let_in
        own = person == by or self._people.account(person) in proposal.preview.parties[1:]
        return own or newcomer(person, by, self._office.now())

    def _require_approver(self, proposal: Proposal, person: str, now: int) -> None:
        if person == proposal.proposer:
            raise OwnApproval(f"{person} proposed {proposal.id}; somebody else must approve it.", proposal=proposal.id)
        if self._concerned(proposal, person):
            why = f"{proposal.id} concerns {person}'s own account, or {proposal.proposer} let {person} in just now."
            raise OwnApproval(why, proposal=proposal.id)
        if not self._people.may(person, "proposal.approve", now):
            raise Forbidden(f"{person} lacks proposal.approve.", function="proposal.approve", role="approver")
        if not any(self._people.is_member(group, person) for group in proposal.needs):
            why = f"{proposal.id} needs approval by {in_words(proposal.needs)}; {person} is in none of these."
            raise Forbidden(why, approvals=in_words(proposal.needs), groups=", ".join(sorted(proposal.needs)))

    def _require_executor(self, proposal: Proposal, person: str, now: int) -> None:
        allowed = person == proposal.proposer or self._people.may(person, "proposal.approve", now)
        if not allowed and "role:operator" not in self._people.asker(person, now).labels:
            raise Forbidden(
                f"{proposal.proposer}, an approver or an operator may carry {proposal.id} out.", proposal=proposal.id
            )

    def _lacking(
        self, proposal: Proposal, needs: dict[str, int], approvals: Iterable[Approval], now: int
    ) -> dict[str, int]:
        """What is missing, counting only those who may approve this at present."""
        counted = [
            given.person
            for given in approvals
            if given.hash == proposal.hash
            and not self._concerned(proposal, given.person)
            and self._people.may(given.person, "proposal.approve", now)
        ]
        return missing(needs, counted, self._people.is_member)

    def _look_up(self, proposal: Proposal, by: str) -> None:
        """A proposal whose execution was never heard of again: the journal knows."""
        if not proposal.executing_at or proposal.status not in OPEN:
            return
        name = str(proposal.command["id"])
        with self._service.lock:
            found = self._service.store.find([name])
        if name in found:
            with self._office.write() as t:
                now = known(t.get(Proposal, proposal.id), proposal.id)
                if now.status != "executed":
                    self._executed(t, now, found[name], by=by)

    def _executed(self, t: Transaction, old: Proposal, seq: int, *, by: str, where: str = "") -> Proposal:
        after = replace(old, status="executed", record=seq, ended_by=by, ended_at=t.now, executing_at=0)
        t.put(after)
        t.log(
            "proposal.executed", by=by, about=old.id, where=where, type=old.type, hash=old.hash, record=seq,
            approvers=[given.person for given in old.approvals],
        )  # fmt: skip
        return after

    def _end(
        self, t: Transaction, old: Proposal, status: Status, *, by: str, why: str, code: str = "", where: str = ""
    ) -> Proposal:
        why = why[:NOTE_LENGTH]
        ended = {"ended_by": by, "ended_at": t.now, "why": why, "code": code, "executing_at": 0}
        after = replace(old, status=status, **ended)
        t.put(after)
        t.log(f"proposal.{status}", by=by, about=old.id, where=where, type=old.type, hash=old.hash, why=why or None)
        return after

    @staticmethod
    def _service_guard(state: State, command: Command, now: int, answer: Outcome | Problem) -> None:
        raise ProposalClosed("This execution was not prepared.")
