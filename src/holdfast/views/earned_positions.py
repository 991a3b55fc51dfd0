"""Leveraged positions over time (see `earnings`)."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from typing import ClassVar, NamedTuple

from holdfast.ledger import chart
from holdfast.protocol.arguments import Command
from holdfast.protocol.delegation import pool_value
from holdfast.protocol.interest import owed
from holdfast.protocol.outcome import Outcome
from holdfast.protocol.records import Era, Position, Validator
from holdfast.protocol.state import State
from holdfast.views.timeline import Timeline


class Opened(NamedTuple):
    """A position from one record on; `flow` is paid out less deposited, `interest` what closed ones have borne."""

    position: Position
    flow: int
    interest: int


class Delegation:
    """The positions of one account, one after another."""

    def __init__(self, positions: Positions, account: str, since: int) -> None:
        self.id = account
        self.asset = positions.asset
        self.since = since
        self.times: Timeline[Opened] = Timeline()
        self.last = Opened(Position(account, "empty"), 0, 0)
        self._positions = positions

    def result(self, second: int) -> tuple[int, int]:
        """Net and gross up to a second."""
        found = self.times.at(second)
        if found is None:
            return 0, 0
        position, flow, paid = found
        value, interest = self._positions.value(position, second), self._positions.interest(position, second)
        net = max(value - position.debt - interest, 0) + flow
        return net, net + paid + _borne(value, position.debt, interest)


def _borne(value: int, debt: int, interest: int) -> int:
    """The interest out of the holder's part: what the value does not reach is the reserve's loss."""
    return min(max(value - debt, 0), interest)


class Positions:
    """All positions, with what their validators' pools held and when eras ended."""

    NAME: ClassVar[str] = "positions"

    def __init__(self, state: State) -> None:
        self.asset = state.parameters.leverage.asset
        self._scratch = State(state.parameters)
        self._ended: list[int] = []
        self._validators: dict[str, Timeline[Validator]] = {}
        self._by_account: dict[str, Delegation] = {}

    def of(self, account: str) -> Iterator[Delegation]:
        """An account's positions, as one."""
        if account in self._by_account:
            yield self._by_account[account]

    def take(self, at: int, command: Command, outcome: Outcome) -> None:
        """Take over a record."""
        for record in outcome.records:
            if isinstance(record, Validator):
                self._validators.setdefault(record.id, Timeline()).put(at, record)
            elif isinstance(record, Era):
                self._ended.append(record.ended_at)
                self._scratch.eras[record.id] = record
        for record in outcome.records:
            if isinstance(record, Position):
                self._change(at, record, outcome)

    def forget(self, before: int) -> None:
        """Let go of what no second from `before` on needs."""
        for delegation in self._by_account.values():
            delegation.times.forget(before)
        for validator in self._validators.values():
            validator.forget(before)

    def value(self, position: Position, second: int) -> int:
        """What it was worth at a second: its share of the pool, or its proceeds while unbonding."""
        if position.status != "active":
            return position.proceeds
        validator = self._validators[position.validator].at(second)
        return pool_value(validator, position.shares) if validator is not None else 0

    def interest(self, position: Position, second: int) -> int:
        """What it owed in interest at a second, as of the last era's end before it."""
        ended = bisect_right(self._ended, second)
        every = self._scratch.eras
        if ended == len(every):
            return owed(self._scratch, position)
        self._scratch.eras = {str(number): every[str(number)] for number in range(1, ended + 1)}
        try:
            return owed(self._scratch, position)
        finally:
            self._scratch.eras = every

    def _change(self, at: int, record: Position, outcome: Outcome) -> None:
        delegation = self._by_account.get(record.id)
        if delegation is None:
            delegation = self._by_account[record.id] = Delegation(self, record.id, at)
        before, flow, interest = delegation.last
        if before.debt and not record.debt:
            interest += _borne(before.proceeds, before.debt, self.interest(before, at))
        for posting in outcome.postings:
            if posting.asset == self.asset:
                if (posting.debit, posting.credit) == (record.id, chart.delegated(self.asset)):
                    flow -= posting.amount
                elif (posting.debit, posting.credit) == (chart.unbonding(self.asset), record.id):
                    flow += posting.amount
        delegation.last = Opened(record, flow, interest)
        delegation.times.put(at, delegation.last)
