"""What lists are paged by: ids in the order of their making, by table and by owner, and the accounts by name.

A state's tables answer for one id at once, but a page in their middle, or of one owner, would take a look at all that
stands before it. A listing knows both; it follows the journal as the state does and is never the truth.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Collection, Iterable, Iterator

from holdfast.engine.following import Recorded
from holdfast.engine.journal import Problem
from holdfast.ledger.posting import Posting
from holdfast.protocol.records import Allowance, Position, Record
from holdfast.protocol.state import TABLES, State

_UNLISTED = frozenset({"eras", "freezes", "roles", "fee_pools", "prices"})
_LISTED = {kind: name for kind, name in TABLES.items() if name not in _UNLISTED}


class Table:
    """The ids of one table; the number of an id is its place in the order of making."""

    __slots__ = ("_numbers", "_owned", "_owners", "ids")

    def __init__(self) -> None:
        self.ids: list[str] = []
        self._numbers: dict[str, int] = {}
        self._owners: list[str] = []
        self._owned: dict[str, list[int]] = {}

    def put(self, record: Record) -> None:
        """Take over a record, new or changed."""
        owner = _owner(record)
        number = self._numbers.get(record.id)
        if number is None:
            number = self._numbers[record.id] = len(self.ids)
            self.ids.append(record.id)
            self._owners.append(owner)
            if owner:
                self._owned.setdefault(owner, []).append(number)
        elif owner != self._owners[number]:
            before = self._owned[self._owners[number]]
            del before[bisect_left(before, number)]
            insort(self._owned.setdefault(owner, []), number)
            self._owners[number] = owner

    def page(self, after: int, limit: int, owners: Collection[str] | None = None) -> list[int]:
        """The numbers behind `after` (−1: from the first), at most `limit`: all, or those of these owners."""
        if owners is None:
            return list(range(after + 1, min(after + 1 + limit, len(self.ids))))
        found: list[int] = []
        for owner in owners:
            own = self._owned.get(owner, ())
            start = bisect_right(own, after)
            found += own[start : start + limit]
        return sorted(found)[:limit] if len(owners) > 1 else found

    def of(self, owner: str) -> list[str]:
        """All ids of one owner, the oldest first."""
        return [self.ids[number] for number in self._owned.get(owner, ())]

    def newest(self, owner: str) -> Iterator[str]:
        """The same, the newest first."""
        return (self.ids[number] for number in reversed(self._owned.get(owner, [])))


class Listing:
    """All tables of one state, and its accounts. A `Follower` of the journal."""

    def __init__(self, state: State) -> None:
        self.seq = state.seq
        """The last record that was taken over."""
        self.tables = {name: Table() for name in _LISTED.values()}
        self._accounts: list[str] = []
        self._known: set[str] = set()
        self._fresh: set[str] = set()
        self._taken: list[Recorded] = []
        for name, table in self.tables.items():
            for record in getattr(state, name).values():
                table.put(record)
        for held in state.book.balances.values():
            self._fresh.update(held)
        self._known |= self._fresh

    def accounts(self, after: str, limit: int) -> list[str]:
        """Accounts that hold or held something, by name, behind `after`."""
        if self._fresh:
            self._accounts += sorted(self._fresh)
            self._accounts.sort()  # two sorted runs: merged in one pass
            self._fresh.clear()
        start = bisect_right(self._accounts, after) if after else 0
        return self._accounts[start : start + limit]

    def taken(self, record: Recorded) -> None:
        """See `Follower`."""
        self._taken.append(record)

    def settled(self) -> None:
        """See `Follower`."""
        for row, _, answer in self._taken:
            if row.seq > self.seq:
                if not isinstance(answer, Problem):
                    self._take(answer.records, answer.postings)
                self.seq = row.seq
        self._taken.clear()

    def dropped(self) -> None:
        """See `Follower`."""
        self._taken.clear()

    def _take(self, records: Iterable[Record], postings: Iterable[Posting]) -> None:
        for record in records:
            name = _LISTED.get(type(record))
            if name is not None:
                self.tables[name].put(record)
        for posting in postings:
            if posting.credit not in self._known:
                self._known.add(posting.credit)
                self._fresh.add(posting.credit)


def _owner(record: Record) -> str:
    """Whose a record is; empty where it is nobody's."""
    if isinstance(record, Position):
        return record.id
    if isinstance(record, Allowance):
        return record.id.split("/")[1]
    owner: str = getattr(record, "owner", "")
    return owner
