"""Streams end with what they were opened by: a session or an API key that ends, a person who is changed or disabled."""

from __future__ import annotations

import asyncio

from holdfast.entrypoints.http.feed import Feed, Stream
from holdfast.errors import TooManyRequests
from holdfast.identity.office import Key, Office
from holdfast.identity.principal import Principal, access
from holdfast.identity.records import ApiKey, Person, Session
from holdfast.identity.sessions import Sessions

MOST = 10_000
"""Streams that one server keeps open."""

MOST_OF_ONE = 2_000
"""Streams that one person keeps open on one server."""


class Endings:
    """Who has which streams open. Used in the event loop; the office calls from any thread."""

    def __init__(self, office: Office, sessions: Sessions) -> None:
        self._office = office
        self._sessions = sessions
        self._open: dict[Key, set[Stream]] = {}
        self._loop: asyncio.AbstractEventLoop | None = None
        office.watch(self._changed)

    def add(self, who: Principal, stream: Stream, feed: Feed) -> None:
        """Remember an open stream. Raises: TooManyRequests where there are too many."""
        self._loop = asyncio.get_running_loop()
        own = len(self._open.get(("person", who.person), ()))
        if len(feed) > MOST or own >= MOST_OF_ONE:
            raise TooManyRequests("Too many event streams are open.", retry_after=30)
        for key in _keys(who):
            self._open.setdefault(key, set()).add(stream)

    def remove(self, who: Principal, stream: Stream) -> None:
        """Forget a stream that was closed."""
        for key in _keys(who):
            streams = self._open.get(key, set())
            streams.discard(stream)
            if not streams:
                self._open.pop(key, None)

    def may_go_on(self, who: Principal) -> bool:
        """Whether what the stream was opened by still holds: an idle session, a key and a grant end by themselves."""
        now = self._office.now()
        person = self._office.get(Person, who.person)
        if person is None or person.disabled is not None:
            return False
        if who.session is not None:
            session = self._office.get(Session, who.session)
            alive = session is not None and session.stage == "full" and now < self._sessions.ends_at(session)
            return alive and access(person.grants, now) == who.access
        key = self._office.get(ApiKey, who.api_key or "")
        return key is not None and now < key.expires and access(person.grants, now, key.functions) == who.access

    def _changed(self, keys: frozenset[Key]) -> None:
        if self._loop is not None and not self._loop.is_closed() and any(key in self._open for key in keys):
            self._loop.call_soon_threadsafe(self._end, keys)

    def _end(self, keys: frozenset[Key]) -> None:
        for key in keys:
            if key[0] == "session" and (one := self._office.get(Session, key[1])) is not None and one.stage == "full":
                continue  # only used, or proved anew
            if key[0] == "api_key" and self._office.get(ApiKey, key[1]) is not None:
                continue
            for stream in self._open.get(key, ()):
                stream.end()


def _keys(who: Principal) -> list[Key]:
    """The office's records that a stream hangs on."""
    found: list[Key] = [("person", who.person)]
    if who.session is not None:
        found.append(("session", who.session))
    if who.api_key is not None:
        found.append(("api_key", who.api_key))
    return found
