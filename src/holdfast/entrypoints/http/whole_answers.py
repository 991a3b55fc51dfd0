"""Answers of which everything is known go to their connection in one write.

uvicorn writes head and body apart: two calls of the system for the server, two turns for the client. Streams, files of
many parts and whatever else is not simple stay uvicorn's.
"""

from __future__ import annotations

from typing import Any

from litestar.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, RequestResponseCycle

MOST = 65_536
"""Bytes of a body that is copied behind its head; a larger one is written after it."""

_CONTROLS = bytes([*range(9), 11, 12, *range(14, 32), 127])
"""What no head holds. Tabs it may hold; the ends of its lines are counted."""

_OF_THE_CONNECTION = frozenset((b"connection", b"transfer-encoding"))


def in_one_write(app: ASGIApp, cycle: RequestResponseCycle) -> ASGIApp:
    """The application with its answers to one request held back until their body is there."""

    async def answering(scope: Scope, receive: Receive, send: Send) -> None:
        held: Message | None = None

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
    return (
        message["type"] == "http.response.start"
        and not cycle.response_started
        and cycle.scope["method"] != "HEAD"
        and any(name == b"content-length" for name, _ in message["headers"])
    )


def _write(cycle: RequestResponseCycle, start: Any, message: Any) -> bool:
    """Write a whole answer and end its request as uvicorn does; what is not in order is left to uvicorn (False)."""
    if cycle.response_started or cycle.disconnected or cycle.flow.write_paused or cycle.access_log:
        return False
    body: bytes = message.get("body", b"")
    headers = [*cycle.default_headers, *start["headers"]]
    named = dict(headers)
    fits = named[b"content-length"] == b"%d" % len(body) and len(body) <= MOST
    if message["type"] != "http.response.body" or message.get("more_body") or not fits:
        return False
    if not named.keys().isdisjoint(_OF_THE_CONNECTION):
        return False
    if not cycle.keep_alive:
        headers.append((b"connection", b"close"))
    head = b"".join([STATUS_LINE[start["status"]], *[b"%s: %s\r\n" % header for header in headers], b"\r\n"])
    if not _in_order(head, len(headers) + 2):
        return False
    cycle.response_started, cycle.waiting_for_100_continue = True, False
    cycle.transport.write(head + body)
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
