"""A service for callers on an event loop: what many coroutines ask at once goes to one commit."""

from __future__ import annotations

import asyncio
from collections import deque

from holdfast.engine.journal import Receipt
from holdfast.engine.service import MAX_BATCH, Service, Submission
from holdfast.protocol.arguments import Command


class AsyncService:
    """Submits for coroutines of one event loop; the writing happens in a thread, so the loop never waits for the disk.

    While one batch is written the next gathers. Nobody is answered before the commit that holds his command.
    """

    def __init__(self, service: Service) -> None:
        self.service = service
        self._line: deque[tuple[Submission, asyncio.Future[Receipt]]] = deque()
        self._writing: asyncio.Task[None] | None = None

    async def submit(self, command: Command, at: int | None = None) -> Receipt:
        """Carry out one command; see `Service.submit`.

        A caller that is cancelled while it waits gets no answer; its command may be carried out all the same.
        Raises: Unavailable (retry with the same id: it is done at most once), Corrupt (the desk takes no commands).
        """
        answer: asyncio.Future[Receipt] = asyncio.get_running_loop().create_future()
        self._line.append((Submission(command, at), answer))
        if self._writing is None:
            self._writing = asyncio.create_task(self._write())
        return await answer

    async def _write(self) -> None:
        """Write batch after batch until nobody waits any more."""
        try:
            while self._line:
                batch = [self._line.popleft() for _ in range(min(len(self._line), MAX_BATCH))]
                try:
                    receipts = await asyncio.to_thread(self.service.submit_many, [asked for asked, _ in batch])
                except Exception as error:
                    for _, answer in batch:
                        if not answer.done():
                            answer.set_exception(error)
                else:
                    for (_, answer), receipt in zip(batch, receipts, strict=True):
                        if not answer.done():
                            answer.set_result(receipt)
                await asyncio.sleep(0)  # those just answered may ask again for the next batch
        finally:
            self._writing = None
