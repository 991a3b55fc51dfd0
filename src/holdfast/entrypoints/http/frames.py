"""Records as server-sent events, encoded once for all who see the same."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable

from holdfast.engine.following import Recorded
from holdfast.engine.journal import recorded_answer
from holdfast.engine.ports import JournalStore
from holdfast.entrypoints.http.answers import encode
from holdfast.entrypoints.http.feed import Lot
from holdfast.views.activity import Activity, activity, seen_by

Audience = frozenset[str] | None
"""The accounts that a stream may see, None for all of them."""

KEPT = 4_096
"""Encoded events that are kept for the next stream of the same audience."""

LOOK = 2_000
"""Records that a replay reads at once."""


class Replayed:
    """A piece of a replay: events ready to send, and the record up to which nothing is missing."""

    __slots__ = ("events", "upto")

    def __init__(self, events: bytes, upto: int) -> None:
        self.events = events
        self.upto = upto


class Frames:
    """The events of one server. Used in the event loop alone."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[int, Audience], bytes] = OrderedDict()
        self._lot = (0, 0)
        self._bytes = b""

    def joined(self, lot: Lot, audience: Audience) -> bytes:
        """Records told together; those who see everything and are told the same share the bytes."""
        if audience is not None:
            return b"".join(self.of(told.item, audience) for told in lot)
        key = (lot[0].seq, lot[-1].seq)
        if key != self._lot:
            self._lot, self._bytes = key, b"".join(self.of(told.item, None) for told in lot)
        return self._bytes

    def of(self, item: Activity, audience: Audience) -> bytes:
        """A record as an event of this audience; nothing where it is nothing to it."""
        key = (item.seq, audience)
        found = self._kept.get(key)
        if found is None:
            found = self._kept[key] = frame(item, audience)
            if len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        return found


def frame(item: Activity, audience: Audience) -> bytes:
    """`id` the record's number, `event` the command's type, `data` one line of JSON; empty if nothing may be seen."""
    told = seen_by(item, audience)
    if told is None:
        return b""
    return b"id: %d\nevent: %s\ndata: %s\n\n" % (item.seq, item.type.encode(), encode(told))


def replay(store: JournalStore, audience: Audience, after: int, upto: int) -> Replayed:
    """The events of at most LOOK records behind `after`, up to record `upto`; for a reader's thread."""
    end = min(upto, after + LOOK)
    names = [encode(name) for name in audience or ()]
    events = b"".join(_replayed(store, audience, names, after, end))
    return Replayed(events, end)


def _replayed(store: JournalStore, audience: Audience, names: list[bytes], after: int, end: int) -> Iterable[bytes]:
    for row in store.rows(after, end):
        if audience is None or any(name in row.body for name in names):
            yield frame(activity(Recorded(row, *recorded_answer(row))), audience)
