"""Readers of the journal beside the writer: threads and stores of their own, so that neither waits for the other."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

from holdfast import bootstrap
from holdfast.engine.ports import JournalStore
from holdfast.errors import Unavailable

T = TypeVar("T")

READERS = 4
"""Threads that read at the same time, each with a store of its own; who comes later waits."""

LONG = 2
"""Threads for work that takes minutes, so that it never takes those of the readers."""


class Readers:
    """A few open stores on one desk; a store that failed is not used again."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._threads = ThreadPoolExecutor(READERS, "holdfast-reader")
        self._long = ThreadPoolExecutor(LONG, "holdfast-job")
        self._idle: deque[JournalStore] = deque()
        self._closed = False

    async def read(self, look: Callable[[JournalStore], T]) -> T:
        """What `look` finds in the journal, in a thread. Raises: Unavailable, Corrupt."""
        return await self.run(lambda: self._look(look))

    async def run(self, work: Callable[[], T]) -> T:
        """Something that takes a while, in a thread of the readers: the writer's are never taken."""
        self.require_open()
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)

    async def run_long(self, work: Callable[[], T]) -> T:
        """Something that may take minutes; it asks `require_open` now and then."""
        self.require_open()
        return await asyncio.get_running_loop().run_in_executor(self._long, work)

    def require_open(self) -> None:
        """Raises: Unavailable once the server stops."""
        if self._closed:
            raise Unavailable("The server is stopping. Try again soon.")

    def with_store(self, look: Callable[[JournalStore], T]) -> T:
        """The same in the thread of the caller, who is one of the readers' already. Raises: as `read`."""
        return self._look(look)

    @contextmanager
    def lent(self) -> Iterator[JournalStore]:
        """A store for as long as an answer is being sent; use it only inside of `run`."""
        store = self._take()
        try:
            yield store
        finally:
            self._idle.append(store)

    def close(self) -> None:
        """Let go of threads and stores."""
        self._closed = True
        for threads in (self._threads, self._long):
            threads.shutdown(wait=True, cancel_futures=True)
        while self._idle:
            self._idle.pop().close()

    def _look(self, look: Callable[[JournalStore], T]) -> T:
        store = self._take()
        try:
            found = look(store)
        except Unavailable:
            store.close()
            raise
        except BaseException:
            self._idle.append(store)
            raise
        self._idle.append(store)
        return found

    def _take(self) -> JournalStore:
        try:
            return self._idle.pop()
        except IndexError:
            return bootstrap.open_store(self._url)
