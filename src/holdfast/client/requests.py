"""What is asked of a server, before it is known how it gets there."""

from __future__ import annotations

from typing import Any, NamedTuple
from urllib.parse import quote, urlencode

import msgspec
from msgspec import Struct

JSON = "application/json"


class Request(Struct, frozen=True, kw_only=True):
    """One request.

    In `query`, `body` and `headers` what is None is left out. With `again` it may be sent a second time even where the
    first may have been done: it reads only, or the server knows it by its key.
    """

    method: str
    path: str
    query: dict[str, Any] = {}
    body: Any = None
    headers: dict[str, str | None] = {}
    again: bool = False
    streams: bool = False

    @property
    def target(self) -> str:
        """Path and query as they are sent."""
        given = {name: _text(value) for name, value in self.query.items() if value is not None}
        return f"{self.path}?{urlencode(given, quote_via=quote)}" if given else self.path

    @property
    def content(self) -> bytes:
        """The body as it is sent."""
        if self.body is None:
            return b""
        body = self.body
        if isinstance(body, dict):
            body = {name: value for name, value in body.items() if value is not None}
        return msgspec.json.encode(body)


def named(part: object) -> str:
    """A name in a path."""
    return quote(str(part), safe="@:")


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


class Position(NamedTuple):
    """The place in the journal that a view is true at."""

    seq: int
    at: str
    digest: str


class Document(dict[str, Any]):
    """An answer that is an object."""

    __slots__ = ("position",)
    position: Position | None


class Listing(list[Any]):
    """An answer that is an array."""

    __slots__ = ("position",)
    position: Position | None


def position(answer: object) -> Position | None:
    """The place in the journal that a view was true at; None for answers that are no views."""
    return getattr(answer, "position", None)
