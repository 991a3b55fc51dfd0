"""The two ways over the network: waiting for each answer, and not; what is sent when is decided in `exchanging`."""

from __future__ import annotations

import asyncio
import inspect
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import httpx
import msgspec

from holdfast.client.exchanging import Ask, Got, Lost, Send, Wait, exchange
from holdfast.client.requests import Document, Listing, Position, Request
from holdfast.client.settings import Settings
from holdfast.errors import Malformed, Unavailable

_BEFORE = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError, httpx.UnsupportedProtocol)
"""What happens before anything of a request is sent."""


def answer_of(got: Got, settings: Settings) -> Any:
    """The body of an answer, read; a session that it opens is taken over. Raises: Malformed for what is no JSON."""
    if not got.body:
        return None
    try:
        told = msgspec.json.decode(got.body)
    except msgspec.DecodeError:
        raise Malformed(f"{settings.base} does not answer as Holdfast does; check the address.", field="url") from None
    settings.credentials.adopt(told)
    if isinstance(told, dict):
        made: Document | Listing = Document(told)
    elif isinstance(told, list):
        made = Listing(told)
    else:
        return told
    made.position = _position(got)
    return made


def _position(got: Got) -> Position | None:
    seq = got.headers.get("holdfast-seq", "")
    if not seq.isdigit():
        return None
    return Position(int(seq), got.headers.get("holdfast-at", ""), got.headers.get("holdfast-digest", ""))


def _lost(error: httpx.HTTPError) -> Lost:
    reason = str(error) or type(error).__name__
    return Lost(reason, sent=not isinstance(error, _BEFORE))


def _broken(error: httpx.HTTPError) -> Unavailable:
    return Unavailable(f"The answer was cut off ({str(error) or type(error).__name__}). Ask again.")


class Transport:
    """Requests over one pool of connections."""

    def __init__(self, settings: Settings, sleep: Callable[[float], None] = time.sleep) -> None:
        self.settings = settings
        self.sleep = sleep
        self._http = httpx.Client(**settings.options())

    def ask(self, request: Request) -> Any:
        """The answer, read."""
        return answer_of(self._through(request), self.settings)

    def chunks(self, request: Request) -> Iterator[bytes]:
        """The answer as it comes in. Raises: Unavailable where it is cut off."""
        with self.opened(request) as response:
            try:
                yield from response.iter_bytes()
            except httpx.HTTPError as error:
                raise _broken(error) from None

    @contextmanager
    def opened(self, request: Request, silence: float | None = None) -> Iterator[httpx.Response]:
        """An answer that is still coming, closed afterwards."""
        got = self._through(request, silence)
        try:
            yield got.stream
        finally:
            got.stream.close()

    def close(self) -> None:
        """Let go of all connections."""
        self._http.close()

    def _through(self, request: Request, silence: float | None = None) -> Got:
        steps = exchange(self.settings.terms, request)
        step = next(steps)
        try:
            while True:
                try:
                    came = self._do(step, silence)
                except Lost as lost:
                    step = steps.throw(lost)
                else:
                    step = steps.send(came)
        except StopIteration as done:
            found: Got = done.value
            return found

    def _do(self, step: Any, silence: float | None) -> Any:
        if isinstance(step, Wait):
            return self.sleep(step.seconds)
        if isinstance(step, Ask):
            return self.settings.step_up(step.request) if self.settings.step_up else ""
        return self._send(step, silence)

    def _send(self, send: Send, silence: float | None) -> Got:
        request = self._http.build_request(**prepared(send, self.settings, silence))
        try:
            response = self._http.send(request, stream=True)
            if send.streams and response.status_code < 300:
                return Got(response.status_code, response.headers, b"", response)
            try:
                return Got(response.status_code, response.headers, response.read())
            finally:
                response.close()
        except httpx.HTTPError as error:
            raise _lost(error) from None


class AsyncTransport:
    """The same without waiting."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._http = httpx.AsyncClient(**settings.options())

    async def ask(self, request: Request) -> Any:
        """The answer, read."""
        return answer_of(await self._through(request), self.settings)

    async def chunks(self, request: Request) -> AsyncIterator[bytes]:
        """The answer as it comes in. Raises: Unavailable where it is cut off."""
        async with self.opened(request) as response:
            try:
                async for chunk in response.aiter_bytes():
                    yield chunk
            except httpx.HTTPError as error:
                raise _broken(error) from None

    @asynccontextmanager
    async def opened(self, request: Request, silence: float | None = None) -> AsyncIterator[httpx.Response]:
        """An answer that is still coming, closed afterwards."""
        got = await self._through(request, silence)
        try:
            yield got.stream
        finally:
            await got.stream.aclose()

    async def close(self) -> None:
        """Let go of all connections."""
        await self._http.aclose()

    async def _through(self, request: Request, silence: float | None = None) -> Got:
        steps = exchange(self.settings.terms, request)
        step = next(steps)
        try:
            while True:
                try:
                    came = await self._do(step, silence)
                except Lost as lost:
                    step = steps.throw(lost)
                else:
                    step = steps.send(came)
        except StopIteration as done:
            found: Got = done.value
            return found

    async def _do(self, step: Any, silence: float | None) -> Any:
        if isinstance(step, Wait):
            return await asyncio.sleep(step.seconds)
        if isinstance(step, Ask):
            code = self.settings.step_up(step.request) if self.settings.step_up else ""
            return await code if inspect.isawaitable(code) else code
        return await self._send(step, silence)

    async def _send(self, send: Send, silence: float | None) -> Got:
        request = self._http.build_request(**prepared(send, self.settings, silence))
        try:
            response = await self._http.send(request, stream=True)
            if send.streams and response.status_code < 300:
                return Got(response.status_code, response.headers, b"", response)
            try:
                return Got(response.status_code, response.headers, await response.aread())
            finally:
                await response.aclose()
        except httpx.HTTPError as error:
            raise _lost(error) from None


def prepared(send: Send, settings: Settings, silence: float | None = None) -> dict[str, Any]:
    """What httpx makes its request of; with `silence` the answer may pause that long."""
    made = {"method": send.method, "url": settings.url(send.target), "headers": send.headers, "content": send.content}
    if silence is not None:
        usual = settings.timeout
        made["timeout"] = httpx.Timeout(connect=usual.connect, read=silence, write=usual.write, pool=usual.pool)
    return made
