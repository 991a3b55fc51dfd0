"""What term stakes cost: their taxes (see `earnings`). What is locked comes back and earns nothing by itself."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, NamedTuple

from holdfast.protocol.arguments import Command
from holdfast.protocol.outcome import Outcome
from holdfast.protocol.records import Stake
from holdfast.protocol.state import State


class Staked:
    """One stake with the taxes that were paid for it, by second."""

    def __init__(self, stake: Stake, asset: str) -> None:
        self.id = stake.id
        self.asset = asset
        self.since = stake.staked_at
        self.taxes: list[tuple[int, int]] = []

    def result(self, second: int) -> tuple[int, int]:
        """Net and gross up to a second."""
        return -sum(tax for at, tax in self.taxes if at <= second), 0


class End(NamedTuple):
    """How a stake ended: when, what was paid and the tax on it in whole tokens, and the stake that it went on in."""

    at: int
    paid: str
    tax: str
    next: str | None = None


class Stakes:
    """All term stakes."""

    NAME: ClassVar[str] = "stakes"

    def __init__(self, state: State) -> None:
        self._state = state
        self._asset = state.parameters.term.asset
        self._all: dict[str, Staked] = {}
        self._by_account: dict[str, list[Staked]] = {}
        self._ends: dict[str, End] = {}
        self._origins: dict[str, str] = {}

    def chain(self, stake: str) -> list[tuple[str, End | None]]:
        """The stakes that a stake belongs together with by reinvestment, the first of them first, and their ends."""
        first: str = stake
        while (before := self._origins.get(first)) is not None:
            first = before
        found: list[tuple[str, End | None]] = []
        name: str | None = first
        while name is not None:
            end = self._ends.get(name)
            found.append((name, end))
            name = None if end is None else end.next
        return found

    def of(self, account: str) -> Iterator[Staked]:
        """All stakes that an account ever made."""
        yield from self._by_account.get(account, ())

    def take(self, at: int, command: Command, outcome: Outcome) -> None:
        """Take over a record."""
        for record in outcome.records:
            if isinstance(record, Stake) and record.id not in self._all:
                staked = self._all[record.id] = Staked(record, self._asset)
                self._by_account.setdefault(record.owner, []).append(staked)
        for event in outcome.events:
            if event["type"] in ("term.staked", "term.unstaked"):
                text = outcome.result["tax"] if event["type"] == "term.staked" else event["tax"]
                self._all[event["stake"]].taxes.append((at, self._state.assets[self._asset].units(text)))
            if event["type"] == "term.unstaked":
                self._ends[event["stake"]] = End(at, event["paid"], event["tax"])
            elif event["type"] == "term.reinvested":
                self._ends[event["from"]] = self._ends[event["from"]]._replace(next=event["stake"])
                self._origins[event["stake"]] = event["from"]

    def forget(self, before: int) -> None:
        """Nothing is let go of: two taxes to a stake are all there is."""
