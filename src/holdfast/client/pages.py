"""Lists that come in pages, gone through as if they were one."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Any, Generic, TypedDict, TypeVar, cast

from msgspec import structs

from holdfast.client.requests import Request

T = TypeVar("T")


class Page(TypedDict, Generic[T]):
    """Some items, and where the next page goes on; null at the end."""

    items: list[T]
    next: str | int | None


class Pages(Generic[T]):
    """A list on the server: iterate over its items, or over its pages, which are fetched as they are needed."""

    def __init__(self, ask: Callable[[Request], Any], request: Request, cursor: str) -> None:
        self._ask = ask
        self._request = request
        self._cursor = cursor

    def page(self) -> Page[T]:
        """The first page alone."""
        return cast(Page[T], self._ask(self._request))

    def pages(self) -> Iterator[Page[T]]:
        """One page after the other."""
        request: Request | None = self._request
        while request is not None:
            found = self._ask(request)
            yield found
            request = following(request, self._cursor, found)

    def __iter__(self) -> Iterator[T]:
        for page in self.pages():
            yield from page["items"]


class AsyncPages(Generic[T]):
    """As `Pages`, for `async for`."""

    def __init__(self, ask: Callable[[Request], Awaitable[Any]], request: Request, cursor: str) -> None:
        self._ask = ask
        self._request = request
        self._cursor = cursor

    async def page(self) -> Page[T]:
        """The first page alone."""
        return cast(Page[T], await self._ask(self._request))

    async def pages(self) -> AsyncIterator[Page[T]]:
        """One page after the other."""
        request: Request | None = self._request
        while request is not None:
            found = await self._ask(request)
            yield found
            request = following(request, self._cursor, found)

    async def __aiter__(self) -> AsyncIterator[T]:
        async for page in self.pages():
            for item in page["items"]:
                yield item


def following(request: Request, cursor: str, found: dict[str, Any]) -> Request | None:
    """The request for the next page, None behind the last."""
    place = found.get("next")
    if place is None:
        return None
    return structs.replace(request, query={**request.query, cursor: place})
