"""Answers of which everything is known go to their connection in one write.

uvicorn writes head and body apart: two calls of the system for the server, two turns for the client. Streams, files of
many parts and whatever else is not simple stay uvicorn's.
"""

from __future__ import annotations

from typing import Any, cast

from litestar.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, RequestResponseCycle

ARRIVED = "holdfast.arrived"
"""The key in a request's scope that says that all of its body is there: nobody has to see to it that it comes."""

MOST = 65_536
"""Bytes of a body that is copied behind its head; a larger one is written after it."""

_CONTROLS = bytes([*range(9), 11, 12, *range(14, 32), 127])
"""What no head holds. Tabs it may hold; the ends of its lines are counted."""


def in_one_write(app: ASGIApp, cycle: RequestResponseCycle) -> ASGIApp:
    """The application with its answers to one request held back until their body is there."""

    async def answering(scope: Scope, receive: Receive, send: Send) -> None:
        held: Message | None = None
        cast(Any, scope)[ARRIVED] = not cycle.more_body

        async def whole(message: Message) -> None:
            nonlocal held
            if held is None:
                if _is_held(cycle, message):
                    held = message
                    return
            else:
                start, held = held, None
                if _write(cycle, start, message):
                    return
                await send(start)
            await send(message)

        await app(scope, receive, whole)

    return answering


def _is_held(cycle: RequestResponseCycle, message: Any) -> bool:
    """Whether this begins an answer that says how long it is; one to HEAD has no body and is uvicorn's."""
    if message["type"] != "http.response.start" or cycle.response_started or cycle.scope["method"] == "HEAD":
        return False
    names = [name for name, _ in message["headers"]]
    return b"content-length" in names and b"connection" not in names and b"transfer-encoding" not in names


def _write(cycle: RequestResponseCycle, start: Any, message: Any) -> bool:
    """Write a whole answer and end its request as uvicorn does; what is not in order is left to uvicorn (False)."""
    body: bytes = message.get("body", b"")
    if message["type"] != "http.response.body" or message.get("more_body") or len(body) > MOST:
        return False
    if cycle.response_started or cycle.disconnected or cycle.flow.write_paused or cycle.access_log:
        return False
    lines = [*map(b": ".join, cycle.default_headers), *map(b": ".join, start["headers"])]
    if b"content-length: %d" % len(body) not in lines:
        return False
    if not cycle.keep_alive:
        lines.append(b"connection: close")
    head = STATUS_LINE[start["status"]] + b"\r\n".join(lines)
    if not _in_order(head, len(lines)):
        return False
    cycle.response_started, cycle.waiting_for_100_continue = True, False
    cycle.transport.write(b"%s\r\n\r\n%s" % (head, body))
    cycle.response_complete = True
    cycle.message_event.set()
    if not cycle.keep_alive:
        cycle.transport.close()
    cycle.on_response()
    return True


def _in_order(head: bytes, lines: int) -> bool:
    """Whether a head has just its own lines: no header's text may begin another one, or end the head."""
    ends = head.count(b"\n") == lines == head.count(b"\r")
    return ends and len(head.translate(None, _CONTROLS)) == len(head)
