"""The desk as of any past record or instant."""

from __future__ import annotations

import re
from typing import NamedTuple

from holdfast.engine.journal import Head
from holdfast.engine.ports import JournalStore
from holdfast.engine.rebuild import rebuild
from holdfast.errors import Malformed, UnknownRecord
from holdfast.primitives.clock import parse_instant
from holdfast.protocol.state import State

_NUMBER = re.compile(r"\A[0-9]{1,16}\Z")


class Position(NamedTuple):
    """A record, and the second at which its state is looked at; None: the record's own."""

    seq: int
    second: int | None = None


def position(store: JournalStore, text: str, now: int) -> Position:
    """What a moment means: a record's number, or an instant.

    An instant means: after the last record at or before it, with locks and profits as they stood at that second: the
    same whether or not something was recorded since.
    Costs:   for an instant about 20 looks at a million records.
    Raises:  Malformed for neither; UnknownRecord for what the desk has not come to, `now` being the present second.
    """
    last = store.head()
    if _NUMBER.match(text):
        if int(text) > last.seq:
            raise UnknownRecord(f"as_of {text}: the journal ends at record {last.seq}.", seq=last.seq)
        return Position(int(text))
    try:
        second = parse_instant(text)
    except Malformed:
        raise Malformed(
            f"as_of {text[:40]}: write a record's number like 42, or an instant like 2026-01-01T00:00:00Z.",
            field="as_of",
            reason="not_a_moment",
        ) from None
    newest = store.row(last.seq).at if last.seq else 0
    if second > max(now, newest):
        raise UnknownRecord(f"as_of {text}: the desk has not come to this instant yet.", seq=last.seq)
    return Position(last_at(store, last.seq, second), second)


def last_at(store: JournalStore, upto: int, second: int) -> int:
    """The number of the last record at or before a second, 0 where there is none."""
    low, high = 0, upto
    while low < high:
        middle = (low + high + 1) // 2
        if store.row(middle).at <= second:
            low = middle
        else:
            high = middle - 1
    return low


def state_at(store: JournalStore, where: Position) -> tuple[State, Head]:
    """The state at a position, from the nearest snapshot and the journal behind it.

    Raises: Corrupt where the journal is broken before it.
    """
    state, head, broken = rebuild(store, upto=where.seq)
    if broken is not None:
        raise broken
    return at_second(state, where.second), head


def at_second(state: State, second: int | None) -> State:
    """The same state looked at later, before anything else has happened; both share everything but the second."""
    return state if second is None or second <= state.now else state.at(second)
