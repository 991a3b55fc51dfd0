"""Postings and balances as tables for ordinary SQL, in the desk's own SQLite file.

They follow the journal with a cursor of their own, off the commit path: `catch_up` takes over what is new, in lots,
each in one transaction with the cursor. Nothing depends on them; `rebuild` drops them and reads the journal anew.

    posting   seq, line, at, type, command_id, asset, amount, tokens, debit, credit, debit_balance, credit_balance
    entry     a view: each posting twice, as either account sees it: seq, line, at, type, command_id, asset, account,
              counter_account, direction ('in' or 'out'), amount, tokens, balance (in tokens, after this posting)
    balance   asset, account, amount, tokens, seq (of the posting that set it); accounts that hold nothing have no row

`amount` is base units as digits, `tokens` the same in whole tokens ("10.5"). Both are text: SQLite's numbers end at
2^63 and its CAST saturates silently, so amounts are compared and added by the reader, never by SQL. The account
`@issuance` stands against all that was ever minted; its balance is minus the supply.

    -- an account's statement, the newest first
    SELECT seq, datetime(at, 'unixepoch'), type, direction, counter_account, tokens, asset, balance
    FROM entry WHERE account = 'alice' ORDER BY seq DESC, line DESC LIMIT 20;
    -- who holds FLUX, the largest first (digits compare by length, then by text)
    SELECT account, tokens FROM balance WHERE asset = 'FLUX' AND amount NOT LIKE '-%'
    ORDER BY length(amount) DESC, amount DESC;
    -- what a holder moved on one day
    SELECT count(*) FROM entry
    WHERE account = 'alice' AND at >= unixepoch('2026-01-01') AND at < unixepoch('2026-01-02');
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import msgspec
from msgspec import UNSET, Struct, UnsetType

from holdfast.engine import genesis as genesis_module
from holdfast.engine.journal import Row
from holdfast.errors import Corrupt, NoDesk
from holdfast.ledger.posting import Posting
from holdfast.primitives.asset import format_units
from holdfast.protocol.records import Asset, Record
from holdfast.store.sqlite import translated

VERSION = 1
"""Of these tables; other ones are dropped and built anew."""

LOT = 2_000
"""Records taken over in one transaction: the write lock is held for some hundredths of a second."""

Progress = Callable[[int], None]
"""Told the number of the record just taken over."""

_TABLES = """
CREATE TABLE projection (version INTEGER NOT NULL, seq INTEGER NOT NULL, digest BLOB NOT NULL);
CREATE TABLE projected_asset (code TEXT PRIMARY KEY, decimals INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE posting (
    seq INTEGER NOT NULL, line INTEGER NOT NULL, at INTEGER NOT NULL, type TEXT NOT NULL, command_id TEXT NOT NULL,
    asset TEXT NOT NULL, amount TEXT NOT NULL, tokens TEXT NOT NULL, debit TEXT NOT NULL, credit TEXT NOT NULL,
    debit_balance TEXT NOT NULL, credit_balance TEXT NOT NULL,
    PRIMARY KEY (seq, line)
) WITHOUT ROWID;
CREATE INDEX posting_by_debit ON posting (debit, seq, line);
CREATE INDEX posting_by_credit ON posting (credit, seq, line);
CREATE TABLE balance (
    account TEXT NOT NULL, asset TEXT NOT NULL, amount TEXT NOT NULL, tokens TEXT NOT NULL, seq INTEGER NOT NULL,
    PRIMARY KEY (account, asset)
) WITHOUT ROWID;
CREATE VIEW entry AS
    SELECT seq, line, at, type, command_id, asset, debit AS account, credit AS counter_account, 'out' AS direction,
           amount, tokens, debit_balance AS balance FROM posting
    UNION ALL
    SELECT seq, line, at, type, command_id, asset, credit, debit, 'in', amount, tokens, credit_balance FROM posting
"""

_NAMES = (
    ("VIEW", "entry"),
    ("TABLE", "posting"),
    ("TABLE", "balance"),
    ("TABLE", "projected_asset"),
    ("TABLE", "projection"),
)


class _Effects(Struct, gc=False):
    postings: tuple[Posting, ...] = ()
    records: tuple[Record, ...] = ()


class _Named(Struct, gc=False):
    id: str
    type: str


class _Projected(Struct, gc=False):
    """What the projections read of a record."""

    command: _Named
    outcome: _Effects | UnsetType = UNSET


_decode = msgspec.json.Decoder(_Projected).decode


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


def catch_up(db: Any, progress: Progress | None = None) -> int:
    """Bring the tables up to the journal's head; the record they stand at then.

    `db` is a connection to the desk's file in autocommit mode (`store.sqlite.connect`). Tables that are missing, of
    another version or of another journal are built anew.
    Raises: Unavailable (locked, read-only, full: the tables stand where they stood), Corrupt (a record is unreadable).
    """
    with _guarded(db):
        if not _usable(db):
            _create(db)
        while True:
            seq, last = _take_lot(db)
            if progress and seq:
                progress(seq)
            if last:
                return seq


def rebuild(db: Any, progress: Progress | None = None) -> int:
    """Drop the tables, whatever is in them, and build them anew from the journal."""
    drop(db)
    return catch_up(db, progress)


def drop(db: Any) -> None:
    """Remove the tables; the desk is the same without them."""
    with _guarded(db), _transaction(db):
        _drop(db)


def statement(
    db: Any, account: str, *, asset: str | None = None, before: tuple[int, int] | None = None, limit: int = 100
) -> list[Entry]:
    """An account's postings, the newest first; `before` is the (seq, line) that a former page ended with.

    Costs the same however long the journal is. Call `catch_up` first.
    """
    where = "account = ?" + (" AND asset = ?" if asset else "") + (" AND (seq, line) < (?, ?)" if before else "")
    given = [account, *([asset] if asset else []), *(before or ()), limit]
    columns = ", ".join(Entry.__struct_fields__)
    with _guarded(db):
        found = db.execute(
            f"SELECT {columns} FROM entry WHERE {where} ORDER BY seq DESC, line DESC LIMIT ?",  # noqa: S608 - no input
            given,
        )
        return [Entry(*row) for row in found]


def position(db: Any) -> int:
    """The record at which the tables stand; 0 where there are none."""
    with _guarded(db):
        return int(db.execute("SELECT seq FROM projection").fetchone()[0]) if _usable(db) else 0


def _usable(db: Any) -> bool:
    """Whether the tables are there, of this version, and stand at a record of this very journal."""
    there = {name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type IN ('table', 'view')")}
    if not there.issuperset(name for _, name in _NAMES):
        return False
    found = db.execute("SELECT version, seq, digest FROM projection").fetchone()
    if found is None or found[0] != VERSION:
        return False
    return bytes(found[2]) == _digest_at(db, found[1])


def _digest_at(db: Any, seq: int) -> bytes | None:
    if seq == 0:
        return genesis_module.root(_genesis(db))
    found = db.execute("SELECT digest FROM journal WHERE seq = ?", (seq,)).fetchone()
    return bytes(found[0]) if found else None


def _genesis(db: Any) -> bytes:
    found = db.execute("SELECT value FROM desk WHERE key = 'genesis'").fetchone()
    if found is None:
        raise NoDesk("There is no desk in this file yet.")
    return bytes(found[0])


def _create(db: Any) -> None:
    stored = _genesis(db)
    assets = [(asset.code, asset.decimals) for asset in genesis_module.decode(stored).assets]
    with _transaction(db):
        _drop(db)
        for statement_ in _TABLES.split(";"):
            db.execute(statement_)
        db.executemany("INSERT INTO projected_asset VALUES (?, ?)", assets)
        db.execute("INSERT INTO projection VALUES (?, 0, ?)", (VERSION, genesis_module.root(stored)))


def _drop(db: Any) -> None:
    for kind, name in _NAMES:
        db.execute(f"DROP {kind} IF EXISTS {name}")


def _take_lot(db: Any) -> tuple[int, bool]:
    """Take over the next records; the record reached, and whether it was the journal's last."""
    cursor = db.execute("SELECT seq FROM projection").fetchone()[0]
    rows = [
        Row(*row)
        for row in db.execute(
            "SELECT seq, at, id, body, digest FROM journal WHERE seq > ? ORDER BY seq LIMIT ?", (cursor, LOT)
        )
    ]
    if not rows:
        return cursor, True
    read = [(row, _read(row)) for row in rows]
    with _transaction(db):
        if db.execute("SELECT seq FROM projection").fetchone()[0] != cursor:
            return cursor, False  # another process was faster; go on from where it got to
        _project(db, read)
        db.execute("UPDATE projection SET seq = ?, digest = ?", (rows[-1].seq, rows[-1].digest))
    return rows[-1].seq, len(rows) < LOT


def _read(row: Row) -> _Projected:
    try:
        return _decode(row.body)
    except msgspec.MsgspecError as error:
        raise Corrupt(f"record {row.seq} cannot be read: {error}; run `holdfast verify`") from None


def _project(db: Any, read: Iterable[tuple[Row, _Projected]]) -> None:
    """Write the records' postings, and the balances they lead to. All arithmetic is done here."""
    decimals = dict(db.execute("SELECT code, decimals FROM projected_asset"))
    effects = [(row, found.command, found.outcome) for row, found in read if isinstance(found.outcome, _Effects)]
    moved = (posting for _, _, outcome in effects for posting in outcome.postings)
    held = _balances_of(db, {account for posting in moved for account in (posting.debit, posting.credit)})
    postings: list[tuple[Any, ...]] = []
    touched: dict[tuple[str, str], int] = {}
    for row, command, outcome in effects:
        for record in outcome.records:
            if isinstance(record, Asset) and record.id not in decimals:
                decimals[record.id] = record.decimals
                db.execute("INSERT INTO projected_asset VALUES (?, ?)", (record.id, record.decimals))
        for line, posting in enumerate(outcome.postings):
            asset, amount, places = posting.asset, posting.amount, decimals[posting.asset]
            debit, credit = (posting.debit, asset), (posting.credit, asset)
            held[debit] = held.get(debit, 0) - amount
            held[credit] = held.get(credit, 0) + amount
            touched[debit] = touched[credit] = row.seq
            postings.append(
                (row.seq, line, row.at, command.type, command.id, asset, str(amount), format_units(amount, places),
                 posting.debit, posting.credit, _tokens(held[debit], places), _tokens(held[credit], places))
            )  # fmt: skip
    db.executemany("INSERT INTO posting VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", postings)
    db.executemany(
        "REPLACE INTO balance VALUES (?, ?, ?, ?, ?)",
        [(*key, str(held[key]), _tokens(held[key], decimals[key[1]]), seq) for key, seq in sorted(touched.items())],
    )
    db.executemany("DELETE FROM balance WHERE account = ? AND asset = ? AND amount = '0'", sorted(touched))


def _balances_of(db: Any, accounts: Iterable[str]) -> dict[tuple[str, str], int]:
    found = db.execute(
        "SELECT account, asset, amount FROM balance WHERE account IN (SELECT value FROM json_each(?))",
        (json.dumps(sorted(accounts)),),
    )
    return {(account, asset): int(amount) for account, asset, amount in found}


def _tokens(units: int, decimals: int) -> str:
    """Whole tokens of a balance; only `@issuance` is below zero."""
    return format_units(units, decimals) if units >= 0 else "-" + format_units(-units, decimals)


@contextmanager
def _transaction(db: Any) -> Iterator[None]:
    db.execute("BEGIN IMMEDIATE")
    try:
        yield
        db.execute("COMMIT")
    except BaseException:
        if db.in_transaction:
            db.execute("ROLLBACK")
        raise


@contextmanager
def _guarded(db: Any) -> Iterator[None]:
    """SQLite's errors in ours."""
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        raise translated(error, "the desk's file") from error
