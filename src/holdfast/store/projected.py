"""What the tables for ordinary SQL hold, whatever database they are in: read from the journal, counted here.

`projections` keeps them on SQLite, `postgres_projections` on PostgreSQL. Both take over records in lots; all arithmetic
is done here, so that they cannot differ.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple, Protocol

import msgspec
from msgspec import UNSET, Struct, UnsetType

from holdfast.engine.journal import Row
from holdfast.errors import Corrupt
from holdfast.ledger.posting import Posting
from holdfast.primitives.asset import format_units
from holdfast.protocol.records import Asset, Record

VERSION = 1
"""Of these tables; other ones are dropped and built anew."""

NAMES = (
    ("VIEW", "entry"),
    ("TABLE", "posting"),
    ("TABLE", "balance"),
    ("TABLE", "projected_asset"),
    ("TABLE", "projection"),
)
"""What there is, in the order in which it can be dropped."""

Progress = Callable[[int], None]
"""Told the number of the record just taken over."""

Held = dict[tuple[str, str], int]
"""(account, asset) -> base units."""


class Entry(Struct, frozen=True):
    """A line of an account's statement."""

    seq: int
    line: int
    at: int
    type: str
    command_id: str
    asset: str
    counter_account: str
    direction: str
    amount: str
    tokens: str
    balance: str


class Tables(Protocol):
    """The tables of one desk.

    Every method raises Unavailable when the database cannot be used now (locked, full, read-only: the tables stand
    where they stood), NoDesk where there is no desk, and Corrupt when a record is unreadable.
    """

    def catch_up(self, progress: Progress | None = None) -> int:
        """Bring the tables up to the journal's head; the record they stand at then."""

    def rebuild(self, progress: Progress | None = None) -> int:
        """Drop the tables, whatever is in them, and build them anew from the journal."""

    def drop(self) -> None:
        """Remove the tables; the desk is the same without them."""

    def statement(
        self, account: str, *, asset: str | None = None, before: tuple[int, int] | None = None, limit: int = 100
    ) -> list[Entry]:
        """An account's postings, the newest first; `before` is the (seq, line) that a former page ended with."""

    def position(self) -> int:
        """The record at which the tables stand; 0 where there are none."""

    def close(self) -> None:
        """Let go of the connection."""


class Line(NamedTuple):
    """A row of `posting`."""

    seq: int
    line: int
    at: int
    type: str
    command_id: str
    asset: str
    amount: int
    tokens: str
    debit: str
    credit: str
    debit_balance: str
    credit_balance: str


class Holding(NamedTuple):
    """A row of `balance`; where `amount` is 0 there shall be none."""

    account: str
    asset: str
    amount: int
    tokens: str
    seq: int


class Effects(Struct, gc=False):
    """What a record did."""

    postings: tuple[Posting, ...] = ()
    records: tuple[Record, ...] = ()


class _Named(Struct, gc=False):
    id: str
    type: str


class Projected(Struct, gc=False):
    """What the tables read of a record."""

    command: _Named
    outcome: Effects | UnsetType = UNSET


_decode = msgspec.json.Decoder(Projected).decode


def read(row: Row) -> Projected:
    """A record. Raises: Corrupt where it cannot be read."""
    try:
        return _decode(row.body)
    except msgspec.MsgspecError as error:
        raise Corrupt(f"record {row.seq} cannot be read: {error}; run `holdfast verify`") from None


class Lot:
    """Some records in their order, and what they add to the tables."""

    def __init__(self, rows: Iterable[Row]) -> None:
        """Read the records. Raises: Corrupt."""
        found = ((row, read(row)) for row in rows)
        self._applied = [
            (row, record.command, record.outcome) for row, record in found if isinstance(record.outcome, Effects)
        ]

    def accounts(self) -> list[str]:
        """The accounts that these records touch, in order: their balances are needed."""
        moved = (posting for _, _, outcome in self._applied for posting in outcome.postings)
        return sorted({account for posting in moved for account in (posting.debit, posting.credit)})

    def follow(self, decimals: dict[str, int], held: Held) -> tuple[list[tuple[str, int]], list[Line], list[Holding]]:
        """(new assets, new postings, changed balances); `decimals` and `held` are what the tables have, and follow."""
        assets: list[tuple[str, int]] = []
        lines: list[Line] = []
        touched: dict[tuple[str, str], int] = {}
        for row, command, outcome in self._applied:
            for record in outcome.records:
                if isinstance(record, Asset) and record.id not in decimals:
                    decimals[record.id] = record.decimals
                    assets.append((record.id, record.decimals))
            for number, posting in enumerate(outcome.postings):
                asset, amount, places = posting.asset, posting.amount, decimals[posting.asset]
                debit, credit = (posting.debit, asset), (posting.credit, asset)
                held[debit] = held.get(debit, 0) - amount
                held[credit] = held.get(credit, 0) + amount
                touched[debit] = touched[credit] = row.seq
                lines.append(
                    Line(row.seq, number, row.at, command.type, command.id, asset, amount, format_units(amount, places),
                         posting.debit, posting.credit, tokens(held[debit], places), tokens(held[credit], places))
                )  # fmt: skip
        changed = [
            Holding(*key, held[key], tokens(held[key], decimals[key[1]]), seq) for key, seq in sorted(touched.items())
        ]
        return assets, lines, changed


def tokens(units: int, decimals: int) -> str:
    """Whole tokens of a balance; only `@issuance` is below zero."""
    return format_units(units, decimals) if units >= 0 else "-" + format_units(-units, decimals)
