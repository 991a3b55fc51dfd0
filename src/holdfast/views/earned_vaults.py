"""What accounts have in vaults over time, and what they put in and took out (see `earnings`)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, NamedTuple

from holdfast.ledger.chart import is_protocol
from holdfast.primitives.fixed_point import FLOOR, mul_div
from holdfast.protocol.arguments import Command
from holdfast.protocol.outcome import Outcome
from holdfast.protocol.records import Exit
from holdfast.protocol.shares import to_assets
from holdfast.views.timeline import Timeline
from holdfast.views.vault_history import PRECISION, Point, VaultHistory

_PAID = ("vault.deposit", "vault.mint", "vault.withdraw", "vault.redeem")
"""Commands whose result says what was paid for the shares."""


class Held(NamedTuple):
    """An account in a vault from one record on. `flow` is taken out less put in; `mark` where `fees` was counted."""

    shares: int
    exits: tuple[Exit, ...]
    flow: int
    fees: int
    mark: int


class Holding:
    """One account in one vault."""

    def __init__(self, history: VaultHistory, vault: str, since: int) -> None:
        self.id = vault
        self.asset = history.state.vaults[vault].asset
        self.since = since
        self.times: Timeline[Held] = Timeline()
        self._history = history
        self.held = Held(0, (), 0, 0, history.now(vault).fees)

    def change(self, at: int, *, shares: int = 0, flow: int = 0, exits: tuple[Exit, ...] | None = None) -> None:
        """So many shares more, so much taken out; its exit requests, where they changed."""
        old, mark = self.held, self._history.now(self.id).fees
        kept = old.exits if exits is None else exits
        self.held = Held(old.shares + shares, kept, old.flow + flow, _fees(old, mark), mark)
        self.times.put(at, self.held)

    def result(self, second: int) -> tuple[int, int]:
        """Net and gross up to a second."""
        held = self.times.at(second)
        if held is None:
            return 0, 0
        point = self._history.points[self.id].at(second)
        if point is None:
            return 0, 0
        net = self._worth(held, point, second) + held.flow
        return net, net + _fees(held, point.fees)

    def _worth(self, held: Held, point: Point, second: int) -> int:
        """What shares pay, and what exit requests are good for: the lower of quote and value, or what is set aside."""
        total = self._history.worth(self.id, held.shares, second, point)
        for one in held.exits:
            if one.status == "claimable":
                total += one.assets
            else:
                total += min(one.assets, to_assets(one.shares, point.totals(second), rounding=FLOOR))
        return total


def _fees(held: Held, mark: int) -> int:
    """Performance fees per share since they were last counted, on the shares held meanwhile."""
    return held.fees + mul_div(held.shares, mark - held.mark, PRECISION, rounding=FLOOR)


class Holdings:
    """All accounts in all vaults."""

    NAME: ClassVar[str] = "vaults"

    def __init__(self, history: VaultHistory) -> None:
        self._history = history
        self._by_account: dict[str, dict[str, Holding]] = {}

    def of(self, account: str) -> Iterator[Holding]:
        """What an account has, or had, in vaults."""
        yield from self._by_account.get(account, {}).values()

    def take(self, at: int, command: Command, outcome: Outcome) -> None:
        """Take over a record, after the vaults' history has."""
        moved: dict[tuple[str, str], int] = {}
        for posting in outcome.postings:
            vault = self._history.of_share.get(posting.asset)
            if vault is not None:
                for account, change in ((posting.debit, -posting.amount), (posting.credit, posting.amount)):
                    if not is_protocol(account):
                        moved[account, vault.id] = moved.get((account, vault.id), 0) + change
        kind = str(command.__struct_config__.tag)
        for (account, name), shares in moved.items():
            if shares:
                flow = self._flow(kind, name, shares, at, outcome)
                self._holding(account, name, at).change(at, shares=shares, flow=flow)
        for record in outcome.records:
            if isinstance(record, Exit):
                self._exit(at, record)

    def forget(self, before: int) -> None:
        """Let go of what no second from `before` on needs."""
        for holdings in self._by_account.values():
            for holding in holdings.values():
                holding.times.forget(before)

    def _flow(self, kind: str, name: str, shares: int, at: int, outcome: Outcome) -> int:
        """What was taken out for shares that went, or, below 0, put in for shares that came."""
        if kind in ("vault.request_redeem", "vault.cancel_redeem"):
            return 0  # they are in the exit request, or come back from it
        if kind in _PAID:
            vault = self._history.state.vaults[name]
            paid = self._history.state.assets[vault.asset].units(outcome.result["assets"])
        else:
            paid = self._history.worth(name, abs(shares), at)
        return -paid if shares > 0 else paid

    def _exit(self, at: int, record: Exit) -> None:
        holding = self._holding(record.owner, record.vault, at)
        others = tuple(one for one in holding.held.exits if one.id != record.id)
        if record.status in ("pending", "claimable"):
            holding.change(at, exits=(*others, record))
        else:
            holding.change(at, exits=others, flow=record.assets if record.status == "claimed" else 0)

    def _holding(self, account: str, name: str, at: int) -> Holding:
        holdings = self._by_account.setdefault(account, {})
        if name not in holdings:
            holdings[name] = Holding(self._history, name, at)
        return holdings[name]
