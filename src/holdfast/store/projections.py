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
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from holdfast.engine import genesis as genesis_module
from holdfast.engine.journal import Row
from holdfast.errors import NoDesk
from holdfast.store.projected import NAMES, VERSION, Entry, Held, Lot, Progress
from holdfast.store.sqlite import connect, exists, translated

LOT = 2_000
"""Records taken over in one transaction: the write lock is held for some hundredths of a second."""

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


class SqliteTables:
    """The tables of a desk in a file, with a connection of their own."""

    def __init__(self, path: str) -> None:
        """Open the file. Raises: NoDesk (no such file), Unavailable."""
        if not exists(path):
            raise NoDesk(f"There is no desk at {path}.", file=path)
        with _guarded():
            self._db = connect(path)

    def catch_up(self, progress: Progress | None = None) -> int:
        """See `catch_up`."""
        return catch_up(self._db, progress)

    def rebuild(self, progress: Progress | None = None) -> int:
        """See `rebuild`."""
        return rebuild(self._db, progress)

    def drop(self) -> None:
        """See `drop`."""
        drop(self._db)

    def statement(
        self, account: str, *, asset: str | None = None, before: tuple[int, int] | None = None, limit: int = 100
    ) -> list[Entry]:
        """See `statement`."""
        return statement(self._db, account, asset=asset, before=before, limit=limit)

    def position(self) -> int:
        """See `position`."""
        return position(self._db)

    def close(self) -> None:
        """Let go of the connection."""
        self._db.close()


def catch_up(db: Any, progress: Progress | None = None) -> int:
    """Bring the tables up to the journal's head; the record they stand at then.

    `db` is a connection to the desk's file in autocommit mode (`store.sqlite.connect`). Tables that are missing, of
    another version or of another journal are built anew.
    Raises: Unavailable (locked, read-only, full: the tables stand where they stood), Corrupt (a record is unreadable).
    """
    with _guarded():
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
    with _guarded(), _transaction(db):
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
    with _guarded():
        found = db.execute(
            f"SELECT {columns} FROM entry WHERE {where} ORDER BY seq DESC, line DESC LIMIT ?",  # noqa: S608 - no input
            given,
        )
        return [Entry(*row) for row in found]


def position(db: Any) -> int:
    """The record at which the tables stand; 0 where there are none."""
    with _guarded():
        return int(db.execute("SELECT seq FROM projection").fetchone()[0]) if _usable(db) else 0


def _usable(db: Any) -> bool:
    """Whether the tables are there, of this version, and stand at a record of this very journal."""
    there = {name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type IN ('table', 'view')")}
    if not there.issuperset(name for _, name in NAMES):
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
    for kind, name in NAMES:
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
    lot = Lot(rows)
    with _transaction(db):
        if db.execute("SELECT seq FROM projection").fetchone()[0] != cursor:
            return cursor, False  # another process was faster; go on from where it got to
        _project(db, lot)
        db.execute("UPDATE projection SET seq = ?, digest = ?", (rows[-1].seq, rows[-1].digest))
    return rows[-1].seq, len(rows) < LOT


def _project(db: Any, lot: Lot) -> None:
    """Write the records' postings, and the balances they lead to."""
    decimals = dict(db.execute("SELECT code, decimals FROM projected_asset"))
    assets, lines, changed = lot.follow(decimals, _balances_of(db, lot.accounts()))
    db.executemany("INSERT INTO projected_asset VALUES (?, ?)", assets)
    db.executemany(
        "INSERT INTO posting VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [line._replace(amount=str(line.amount)) for line in lines],  # type: ignore[arg-type]
    )
    db.executemany(
        "REPLACE INTO balance VALUES (?, ?, ?, ?, ?)",
        [(row.account, row.asset, str(row.amount), row.tokens, row.seq) for row in changed],
    )
    emptied = [(row.account, row.asset) for row in changed if not row.amount]
    db.executemany("DELETE FROM balance WHERE account = ? AND asset = ?", emptied)


def _balances_of(db: Any, accounts: Iterable[str]) -> Held:
    found = db.execute(
        "SELECT account, asset, amount FROM balance WHERE account IN (SELECT value FROM json_each(?))",
        (json.dumps(list(accounts)),),
    )
    return {(account, asset): int(amount) for account, asset, amount in found}


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
def _guarded() -> Iterator[None]:
    """SQLite's errors in ours."""
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        raise translated(error, "the desk's file") from error
