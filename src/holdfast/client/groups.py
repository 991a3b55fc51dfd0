"""What the generated methods stand on."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any, Protocol

from holdfast.client.pages import AsyncPages, Pages
from holdfast.client.requests import Request, named

__all__ = ["AsyncMethods", "AsyncPort", "Methods", "Port", "named"]


class Port(Protocol):
    """Gets requests through and waits for the answer."""

    def ask(self, request: Request) -> Any:
        """The answer, read."""

    def chunks(self, request: Request) -> Iterator[bytes]:
        """The answer as it comes in."""


class AsyncPort(Protocol):
    """The same without waiting."""

    async def ask(self, request: Request) -> Any:
        """The answer, read."""

    def chunks(self, request: Request) -> AsyncIterator[bytes]:
        """The answer as it comes in."""


class Methods:
    """Methods of one topic."""

    def __init__(self, port: Port) -> None:
        self._port = port

    def _ask(self, method: str, path: str, **more: Any) -> Any:
        return self._port.ask(Request(method=method, path=path, **more))

    def _pages(self, path: str, cursor: str, **more: Any) -> Pages[Any]:
        return Pages(self._port.ask, Request(method="GET", path=path, **more), cursor)

    def _chunks(self, path: str, **more: Any) -> Iterator[bytes]:
        return self._port.chunks(Request(method="GET", path=path, streams=True, **more))


class AsyncMethods:
    """Methods of one topic, to be awaited."""

    def __init__(self, port: AsyncPort) -> None:
        self._port = port

    async def _ask(self, method: str, path: str, **more: Any) -> Any:
        return await self._port.ask(Request(method=method, path=path, **more))

    def _pages(self, path: str, cursor: str, **more: Any) -> AsyncPages[Any]:
        return AsyncPages(self._port.ask, Request(method="GET", path=path, **more), cursor)

    def _chunks(self, path: str, **more: Any) -> AsyncIterator[bytes]:
        return self._port.chunks(Request(method="GET", path=path, streams=True, **more))
