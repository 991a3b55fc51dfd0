"""A form that is sent twice is carried out once: the second sending waits for the first, and gets its answer."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import NamedTuple

from holdfast.entrypoints.http.answers import Header

SECONDS = 300
MOST = 10_000

Key = tuple[str, str, str]


class Sent(NamedTuple):
    """An answer as it is sent; `cookies` are those that the API gave while it was made."""

    status: int
    headers: tuple[Header, ...]
    body: bytes
    kind: bytes
    cookies: tuple[Header, ...] = ()


class Once:
    """Answers by the browser's session, path and key of the form. In one process; commands are kept from happening
    twice by their Idempotency-Key whatever happens here."""

    def __init__(self) -> None:
        self._running: dict[Key, asyncio.Task[Sent]] = {}
        self._done: dict[Key, tuple[float, Sent]] = {}

    async def run(self, key: Key, make: Callable[[], Awaitable[Sent]]) -> Sent:
        """The answer of the first who came with this key; only one that leads on is kept, for a while."""
        self._forget()
        if key in self._done:
            return self._done[key][1]
        task = self._running.get(key)
        first = task is None
        if task is None:
            task = self._running[key] = asyncio.ensure_future(make())
            task.add_done_callback(lambda _: self._running.pop(key, None))
        sent = await asyncio.shield(task)
        leads_on = sent.status == 303 or any(name == b"hx-redirect" for name, _ in sent.headers)
        if first and leads_on:
            self._done[key] = (time.monotonic() + SECONDS, sent)
        return sent

    def _forget(self) -> None:
        now = time.monotonic()
        for key in [key for key, (until, _) in self._done.items() if until < now]:
            del self._done[key]
        while len(self._done) >= MOST:
            del self._done[next(iter(self._done))]
