"""A service for callers on an event loop: what many coroutines ask at once goes to one commit."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import NamedTuple

from holdfast.engine.following import Guard
from holdfast.engine.journal import Receipt
from holdfast.engine.service import MAX_BATCH, Service, Submission
from holdfast.protocol.arguments import Command

LOOK = 3
"""Turns of the event loop in which a request that has arrived becomes a command in line: read, begun, checked."""


class _Asked(NamedTuple):
    """What one caller wants done together, and where his answer goes."""

    submissions: Sequence[Submission]
    atomic: bool
    answer: asyncio.Future[list[Receipt]]


class AsyncService:
    """Submits for coroutines of one event loop; the writing happens in a thread, so the loop never waits for the disk.

    While one batch is written the next gathers. Nobody is answered before the commit that holds his command.
    """

    def __init__(self, service: Service) -> None:
        self.service = service
        self._line: deque[_Asked] = deque()
        self._writing: asyncio.Task[None] | None = None
        self._thread = ThreadPoolExecutor(1, "holdfast-writer")  # nobody else's work stands in front of it

    async def submit(self, command: Command, at: int | None = None, guard: Guard | None = None) -> Receipt:
        """Carry out one command; see `Service.submit`.

        A caller that is cancelled while it waits gets no answer; its command may be carried out all the same.
        Raises: Unavailable (retry with the same id: it is done at most once), Corrupt (the desk takes no commands).
        """
        return (await self.submit_many([Submission(command, at, guard)]))[0]

    async def submit_many(self, submissions: Sequence[Submission], *, atomic: bool = False) -> list[Receipt]:
        """Carry out commands in their order and in one commit; see `Service.submit_many`. Raises: as `submit`."""
        answer: asyncio.Future[list[Receipt]] = asyncio.get_running_loop().create_future()
        self._line.append(_Asked(submissions, atomic, answer))
        if self._writing is None:
            self._writing = asyncio.create_task(self._write())
        return await answer

    async def idle(self) -> None:
        """Wait until everything that was asked so far is answered."""
        while self._writing is not None:
            await asyncio.shield(self._writing)

    async def _write(self) -> None:
        """Write batch after batch until nobody waits any more."""
        try:
            while self._line:
                await self._gather()
                batch = self._next_batch()
                wanted = [submission for asked in batch for submission in asked.submissions]
                try:
                    work = partial(self.service.submit_many, wanted, atomic=batch[0].atomic)
                    receipts = await asyncio.get_running_loop().run_in_executor(self._thread, work)
                except Exception as error:
                    for asked in batch:
                        if not asked.answer.done():
                            asked.answer.set_exception(error)
                else:
                    _hand_out(batch, receipts)
        finally:
            self._writing = None

    async def _gather(self) -> None:
        """Let those in who are at the door, for as long as every look brings more: one commit is for all of them."""
        seen = 0
        while seen < len(self._line) < MAX_BATCH:
            seen = len(self._line)
            for _ in range(LOOK):
                await asyncio.sleep(0)

    def _next_batch(self) -> list[_Asked]:
        """Who is written next: an atomic bulk alone, all others together up to the size of a batch."""
        batch = [self._line.popleft()]
        size = len(batch[0].submissions)
        while self._line and not batch[0].atomic and not self._line[0].atomic:
            size += len(self._line[0].submissions)
            if size > MAX_BATCH:
                break
            batch.append(self._line.popleft())
        return batch


def _hand_out(batch: list[_Asked], receipts: list[Receipt]) -> None:
    start = 0
    for asked in batch:
        end = start + len(asked.submissions)
        if not asked.answer.done():
            asked.answer.set_result(receipts[start:end])
        start = end
