"""Policies on a desk's past: every command of the journal is judged at the state that it met, and compared.

Nothing is written. Rolling sums hold what really happened, as a guard would have seen it. Who is in a group or in the
address book is read as it is now: the journal does not tell of these.
"""

from __future__ import annotations

from collections.abc import Callable

from msgspec import UNSET, Struct, UnsetType

from holdfast.engine.following import Recorded
from holdfast.engine.genesis import root
from holdfast.engine.journal import recorded_answer
from holdfast.engine.ports import JournalStore
from holdfast.engine.rebuild import Progress, fold_row, open_genesis
from holdfast.identity.policies.evaluate import (
    NOTHING_AROUND,
    Asker,
    CompiledPolicies,
    Decision,
    Surroundings,
    asker,
    decide,
    matching,
)
from holdfast.identity.policies.facts import Facts, facts, person_of
from holdfast.identity.policies.rules import Policies
from holdfast.identity.policies.simulate import amount_text
from holdfast.identity.policies.usage import Usage
from holdfast.primitives.clock import format_instant
from holdfast.protocol.outcome import Outcome
from holdfast.protocol.state import State

PAGE = 1_000
"""Differences that one report lists unless told otherwise."""


class RuleUse(Struct, frozen=True):
    """One rule over the past: commands that it matches, those of them that it decides, and what they moved by asset."""

    rule: str
    action: str
    matched: int
    decided: int
    volume: dict[str, str]


class Difference(Struct, frozen=True):
    """A command that was carried out and would not have been, or not without approval."""

    seq: int
    at: str
    id: str
    person: str
    actor: str
    type: str
    asset: str
    amount: str | None
    decision: str
    rules: tuple[str, ...]
    approvals: dict[str, int]


class Report(Struct, frozen=True):
    """What policies would have done. `next` is where the following page of differences begins, absent on the last."""

    records: int
    applied: int
    refused: int
    allowed: int
    blocked: int
    need_approval: int
    rules: tuple[RuleUse, ...]
    differences: tuple[Difference, ...]
    differing: int
    next: int | UnsetType = UNSET


def by_ledger(policies: Policies) -> Callable[[str, str, State], Asker]:
    """People as far as journal and file tell of them: roles by the acting account, groups by the policies' own."""

    def who(person: str, actor: str, state: State) -> Asker:
        roles = [role for role in ("operator", "oracle", "keeper") if state.has_role(actor, role)]
        groups = [group for group, members in policies.groups.items() if person in members]
        return asker(person, roles=(*roles, "holder"), groups=groups)

    return who


def back_test(
    store: JournalStore, policies: Policies, *, who: Callable[[str, str, State], Asker] | None = None,
    around: Surroundings = NOTHING_AROUND, after: int = 0, limit: int = PAGE, upto: int | None = None,
    progress: Progress | None = None,
) -> Report:  # fmt: skip
    """Judge the journal's records up to number `upto`, and list differences after record `after`.

    The counts are those of the whole history whichever page is asked for; nothing is kept in between, so each page
    reads the journal anew. Raises: NoDesk, Corrupt.
    """
    run = _Run(store, CompiledPolicies(policies), who or by_ledger(policies), around, after, limit)
    digest = root(store.genesis() or b"")
    for row in store.rows(upto=upto):
        command, answer = recorded_answer(row)
        applied = type(answer) is Outcome
        found = facts(run.state, command, answer if isinstance(answer, Outcome) else None)
        run.judge(row.seq, row.at, command.id, person_of(command), found, applied=applied)
        run.usage.saw(command, found)
        fold_row(run.state, digest, row)
        digest = row.digest
        run.usage.taken(Recorded(row, command, answer))
        run.usage.settled()
        if progress and row.seq % 1_000 == 0:
            progress(row.seq)
    return run.report()


class _Run:
    """What one back-test has seen so far."""

    def __init__(
        self, store: JournalStore, policies: CompiledPolicies, who: Callable[[str, str, State], Asker],
        around: Surroundings, after: int, limit: int,
    ) -> None:  # fmt: skip
        self.state = open_genesis(store).state()
        self.policies, self.who = policies, who
        self.after, self.limit = after, limit
        self.usage = Usage(policies, lambda person, actor: who(person, actor, self.state), around, lambda: self.state)
        self.around = around._replace(used=self.usage.used)
        self.matched = [0] * len(policies.rules)
        self.decided = [0] * len(policies.rules)
        self.volume: list[dict[str, int]] = [{} for _ in policies.rules]
        self.counts = {"allow": 0, "block": 0, "require_approvals": 0}
        self.applied = self.refused = self.differing = 0
        self.next: int | UnsetType = UNSET
        self.differences: list[Difference] = []

    def judge(self, seq: int, at: int, name: str, person: str, found: Facts, *, applied: bool) -> None:
        """Take one command in, at the state before it."""
        who = self.who(person, found.actor, self.state)
        rules = matching(self.policies, found, who, self.around, at)
        decision = decide(rules)
        self.counts[decision.action] += 1
        for rule in rules:
            self.matched[rule.index] += 1
            self.decided[rule.index] += rule.name in decision.rules
            if applied and found.amount:
                volume = self.volume[rule.index]
                volume[found.asset] = volume.get(found.asset, 0) + found.amount
        if not applied:
            self.refused += 1
            return
        self.applied += 1
        if decision.action != "allow":
            self.differing += 1
            if seq > self.after:
                self._list(seq, at, name, person, found, decision)

    def _list(self, seq: int, at: int, name: str, person: str, found: Facts, decision: Decision) -> None:
        if len(self.differences) >= self.limit:
            if self.next is UNSET and self.differences:
                self.next = self.differences[-1].seq
            return
        amount = amount_text(self.state, found)
        self.differences.append(
            Difference(
                seq,
                format_instant(at),
                name,
                person,
                found.actor,
                found.type,
                found.asset,
                amount,
                decision.action,
                decision.rules,
                decision.approvals,
            )
        )

    def report(self) -> Report:
        """All that was found."""
        uses = tuple(
            RuleUse(
                rule.name,
                rule.rule.action,
                self.matched[rule.index],
                self.decided[rule.index],
                {asset: self.state.assets[asset].text(units) for asset, units in self.volume[rule.index].items()},
            )
            for rule in self.policies.rules
        )
        return Report(
            self.applied + self.refused, self.applied, self.refused, self.counts["allow"], self.counts["block"],
            self.counts["require_approvals"], uses, tuple(self.differences), self.differing, self.next,
        )  # fmt: skip
