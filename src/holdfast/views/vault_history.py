"""What the shares of each vault stood for at any hour: the desk's vaults alone, followed through the journal."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from holdfast.engine.genesis import Genesis
from holdfast.ledger.chart import ISSUANCE
from holdfast.ledger.posting import Posting
from holdfast.primitives.fixed_point import FLOOR, mul_div
from holdfast.protocol.outcome import Outcome
from holdfast.protocol.records import Asset, Strategy, Vault
from holdfast.protocol.shares import VaultTotals, locked_profit, to_assets
from holdfast.views.timeline import Timeline

PRECISION = 10**18

_KEPT = re.compile("@vault:|@strategy:")


class Point(NamedTuple):
    """A vault from one record on: `held` is idle and deployed less what is owed to the treasury.

    `fees` is what performance fees took per share since the beginning, 10^18-fold.
    """

    seq: int
    held: int
    shares: int
    locked: tuple[int, int, int]
    fees: int

    def totals(self, second: int) -> VaultTotals:
        """What the shares stand for at a second, as long as nothing else happens: profit unlocks by itself."""
        return VaultTotals(self.held - (locked_profit(*self.locked, second) if self.locked[0] else 0), self.shares)


class Rate(NamedTuple):
    """What a vault's shares stood for at a second, after record `seq`."""

    at: int
    seq: int
    totals: VaultTotals

    @property
    def units(self) -> int:
        """Assets per share, 10^18-fold: floor((total_assets + 1) · 10^18 / (total_shares + 1))."""
        return mul_div(self.totals.assets + 1, PRECISION, self.totals.shares + 1, rounding=FLOOR)


class VaultHistory:
    """All vaults of a desk over time. Give it every record's outcome, in order."""

    def __init__(self, genesis: Genesis) -> None:
        self.state = genesis.state()
        self.of_share: dict[str, Vault] = {}
        self.points: dict[str, Timeline[Point]] = {}
        self._fees: dict[str, int] = {}

    def take(self, seq: int, at: int, outcome: Outcome) -> None:
        """Take over what a record did to vaults."""
        changed: set[str] = set()
        for record in outcome.records:
            if isinstance(record, Vault):
                self.state.put(record)
                self.of_share[record.share] = record
                changed.add(record.id)
            elif isinstance(record, Strategy | Asset):
                self.state.put(record)
        for posting in outcome.postings:
            self._post(posting, changed)
        for event in outcome.events:
            if event["type"] in ("vault.rewarded", "strategy.gained"):
                self._fee(self.state.vaults[event["vault"]], event["fee"])
                changed.add(event["vault"])
        for name in changed:
            vault = self.state.vaults[name]
            held = self.state.idle(vault) + self.state.deployed(vault) - vault.owed
            locked = (vault.locked_amount, vault.locked_from, vault.locked_until)
            point = Point(seq, held, self.state.book.supply(vault.share), locked, self._fees.get(name, 0))
            self.points.setdefault(name, Timeline()).put(at, point)

    def now(self, vault: str) -> Point:
        """A vault after the last record."""
        return self.points[vault].values[-1]

    def worth(self, vault: str, shares: int, second: int, point: Point | None = None) -> int:
        """What redeeming shares pays at a second: floor, all of the assets for all of the shares."""
        totals = (point or self.now(vault)).totals(second)
        return totals.assets if shares and shares == totals.shares else to_assets(shares, totals, rounding=FLOOR)

    def rates(self, vault: str, every: int, first: int, last: int) -> Iterator[Rate]:
        """The rate at every multiple of `every` seconds (whole hours) from `first` to `last`; none before the vault."""
        points = self.points.get(vault)
        if points is None:
            return
        start = max(first, points.times[0])
        for second in range(-(-start // every) * every, last + 1, every):
            point = points.at(second)
            if point is not None:
                yield Rate(second, point.seq, point.totals(second))

    def _post(self, posting: Posting, changed: set[str]) -> None:
        """Only vaults' and strategies' accounts are kept, and the supply of shares."""
        book, asset = self.state.book, posting.asset
        for account, change in ((posting.debit, -posting.amount), (posting.credit, posting.amount)):
            if _KEPT.match(account):
                held = book.balances.setdefault(asset, {})
                held[account] = held.get(account, 0) + change
                kind, _, name = account.partition(":")
                changed.add(name if kind == "@vault" else self.state.strategies[name].vault)
            elif account == ISSUANCE and asset in self.of_share:
                book.issued[asset] = book.issued.get(asset, 0) - change
                changed.add(self.of_share[asset].id)

    def _fee(self, vault: Vault, text: str) -> None:
        fee, shares = self.state.assets[vault.asset].units(text), self.state.book.supply(vault.share)
        if fee and shares:
            step = mul_div(fee, PRECISION, shares, rounding=FLOOR)
            self._fees[vault.id] = self._fees.get(vault.id, 0) + step
