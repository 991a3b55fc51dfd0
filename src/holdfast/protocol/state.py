"""The desk's state: a book of balances, tables of records, and indexes over the records.

Only `fold` changes it, with a command's outcome. Everything in `Indexes` follows from the records and is rebuilt with
them; it exists so that no command has to look through all records.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from holdfast.ledger import chart
from holdfast.ledger.book import Book
from holdfast.ledger.posting import Posting
from holdfast.protocol import records
from holdfast.protocol.indexes import Indexes, branched
from holdfast.protocol.parameters import Parameters
from holdfast.protocol.records import Record

TABLES: dict[type, str] = {
    records.Asset: "assets",
    records.Allowance: "allowances",
    records.Freeze: "freezes",
    records.Role: "roles",
    records.Vault: "vaults",
    records.Exit: "exits",
    records.Stake: "stakes",
    records.BoosterStake: "booster_stakes",
    records.Booster: "boosters",
    records.FeeKey: "fee_keys",
    records.FeePool: "fee_pools",
    records.Price: "prices",
    records.Validator: "validators",
    records.Position: "positions",
    records.Era: "eras",
    records.Strategy: "strategies",
    records.Unwind: "unwinds",
    records.Plan: "plans",
    records.Network: "networks",
    records.Attestor: "attestors",
    records.Resource: "resources",
    records.HeldReward: "held_rewards",
}
"""The table that keeps each kind of record, by id."""


class State:
    """One desk at one journal position."""

    __slots__ = ("_by_type", "book", "demo", "indexes", "memo", "now", "parameters", "seq", *TABLES.values())

    assets: dict[str, records.Asset]
    allowances: dict[str, records.Allowance]
    freezes: dict[str, records.Freeze]
    roles: dict[str, records.Role]
    vaults: dict[str, records.Vault]
    exits: dict[str, records.Exit]
    stakes: dict[str, records.Stake]
    booster_stakes: dict[str, records.BoosterStake]
    boosters: dict[str, records.Booster]
    fee_keys: dict[str, records.FeeKey]
    fee_pools: dict[str, records.FeePool]
    prices: dict[str, records.Price]
    validators: dict[str, records.Validator]
    positions: dict[str, records.Position]
    eras: dict[str, records.Era]
    strategies: dict[str, records.Strategy]
    unwinds: dict[str, records.Unwind]
    plans: dict[str, records.Plan]
    networks: dict[str, records.Network]
    attestors: dict[str, records.Attestor]
    resources: dict[str, records.Resource]
    held_rewards: dict[str, records.HeldReward]

    def __init__(self, parameters: Parameters, *, demo: bool = False) -> None:
        self.parameters = parameters
        self.demo = demo
        self.seq = 0
        self.now = 0
        self.book = Book()
        self.indexes = Indexes(parameters)
        self.memo: dict[str, Any] = {}  # what rules worked out from the parameters; never part of the state
        self._by_type: dict[type, dict[str, Any]] = {}
        for kind, name in TABLES.items():
            table: dict[str, Any] = {}
            setattr(self, name, table)
            self._by_type[kind] = table

    @property
    def era(self) -> int:
        """The number of the present era: how many have ended."""
        return len(self.eras)

    def fold(self, seq: int, now: int, postings: Iterable[Posting], changed: Iterable[Record]) -> None:
        """Take over one journal record's effects.

        Raises: Corrupt where a posting overdraws an account.
        """
        self.book.post(postings)
        for record in changed:
            self.put(record)
        self.seq = seq
        self.now = now

    def at(self, second: int) -> State:
        """The same state looked at at another second; both share everything but that."""
        other = State.__new__(State)
        for name in State.__slots__:
            setattr(other, name, getattr(self, name))
        other.now = second
        return other

    def branch(self) -> State:
        """A state that begins as this one and goes its own way; they share the records, which never change."""
        other = State.__new__(State)
        for name in ("parameters", "demo", "seq", "now", "memo"):
            setattr(other, name, getattr(self, name))
        other.book = self.book.branch()
        other.indexes = branched(self.indexes)
        other._by_type = {kind: table.copy() for kind, table in self._by_type.items()}
        for kind, name in TABLES.items():
            setattr(other, name, other._by_type[kind])
        return other

    def put(self, record: Record) -> None:
        """Store a record under its id in place of what was there."""
        table = self._by_type[type(record)]
        old = table.get(record.id)
        table[record.id] = record
        self.indexes.follow(old, record)

    def tables(self) -> Mapping[str, dict[str, Any]]:
        """All tables by name."""
        return {name: getattr(self, name) for name in TABLES.values()}

    def has_role(self, account: str, *names: str) -> bool:
        """Whether the account holds one of the roles now."""
        return any(account in role.accounts for name in names if (role := self.roles.get(name)))

    def is_frozen(self, asset: str, account: str) -> bool:
        """Whether postings of `asset` to or from `account` are refused."""
        return f"{asset}/{account}" in self.indexes.frozen

    def allowance(self, asset: str, owner: str, spender: str, now: int) -> int:
        """Base units that `spender` may move of `owner`'s; 0 from `expires_at` on."""
        given = self.allowances.get(f"{asset}/{owner}/{spender}")
        return given.amount if given and now < given.expires_at else 0

    def deployed(self, vault: records.Vault) -> int:
        """A vault's assets that lie in its strategies, those owed to the treasury among them."""
        names = self.indexes.strategies.get(vault.id)
        if not names:
            return 0
        return sum(self.book.balance(vault.asset, chart.strategy(name)) for name in names)

    def idle(self, vault: records.Vault) -> int:
        """A vault's assets that lie ready, profit still locked among them."""
        return self.book.balance(vault.asset, chart.vault(vault.id))
