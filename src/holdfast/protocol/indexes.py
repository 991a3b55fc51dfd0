"""What follows from the records and is kept at hand, so that no command looks through all of them.

Each is a function of the records alone: rebuilding gives the same, and `verify` compares. Claims are the sub-ledger:
for each account that holds several claims their sum, which must equal the account's balance after every command.
"""

from __future__ import annotations

from typing import Any

from holdfast.ledger import chart
from holdfast.protocol import records
from holdfast.protocol.contributions import Contributions
from holdfast.protocol.holdings import Holdings
from holdfast.protocol.parameters import Parameters
from holdfast.protocol.records import Record

HOUR = 3_600

Claim = tuple[str, str, int]
"""asset, account, base units."""


class Maturities:
    """Open term stakes by the hour in which they unlock: what is due is found without looking at the rest."""

    __slots__ = ("_hours",)

    def __init__(self) -> None:
        self._hours: dict[int, dict[str, int]] = {}

    def add(self, stake: str, unlocks_at: int) -> None:
        """Remember an open stake."""
        hour = self._hours.get(unlocks_at // HOUR)
        if hour is None:
            hour = self._hours[unlocks_at // HOUR] = {}
        hour[stake] = unlocks_at

    def remove(self, stake: str, unlocks_at: int) -> None:
        """Forget a stake that was paid out."""
        hour = self._hours[unlocks_at // HOUR]
        del hour[stake]
        if not hour:
            del self._hours[unlocks_at // HOUR]

    def due(self, now: int, limit: int | None = None) -> list[str]:
        """Ids of the stakes with unlocks_at <= now, the earliest first, at most `limit`."""
        found: list[tuple[int, int, str]] = []
        for hour in sorted(hour for hour in self._hours if hour <= now // HOUR):
            found += sorted((at, len(stake), stake) for stake, at in self._hours[hour].items() if at <= now)
            if limit is not None and len(found) >= limit:
                break
        return [stake for _, _, stake in found[:limit]]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Maturities) and self._hours == other._hours

    __hash__ = None  # type: ignore[assignment]


class Indexes:
    """All indexes of one state."""

    __slots__ = (
        "_leverage",
        "_parameters",
        "claimed",
        "claims",
        "contributions",
        "frozen",
        "holdings",
        "latest_plan",
        "lent",
        "maturities",
        "pending",
        "quoted",
        "strategies",
        "touched",
        "unwinding",
    )

    def __init__(self, parameters: Parameters) -> None:
        self._parameters = parameters
        self._leverage = parameters.leverage
        term, booster, delegated = parameters.term.asset, parameters.booster.asset, parameters.leverage.asset
        self.claims: dict[tuple[str, str], int] = {
            (term, chart.term(term)): 0,
            (booster, chart.boosters(booster)): 0,
            (delegated, chart.delegated(delegated)): 0,
            (delegated, chart.unbonding(delegated)): 0,
            (parameters.leverage.debt_asset, chart.ISSUANCE): 0,
        }
        self.claimed: set[str] = {account for _, account in self.claims} - {chart.ISSUANCE}
        """The accounts that hold nothing but claims."""
        self.contributions = Contributions()
        self.frozen: set[str] = set()
        self.holdings = Holdings(parameters.leverage.finalize_grace_eras)
        self.lent = 0
        self.maturities = Maturities()
        self.pending: dict[str, dict[str, None]] = {}
        self.quoted: dict[str, int] = {}
        self.strategies: dict[str, dict[str, None]] = {}
        self.unwinding: dict[str, dict[str, None]] = {}
        self.latest_plan: dict[str, str] = {}
        self.touched: set[tuple[str, str]] = set()
        """Whose claims have changed since somebody last emptied this: what is to be checked against the book."""

    def follow(self, old: Record | None, new: Record) -> None:
        """Take over that `new` stands in place of `old`."""
        kind = type(new)
        if kind not in _INDEXED:
            if kind in _CONTRIBUTED:
                self.contributions.follow(old, new)
            elif kind is records.FeeKey:
                self.holdings.follow(old, new)
            return
        claims = self.claims
        if old is not None:
            for asset, account, amount in self.claims_of(old):
                claims[asset, account] -= amount
        for asset, account, amount in self.claims_of(new):
            key = (asset, account)
            if key in claims:
                claims[key] += amount
            else:
                claims[key] = amount
                self.claimed.add(account)
            self.touched.add(key)
        if kind in _HELD:
            self.holdings.follow(old, new)
        if isinstance(new, records.Stake):
            self._follow_stake(old, new)
        elif isinstance(new, records.Exit):
            self._follow_exit(old, new)
        elif isinstance(new, records.Position):
            self.lent += new.debt - (old.debt if isinstance(old, records.Position) else 0)
        elif isinstance(new, records.Strategy):
            self.strategies.setdefault(new.vault, {})[new.id] = None
        elif isinstance(new, records.Unwind):
            pending = self.unwinding.setdefault(new.strategy, {})
            if new.status == "pending":
                pending[new.id] = None
            else:
                pending.pop(new.id, None)
        elif isinstance(new, records.Plan):
            if old is None:
                self.latest_plan[new.vault] = new.id
        elif isinstance(new, records.Freeze):
            (self.frozen.add if new.frozen else self.frozen.discard)(new.id)

    def claims_of(self, record: Record) -> tuple[Claim, ...]:
        """What a record claims of which account; 0 where it claims nothing any more."""
        if isinstance(record, records.Stake):
            asset = self._parameters.term.asset
            return ((asset, chart.term(asset), 0 if record.unstaked else record.amount),)
        if isinstance(record, records.BoosterStake):
            asset = self._parameters.booster.asset
            return ((asset, chart.boosters(asset), 0 if record.unstaked else record.amount),)
        if isinstance(record, records.Validator):
            return ((self._leverage.asset, chart.delegated(self._leverage.asset), record.pool_assets),)
        if isinstance(record, records.Position):
            asset, debt_asset = self._leverage.asset, self._leverage.debt_asset
            return (
                (asset, chart.unbonding(asset), record.proceeds),
                (debt_asset, chart.ISSUANCE, record.debt + record.unreturned),
            )
        if isinstance(record, records.Exit):
            account = chart.exits(record.vault)
            return (
                (record.share, account, record.shares if record.status == "pending" else 0),
                (record.asset, account, record.assets if record.status == "claimable" else 0),
            )
        return ()

    def _follow_stake(self, old: Record | None, new: records.Stake) -> None:
        if old is None:
            self.maturities.add(new.id, new.unlocks_at)
        if new.unstaked:
            self.maturities.remove(new.id, new.unlocks_at)

    def _follow_exit(self, old: Record | None, new: records.Exit) -> None:
        queue = self.pending.setdefault(new.vault, {})
        if new.status == "pending":
            queue[new.id] = None
            self.quoted[new.vault] = self.quoted.get(new.vault, 0) + new.assets
        elif isinstance(old, records.Exit) and old.status == "pending":
            del queue[new.id]
            self.quoted[new.vault] -= old.assets


def branched(value: Any) -> Any:
    """A copy of an index with dicts and sets of its own, at every depth."""
    if isinstance(value, dict):
        return {key: branched(part) for key, part in value.items()} if _nested(value) else value.copy()
    if isinstance(value, set):
        return value.copy()
    if isinstance(value, Indexes | Maturities | Contributions | Holdings):
        other = type(value).__new__(type(value))
        for name in value.__slots__:
            setattr(other, name, branched(getattr(value, name)))
        return other
    return value


def _nested(value: dict[Any, Any]) -> bool:
    return isinstance(next(iter(value.values()), None), dict)


_INDEXED = frozenset(
    {
        records.Stake,
        records.BoosterStake,
        records.Validator,
        records.Position,
        records.Exit,
        records.Freeze,
        records.Strategy,
        records.Unwind,
        records.Plan,
    }
)

_CONTRIBUTED = frozenset({records.Network, records.Resource, records.HeldReward})

_HELD = frozenset({records.Stake, records.Exit, records.Position})
