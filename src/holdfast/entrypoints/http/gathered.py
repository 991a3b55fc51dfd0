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

PATIENCE = 5.0
"""Seconds that a request waits for the journal to be read; what was read by then is kept for the next one."""


class Gathered:
    """Begins with the first question, and catches up with each."""

    def __init__(self, genesis: Genesis, readers: Readers) -> None:
        self._genesis = genesis
        self._readers = readers
        self._earnings, self._tax = Earnings(genesis), TaxTotals()
        self._one_at_a_time = asyncio.Lock()

    async def tax(self) -> Seen:
        """What the taxes have brought. Raises: Unavailable as `look`."""
        return await self.look(lambda _: self._tax.view())

    async def look(self, read: Callable[[Earnings], T]) -> Seen:
        """What `read` finds, with everything up to the journal's end taken over.

        Raises: Unavailable where a long journal is still being read for the first time.
        """
        loop = asyncio.get_running_loop()
        async with self._one_at_a_time:
            end = loop.time() + PATIENCE
            while not await self._readers.read(self._step):
                if loop.time() > end:
                    raise Unavailable("The journal is being read for the first time; ask again in a few seconds.")
            earnings = self._earnings
            found = await self._readers.run(lambda: read(earnings))
            return Seen(found, earnings.head, earnings.now)

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
