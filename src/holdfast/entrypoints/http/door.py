"""The door: every request is authenticated, authorised and read here, in this order, before its handler sees it."""

from __future__ import annotations

import asyncio
import re
import time
from typing import Any, cast

from litestar.types import HTTPScope, Receive, Send

from holdfast.entrypoints.http import answers, authentication, observing, parsing, proving
from holdfast.entrypoints.http.answers import PROBLEM, Header, Reply
from holdfast.entrypoints.http.call import Call
from holdfast.entrypoints.http.paths import Methods
from holdfast.entrypoints.http.routing import ENROLLING, PUBLIC, SIGNED_IN, SMALL_BODY
from holdfast.entrypoints.http.server import Server
from holdfast.entrypoints.http.whole_answers import ARRIVED
from holdfast.errors import Corrupt, Forbidden, HoldfastError, Malformed, TooManyRequests, Unauthenticated, Unavailable
from holdfast.identity.principal import authorise

_NAME = re.compile(r"\A[A-Za-z0-9@._:-]{1,128}\Z")
_PLACES = frozenset(("file", "place"))
"""Details of errors that tell where the desk is kept."""


class MethodNotAllowed(Malformed, code="method_not_allowed", status=405):
    """This path does not take that method. The Allow header names those that it takes."""


class InternalError(HoldfastError, code="internal_error", status=500):
    """The server made a mistake. Nothing is known to be lost; the log of the server has the details."""


async def enter(server: Server, methods: Methods, scope: HTTPScope, receive: Receive, send: Send) -> None:
    """Answer one request to a path: the only place where errors become answers."""
    began = time.perf_counter()
    asked = str(scope["method"])
    head = asked == "HEAD"
    route = methods.get("GET" if head else asked)  # type: ignore[call-overload]
    status = 500
    try:
        if route is None:
            status = await _wrong_method(methods, send)
            return
        call = Call(server, route, scope, receive, send)
        observing.notice(call)
        try:
            status = await _pass(call, head=head)
        except HoldfastError as error:
            status = await refuse(call, error)
        except Exception:
            server.log.exception("request failed", route=route.name)
            status = await refuse(call, InternalError("The server made a mistake; its log has the details."))
    finally:
        server.metrics.request(route.name if route else "none", status, time.perf_counter() - began)


async def _pass(call: Call, *, head: bool) -> int:
    """Who, may he, what, then the handler. Returns the status sent, for the metrics."""
    route, scope = call.route, call.scope
    given: list[Header] = scope["headers"]  # type: ignore[assignment]
    call.headers = dict(given)
    if len(call.headers) < len(given):
        call.headers = parsing.headers_once(given)
    call.address = call.server.address_of(scope, call.headers)
    if route.needs != PUBLIC:
        await call.server.fresh()
    if route.max_body > SMALL_BODY:
        authentication.require_known(call)
    if route.body is not None or route.method in ("POST", "PUT"):
        arrived = bool(cast(Any, scope).get(ARRIVED))
        call.raw = await parsing.read_body(call.receive, route.max_body, arrived=arrived)
    await authentication.identify(call)
    _authorise(call)
    if scope.get("path_params"):
        call.path = parsing.path_fields(scope["path_params"], _NAME)
    if route.query is not None:
        call.query = parsing.query_fields(scope["query_string"], route.query)
    elif scope["query_string"]:
        raise Malformed("This route takes no query.", field="query")
    _read_body(call)
    if route.step_up:
        await proving.require_step_up(call)
    reply = await route.answer(call)
    if reply is STREAMED:
        return 200
    return await _send(call, reply, head=head)


STREAMED = object()
"""What a handler answers that has sent its answer itself."""


def _authorise(call: Call) -> None:
    needs = call.route.needs
    if needs == PUBLIC:
        return
    if call.who is None and (call.session is None or needs != ENROLLING):
        raise Unauthenticated("Sign in first, or send an API key.")
    if needs not in (SIGNED_IN, ENROLLING):
        authorise(call.who, needs)


def _read_body(call: Call) -> None:
    if call.route.body is None:
        if call.raw and call.raw.strip() not in (b"", b"{}"):
            raise Malformed("This route takes no body.", field="body")
        return
    given = parsing.json_body(call.raw, call.headers.get(b"content-type", b""))
    if call.route.body is dict:
        if not isinstance(given, dict):
            raise Malformed("The body is a JSON object.", field="body")
        call.body = given
    else:
        call.body = parsing.convert(given, call.route.body)


async def _send(call: Call, reply: Any, *, head: bool) -> int:
    status, headers, kind, body = call.route.status, (), answers.JSON, b""
    if isinstance(reply, Reply):
        status, kind = reply.status or status, reply.content_type
        headers = reply.headers  # type: ignore[assignment]
        body = reply.body if reply.raw else b"" if reply.body is None else answers.encode(reply.body)
    elif reply is not None:
        body = answers.encode(reply)
    await answers.send_bytes(call.send, status, body, kind, headers, head=head)
    return status


async def refuse(call: Call, error: HoldfastError) -> int:
    """Send an error as problem details."""
    headers: list[Header] = []
    told: HoldfastError = error
    status = error.status
    if isinstance(error, Corrupt):
        call.server.log.error("desk is corrupt", error=error.message)
        status = 503  # reads still work: the desk takes no commands until somebody has looked
        told = type(error)("The desk takes no commands until somebody has looked at it.")
    elif error.details.keys() & _PLACES:
        call.server.log.warning("desk out of reach", error=error.message)
        told = type(error)("The desk cannot be reached now. Try again soon, a command with the same id.")
    if isinstance(error, Unavailable | Corrupt):
        headers.append((b"retry-after", b"1"))
    if isinstance(error, TooManyRequests):
        headers.append((b"retry-after", str(error.details.get("retry_after", 1)).encode()))
    if isinstance(error, Unauthenticated):
        headers.append((b"www-authenticate", b'Bearer realm="holdfast"'))
    call.server.metrics.refusal(error.code)
    if isinstance(error, Forbidden) and call.who is not None:
        await asyncio.to_thread(call.server.note_refusal, call.who, call.route.name, error)
    body = answers.encode(answers.problem(told, status=status, instance=call.scope["path"]))
    await answers.send_bytes(call.send, status, body, PROBLEM, tuple(headers), head=call.scope["method"] == "HEAD")
    return status


async def _wrong_method(methods: Methods, send: Send) -> int:
    allowed = ", ".join(sorted({*methods, *(("HEAD",) if "GET" in methods else ())}))
    error = MethodNotAllowed(f"This path takes {allowed}.", allowed=allowed)
    body = answers.encode(answers.problem(error))
    await answers.send_bytes(send, error.status, body, PROBLEM, ((b"allow", allowed.encode()),))
    return error.status
