"""Readers of the journal beside the writer: threads and stores of their own, so that neither waits for the other."""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from collections.abc import AsyncIterator, Callable, Hashable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager
from typing import Any, TypeVar

from holdfast import bootstrap
from holdfast.engine.ports import JournalStore
from holdfast.errors import Corrupt, HoldfastError, TooManyRequests, Unavailable

T = TypeVar("T")

READERS = 4
"""Threads that read at the same time, each with a store of its own; who comes later waits."""

LONG = 2
"""Threads for work that takes minutes, so that it never takes those of the readers."""


class Shares:
    """Places for long work, of which nobody has more than his share."""

    def __init__(self, most: int, each: int, retry_after: int) -> None:
        self._most, self._each, self._retry_after = most, each, retry_after
        self._taken: Counter[tuple[str, Hashable]] = Counter()

    @contextmanager
    def place(self, by: str, thing: Hashable) -> Iterator[None]:
        """A place for what somebody wants; the same thing wanted twice takes one. Raises: TooManyRequests."""
        key = (by, thing)
        if key not in self._taken:
            if sum(who == by for who, _ in self._taken) >= self._each:
                raise TooManyRequests("You ask for much at once. Wait for it first.", retry_after=self._retry_after)
            if len(self._taken) >= self._most:
                raise TooManyRequests("Much is asked for just now. Try again soon.", retry_after=self._retry_after)
        self._taken[key] += 1
        try:
            yield
        finally:
            self._taken[key] -= 1
            if not self._taken[key]:
                del self._taken[key]


class Lent:
    """A store for as long as an answer is being sent: work on it, one piece after another, in the readers' threads."""

    def __init__(self, threads: ThreadPoolExecutor, store: JournalStore) -> None:
        self._threads, self.store = threads, store
        self._last: Future[Any] | None = None

    async def run(self, work: Callable[[], T]) -> T:
        """A piece of work. Raises: what it raises."""
        self._last = found = self._threads.submit(work)
        return await asyncio.wrap_future(found)

    def drop(self) -> None:
        """Close it, as soon as no thread works on it any more: who was sent away in the middle does not wait."""
        if self._last is None:
            self.store.close()
        else:
            self._last.add_done_callback(lambda _: self.store.close())


def failed(error: BaseException) -> bool:
    """Whether a store may be broken after this: after anything but a refusal in words of ours."""
    return not isinstance(error, HoldfastError) or isinstance(error, Unavailable | Corrupt)


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

    @asynccontextmanager
    async def lent(self) -> AsyncIterator[Lent]:
        """A store for as long as an answer is being sent; one whose answer came to no end is not used again."""
        lent = Lent(self._threads, await self.run(self._take))
        try:
            yield lent
        except BaseException:
            lent.drop()
            raise
        self._idle.append(lent.store)

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
        except BaseException as error:
            if failed(error):
                store.close()
            else:
                self._idle.append(store)
            raise
        self._idle.append(store)
        return found

    def _take(self) -> JournalStore:
        try:
            return self._idle.pop()
        except IndexError:
            return bootstrap.open_store(self._url)
