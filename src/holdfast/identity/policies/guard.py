"""Policies at the desk's door: asked by the writer itself, under the lock that orders all commands.

A guard sees the exact state, the outcome that would follow, and sums that hold every command before this one, of all
servers. So two commands sent at once can never both use what is left of a limit.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from threading import Thread

from holdfast.engine.following import Guard, Recorded
from holdfast.engine.journal import Problem
from holdfast.engine.service import Service
from holdfast.errors import ApprovalRequired, HoldfastError, PolicyBlocked
from holdfast.identity.address_book import Address, usable
from holdfast.identity.office import Key, Office
from holdfast.identity.policies.approvals import in_words
from holdfast.identity.policies.directory import Directory
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

AT_ONCE = 20_000
"""Records whose reading nobody notices: a fraction of a second."""

PART = 5_000
"""Records that are read in one go of a longer past."""

PAUSE_SECONDS = 0.001
"""Between two parts, so that whoever waits for the desk gets it."""

Check = Callable[[State, Command, int, Outcome | Problem, Facts, Decision], None]
"""Asked in place of the plain answer to `require_approvals`; raises what stops the command."""


def nobody_attested(account: str, kind: str, jurisdictions: tuple[str, ...], now: int) -> bool:
    """Of a desk that keeps no attestations."""
    return False


class PolicyGuard:
    """The policies of one office at work on one desk; one per service, for as long as that lives.

    New policies are taken over between two batches of the writer, so that a batch is judged by one version. Where their
    sums reach back over many records that were not counted before, that past is read first, while the desk works on
    under the old ones.
    """

    def __init__(
        self, service: Service, office: Office, directory: Directory, attested: Attests = nobody_attested
    ) -> None:
        self._service = service
        self._office = office
        self.directory = directory
        office.all(PolicySet), office.all(Address)
        self._base = Surroundings(lambda account, asset, now: usable(office, account, asset, now), attested)
        self._closed = False
        self._reader: Thread | None = None
        self._batch = 0
        self._stale = self._moved = False
        nothing = CompiledPolicies(Policies())
        self._use(-1, nothing, self._new_usage(nothing))
        with service.lock:
            service.follow(self)
            self._install()
        office.watch(self._changed)
        self._stale = True  # what was put in force just before we watched

    @property
    def version(self) -> int:
        """The version of the policies in force here; 0 where there are none and everything is denied."""
        return self._version

    @property
    def policies(self) -> CompiledPolicies:
        """The policies in force here."""
        return self._policies

    @property
    def at_hand(self) -> bool:
        """Whether a judgement needs nothing read or summed up before."""
        return not (self._stale or self._moved) and self._usage.at_hand

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

    def take_over(self) -> None:
        """Take over what was put in force meanwhile, as before a command. Call it under the desk's lock."""
        if not self._batch and (self._stale or self._moved):
            self._renew()

    def judge(self, state: State, command: Command, now: int, answer: Outcome | Problem) -> tuple[Facts, Decision]:
        """What a command means, and what the policies say of it now. Call it under the desk's lock."""
        self.take_over()
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
        self._closed = True
        self._service.unfollow(self)

    def _changed(self, keys: frozenset[Key]) -> None:
        depends = self._policies.depends
        for kind, name in keys:
            if kind == "policy_set":
                self._stale = True
            elif kind in depends and (kind != "person" or self._usage.knows(name)):
                self._moved = True

    def _renew(self) -> None:
        """Take over what has changed, between two batches."""
        moved, stale = self._moved, self._stale
        self._moved = self._stale = False  # first: what changes meanwhile is seen next time
        if stale and self._reader is None and not self._install(AT_ONCE):
            self._reader = Thread(target=self._read_past, name="holdfast-policies", daemon=True)
            self._reader.start()
        if moved:
            self._usage.renew()

    def _install(self, most: int | None = None) -> bool:
        """Put the office's policies to work, unless that would mean to read more than `most` records now."""
        installed = current(self._office)
        version = 0 if installed is None else installed.version
        if version == self._version:
            return True
        policies = CompiledPolicies(Policies() if installed is None else installed.policies)
        usage = self._new_usage(policies)
        if not usage.take_over(self._usage):
            head = self._service.head.seq
            after = usage.first(self._service.store, head, self._service.state.now) - 1
            if most is not None and head - after > most:
                return False
            usage.read_on(self._service.store, after, head)
        self._use(version, policies, usage)
        return True

    def _read_past(self) -> None:
        """Read a long past part by part, so that the desk goes on working meanwhile, then put the policies to work."""
        service, version, upto = self._service, -1, 0
        policies, usage = self._policies, self._usage
        try:
            while not self._closed:
                with service.lock:
                    installed = current(self._office)
                    if installed is not None and installed.version != version:
                        version, policies = installed.version, CompiledPolicies(installed.policies)
                        usage = self._new_usage(policies)
                        upto = usage.first(service.store, service.head.seq, service.state.now) - 1
                    usage.read_on(service.store, upto, min(upto + PART, service.head.seq))
                    upto = min(upto + PART, service.head.seq)
                    if upto == service.head.seq:
                        self._use(version, policies, usage)
                        return
                time.sleep(PAUSE_SECONDS)
        except HoldfastError:
            self._stale = True  # the next command tries again
        finally:
            self._reader = None

    def _use(self, version: int, policies: CompiledPolicies, usage: Usage) -> None:
        self._policies, self._usage, self._version = policies, usage, version
        self._surroundings = self._base._replace(used=usage.used)

    def _new_usage(self, policies: CompiledPolicies) -> Usage:
        service = self._service
        return Usage(
            policies, lambda person, account: self.directory.asker(person, service.state.now), self._base,
            lambda: service.state,
        )  # fmt: skip
