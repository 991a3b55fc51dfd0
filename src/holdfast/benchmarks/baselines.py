"""What one would write by hand on the same SQLite: the yardsticks that the engine is measured against."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from holdfast.benchmarks.measure import rate


def _open(path: Path) -> sqlite3.Connection:
    db = sqlite3.connect(path, isolation_level=None)
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("PRAGMA synchronous = FULL")
    return db


def double_entry(path: Path, count: int, batch: int) -> float:
    """Transfers per second of a plain double-entry ledger, `batch` to a commit.

    As one would write it: a transfer with an id of the client's that is used once, its two entries, two balances.
    """
    db = _open(path)
    db.execute("CREATE TABLE account (id INTEGER PRIMARY KEY, balance INTEGER NOT NULL CHECK (balance >= 0))")
    db.execute("CREATE TABLE transfer (seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, at INTEGER NOT NULL)")
    db.execute("CREATE TABLE entry (transfer INTEGER NOT NULL, account INTEGER NOT NULL, amount INTEGER NOT NULL)")
    db.executemany("INSERT INTO account VALUES (?, ?)", [(number, 10**12) for number in range(100)])

    def work() -> None:
        for start in range(0, count, batch):
            db.execute("BEGIN IMMEDIATE")
            for number in range(start, min(start + batch, count)):
                transfer(number, number % 100, (number * 7 + 1) % 100)
            db.execute("COMMIT")

    def transfer(number: int, debit: int, credit: int) -> None:
        db.execute("INSERT INTO transfer VALUES (?, ?, ?)", (number, f"c-{number}", 0))
        for account, amount in ((debit, -5), (credit, 5)):
            db.execute("INSERT INTO entry VALUES (?, ?, ?)", (number, account, amount))
            db.execute("UPDATE account SET balance = balance + ? WHERE id = ?", (amount, account))

    try:
        return rate(count, work)
    finally:
        db.close()


def one_row_commits(path: Path, count: int) -> float:
    """Commits per second of one row of a journal's size: what the disk and SQLite allow."""
    db = _open(path)
    db.execute("CREATE TABLE row (seq INTEGER PRIMARY KEY, body BLOB NOT NULL)")
    body = b"x" * 400

    def work() -> None:
        for number in range(count):
            db.execute("BEGIN IMMEDIATE")
            db.execute("INSERT INTO row VALUES (?, ?)", (number, body))
            db.execute("COMMIT")

    try:
        return rate(count, work)
    finally:
        db.close()
