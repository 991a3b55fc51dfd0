"""A desk with an office beside it, in memory: people, policies and the guard, with terse verbs."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import count
from typing import Any

from holdfast.engine.genesis import Genesis
from holdfast.engine.journal import Receipt
from holdfast.engine.ports import JournalStore
from holdfast.engine.service import Service
from holdfast.identity.groups import Group
from holdfast.identity.office import Office
from holdfast.identity.policies.directory import Directory
from holdfast.identity.policies.guard import Attests, PolicyGuard, nobody_attested
from holdfast.identity.policies.installed import install
from holdfast.identity.policies.rules import convert
from holdfast.identity.proposals import Proposals
from holdfast.identity.records import Person
from holdfast.identity.roles import Grant, Role
from holdfast.primitives.clock import FixedClock
from holdfast.protocol.arguments import Command
from holdfast.protocol.state import State
from holdfast.store.documents import Documents
from holdfast.store.documents.memory import MemoryDocuments
from holdfast.store.memory import MemoryStore
from holdfast.wire import codec
from support import START


class Place:
    """One desk and its office under one clock; `send` goes the way that a door goes: person, guard, service."""

    _number = count(1)

    def __init__(
        self, *rules: dict[str, Any], groups: dict[str, Iterable[str]] | None = None,
        attested: Attests = nobody_attested, store: JournalStore | None = None, documents: Documents | None = None,
        clock: FixedClock | None = None, **settings: Any,
    ) -> None:  # fmt: skip
        self.clock = clock or FixedClock(START)
        self.store = store or MemoryStore()
        self.documents = documents or MemoryDocuments()
        opened = Service(self.store, self.clock) if store else Service.create(self.store, Genesis(), self.clock)
        self.service = opened
        self.office = Office(self.documents, self.clock, lambda: self.service.head)
        for name, members in (groups or {}).items():
            self.group(name, *members)
        if rules or settings:
            self.install(*rules, **settings)
        self.directory = Directory(self.office)
        self.guard = PolicyGuard(self.service, self.office, self.directory, attested)
        self.proposals = Proposals(self.office, self.service, self.guard)

    def beside(self) -> Place:
        """Another server on the same desk and office."""
        return Place(store=self.store, documents=self.documents, clock=self.clock)

    @property
    def state(self) -> State:
        return self.service.state

    def install(self, *rules: dict[str, Any], **settings: Any) -> None:
        install(self.office, convert({"rules": list(rules), **settings}), by="olga")

    def person(self, name: str, *roles: Role, account: str | None = None, until: int | None = None) -> None:
        """A person with roles, put there without ceremony."""
        grants = tuple(Grant(role, until=until) for role in roles)
        with self.office.write() as t:
            t.put(Person(name, name.title(), account or name, self.clock.now, grants=grants))

    def group(self, name: str, *members: str) -> None:
        """A group whose members need not be known yet."""
        with self.office.write() as t:
            t.put(Group(name, tuple(sorted(members))))

    def command(self, person: str, kind: str, /, *, actor: str | None = None, **fields: Any) -> Command:
        return codec.command(kind, f"{person}/{next(self._number)}", actor or person, **fields)

    def send(self, person: str, kind: str, /, *, actor: str | None = None, **fields: Any) -> Receipt:
        return self.service.submit(self.command(person, kind, actor=actor, **fields), guard=self.guard.guard)

    def mint(self, asset: str, to: str, amount: str) -> None:
        """Issue units, past all policies."""
        made = codec.command("asset.mint", f"setup-{next(self._number)}", "operator", asset=asset, to=to, amount=amount)
        assert self.service.submit(made).status == "applied"

    def words(self) -> list[str]:
        """What the log tells, in order."""
        return [entry.what for entry in self.office.log()]
