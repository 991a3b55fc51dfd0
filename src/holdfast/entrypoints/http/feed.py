"""Records as they become durable, told to every open stream that may see them."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterable
from contextlib import suppress

from msgspec import Struct

from holdfast.engine.following import Recorded
from holdfast.views.activity import Activity, activity

LINE = 5_000
"""Records that wait for one slow stream; beyond that it reads on from the journal."""

FEW = 16
"""Streams that are told at once …"""
PACE = 0.05
"""… and seconds for which records gather where there are more: a thousand streams cost little then."""


class Told(Struct, frozen=True):
    """A record with those whose accounts it touched."""

    seq: int
    accounts: frozenset[str]
    item: Activity


Lot = tuple[Told, ...]
"""Records that are told together; those who see everything share one."""


class Stream:
    """One listener: the accounts that he may see, None for all of them."""

    __slots__ = ("_ready", "_size", "_waiting", "accounts", "behind", "ended")

    def __init__(self, accounts: frozenset[str] | None) -> None:
        self.accounts = accounts
        self.behind = False
        self.ended = False
        self._ready: deque[Lot] = deque()
        self._size = 0
        self._waiting: asyncio.Future[None] | None = None

    def tell(self, lot: Lot) -> None:
        """Give him some more records."""
        if self.behind:
            return
        self._size += len(lot)
        if self._size > LINE:
            self.behind = True  # the journal has what is left out from here on
            self._ready.clear()
        else:
            self._ready.append(lot)
        self._wake()

    def end(self) -> None:
        """Let him go: his session has ended, or the server stops."""
        self.ended = True
        self._wake()

    async def wait(self, seconds: float) -> list[Lot]:
        """What has come, as soon as there is something; nothing after `seconds`, or when it has ended or is behind."""
        if not (self._ready or self.behind or self.ended):
            self._waiting = asyncio.get_running_loop().create_future()
            try:
                with suppress(TimeoutError):  # what came at the same moment is told all the same
                    async with asyncio.timeout(seconds):
                        await self._waiting
            finally:
                self._waiting = None
        found = list(self._ready)
        self._ready.clear()
        self._size = 0
        return found

    def _wake(self) -> None:
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(None)


class Feed:
    """Follows the journal from the writer's thread and tells the streams in the event loop."""

    def __init__(self, loop: asyncio.AbstractEventLoop, seq: int) -> None:
        self._loop = loop
        self._taken: list[Recorded] = []
        self._everything: set[Stream] = set()
        self._by_account: dict[str, set[Stream]] = {}
        self._after: list[Callable[[int], None]] = []
        self._line: list[Recorded] = []
        self.seq = seq
        """The last record that was told."""

    def taken(self, record: Recorded) -> None:
        """See `Follower`."""
        self._taken.append(record)

    def settled(self) -> None:
        """See `Follower`."""
        if self._taken and not self._loop.is_closed():
            records, self._taken = self._taken, []
            self._loop.call_soon_threadsafe(self._publish, records)

    def dropped(self) -> None:
        """See `Follower`."""
        self._taken.clear()

    def __len__(self) -> int:
        return len(self._everything) + sum(map(len, self._by_account.values()))

    def open(self, accounts: frozenset[str] | None) -> Stream:
        """A stream from here on."""
        stream = Stream(accounts)
        for place in self._places(stream):
            place.add(stream)
        return stream

    def close(self, stream: Stream) -> None:
        """Tell this stream nothing any more."""
        for place in self._places(stream):
            place.discard(stream)
        for account in stream.accounts or ():
            if not self._by_account.get(account):
                self._by_account.pop(account, None)

    def end_all(self) -> None:
        """Let everybody go."""
        for stream in {*self._everything, *(one for some in self._by_account.values() for one in some)}:
            stream.end()

    def when_told(self, call: Callable[[int], None]) -> None:
        """Have this called, in the event loop, with the last record's number whenever there are new ones."""
        self._after.append(call)

    def _places(self, stream: Stream) -> Iterable[set[Stream]]:
        if stream.accounts is None:
            return [self._everything]
        return [self._by_account.setdefault(account, set()) for account in stream.accounts]

    def _publish(self, records: list[Recorded]) -> None:
        """Tell of records: at once where few listen, else together with what comes within a moment."""
        waiting = bool(self._line)
        self._line += records
        if len(self) <= FEW:
            self._flush()
        elif not waiting:
            self._loop.call_later(PACE, self._flush)

    def _flush(self) -> None:
        if not self._line:
            return
        records, self._line = self._line, []
        if self._everything or self._by_account:
            self._tell(tuple(_told(record) for record in records))
        self.seq = records[-1].row.seq
        for call in self._after:
            call(self.seq)

    def _tell(self, lot: Lot) -> None:
        for stream in self._everything:
            stream.tell(lot)
        if not self._by_account:
            return
        found: dict[Stream, list[Told]] = {}
        for told in lot:
            for stream in {one for account in told.accounts for one in self._by_account.get(account, ())}:
                found.setdefault(stream, []).append(told)
        for stream, some in found.items():
            stream.tell(tuple(some))


def _told(record: Recorded) -> Told:
    item = activity(record)
    return Told(record.row.seq, item.accounts, item)
