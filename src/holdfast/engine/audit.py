"""The audit: read the whole journal, decide every command again, name the first record that is not as it should be.

Nothing is taken from a snapshot, a projection or a stored outcome. Each record must stand in its place in numbering,
time and chain, use an id that no other used, and hold byte for byte what the rules answer to its command now. What the
chain alone cannot show, a journal cut short or replaced as a whole, shows against a head that was noted elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Union

import msgspec
from msgspec import Struct

from holdfast.engine import genesis as genesis_module
from holdfast.engine import machine, snapshot
from holdfast.engine.journal import Head, Problem, Row, chained, encode_entry, problem, require_bytes
from holdfast.engine.ports import JournalStore
from holdfast.engine.rebuild import NEWEST, Progress, open_genesis
from holdfast.errors import Corrupt, Malformed, Refusal, Unavailable
from holdfast.protocol import invariants
from holdfast.protocol.commands import COMMANDS
from holdfast.protocol.outcome import Outcome
from holdfast.protocol.state import State

PROBLEMS_TOLD = 100
"""Problems that a report spells out; the rest are counted."""

LOT = 1_000
"""Records between two reports of progress, and ids looked up at once."""

FULL_CHECK_EVERY = 10_000
"""Records between two checks of everything, on a small desk; on a large one as many as it has balances and records."""


class Report(Struct, frozen=True):
    """What an audit found; `problems` is empty when all is well, and names the first broken record first."""

    records: int
    seq: int
    digest: str
    applied: int
    refused: int
    snapshots: int
    problems: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether nothing was found."""
        return not self.problems


class _Asked(Struct, gc=False):
    """What the audit reads of a record: only the question, never the answer."""

    rules: int
    command: Union[tuple(COMMANDS.values())]  # type: ignore[valid-type]  # noqa: UP007


_decode = msgspec.json.Decoder(_Asked).decode


def verify(
    store: JournalStore, *, expected_head: tuple[int, str] | None = None, progress: Progress | None = None
) -> Report:
    """Audit the desk from its genesis to the head it has now.

    `expected_head` is a record's number and digest (hex) as noted elsewhere, from an earlier audit or a receipt.
    Bad content never raises, it is reported. Each record costs the same, however long the journal is.
    Raises: Unavailable where the store cannot be read now, NoDesk where it holds none.
    """
    audit = _Audit(store, expected_head)
    try:
        for row in store.rows(upto=store.head().seq):
            audit.take(row)
            if progress and audit.records % LOT == 0:
                progress(row.seq)
    except Corrupt as broken:
        audit.note(f"after record {audit.head.seq} the journal cannot be read: {broken.message}")
    audit.finish()
    return audit.report()


