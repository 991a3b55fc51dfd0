"""One request as a handler sees it: who asks, and what, read and checked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from litestar.types import HTTPScope, Receive, Send

from holdfast.errors import Forbidden, Unauthenticated
from holdfast.identity.records import Session, Where

if TYPE_CHECKING:
    from holdfast.entrypoints.http.routing import Route
    from holdfast.entrypoints.http.server import Server
    from holdfast.identity.principal import Principal


class Call:
    """A request that has passed the door.

    `who` is None only on routes that need nobody to be signed in, or a session of any stage; `session` is that of a
    person who is signed in by one.
    """

    __slots__ = (
        "address",
        "body",
        "by_cookie",
        "headers",
        "path",
        "query",
        "raw",
        "receive",
        "route",
        "scope",
        "send",
        "server",
        "session",
        "token",
        "who",
    )  # fmt: skip

    def __init__(self, server: Server, route: Route, scope: HTTPScope, receive: Receive, send: Send) -> None:
        self.server = server
        self.route = route
        self.scope = scope
        self.receive = receive
        self.send = send
        self.headers: dict[bytes, bytes] = {}
        self.address = ""
        self.who: Principal = None  # type: ignore[assignment]  # the door sets it; a public route does not ask for it
        self.session: Session = None  # type: ignore[assignment]  # likewise
        self.path: dict[str, str] = {}
        self.query: Any = None
        self.body: Any = None
        self.raw = b""
        self.token = ""
        self.by_cookie = False

    def own_session(self) -> Session:
        """The caller's session as it is now.

        Raises: Forbidden for an API key, Unauthenticated where the session has ended meanwhile.
        """
        session_id = self.session.id if self.session is not None else self.who.session
        if session_id is None:
            raise Forbidden("An API key cannot do this. Sign in.", function="own.read")
        kept = self.server.office.get(Session, session_id)
        if kept is None:
            raise Unauthenticated("The session has ended. Sign in again.")
        return kept

    @property
    def where(self) -> Where:
        """Where the request comes from, as the log of people tells it."""
        return Where(self.address, self.header(b"user-agent"))

    def header(self, name: bytes) -> str:
        """A header's text, empty where it is not given."""
        return self.headers.get(name, b"").decode("latin-1")

    @property
    def method(self) -> str:
        """The request's method."""
        return self.scope["method"]

    @property
    def query_string(self) -> bytes:
        """The query as it came."""
        query: bytes = self.scope.get("query_string", b"")
        return query
