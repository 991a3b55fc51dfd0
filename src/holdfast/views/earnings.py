"""What an account earned with each vault, stake, position and fee key: followed through the journal, exact.

Every product has a running result R(t) in base units of its asset, and a period from t0 to t1 earned R(t1) − R(t0):

    vault     R = what its shares would pay + what its exit requests are good for + taken out − put in
    stake     R = − taxes paid
    position  R = value − debt and interest (never below 0) + paid out − deposited
    fee key   R = floor(weight · (accumulated − since) / 10^18), over the times in which the key was the account's

A deposit raises what the shares would pay by what it put in, and a withdrawal the reverse, so neither looks like profit
or loss: at most by the base unit that rounding leaves to the vault. Put in and taken out is what was really paid for
deposits and redemptions; shares that came or went otherwise count with what they would pay after that record, floored.

R is net. Gross adds what was taken on the way: of vaults the performance fees per share held, of stakes the taxes, of
positions the interest, so that gross − net is what it cost.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple, Protocol

from holdfast.engine.genesis import Genesis
from holdfast.engine.journal import Head, Problem, Row, recorded_answer
from holdfast.primitives.clock import DAY, format_instant
from holdfast.protocol.records import Asset
from holdfast.views.earned_keys import Keys
from holdfast.views.earned_positions import Positions
from holdfast.views.earned_stakes import Stakes
from holdfast.views.earned_vaults import Holdings
from holdfast.views.timeline import HOUR
from holdfast.views.vault_history import Rate, VaultHistory

View = dict[str, Any]

PERIODS = (1, 7, 30)
"""Days back that are told, each rounded down to the full hour."""

KEPT = (max(PERIODS) + 1) * DAY

PRUNED_EVERY = 100_000
"""Records after which what no period needs any more is let go of."""


class Result(NamedTuple):
    """Net and gross in base units."""

    net: int
    gross: int


class Product(Protocol):
    """One thing of an account that earns."""

    @property
    def id(self) -> str:
        """Which one."""

    @property
    def asset(self) -> str:
        """What its result is counted in."""

    @property
    def since(self) -> int:
        """The second from which on it is the account's."""

    def result(self, second: int) -> tuple[int, int]:
        """Net and gross up to a second."""


class Earnings:
    """All accounts of a desk. Give it every record of the journal, in order."""

    def __init__(self, genesis: Genesis) -> None:
        self.head = Head(0, b"")
        """The last record that was taken over …"""
        self.now = 0
        """… and its second."""
        self.vaults = VaultHistory(genesis)
        self._state = self.vaults.state
        self.stakes = Stakes(self._state)
        self._parts = (Holdings(self.vaults), self.stakes, Positions(self._state), Keys(self._state))

    def take(self, rows: Iterable[Row]) -> None:
        """Take over records behind `head`. Raises: Corrupt for one that cannot be read."""
        for row in rows:
            command, answer = recorded_answer(row)
            if not isinstance(answer, Problem):
                self.vaults.take(row.seq, row.at, answer)
                for part in self._parts:
                    part.take(row.at, command, answer)
            self.head, self.now = Head(row.seq, row.digest), row.at
            if row.seq % PRUNED_EVERY == 0:
                self._forget()

    def of(self, account: str, second: int | None = None) -> View:
        """What an account earned up to the last record, or with nothing after it up to a later second.

        Shape: `periods` by name with their beginnings; per product, and summed per asset, net and gross by period.
        Units: text in whole tokens, with a minus where it is less than nothing.
        """
        second = max(self.now, second or 0)
        begins = {f"{days}d": max(second - days * DAY, 0) // HOUR * HOUR for days in PERIODS}
        found: View = {"account": account, "at": format_instant(second)}
        found["periods"] = {name: format_instant(at) for name, at in begins.items()}
        sums: dict[str, dict[str, Result]] = {}
        for part in self._parts:
            items = [self._item(one, begins, second, sums) for one in part.of(account)]
            found[part.NAME] = items
        found["total"] = {
            code: {name: _told(self._state.assets[code], result) for name, result in by_period.items()}
            for code, by_period in sorted(sums.items())
        }
        return found

    def text_of(self, vault: str) -> Callable[[int], str]:
        """How amounts of a vault's asset are written."""
        return self._state.assets[self._state.vaults[vault].asset].text

    def rates(self, vault: str, every: int, first: int, last: int) -> Iterable[Rate]:
        """See `VaultHistory.rates`."""
        return self.vaults.rates(vault, every, first, last)

    def _item(self, one: Product, begins: dict[str, int], second: int, sums: dict[str, dict[str, Result]]) -> View:
        asset = self._state.assets[one.asset]
        present = Result(*one.result(second))
        told: View = {"id": one.id, "asset": one.asset, "since": format_instant(one.since)}
        total = sums.setdefault(one.asset, {})
        for name, begin in (*begins.items(), ("all", None)):
            before = Result(0, 0) if begin is None or begin < one.since else Result(*one.result(begin))
            result = Result(present.net - before.net, present.gross - before.gross)
            told[name] = _told(asset, result)
            sum_ = total.get(name, Result(0, 0))
            total[name] = Result(sum_.net + result.net, sum_.gross + result.gross)
        return told

    def _forget(self) -> None:
        before = self.now - KEPT
        for part in self._parts:
            part.forget(before)


def _told(asset: Asset, result: Result) -> View:
    return {name: "-" * (units < 0) + asset.text(abs(units)) for name, units in result._asdict().items()}
