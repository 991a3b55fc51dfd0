"""Where each kind of store is kept between openings, so that one suite serves all of them."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import postgres
from holdfast.engine.ports import JournalStore
from holdfast.store.memory import MemoryStore
from holdfast.store.postgres import PostgresStore
from holdfast.store.sqlite import SqliteStore


class MemoryShelf:
    """A store that is its own place: opened again it is the same object."""

    shared = False

    def __init__(self, folder: Path) -> None:
        self._store = MemoryStore()

    def open(self) -> JournalStore:
        return self._store

    def failing_commits(self, monkeypatch: Any, store: JournalStore, failures: list[Exception]) -> None:
        _fail_commits(monkeypatch, store, failures)


class SqliteShelf:
    """A file; every opening is a connection of its own."""

    shared = True

    def __init__(self, folder: Path) -> None:
        self.path = str(folder / "desk.db")
        self._opened: list[JournalStore] = []

    def open(self) -> JournalStore:
        store = SqliteStore(self.path, create=True)
        self._opened.append(store)
        return store

    def failing_commits(self, monkeypatch: Any, store: JournalStore, failures: list[Exception]) -> None:
        _fail_commits(monkeypatch, store, failures)

    def cut(self, seq: int) -> None:
        """Remove the last record."""
        store = SqliteStore(self.path)
        store._db.execute("DELETE FROM journal WHERE seq = ?", (seq,))
        store.close()

    def close(self) -> None:
        for store in self._opened:
            store.close()


class PostgresShelf:
    """A schema; every opening is a connection of its own."""

    shared = True

    def __init__(self, folder: Path) -> None:
        self.path = postgres.new_desk()
        self._opened: list[JournalStore] = []

    def open(self) -> PostgresStore:
        store = PostgresStore(self.path, create=True)
        self._opened.append(store)
        return store

    def failing_commits(self, monkeypatch: Any, store: JournalStore, failures: list[Exception]) -> None:
        _fail_commits(monkeypatch, store, failures)

    def cut(self, seq: int) -> None:
        """Remove the last record and all that says that it was there."""
        with postgres.admin(self.path) as db:
            db.execute(f"SET search_path = {postgres.schema_of(self.path)}".encode())
            db.execute("DELETE FROM journal WHERE seq = %s", (seq,))
            db.execute("UPDATE head SET (seq, digest) = (SELECT seq, digest FROM journal ORDER BY seq DESC LIMIT 1)")

    def close(self) -> None:
        for store in self._opened:
            store.close()
        postgres.drop(self.path)


SHELVES: dict[str, Any] = {"memory": MemoryShelf, "postgres": PostgresShelf, "sqlite": SqliteShelf}


def _fail_commits(monkeypatch: Any, store: JournalStore, failures: list[Exception]) -> None:
    """The next commits raise these, and keep nothing, as a store does whose commit fails."""
    commit = store.commit

    def failing() -> None:
        if failures:
            raise failures.pop(0)
        commit()

    monkeypatch.setattr(store, "commit", failing)


class HookedConnection:
    """A sqlite3 connection that tells of every statement before it is carried out, of rows of a lot one by one."""

    def __init__(self, db: sqlite3.Connection, before: Callable[[str], None]) -> None:
        self._db = db
        self._before = before

    def execute(self, sql: str, parameters: Any = ()) -> Any:
        self._before(sql)
        return self._db.execute(sql, parameters)

    def executemany(self, sql: str, rows: Any) -> Any:
        for row in rows:
            self._before(sql)
            self._db.execute(sql, row)

    @property
    def in_transaction(self) -> bool:
        return self._db.in_transaction

    def close(self) -> None:
        self._db.close()
