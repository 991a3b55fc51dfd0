"""Rolling sums per rule, exact and always rebuildable from the journal.

Fed by the desk as a follower: what a batch has decided counts for its next command already, and is taken back if the
batch is not kept. Only the longest period of all rules is held. A sum holds every applied command that the rule's
conditions on who, type, account, asset, counterparty and attestation select; its limits per command do not narrow it,
so that nothing escapes by being split. Who is in a group, in the address book or attested is read as it is now.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import NamedTuple

from holdfast.engine.following import Recorded
from holdfast.engine.journal import recorded_answer
from holdfast.engine.ports import JournalStore
from holdfast.identity.policies.evaluate import Asker, Compiled, CompiledPolicies, Surroundings
from holdfast.identity.policies.facts import Facts, facts, person_of
from holdfast.protocol.arguments import Command
from holdfast.protocol.outcome import Outcome
from holdfast.protocol.state import State

Scope = tuple[int, str, str]
"""The rule's number, the asset, and the person or account whose sum it is (empty: everyone's)."""

SWEEP_FROM = 10_000
"""Sums held before those that have run empty are looked for."""


class Entry(NamedTuple):
    """One applied command with an amount, as sums need it."""

    seq: int
    at: int
    person: str
    facts: Facts


class Window:
    """Amounts by the second, in order of time, and their sum."""

    __slots__ = ("by_second", "total")

    def __init__(self) -> None:
        self.by_second: deque[list[int]] = deque()
        self.total = 0

    def add(self, at: int, units: int) -> None:
        """Count an amount, at no earlier second than the one before it."""
        self.total += units
        seconds = self.by_second
        if seconds and seconds[-1][0] == at:
            seconds[-1][1] += units
        else:
            seconds.append([at, units])

    def since(self, edge: int) -> int:
        """The sum of what happened after the second `edge`."""
        left = self.total
        for at, units in self.by_second:
            if at > edge:
                break
            left -= units
        return left

    def take_back(self, at: int, units: int) -> None:
        """Undo the last `add` of this second."""
        self.total -= units
        last = self.by_second[-1]
        last[1] -= units
        if not last[1] and last[0] == at:
            self.by_second.pop()

    def forget(self, edge: int) -> None:
        """Drop what happened up to and with the second `edge`."""
        seconds = self.by_second
        while seconds and seconds[0][0] <= edge:
            self.total -= seconds.popleft()[1]


class Usage:
    """The sums of one set of policies on one desk. Use it under the desk's lock.

    `who` tells the labels of a person who acts as an account, as they are now. Call `renew` when people, groups,
    addresses or attestations have changed.
    """

    def __init__(
        self,
        policies: CompiledPolicies,
        who: Callable[[str, str], Asker],
        around: Surroundings,
        state: Callable[[], State],
    ) -> None:
        self._policies = policies
        self._who = who
        self._around = around
        self._state = state
        self._entries: deque[Entry] = deque()
        self._people: dict[str, int] = {}
        self._windows: dict[Scope, Window] | None = {}
        self._open: list[Entry] = []
        self._marks: list[tuple[Window, int, int, int]] = []
        self._seen: tuple[Command, Facts] | None = None
        self._sweep_at = SWEEP_FROM

    @property
    def at_hand(self) -> bool:
        """Whether the sums are worked out; else the next question does that first."""
        return self._windows is not None

    def used(self, rule: Compiled, found: Facts, person: str, now: int) -> int:
        """Base units of the command's asset that the rule's period holds at `now`.

        Formula: the sum over commands at t with now − seconds < t <= now
        """
        period = rule.period
        if period is None:
            return 0
        windows = self._rebuilt() if self._windows is None else self._windows
        window = windows.get((rule.index, found.asset, _scope(period.per, person, found.actor)))
        return 0 if window is None else window.since(now - period.seconds)

    def saw(self, command: Command, found: Facts) -> None:
        """Facts that were worked out just now, so that they need not be twice."""
        self._seen = (command, found)

    def taken(self, record: Recorded) -> None:
        """Count a record; until `settled` it may still be dropped."""
        entry = self._entry(record.row.seq, record.row.at, record.command, record.answer)
        if entry is not None:
            self._open.append(entry)
            self._keep(entry)
            if self._windows is not None:
                self._marks += self._count(entry, self._windows)

    def settled(self) -> None:
        """What was taken stays."""
        self._seen = None
        if not self._open:
            return
        for window, at, _, seconds in self._marks:
            window.forget(at - seconds)
        edge = self._open[-1].at - self._policies.longest
        self._open.clear()
        self._marks.clear()
        while self._entries and self._entries[0].at <= edge:
            self._let_go(self._entries.popleft())
        if self._windows is not None and len(self._windows) > self._sweep_at:
            self._windows = {
                scope: own for scope, own in self._windows.items() if own.by_second and own.by_second[-1][0] > edge
            }
            self._sweep_at = max(SWEEP_FROM, 2 * len(self._windows))

    def dropped(self) -> None:
        """What was taken since the last settling has not happened."""
        self._seen = None
        for window, at, units, _ in reversed(self._marks):
            window.take_back(at, units)
        for _ in self._open:
            self._let_go(self._entries.pop())
        self._open.clear()
        self._marks.clear()

    def renew(self) -> None:
        """Sort everything anew when it is next asked for: who belongs where has changed. Not inside of a batch."""
        self._windows = None

    def knows(self, person: str) -> bool:
        """Whether anything of this person is counted."""
        return person in self._people

    def take_over(self, other: Usage) -> bool:
        """Count what another set of policies counted, where that is all that this one needs; whether it is."""
        mine, theirs = self._policies, other._policies
        wanted = {kind for kind, rules in mine.periods.items() if rules}
        if mine.longest > theirs.longest or any(not theirs.periods[kind] for kind in wanted):
            return False
        for entry in other._entries:
            if entry.facts.type in wanted:
                self._keep(entry)
        self._windows = None
        return True

    def load(self, store: JournalStore, upto: int, now: int) -> None:
        """Read the journal's last records up to number `upto`: as far back as the longest period reaches."""
        self.read_on(store, self.first(store, upto, now) - 1, upto)

    def first(self, store: JournalStore, upto: int, now: int) -> int:
        """The first record that sums at the second `now` can hold; `upto` + 1 where there is none."""
        longest = self._policies.longest
        return first_after(store, now - longest, upto) if longest else upto + 1

    def read_on(self, store: JournalStore, after: int, upto: int) -> None:
        """Count the records after number `after`, up to `upto`."""
        self._windows = None
        for row in store.rows(after=after, upto=upto) if after < upto else ():
            entry = self._entry(row.seq, row.at, *recorded_answer(row))
            if entry is not None:
                self._keep(entry)

    def _keep(self, entry: Entry) -> None:
        self._entries.append(entry)
        self._people[entry.person] = self._people.get(entry.person, 0) + 1

    def _let_go(self, entry: Entry) -> None:
        left = self._people[entry.person] - 1
        if left:
            self._people[entry.person] = left
        else:
            del self._people[entry.person]

    def _entry(self, seq: int, at: int, command: Command, answer: object) -> Entry | None:
        if type(answer) is not Outcome or not self._policies.periods[str(type(command).__struct_config__.tag)]:
            return None
        seen = self._seen
        found = seen[1] if seen is not None and seen[0] is command else facts(self._state(), command, answer)
        return Entry(seq, at, person_of(command), found) if found.amount else None

    def _rebuilt(self) -> dict[Scope, Window]:
        windows: dict[Scope, Window] = {}
        for entry in self._entries:
            self._count(entry, windows)
        self._windows = windows
        return windows

    def _count(self, entry: Entry, windows: dict[Scope, Window]) -> list[tuple[Window, int, int, int]]:
        """Add an entry to the sums that it belongs to; what was added where, and for how many seconds it counts."""
        found, amount = entry.facts, entry.facts.amount or 0
        labels = self._who(entry.person, found.actor).labels
        marks = []
        for rule in self._policies.periods[found.type]:
            if rule.period is not None and rule.selects(found, labels, self._around, entry.at):
                scope = (rule.index, found.asset, _scope(rule.period.per, entry.person, found.actor))
                window = windows.get(scope)
                if window is None:
                    window = windows[scope] = Window()
                window.add(entry.at, amount)
                marks.append((window, entry.at, amount, rule.period.seconds))
        return marks


def with_sums(
    policies: CompiledPolicies, store: JournalStore, state: State, who: Callable[[str, str], Asker],
    around: Surroundings, *, upto: int, now: int,
) -> Surroundings:  # fmt: skip
    """Surroundings with the sums that these policies would hold after record `upto`, read from a journal.

    For trials of policies that are not in force. It reads as far back as their longest period: give it a store of its
    own, outside of the desk's lock. Of the state only what never changes is read.
    """
    usage = Usage(policies, who, around, lambda: state)
    usage.load(store, upto, now)
    return around._replace(used=usage.used)


def first_after(store: JournalStore, edge: int, upto: int) -> int:
    """The number of the first record after the second `edge`, `upto` + 1 where there is none; few records are read."""
    low, high = 1, upto + 1
    while low < high:
        middle = (low + high) // 2
        if store.row(middle).at > edge:
            high = middle
        else:
            low = middle + 1
    return low


def _scope(per: str, person: str, account: str) -> str:
    return person if per == "person" else account if per == "account" else ""
