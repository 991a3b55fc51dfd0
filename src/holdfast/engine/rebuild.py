"""The state at any past record or second: the nearest snapshot, and the outcomes since folded onto it."""

from __future__ import annotations

from collections.abc import Callable

from holdfast.engine import genesis as genesis_module
from holdfast.engine import snapshot
from holdfast.engine.genesis import Genesis
from holdfast.engine.journal import Head, Row, chained, folded, require_bytes
from holdfast.engine.ports import JournalStore
from holdfast.errors import Corrupt, NoDesk
from holdfast.protocol.state import State

NEWEST = 2**62
"""Above every record's number."""

Progress = Callable[[int], None]
"""Told the number of the record just read."""


def open_genesis(store: JournalStore) -> Genesis:
    """The desk's genesis.

    Raises: NoDesk where the store holds none.
    """
    stored = store.genesis()
    if stored is None:
        raise NoDesk("There is no desk here yet.")
    return genesis_module.decode(stored)


def fold_row(state: State, previous: bytes, row: Row) -> None:
    """Take one stored record into the state, checking its place and its digest.

    Raises: Corrupt where number, time or chain are broken, or the effects fit nothing: the state is then unusable.
    """
    try:
        _fold_row(state, previous, row)
    except (TypeError, ValueError, LookupError, AttributeError) as error:
        raise Corrupt(f"record {row.seq} cannot be taken over: {type(error).__name__}: {error}") from error


def _fold_row(state: State, previous: bytes, row: Row) -> None:
    require_bytes(row)
    if row.seq != state.seq + 1:
        raise Corrupt(f"record {state.seq + 1} is missing: the next one is {row.seq}")
    if chained(previous, row.body) != row.digest:
        raise Corrupt(f"record {row.seq} does not match its digest: it, or the one before it, was changed")
    record = folded(row)
    if record.at < state.now:
        raise Corrupt(f"record {row.seq} lies before the one before it in time")
    effects = record.outcome
    if effects:
        state.fold(record.seq, record.at, effects.postings, effects.records)
    else:
        state.seq, state.now = record.seq, record.at


def rebuild(
    store: JournalStore, *, upto: int | None = None, until: int | None = None, use_snapshot: bool = True,
    progress: Progress | None = None,
) -> tuple[State, Head, Corrupt | None]:  # fmt: skip
    """The state after record `upto`, or after the last record at or before the second `until`.

    Returns the state, the record it stands at, and what was found broken, if anything: then the state is the last
    good one. A snapshot is used where there is one; its digest must be that of its record in the journal.
    """
    genesis = open_genesis(store)

    def start(end: int | None) -> tuple[State, Head]:
        found = _from_snapshot(store, genesis, end) if use_snapshot and until is None else None
        return found or (genesis.state(), Head(0, genesis_module.root(store.genesis() or b"")))

    state, head, broken = _fold_all(store, *start(upto), upto, until, progress)
    if broken is not None:  # and perhaps half taken over: once more, up to the last good one
        state, head, _ = _fold_all(store, *start(head.seq), head.seq, None, None)
    return state, head, broken


def cut_short(store: JournalStore) -> Corrupt | None:
    """What shows, without a head noted elsewhere, that a journal lost its end: a snapshot of a record beyond it."""
    kept = store.snapshot(NEWEST)  # before the head is asked for: another process may be writing
    last = store.head().seq
    if kept is None or kept.head.seq <= last:
        return None
    return Corrupt(f"the journal ends at record {last}, and record {kept.head.seq} was there: its end was cut off")


def _fold_all(
    store: JournalStore, state: State, head: Head, upto: int | None, until: int | None, progress: Progress | None
) -> tuple[State, Head, Corrupt | None]:
    try:
        for row in store.rows(after=head.seq, upto=upto):
            if until is not None and type(row.at) is int and row.at > until:
                break
            fold_row(state, head.digest, row)
            head = Head(row.seq, row.digest)
            if progress and row.seq % 1_000 == 0:
                progress(row.seq)
    except Corrupt as broken:
        return state, head, broken
    return state, head, None


def _from_snapshot(store: JournalStore, genesis: Genesis, upto: int | None) -> tuple[State, Head] | None:
    found = store.snapshot(store.head().seq if upto is None else upto)
    if found is None:
        return None
    try:
        if found.head.seq and store.row(found.head.seq).digest != found.head.digest:
            return None
        return snapshot.load(genesis, found.parts), found.head
    except Corrupt:
        return None
