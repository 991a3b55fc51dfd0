"""What is gathered from the whole journal once and then follows it: earnings, rates of vaults, taxes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from itertools import islice
from typing import TypeVar

from holdfast.engine.genesis import Genesis
from holdfast.engine.journal import Head
from holdfast.engine.ports import JournalStore
from holdfast.entrypoints.http.moments import Seen
from holdfast.entrypoints.http.readers import Readers
from holdfast.errors import Unavailable
from holdfast.views.earnings import Earnings
from holdfast.views.tax_totals import TaxTotals

T = TypeVar("T")

LOT = 10_000
"""Records that are taken over at once."""

KEPT_PASTS = 2
"""Past moments up to which the journal's reading is kept: one asks about the same, or a later one, again."""

PATIENCE = 5.0
"""Seconds that a request waits for the journal to be read; what was read by then is kept for the next one."""


class Gathered:
    """Begins with the first question, and catches up with each."""

    def __init__(self, genesis: Genesis, readers: Readers) -> None:
        self._genesis = genesis
        self._readers = readers
        self._earnings, self._tax = Earnings(genesis), TaxTotals()
        self._one_at_a_time = asyncio.Lock()
        self._pasts: list[Earnings] = []
        self._one_past_at_a_time = asyncio.Lock()

    async def tax(self) -> Seen:
        """What the taxes have brought. Raises: Unavailable as `look`."""
        return await self.look(lambda _: self._tax.view())

    async def look(self, read: Callable[[Earnings], T]) -> Seen:
        """What `read` finds, with everything up to the journal's end taken over.

        Raises: Unavailable where a long journal is still being read for the first time.
        """
        async with self._one_at_a_time:
            await self._patiently(self._step)
            earnings = self._earnings
            found = await self._readers.run(lambda: read(earnings))
            return Seen(found, earnings.head, earnings.now)

    async def look_back(self, seq: int, read: Callable[[Earnings], T]) -> T:
        """What `read` finds with everything up to a past record taken over, and nothing behind it.

        Costs one look at each of these records, or at those since a moment that was asked about lately.
        Raises: Unavailable as `look`.
        """
        async with self._one_past_at_a_time:
            before = [one for one in self._pasts if one.head.seq <= seq]
            past = max(before, key=lambda one: one.head.seq) if before else Earnings(self._genesis)
            self._pasts = [one for one in self._pasts if one is not past]
            await self._patiently(lambda store: self._step_back(store, past, seq))
            return await self._readers.run(lambda: read(past))

    async def _patiently(self, step: Callable[[JournalStore], bool]) -> None:
        """Step by step until there is nothing more to take over."""
        loop = asyncio.get_running_loop()
        end = loop.time() + PATIENCE
        while not await self._readers.read(step):
            if loop.time() > end:
                raise Unavailable("The journal is being read for the first time; ask again in a few seconds.")

    def _step_back(self, store: JournalStore, past: Earnings, seq: int) -> bool:
        """Take over one lot of what comes before a record; it is kept only where nothing went wrong in it."""
        self._pasts = [one for one in self._pasts if one is not past]
        past.take(islice(store.rows(past.head.seq, seq), LOT))
        self._pasts = [past, *self._pasts][:KEPT_PASTS]
        return past.head.seq >= seq

    def _step(self, store: JournalStore) -> bool:
        """Take over one lot; whether that was all."""
        earnings = self._earnings
        last = store.head().seq
        try:
            rows = list(islice(store.rows(earnings.head.seq, last), LOT))
            earnings.take(rows)
            self._tax.take(rows)
        except BaseException:
            self._earnings, self._tax = Earnings(self._genesis), TaxTotals()  # half a record may have been taken over
            raise
        if not earnings.head.seq:
            earnings.head = Head(0, store.head().digest)
        return earnings.head.seq >= last
