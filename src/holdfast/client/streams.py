"""The event stream: what happens on the desk, in order, without a gap, over as many connections as it takes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Any, NamedTuple

import httpx
import msgspec

from holdfast.client.requests import Request
from holdfast.client.settings import STREAM_SILENCE
from holdfast.client.transport import AsyncTransport, Transport
from holdfast.errors import TooManyRequests, Unavailable

AGAIN_SECONDS = 2.0
"""How long to wait before coming again where the server does not say."""
LONGEST_WAIT = 30.0
FAILURES = 20
"""Connections in a row that bring nothing, after which it is given up."""


class Event(NamedTuple):
    """A record as its reader may see it: its number, the command's type, and what the API tells of it."""

    seq: int
    type: str
    data: dict[str, Any]


class Lines:
    """Lines out of pieces. They end at a line feed: other line ends of Unicode may stand within a text."""

    def __init__(self) -> None:
        self._rest = b""

    def take(self, piece: bytes) -> list[str]:
        """The lines that this piece completes."""
        *whole, self._rest = (self._rest + piece).split(b"\n")
        return [line.removesuffix(b"\r").decode("utf-8", "replace") for line in whole]


class Reader:
    """Server-sent events out of lines (WHATWG HTML, 9.2.6), and where to resume; no network in here."""

    def __init__(self, after: int) -> None:
        self.after = after
        """The last record that was told, or that is known to be nothing to us."""
        self.wait = AGAIN_SECONDS
        self.failures = 0
        self._clear()

    def _clear(self) -> None:
        self._id: str | None = None
        self._type = ""
        self._data: list[str] = []

    @property
    def request(self) -> Request:
        """What asks for everything that is missing."""
        self._clear()
        return Request(method="GET", path="/v1/events", query={"after": self.after}, again=True, streams=True)

    def take(self, line: str) -> Event | None:
        """One line; an event where it ends one. Any line shows that the connection is alive."""
        self.failures = 0
        if line:
            if not line.startswith(":"):
                self._field(line)
            return None
        number, kind, data = self._id, self._type, self._data
        self._clear()
        if number is None or not (number.isascii() and number.isdigit()) or int(number) <= self.after:
            return None
        self.after = int(number)
        return Event(self.after, kind, msgspec.json.decode("\n".join(data))) if data else None

    def failed(self, error: Exception | None) -> float:
        """The connection ended; how long to wait before the next. Raises: Unavailable where none has brought anything.

        What the server is too busy for is asked for again as well; its other refusals are raised.
        """
        self.failures += 1
        if self.failures >= FAILURES:
            raise Unavailable(f"The event stream ended {FAILURES} times in a row; record {self.after} was the last.")
        if error is None:
            return self.wait
        return min(self.wait * 2.0 ** (self.failures - 1), LONGEST_WAIT)

    def _field(self, line: str) -> None:
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if name == "data":
            self._data.append(value)
        elif name == "id":
            self._id = value
        elif name == "event":
            self._type = value
        elif name == "retry" and value.isascii() and value.isdigit() and len(value) < 6:
            self.wait = int(value) / 1_000


_PASSING = (httpx.HTTPError, Unavailable, TooManyRequests)


def events(transport: Transport, after: int) -> Iterator[Event]:
    """Every event behind record `after`, for ever. Raises: the server's refusal; Unavailable after many failures."""
    reader = Reader(after)
    while True:
        error: Exception | None = None
        try:
            with transport.opened(reader.request, STREAM_SILENCE) as response:
                lines = Lines()
                for piece in response.iter_bytes():
                    for line in lines.take(piece):
                        event = reader.take(line)
                        if event is not None:
                            yield event
        except _PASSING as caught:
            error = caught
        transport.sleep(reader.failed(error))


async def async_events(transport: AsyncTransport, after: int) -> AsyncIterator[Event]:
    """As `events`, for `async for`."""
    reader = Reader(after)
    while True:
        error: Exception | None = None
        try:
            async with transport.opened(reader.request, STREAM_SILENCE) as response:
                lines = Lines()
                async for piece in response.aiter_bytes():
                    for line in lines.take(piece):
                        event = reader.take(line)
                        if event is not None:
                            yield event
        except _PASSING as caught:
            error = caught
        await asyncio.sleep(reader.failed(error))
