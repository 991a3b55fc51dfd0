"""Around every request: an id on its answer, a line in the log, a span where there are traces."""

from __future__ import annotations

import logging
import secrets
import time
from itertools import count
from typing import TYPE_CHECKING, Any, cast

from litestar.types import ASGIApp, HTTPScope, Message, Receive, Scope, Send

from holdfast.entrypoints.http import logs, traces

if TYPE_CHECKING:
    from holdfast.entrypoints.http.call import Call
    from holdfast.entrypoints.http.server import Server

SEEN = "holdfast"
"""The key in a request's scope under which what is known of it is kept."""

REQUEST_ID = b"holdfast-request-id"


_process, _numbers = secrets.token_hex(6), count(1)


class Seen:
    """What is known of one request so far; the door adds the call."""

    __slots__ = ("call", "id", "person", "route", "status")

    def __init__(self) -> None:
        self.id = f"{_process}-{next(_numbers):x}"  # ours alone: one that a client chose could forge another's lines
        self.call: Call | None = None
        self.route = ""
        self.person = ""
        self.status = 0

    @property
    def asked(self) -> str:
        """The pattern of the path that was asked for, as far as it is known."""
        return self.route or (self.call.route.path if self.call is not None else "")


def notice(call: Call) -> None:
    """Let the log know which call this is; where nothing observes, nothing happens."""
    seen = cast(Any, call.scope).get(SEEN)
    if seen is not None:
        seen.call = call


def name(scope: Any, route: str, person: str = "") -> None:
    """Let the log know what was asked of what is no route of the API: the pattern of its path, and by whom."""
    seen = scope.get(SEEN)
    if seen is not None:
        seen.route, seen.person = route, person


class Observed:
    """The application with all that. It answers nothing itself."""

    def __init__(self, app: ASGIApp, server: Server) -> None:
        self._app, self._server = app, server

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See ASGI."""
        if str(scope["type"]) != "http":
            await self._app(scope, receive, send)
            return
        request = cast(HTTPScope, scope)
        seen = Seen()
        cast(Any, scope)[SEEN] = seen
        logs.REQUEST.set(seen.id)

        async def answering(message: Message) -> None:
            if message["type"] == "http.response.start":
                seen.status = message["status"]
                message["headers"] = [*message["headers"], (REQUEST_ID, seen.id.encode())]
            await send(message)

        began = time.perf_counter()
        if not self._server.traces:
            try:
                await self._app(scope, receive, answering)
            finally:
                self._line(request, seen, time.perf_counter() - began, None)
            return
        with self._server.traces.request(str(request["method"]), request["headers"]) as span:
            try:
                await self._app(scope, receive, answering)
            finally:
                if span is not None:
                    traces.ended(span, str(request["method"]), seen.asked, seen.status)
                self._line(request, seen, time.perf_counter() - began, span)

    def _line(self, request: HTTPScope, seen: Seen, seconds: float, span: Any) -> None:
        """One line in the log; a request that was broken off has status 0."""
        log, asked = self._server.log, seen.asked
        call, seen.call = seen.call, None  # it knows the scope, which knows this: no circles, a search for them costs
        fine = 0 < seen.status < 500
        if fine and not log.is_enabled_for(logging.INFO):
            return
        more: dict[str, Any] = {}
        if call is not None:
            if call.who is not None:
                more["person"] = call.who.person
            if call.address:
                more["address"] = call.address
        if seen.person:
            more["person"] = seen.person
        if span is not None:
            more["trace"] = traces.trace_id(span)
        tell = log.info if fine else log.warning
        method = str(request["method"])[:20]
        tell(
            "request",
            method=method,
            route=asked or "none",
            status=seen.status,
            ms=round(seconds * 1_000, 1),
            **more,
        )
