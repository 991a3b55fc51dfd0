"""The desk at the moment that a request asks for: the present, or any past record or instant.

The present is looked at as it stands by the clock, not as the last record left it: what has matured since, unlocked or
run out is so for a view as it is for the command that is sent next.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple, TypeVar

from holdfast.engine.journal import Head
from holdfast.engine.service import Service
from holdfast.entrypoints.http.readers import Readers
from holdfast.errors import TooManyRequests, Unavailable
from holdfast.primitives.clock import Clock
from holdfast.protocol.state import State
from holdfast.views.as_of import Position, at_second, position, state_at
from holdfast.views.listing import Listing

T = TypeVar("T")

KEPT = 4
"""Past states that are kept, those that were asked for last."""
WAITING = 8
"""Past states that are waited for, built one after another; who asks for a further one comes again …"""
EACH = 3
"""… and of these that one person asked for."""


class Moment:
    """A state with what its lists are paged by; never changed while it is looked at."""

    def __init__(self, state: State, head: Head, listing: Callable[[], Listing] | None = None) -> None:
        self.state = state
        self.head = head
        self.written = state.now
        """The second of the last record …"""
        self.second = state.now
        """… and the one that it is looked at at: never before, whatever the clock says."""
        self._listing = listing or cache(lambda: Listing(state))

    @property
    def listing(self) -> Listing:
        """What its lists are paged by; of a state apart it is made when it is first asked for."""
        return self._listing()

    def at(self, second: int | None) -> Moment:
        """The same looked at at a later second, with nothing after its last record."""
        later = Moment(at_second(self.state, second), self.head, self._listing)
        later.written = self.written
        return later


class Seen(NamedTuple):
    """What was found, and the journal position and second that it is true at."""

    found: Any
    head: Head
    at: int


class Moments:
    """Present and past of one desk."""

    def __init__(self, service: Service, readers: Readers, clock: Clock) -> None:
        self._service = service
        self._readers = readers
        self._clock = clock
        self._past: OrderedDict[Position, Moment] = OrderedDict()
        self._building: dict[Position, tuple[asyncio.Task[Moment], str]] = {}
        self._one_at_a_time = asyncio.Lock()
        self._copy: Moment | None = None
        self._ahead: tuple[State | None, Moment | None] = (None, None)
        with service.lock:
            self._listing = Listing(service.state)
            service.follow(self._listing)

    async def look(self, as_of: str, read: Callable[[Moment], T], *, by: str = "", long: bool = False) -> Seen:
        """What `read` finds at a moment; empty is the present. `by` is the person who asks.

        Something `long` is read in a thread, from a copy of the present state, so that the desk goes on meanwhile.
        Raises: Malformed, UnknownRecord, TooManyRequests, Unavailable, Corrupt.
        """
        if as_of:
            moment = await self._as_of(as_of, by)
        elif long:
            moment = await self._present_copy()
        else:
            return await self._now(read)
        return await self._readers.run(lambda: _seen(moment, read))

    async def _now(self, read: Callable[[Moment], T]) -> Seen:
        lock = self._service.lock
        if self._service.at_hand and lock.acquire(blocking=False):
            try:
                return _seen(self._present(), read)
            finally:
                lock.release()

        def locked() -> Seen:
            with lock:
                return _seen(self._present(), read)

        return await self._readers.run(locked)

    def _present(self) -> Moment:
        """The present by the clock, under the desk's lock; the same for all who ask in one second while it is quiet."""
        state, head = self._service.state, self._service.head
        second = max(self._clock(), state.now)
        before, kept = self._ahead
        if kept is None or before is not state or (kept.head, kept.second) != (head, second):
            kept = self._written().at(second)
            self._ahead = state, kept
        return kept

    def _written(self) -> Moment:
        """The desk as the last record left it, under its lock."""
        service = self._service
        state, listing = service.state, self._listing
        if listing.seq != state.seq:  # after a failed commit the state was read anew
            service.unfollow(listing)
            listing = self._listing = Listing(state)
            service.follow(listing)
        return Moment(state, service.head, lambda: listing)

    async def _present_copy(self) -> Moment:
        """A copy of the present; those who ask while nothing happens share it."""
        async with self._one_at_a_time:
            return (await self._readers.run(self._copied)).at(self._clock())

    def _copied(self) -> Moment:
        with self._service.lock:
            present = self._written()
            if self._copy is None or self._copy.head != present.head:
                self._copy = None
                branch = present.state.branch()
        copy = self._copy
        if copy is None:
            copy = self._copy = Moment(branch, present.head)
        return copy

    async def _as_of(self, text: str, by: str) -> Moment:
        now = self._clock()
        return await self.past(await self._readers.read(lambda store: position(store, text, now)), by)

    async def past(self, where: Position, by: str = "") -> Moment:
        """The desk at a position, to be looked at only, and in a reader's thread.

        Raises: TooManyRequests where this person waits for EACH already, Unavailable, Corrupt.
        """
        found = self._past.get(where)
        if found is not None:
            self._past.move_to_end(where)
            return found
        if where in self._building:
            return await asyncio.shield(self._building[where][0])
        if by and sum(asker == by for _, asker in self._building.values()) >= EACH:
            raise TooManyRequests("You ask for many past moments at once. Wait for these first.", retry_after=2)
        if len(self._building) >= WAITING:
            raise Unavailable("Many past moments are asked for just now; try again in a few seconds.")
        task = asyncio.create_task(self._build(where))
        self._building[where] = (task, by)
        task.add_done_callback(lambda _: self._building.pop(where, None))
        return await asyncio.shield(task)

    async def _build(self, where: Position) -> Moment:
        async with self._one_at_a_time:
            built = await self._readers.run(self._copied) if where.seq == self._service.head.seq else None
            if built is None or built.head.seq != where.seq:
                state, head = await self._readers.read(lambda store: state_at(store, where))
                built = Moment(state, head)
            elif where.second is not None:
                built = built.at(where.second)
        self._past[where] = built
        if len(self._past) > KEPT:
            self._past.popitem(last=False)
        return built


def _seen(moment: Moment, read: Callable[[Moment], T]) -> Seen:
    return Seen(read(moment), moment.head, moment.state.now)
