"""Policies at the desk's door: asked by the writer itself, under the lock that orders all commands.

A guard sees the exact state, the outcome that would follow, and sums that hold every command before this one, of all
servers. So two commands sent at once can never both use what is left of a limit.
"""

from __future__ import annotations

from collections.abc import Callable

from holdfast.engine.following import Guard, Recorded
from holdfast.engine.journal import Problem
from holdfast.engine.service import Service
from holdfast.errors import ApprovalRequired, PolicyBlocked
from holdfast.identity.address_book import Address, usable
from holdfast.identity.office import Key, Office
from holdfast.identity.policies.approvals import in_words
from holdfast.identity.policies.directory import KINDS, Directory
from holdfast.identity.policies.evaluate import Asker, CompiledPolicies, Decision, Surroundings, evaluate
from holdfast.identity.policies.facts import Facts, facts, person_of
from holdfast.identity.policies.installed import PolicySet, current
from holdfast.identity.policies.rules import Policies
from holdfast.identity.policies.usage import Usage
from holdfast.protocol.arguments import Command
from holdfast.protocol.outcome import Outcome
from holdfast.protocol.state import State

Attests = Callable[[str, str, tuple[str, ...], int], bool]
"""Whether (account, kind, jurisdictions) is attested at a second; `*` among the jurisdictions stands for any."""

Check = Callable[[State, Command, int, Outcome | Problem, Facts, Decision], None]
"""Asked in place of the plain answer to `require_approvals`; raises what stops the command."""


def nobody_attested(account: str, kind: str, jurisdictions: tuple[str, ...], now: int) -> bool:
    """Of a desk that keeps no attestations."""
    return False


class PolicyGuard:
    """The policies of one office at work on one desk; one per service, for as long as that lives.

    New policies are taken over between two batches of the writer, so that a batch is judged by one version.
    """

    def __init__(
        self, service: Service, office: Office, directory: Directory, attested: Attests = nobody_attested
    ) -> None:
        self._service = service
        self._office = office
        self.directory = directory
        office.all(PolicySet), office.all(Address)
        self._attested = attested
        self._version = -1
        self._policies = CompiledPolicies(Policies())
        self._usage = self._new_usage()
        self._stale = self._moved = True
        self._batch = 0
        with service.lock:
            service.follow(self)
            self._renew()
        office.watch(self._changed)

    @property
    def version(self) -> int:
        """The version of the policies in force here; 0 where there are none and everything is denied."""
        return self._version

    @property
    def policies(self) -> CompiledPolicies:
        """The policies in force here."""
        return self._policies

    def guard(self, state: State, command: Command, now: int, answer: Outcome | Problem) -> None:
        """The guard of a command as it comes from a person; see `engine.following.Guard`.

        A command that its rule refuses moves nothing: it needs no approval, only that nothing blocks it.
        Raises: PolicyBlocked, ApprovalRequired (with the groups); the command is not recorded, its id stays free.
        """
        found, decision = self.judge(state, command, now, answer)
        self.require(found, decision, command, blocked_only=type(answer) is Problem)

    def checked(self, check: Check) -> Guard:
        """A guard of which `check` says what approvals are worth; what is blocked stays blocked."""

        def guard(state: State, command: Command, now: int, answer: Outcome | Problem) -> None:
            found, decision = self.judge(state, command, now, answer)
            self.require(found, decision, command, blocked_only=True)
            check(state, command, now, answer, found, decision)

        return guard

    def judge(self, state: State, command: Command, now: int, answer: Outcome | Problem) -> tuple[Facts, Decision]:
        """What a command means, and what the policies say of it now. Call it under the desk's lock."""
        if not self._batch and (self._stale or self._moved):
            self._renew()
        found = facts(state, command, answer if type(answer) is Outcome else None)
        self._usage.saw(command, found)
        who = self.who(person_of(command), now)
        return found, evaluate(self._policies, found, who, self.around, now)

    def who(self, person: str, now: int) -> Asker:
        """A person as rules see him."""
        return self.directory.asker(person, now)

    @property
    def around(self) -> Surroundings:
        """What rules ask besides the command."""
        return self._surroundings

    @staticmethod
    def require(found: Facts, decision: Decision, command: Command, *, blocked_only: bool = False) -> None:
        """Let pass what is allowed. Raises: PolicyBlocked; without `blocked_only` also ApprovalRequired."""
        if decision.action == "allow":
            return
        person, named = person_of(command), ", ".join(decision.rules) or None
        if decision.action == "block":
            reasons = "; ".join(decision.reasons)
            raise PolicyBlocked(f"Policies stop {found.type} of {person}: {reasons}.", rules=named)
        if not blocked_only:
            needed = in_words(decision.approvals)
            raise ApprovalRequired(
                f"{found.type} of {person} needs approval by {needed}; propose it.", approvals=needed, rules=named
            )

    def taken(self, record: Recorded) -> None:
        """Part of following the desk."""
        self._batch += 1
        self._usage.taken(record)

    def settled(self) -> None:
        """Part of following the desk."""
        self._batch = 0
        self._usage.settled()

    def dropped(self) -> None:
        """Part of following the desk."""
        self._batch = 0
        self._usage.dropped()

    def close(self) -> None:
        """Follow the desk no longer."""
        self._service.unfollow(self)

    def _changed(self, keys: frozenset[Key]) -> None:
        for kind, _ in keys:
            if kind == "policy_set":
                self._stale = True
            elif kind in KINDS:
                self._moved = True

    def _renew(self) -> None:
        moved, stale = self._moved, self._stale
        self._moved = self._stale = False  # first: what changes meanwhile is seen next time
        installed = current(self._office)
        version = 0 if installed is None else installed.version
        if stale and version != self._version:
            self._policies = CompiledPolicies(Policies() if installed is None else installed.policies)
            self._usage = self._new_usage()
            self._usage.load(self._service.store, self._service.head.seq, self._service.state.now)
            self._version = version
        elif moved:
            self._usage.renew()

    def _new_usage(self) -> Usage:
        office = self._office
        around = Surroundings(lambda account, asset, now: usable(office, account, asset, now), self._attested)
        usage = Usage(
            self._policies,
            lambda person, account: self.directory.asker(person, self._service.state.now),
            around,
            lambda: self._service.state,
        )
        self._surroundings = around._replace(used=usage.used)
        return usage
