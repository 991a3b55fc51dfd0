"""One request as a handler sees it: who asks, and what, read and checked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from litestar.types import Receive, Scope, Send

if TYPE_CHECKING:
    from holdfast.entrypoints.http.routing import Route
    from holdfast.entrypoints.http.server import Server
    from holdfast.identity.principal import Principal


class Call:
    """A request that has passed the door. `who` is None only on routes that need nobody to be signed in."""

    __slots__ = ("address", "body", "headers", "path", "query", "raw", "receive", "route", "scope", "send", "server", "who")

    def __init__(self, server: Server, route: Route, scope: Scope, receive: Receive, send: Send) -> None:
        self.server = server
        self.route = route
        self.scope = scope
        self.receive = receive
        self.send = send
        self.headers: dict[bytes, bytes] = {}
        self.address = ""
        self.who: Principal = None  # type: ignore[assignment]  # the door sets it; a public route does not ask for it
        self.path: dict[str, str] = {}
        self.query: Any = None
        self.body: Any = None
        self.raw = b""

    def header(self, name: bytes) -> str:
        """A header's text, empty where it is not given."""
        return self.headers.get(name, b"").decode("latin-1")

    @property
    def query_string(self) -> bytes:
        """The query as it came."""
        query: bytes = self.scope.get("query_string", b"")
        return query
