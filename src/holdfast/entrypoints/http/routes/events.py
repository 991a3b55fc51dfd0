"""The feed: records as they become durable, as server-sent events that resume where they were cut off."""

from __future__ import annotations

import asyncio
import re
import time
from contextlib import suppress
from functools import partial
from typing import Annotated

from msgspec import Meta, Struct

from holdfast.entrypoints.http.answers import GUARDED, Reply
from holdfast.entrypoints.http.call import Call
from holdfast.entrypoints.http.door import STREAMED
from holdfast.entrypoints.http.feed import Lot, Stream
from holdfast.entrypoints.http.frames import Audience, replay
from holdfast.entrypoints.http.routing import get
from holdfast.entrypoints.http.viewing import reads_all
from holdfast.errors import Corrupt, Malformed, TooManyRequests, Unavailable, UnknownRecord

HEARTBEAT = 15.0
"""Seconds after which a silent stream says that it is alive."""

AGAIN = b"retry: 2000\n\n"
"""Milliseconds after which a client that was cut off comes again."""

_NUMBER = re.compile(r"\A[0-9]{1,16}\Z")


class EventsQuery(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Where the stream begins; without `after` with the next record."""

    after: Annotated[int, Meta(ge=0, le=2**53 - 1, description="Only records behind this one.")] | None = None


@get("/v1/events", "own.read", query=EventsQuery, streams="events", errors=(UnknownRecord, TooManyRequests))
async def events(call: Call) -> object:
    """Stream what happens as server-sent events, from any record on, without a gap.

    An event's `id` is its record's number, `event` the command's type, `data` the record as the caller may see it:
    with `desk.read` everything, else what touches the caller's accounts. `Last-Event-ID` resumes. A comment comes
    every 15 seconds. The stream ends when the session or key ends, and when the server stops.
    """
    if call.method == "HEAD":
        return Reply(content_type=b"text/event-stream")
    return await _Sender(call).run(_begin(call))


def _begin(call: Call) -> int | None:
    """The record behind which the stream begins; the header of a client that comes again counts first."""
    last = call.header(b"last-event-id")
    if last and not _NUMBER.match(last):
        raise Malformed("Last-Event-ID: send the id of the last event.", field="Last-Event-ID")
    after: int | None = call.query.after
    return int(last) if last else after


class _Sender:
    """One open stream: first what the journal has, then what the feed tells; `_sent` is where it is."""

    def __init__(self, call: Call) -> None:
        self._call = call
        self._server = call.server
        self._feed = call.server.feed
        self._audience: Audience = None if reads_all(call) else frozenset(call.who.accounts)
        self._stream = Stream(self._audience)
        self._sent = 0
        self._asked = time.monotonic()

    async def run(self, after: int | None) -> object:
        """Send until somebody ends it."""
        self._open()
        try:
            await self._place(after)
            await self._start()
            leaving = asyncio.create_task(self._left())
            try:
                await self._send_all()
            except (Unavailable, Corrupt) as error:
                self._server.log.warning("event stream ended", error=error.message)  # the client comes again
            finally:
                leaving.cancel()
                with suppress(asyncio.CancelledError):
                    await leaving
        finally:
            self._close()
        with suppress(OSError):
            await self._call.send({"type": "http.response.body", "body": b"", "more_body": False})
        return STREAMED

    def _open(self) -> None:
        """Listen to the feed from here on; what came before is in the journal."""
        self._stream = self._feed.open(self._audience)
        try:
            self._server.endings.add(self._call.who, self._stream, self._feed)
        except BaseException:
            self._feed.close(self._stream)
            raise
        if self._server.stopping.is_set() or not self._server.endings.may_go_on(self._call.who):
            self._stream.end()

    def _close(self) -> None:
        self._feed.close(self._stream)
        self._server.endings.remove(self._call.who, self._stream)

    async def _place(self, after: int | None) -> None:
        """Where it begins. Raises: UnknownRecord for a record that is not there yet."""
        self._sent = self._feed.seq if after is None else after
        if self._sent > self._feed.seq:
            last = (await self._server.readers.read(lambda store: store.head())).seq
            if self._sent > last:
                raise UnknownRecord(f"There is no record {self._sent}; the journal ends at {last}.", seq=last)

    async def _start(self) -> None:
        headers = [(b"content-type", b"text/event-stream"), (b"x-accel-buffering", b"no"), *GUARDED]
        await self._call.send({"type": "http.response.start", "status": 200, "headers": headers})
        await self._send(AGAIN)

    async def _left(self) -> None:
        """End it when the client goes away."""
        while (await self._call.receive())["type"] != "http.disconnect":
            pass
        self._stream.end()

    async def _send_all(self) -> None:
        await self._catch_up()
        while not self._stream.ended:
            found = await self._stream.wait(HEARTBEAT)
            if self._stream.behind:
                self._close()
                self._open()
                await self._catch_up()
                continue
            if found:
                for lot in found:
                    await self._send(self._frames(lot))
                    self._sent = max(self._sent, lot[-1].seq)
            elif not self._stream.ended:
                await self._beat()

    def _frames(self, lot: Lot) -> bytes:
        """What is new of it: where the journal's part ends, the first lot may hold what was sent."""
        frames, audience = self._server.frames, self._audience
        if lot[0].seq > self._sent:
            return frames.joined(lot, audience)
        return b"".join(frames.of(told.item, audience) for told in lot if told.seq > self._sent)

    async def _beat(self) -> None:
        """Say that it is alive, and up to which record nothing is missing: a client resumes from there."""
        self._sent = max(self._sent, self._feed.seq)
        await self._send(b": heartbeat\nid: %d\n\n" % self._sent)

    async def _catch_up(self) -> None:
        """Send what the journal has up to where the feed was when it was opened."""
        upto = self._feed.seq
        while self._sent < upto and not self._stream.ended:
            async with self._server.replaying:
                piece = await self._server.readers.read(
                    partial(replay, audience=self._audience, after=self._sent, upto=upto)
                )
            self._sent = piece.upto
            await self._send(piece.events)

    async def _send(self, body: bytes) -> None:
        """Send something, unless what the stream was opened by has ended; that is asked now and then."""
        if time.monotonic() - self._asked >= HEARTBEAT:
            self._asked = time.monotonic()
            if not self._server.endings.may_go_on(self._call.who):
                self._stream.end()
        if body and not self._stream.ended:
            await self._call.send({"type": "http.response.body", "body": body, "more_body": True})
