"""A real server in this process, people by role, and their HTTP clients: what the tests over HTTP share.

    with serving(f"sqlite:{tmp_path}/desk.db") as house:
        house.do("vault.create", "operator", asset="FLUX")
        answer = house.of("alice").get("/v1/me/portfolio")

`serving` makes a desk and its office, and runs them on a free port of 127.0.0.1. People are put into the office
directly, with a session that is signed in; signing in itself has tests of its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx

from holdfast.engine.genesis import Genesis
from holdfast.engine.journal import Receipt
from holdfast.entrypoints.http.serving import Running, bind, open_server
from holdfast.identity.records import ApiKey, Person, Where
from holdfast.identity.roles import Grant, Role
from holdfast.identity.tokens import new_token
from holdfast.primitives.clock import YEAR, FixedClock
from holdfast.protocol.state import State
from holdfast.settings import ServerSettings
from holdfast.wire import codec
from support import START

PEOPLE: dict[str, tuple[Role, ...]] = {
    "olga": ("operator",),
    "paul": ("approver",),
    "otto": ("oracle",),
    "kira": ("keeper",),
    "anna": ("auditor",),
    "alice": ("holder",),
    "bob": ("holder",),
    "nora": (),
}
"""Whom every house has, by the roles they hold. Holders' accounts are called as they are."""

STAFF = ("olga", "paul", "kira", "anna")
"""Those who may read everything."""


class Log:
    """Takes what the server logs: (level, event, fields)."""

    def __init__(self) -> None:
        self.lines: list[tuple[str, str, dict[str, Any]]] = []

    def _take(self, level: str, event: str, fields: dict[str, Any]) -> None:
        if level == "exception":
            import traceback

            fields = fields | {"traceback": traceback.format_exc()}
        self.lines.append((level, event, fields))

    def __getattr__(self, level: str) -> Any:
        if level.startswith("_"):
            raise AttributeError(level)
        if level == "bind":
            return lambda **_: self
        return lambda event="", **fields: self._take(level, event, fields)

    def is_enabled_for(self, _: int) -> bool:
        """It takes everything."""
        return True

    def failures(self) -> list[str]:
        """What went wrong inside: requests and background tasks that raised."""
        return [f"{event}: {fields}" for level, event, fields in self.lines if level in ("exception", "critical")]


class House:
    """A running server, its desk, its people and clients for them."""

    def __init__(self, running: Running, clock: FixedClock, log: Log) -> None:
        self.running = running
        self.server = running.server
        self.service = running.server.service
        self.office = running.server.office
        self.url = running.url
        self.clock = clock
        self.log = log
        self._count = 0
        self._clients: dict[str, httpx.Client] = {}
        self._made: list[httpx.Client] = []

    # --- the desk ---------------------------------------------------------------------------------------------------

    @property
    def state(self) -> State:
        return self.service.state

    def later(self, seconds: int) -> None:
        """Let time pass. Sessions end with it (an operator's after 15 idle minutes); API keys do not."""
        self.clock.now += seconds

    def send(self, kind: str, actor: str, /, **fields: Any) -> Receipt:
        """Submit a command to the desk beside all doors, at the clock's second, whatever the answer."""
        self._count += 1
        return self.service.submit(codec.command(kind, f"house-{self._count}", actor, **fields))

    def do(self, kind: str, actor: str, /, **fields: Any) -> dict[str, Any]:
        """Submit a command to the desk beside all doors; it must be applied; its result."""
        receipt = self.send(kind, actor, **fields)
        assert receipt.status == "applied", receipt.error
        assert isinstance(receipt.result, dict)
        return receipt.result

    # --- people -----------------------------------------------------------------------------------------------------

    def add(self, name: str, *grants: Role | Grant, account: str | None = None, **more: Any) -> Person:
        """Put a person into the office."""
        given = tuple(Grant(grant) if isinstance(grant, str) else grant for grant in grants)
        person = Person(name, name.title(), account or name, self.clock.now, grants=given, **more)
        with self.office.write() as t:
            t.put(person)
            t.log("person.added", by="server", about=name)
        return person

    def session(self, name: str) -> str:
        """The token of a new session of this person, signed in with all factors."""
        with self.office.write() as t:
            return self.server.sessions.open(t, name, "full", "totp", Where("127.0.0.1", "tests")).token

    def key(self, name: str, *functions: str, **more: Any) -> str:
        """A new API key of this person, good for a year."""
        token = new_token("hf")
        with self.office.write() as t:
            now = self.clock.now
            t.put(ApiKey(token.stored[:16], token.stored, name, "tests", functions or ("*",), now, now + YEAR, **more))
            t.log("api_key.created", by=name, about=token.stored[:16])
        return token.shown

    def of(self, name: str) -> httpx.Client:
        """A client that is signed in as this person by an API key; always the same one."""
        if name not in self._clients:
            self._clients[name] = self.client(self.key(name))
        return self._clients[name]

    def signed_in(self, name: str) -> httpx.Client:
        """A client with a new session of this person."""
        return self.client(self.session(name))

    def client(self, token: str | None = None) -> httpx.Client:
        """A client with this token, or with none."""
        headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        made = httpx.Client(base_url=self.url, headers=headers, timeout=30, trust_env=False)
        self._made.append(made)
        return made

    @property
    def nobody(self) -> httpx.Client:
        """A client that is not signed in."""
        if "" not in self._clients:
            self._clients[""] = self.client()
        return self._clients[""]

    def close(self) -> None:
        """Close all clients."""
        for client in self._made:
            client.close()


@contextmanager
def serving(
    db: str,
    *,
    clock: FixedClock | None = None,
    genesis: Genesis | None = None,
    people: bool = True,
    lenient: bool = False,
    **settings: Any,
) -> Iterator[House]:
    """A house that serves the desk at `db`, which is made where there is none; nothing may have failed inside of it.

    The clock is set by hand and stands at the start of 2026. Without a `genesis` the desk is a demo's, so that anybody
    can draw from the faucet. A secret file is made beside the desk; for PostgreSQL say `secret_file=…`.
    """
    hand, log = clock or FixedClock(START), Log()
    options = {"port": 0, "origin": "http://localhost", "keeper": False, "drain_seconds": 5} | settings
    wanted = ServerSettings(db=db, **options)
    server = open_server(wanted, log, clock=hand, genesis=genesis or Genesis(name="tests", demo=True))
    with Running(server, bind(wanted)) as running:
        house = House(running, hand, log)
        try:
            if people and house.office.get(Person, "olga") is None:
                for name, roles in PEOPLE.items():
                    house.add(name, *roles)
            yield house
        finally:
            house.close()
    assert lenient or not log.failures(), "\n".join(log.failures())


def code(answer: httpx.Response) -> str:
    """The stable code of a refusal."""
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    return str(answer.json()["code"])
