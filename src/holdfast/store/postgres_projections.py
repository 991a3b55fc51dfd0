"""Postings and balances as tables for ordinary SQL, in the desk's own schema on PostgreSQL.

The same tables as on SQLite (see `projections`), with numbers in place of digits: SQL may add and compare them.

    amount                     numeric(155, 0): base units; u512 has up to 155 digits
    tokens, *_balance          numeric: whole tokens, 10.5
    seq, line, at              bigint, integer, bigint: `to_timestamp(at)` is the instant

They follow the journal with a cursor of their own. A lot is one transaction: postings come by COPY, changed balances by
COPY into a staging table and one upsert, and the cursor moves with them. One process at a time builds the tables; who
writes commands does not wait for it.

    -- an account's statement, the newest first
    SELECT seq, to_timestamp(at), type, direction, counter_account, tokens, asset, balance
    FROM entry WHERE account = 'alice' ORDER BY seq DESC, line DESC LIMIT 20;
    -- who holds FLUX, the largest first
    SELECT account, tokens FROM balance WHERE asset = 'FLUX' AND amount > 0 ORDER BY amount DESC;
    -- all balances of an asset add up to nothing with @issuance, and to its supply without it
    SELECT asset, sum(amount) AS nothing, sum(amount) FILTER (WHERE account <> '@issuance') AS supply
    FROM balance GROUP BY asset ORDER BY asset;
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg

from holdfast.engine import genesis as genesis_module
from holdfast.engine.journal import Row
from holdfast.errors import HoldfastError, NoDesk
from holdfast.store.postgres_connection import connect, lost, place, translated
from holdfast.store.projected import NAMES, VERSION, Entry, Held, Holding, Line, Lot, Progress

LOT = 5_000
"""Records taken over in one transaction."""

_LINE, _HOLDING, _ENTRY = Line._fields, Holding._fields, Entry.__struct_fields__

_TABLES = """
CREATE TABLE projection (version integer NOT NULL, seq bigint NOT NULL, digest bytea NOT NULL);
CREATE TABLE projected_asset (code text COLLATE "C" PRIMARY KEY, decimals integer NOT NULL);
CREATE TABLE posting (
    seq bigint NOT NULL, line integer NOT NULL, at bigint NOT NULL,
    type text COLLATE "C" NOT NULL, command_id text COLLATE "C" NOT NULL,
    asset text COLLATE "C" NOT NULL, amount numeric(155, 0) NOT NULL CHECK (amount > 0), tokens numeric NOT NULL,
    debit text COLLATE "C" NOT NULL, credit text COLLATE "C" NOT NULL,
    debit_balance numeric NOT NULL, credit_balance numeric NOT NULL,
    PRIMARY KEY (seq, line)
);
CREATE INDEX posting_by_debit ON posting (debit, seq, line);
CREATE INDEX posting_by_credit ON posting (credit, seq, line);
CREATE TABLE balance (
    account text COLLATE "C" NOT NULL, asset text COLLATE "C" NOT NULL,
    amount numeric(155, 0) NOT NULL CHECK (amount <> 0), tokens numeric NOT NULL, seq bigint NOT NULL,
    PRIMARY KEY (account, asset)
);
CREATE VIEW entry AS
    SELECT seq, line, at, type, command_id, asset, debit AS account, credit AS counter_account,
           'out'::text AS direction, amount, tokens, debit_balance AS balance FROM posting
    UNION ALL
    SELECT seq, line, at, type, command_id, asset, credit, debit, 'in'::text, amount, tokens, credit_balance
    FROM posting
