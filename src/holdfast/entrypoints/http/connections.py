"""Connections before there is a request: heads that are too large, too slow or none at all.

uvicorn parses heads and has no limit of its own for any of that. Here nothing is added to the way of a request that is
in order but the comparison of two references.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, cast

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle

from holdfast.entrypoints.http import answers
from holdfast.entrypoints.http.whole_answers import in_one_write
from holdfast.errors import Malformed

MOST_HEAD = 65_536
"""Bytes of a request's head that may come without its end, or around its body beyond as many as the body has: sizes of
chunks, trailers, the head of the next one. What comes at once may go beyond by one packet."""


class Connection(HttpToolsProtocol):
    """uvicorn's connection, whose own refusals are problem details with the headers of every answer."""

    _came, _body = 0, 0
    """Bytes since the last head was whole, and those of a body among them."""

    def data_received(self, data: bytes) -> None:
        """See asyncio.Protocol."""
        before = self.cycle
        HttpToolsProtocol.data_received(self, data)
        if self.cycle is not before:
            self._came = self._body = 0
        else:
            self._came += len(data)
            if self._came - 2 * self._body > MOST_HEAD and not self.transport.is_closing():
                self.refuse(431, f"The request's address and headers have more than {MOST_HEAD:,} bytes.")

    def on_body(self, body: bytes) -> None:
        """See httptools."""
        self._body += len(body)
        HttpToolsProtocol.on_body(self, body)

    def send_400_response(self, msg: str) -> None:
        """What is no HTTP."""
        self.refuse(400, "This is no HTTP request that can be read.")

    def refuse(self, status: int, why: str) -> None:
        """Answer, and take nothing more; where an answer is on its way already, only that."""
        if self.cycle is not None and self.cycle.response_started and not self.cycle.response_complete:
            self.transport.close()
            return
        body = answers.encode(answers.problem(Malformed(why), status=status))
        headers = (
            (b"content-type", answers.PROBLEM), (b"content-length", str(len(body)).encode()), (b"connection", b"close"),
            *answers.GUARDED,
        )  # fmt: skip
        lines = b"".join(b"%s: %s\r\n" % header for header in headers)
        self.transport.write(b"%s%s\r\n%s" % (STATUS_LINE[status], lines, body))
        self.transport.close()

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        HttpToolsProtocol._start_asgi_task(self, cycle, cast(Any, in_one_write(app, cycle)))

    @property
    def waits(self) -> bool:
        """Whether nothing has come yet, or a head of which the end is missing; not what is idle between requests."""
        cycle = self.cycle
        if cycle is None:
            return True
        begun = self.timeout_keep_alive_task is None or self.scope is not cycle.scope
        return cycle.response_complete and begun


class Slow:
    """Finds connections whose next head does not come to its end within so many seconds; asked about once a second."""

    def __init__(self, seconds: int) -> None:
        self._seconds = seconds
        self._since: dict[Connection, tuple[Any, float]] = {}

    def close(self, connections: Iterable[Any], now: float) -> int:
        """Close what has waited too long at this second of the loop's clock; how many."""
        waiting: dict[Connection, tuple[Any, float]] = {}
        late = []
        for one in connections:
            if not (isinstance(one, Connection) and one.waits):
                continue
            cycle, since = self._since.get(one, (None, now))
            since = since if cycle is one.cycle else now
            if now - since < self._seconds:
                waiting[one] = (one.cycle, since)
            else:
                late.append(one)
        self._since = waiting
        for one in late:
            cast(Any, one.transport).close()
        return len(late)