class _Audit:
    """One run: the state decided so far (None behind a broken record) and what was found."""

    def __init__(self, store: JournalStore, expected: tuple[int, str] | None) -> None:
        self._store = store
        self._expected = expected
        self._problems: list[str] = []
        self._untold = 0
        self._ids: dict[str, int] = {}
        self._lot: dict[str, int] = {}
        self._full_check_at = 1
        self.records = self.applied = self.refused = self.compared = 0
        self._now = 0
        self._state: State | None = None
        stored = store.genesis()
        if stored is None:
            open_genesis(store)
        else:
            self.head = Head(0, genesis_module.root(stored))
            self._attempt("the genesis", self._begin, stored)
        self._snapshots = self._attempt("the snapshots", lambda: {kept.seq: kept for kept in _snapshots(store)}) or {}

    def note(self, what: str) -> None:
        """Add a problem."""
        if len(self._problems) < PROBLEMS_TOLD:
            self._problems.append(what)
        else:
            self._untold += 1

    def take(self, row: Row) -> None:
        """Audit one record."""
        self.records += 1
        try:
            self._check_place(row)
            if self._state is not None:
                self._decide_again(self._state, row)
        except Corrupt as broken:
            self._break(broken.message)
        except Exception as error:  # whatever a forged record makes fail is a finding about it
            self._break(f"record {row.seq} makes the audit fail: {type(error).__name__}: {error}")
        self.head = Head(row.seq, row.digest)
        if self._expected is not None and row.seq == self._expected[0]:
            self._compare_expected(row.digest.hex())
        if row.seq in self._snapshots:
            self._attempt(f"the snapshot at record {row.seq}", self._compare_snapshot, row)
        if len(self._lot) >= LOT:
            self._check_ids()

    def finish(self) -> None:
        """What can be said only at the end."""
        self._check_ids()
        if self._state is not None:
            self._check_all(self._state)
        for seq in sorted(self._snapshots):
            if seq > self.head.seq:
                self.note(f"the snapshot at record {seq} lies beyond the journal's end, record {self.head.seq}")
        if self._expected is None:
            return
        if self._expected[0] > self.head.seq:
            self.note(
                f"record {self.head.seq + 1} is missing: the journal was noted to reach record {self._expected[0]}, "
                f"and ends at record {self.head.seq}"
            )
        elif self._expected[0] == 0:
            self._compare_expected(genesis_module.root(self._store.genesis() or b"").hex())

    def report(self) -> Report:
        """What was found."""
        told = [*self._problems, f"and {self._untold} more"] if self._untold else self._problems
        return Report(
            self.records, self.head.seq, self.head.digest.hex(), self.applied, self.refused, self.compared, tuple(told)
        )

    def _begin(self, stored: bytes) -> None:
        genesis = genesis_module.decode(stored)
        if genesis.encoded() != stored:
            raise Corrupt("it is not written as this program writes it")
        self._state = genesis.state()

    def _break(self, what: str) -> None:
        """A record is broken: name it, and decide no further on what can no longer be relied on."""
        self.note(what)
        self._state = None

    def _check_place(self, row: Row) -> None:
        """Number, digest, time and id; afterwards the chain goes on from what is stored."""
        require_bytes(row)
        seq, at, command_id, body, digest = row
        earlier = self._ids.setdefault(command_id, seq)
        if earlier != seq:
            self._break(f"record {seq} uses the command id {command_id!r}, which record {earlier} used")
        else:
            self._lot[command_id] = seq
        if at < self._now:
            self._break(f"record {seq} lies before the one before it in time")
        self._now = at
        if seq != self.head.seq + 1:
            raise Corrupt(f"record {self.head.seq + 1} is missing: record {seq} stands in its place")
        if chained(self.head.digest, body) != digest:
            before = f"record {seq - 1}" if seq > 1 else "the genesis"
            raise Corrupt(f"record {seq} does not match its digest: it was changed, or {before} was")

    def _decide_again(self, state: State, row: Row) -> None:
        """The answer that the rules give to the record's command must be the one that is stored, to the byte."""
        seq, at, command_id, body, _ = row
        try:
            asked = _decode(body)
        except msgspec.MsgspecError as error:
            raise Corrupt(f"record {seq} cannot be read: {error}") from None
        if asked.rules != machine.RULES_VERSION:
            raise Corrupt(
                f"record {seq} was decided by version {asked.rules} of the rules; "
                f"this program knows version {machine.RULES_VERSION}"
            )
        command = asked.command
        if command.id != command_id:
            raise Corrupt(f"record {seq} is kept under the command id {command_id!r} and holds {command.id!r}")
        answer: Outcome | Problem
        try:
            answer = machine.decide(state, command, at)
        except Refusal as refusal:
            answer = problem(refusal)
        except Malformed as malformed:
            raise Corrupt(f"record {seq} holds a malformed command: {malformed.message}") from None
        again = encode_entry(seq, at, machine.RULES_VERSION, command, answer)
        if again != body:
            raise Corrupt(f"record {seq} is not what the rules decide: {_difference(body, again)}")
        if type(answer) is Outcome:
            machine.apply(state, answer, seq, at)
            self.applied += 1
        else:
            state.seq, state.now = seq, at
            self.refused += 1
        if seq >= self._full_check_at:
            self._check_all(state)

    def _check_all(self, state: State) -> None:
        """Every invariant; the next time after as many records as this took looks."""
        before = len(self._problems)
        for what in self._attempt("the invariants", lambda: list(invariants.broken(state))) or ():
            self.note(f"after record {state.seq}: {what}")
        if len(self._problems) > before:
            self._state = None
        size = sum(map(len, state.book.balances.values())) + sum(map(len, state.tables().values()))
        self._full_check_at = min(state.seq * 10, state.seq + max(FULL_CHECK_EVERY, 2 * size)) or 1

    def _check_ids(self) -> None:
        """The index of command ids, which keeps an id from being used twice, leads each id to its record."""
        lot, self._lot = self._lot, {}
        found = self._attempt("the index of command ids", self._store.find, list(lot)) if lot else None
        if found is not None:
            for command_id, seq in lot.items():
                if found.get(command_id) != seq:
                    where = f"record {found[command_id]}" if command_id in found else "nowhere"
                    self.note(f"record {seq}: the index of command ids leads its id {command_id!r} to {where}")

    def _compare_expected(self, digest: str) -> None:
        seq, noted = self._expected or (0, "")
        if digest != noted.lower():
            self.note(f"record {seq} is not the one noted elsewhere: its digest is {digest}, noted was {noted}")

    def _compare_snapshot(self, row: Row) -> None:
        kept = self._snapshots[row.seq]
        if kept.digest != row.digest:
            raise Corrupt("it was taken of another journal")
        if self._state is not None:
            found = self._store.snapshot(row.seq)
            if found is not None:
                snapshot.compare(self._state, found.parts)
                self.compared += 1

    def _attempt(self, what: str, call: Callable[..., Any], *arguments: Any) -> Any:
        """Do what bad content may make fail, and report that; the answer, or None."""
        try:
            return call(*arguments)
        except Unavailable:
            raise
        except Corrupt as broken:
            self.note(f"{what}: {broken.message}")
        except Exception as error:  # as above
            self.note(f"{what}: cannot be used: {type(error).__name__}: {error}")
        return None


def _snapshots(store: JournalStore) -> Iterator[Head]:
    """All snapshots kept, the newest first."""
    found = store.snapshot(NEWEST)
    while found is not None:
        yield found.head
        found = store.snapshot(found.head.seq - 1)


def _difference(stored: bytes, again: bytes) -> str:
    """Where two bodies differ first, in words."""
    try:
        return _first_difference("", msgspec.json.decode(stored), msgspec.json.decode(again))
    except msgspec.MsgspecError as error:
        return f"it cannot be read ({error})"


def _first_difference(path: str, stored: Any, again: Any) -> str:
    if isinstance(stored, dict) and isinstance(again, dict):
        for key in [*stored, *(key for key in again if key not in stored)]:
            if key not in stored or key not in again or stored[key] != again[key]:
                place = f"{path}.{key}" if path else key
                if key in stored and key in again:
                    return _first_difference(place, stored[key], again[key])
                return f"{place} is missing" if key in again else f"{place} should not be there"
    if isinstance(stored, list) and isinstance(again, list) and len(stored) == len(again):
        for number, (one, other) in enumerate(zip(stored, again, strict=True)):
            if one != other:
                return _first_difference(f"{path}[{number}]", one, other)
    if stored == again:
        return "it is written otherwise than this program writes it"
    return f"{path} is {_short(stored)}, and should be {_short(again)}"


def _short(value: Any) -> str:
    text = msgspec.json.encode(value).decode()
    return text if len(text) <= 80 else text[:77] + "…"