"""

_STAGING = """
CREATE TEMPORARY TABLE IF NOT EXISTS changed_balance (
    account text COLLATE "C", asset text COLLATE "C", amount numeric(155, 0), tokens numeric, seq bigint
) ON COMMIT DELETE ROWS
"""

_UPSERT = """
INSERT INTO balance (account, asset, amount, tokens, seq)
SELECT account, asset, amount, tokens, seq FROM pg_temp.changed_balance WHERE amount <> 0
ON CONFLICT (account, asset) DO UPDATE SET amount = excluded.amount, tokens = excluded.tokens, seq = excluded.seq
"""

_EMPTIED = """
DELETE FROM balance USING pg_temp.changed_balance AS changed
WHERE balance.account = changed.account AND balance.asset = changed.asset AND changed.amount = 0
"""


class PostgresTables:
    """The tables of a desk on PostgreSQL, with a connection of their own; implements Tables."""

    def __init__(self, url: str) -> None:
        """Connect. Raises: Malformed (the URL), NoDesk (no such database), Unavailable."""
        self._place = place(url)
        self._db = self._connect()

    def catch_up(self, progress: Progress | None = None) -> int:
        """Bring the tables up to the journal's head; the record they stand at then.

        Tables that are missing, of another version or of another journal are built anew. Raises: see Tables.
        """
        while True:
            with self._transaction() as db:
                if not self._usable(db):
                    self._create(db)
                seq, last = _take_lot(db)
            if progress and seq:
                progress(seq)
            if last:
                return seq

    def rebuild(self, progress: Progress | None = None) -> int:
        """Drop the tables, whatever is in them, and build them anew from the journal."""
        self.drop()
        return self.catch_up(progress)

    def drop(self) -> None:
        """Remove the tables; the desk is the same without them."""
        with self._transaction() as db:
            _genesis(db)
            _drop(db)

    def statement(
        self, account: str, *, asset: str | None = None, before: tuple[int, int] | None = None, limit: int = 100
    ) -> list[Entry]:
        """An account's postings, the newest first; `before` is the (seq, line) that a former page ended with.

        Costs the same however long the journal is. Call `catch_up` first.
        """
        where = (
            "account = %s" + (" AND asset = %s" if asset else "") + (" AND (seq, line) < (%s, %s)" if before else "")
        )
        given = [account, *([asset] if asset else []), *(before or ()), limit]
        names = ", ".join(f"{name}::text" if name in ("amount", "tokens", "balance") else name for name in _ENTRY)
        query = f"SELECT {names} FROM entry WHERE {where} ORDER BY seq DESC, line DESC LIMIT %s"  # noqa: S608 - no input
        with self._guarded() as db:
            return [Entry(*row) for row in db.execute(query.encode(), given)]

    def position(self) -> int:
        """The record at which the tables stand; 0 where there are none."""
        with self._guarded() as db:
            return int(_one(db, "SELECT seq FROM projection")[0]) if self._usable(db) else 0

    def close(self) -> None:
        """Let go of the connection."""
        self._db.close()

    def _connect(self) -> psycopg.Connection[Any]:
        db = connect(self._place)
        db.execute("SELECT set_config('search_path', %s, false)", (f'"{self._place.desk}"',))
        return db

    @contextmanager
    def _guarded(self) -> Iterator[psycopg.Connection[Any]]:
        """The connection, made anew where it was lost, and PostgreSQL's errors in ours."""
        try:
            if lost(self._db):
                self._db = self._connect()
            yield self._db
        except HoldfastError:
            raise
        except Exception as error:
            raise translated(error, self._place) from error

    @contextmanager
    def _transaction(self) -> Iterator[psycopg.Connection[Any]]:
        """All or nothing, one process at a time; the lock is on the tables' building, not on the desk."""
        with self._guarded() as db, db.transaction():
            db.execute(
                "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", (f"holdfast tables {self._place.desk}",)
            )
            yield db

    def _usable(self, db: psycopg.Connection[Any]) -> bool:
        """Whether the tables are there, of this version, and stand at a record of this very journal."""
        found = db.execute(
            "SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
            " WHERE n.nspname = %s AND c.relkind IN ('r', 'v')",
            (self._place.desk,),
        )
        if not {name for (name,) in found}.issuperset(name for _, name in NAMES):
            return False
        row = db.execute("SELECT version, seq, digest FROM projection").fetchone()
        return row is not None and row[0] == VERSION and row[2] == _digest_at(db, row[1])

    def _create(self, db: psycopg.Connection[Any]) -> None:
        stored = _genesis(db)
        _drop(db)
        for statement in _TABLES.split(";"):
            db.execute(statement.encode())
        assets = [(asset.code, asset.decimals) for asset in genesis_module.decode(stored).assets]
        _copy(db, "projected_asset (code, decimals)", assets)
        db.execute("INSERT INTO projection VALUES (%s, 0, %s)", (VERSION, genesis_module.root(stored)))


def _genesis(db: psycopg.Connection[Any]) -> bytes:
    """Raises: NoDesk."""
    there = _one(db, "SELECT to_regclass('desk') IS NOT NULL")[0]
    found = db.execute("SELECT value FROM desk WHERE key = 'genesis'").fetchone() if there else None
    if found is None:
        raise NoDesk("There is no desk in this schema yet.")
    return bytes(found[0])


def _digest_at(db: psycopg.Connection[Any], seq: int) -> bytes | None:
    if seq == 0:
        return genesis_module.root(_genesis(db))
    found = db.execute("SELECT digest FROM journal WHERE seq = %s", (seq,)).fetchone()
    return bytes(found[0]) if found else None


def _drop(db: psycopg.Connection[Any]) -> None:
    for kind, name in NAMES:
        db.execute(f"DROP {kind} IF EXISTS {name}".encode())


def _take_lot(db: psycopg.Connection[Any]) -> tuple[int, bool]:
    """Take over the next records; the record reached, and whether it was the journal's last."""
    cursor = _one(db, "SELECT seq FROM projection")[0]
    query = "SELECT seq, at, id, body, digest FROM journal WHERE seq > %s ORDER BY seq LIMIT %s"
    rows = [Row(*row) for row in db.execute(query, (cursor, LOT), binary=True)]
    if not rows:
        return cursor, True
    _project(db, Lot(rows))
    db.execute("UPDATE projection SET seq = %s, digest = %s", (rows[-1].seq, rows[-1].digest))
    return rows[-1].seq, len(rows) < LOT


def _project(db: psycopg.Connection[Any], lot: Lot) -> None:
    """Write the records' postings, and the balances they lead to."""
    decimals = dict(db.execute("SELECT code, decimals FROM projected_asset").fetchall())
    assets, lines, changed = lot.follow(decimals, _balances_of(db, lot.accounts()))
    _copy(db, "projected_asset (code, decimals)", assets)
    _copy(db, f"posting ({', '.join(_LINE)})", lines)
    db.execute(_STAGING.encode())
    _copy(db, f"pg_temp.changed_balance ({', '.join(_HOLDING)})", changed)
    db.execute(_UPSERT)
    db.execute(_EMPTIED)


def _balances_of(db: psycopg.Connection[Any], accounts: list[str]) -> Held:
    query = "SELECT account, asset, amount FROM balance WHERE account = ANY(%s::text[])"
    return {(account, asset): int(amount) for account, asset, amount in db.execute(query, (accounts,))}


def _copy(db: psycopg.Connection[Any], target: str, rows: Any) -> None:
    if not rows:
        return
    with db.cursor().copy(f"COPY {target} FROM STDIN".encode()) as copy:
        for row in rows:
            copy.write_row(row)


def _one(db: psycopg.Connection[Any], query: str) -> Any:
    return db.execute(query.encode()).fetchone()
