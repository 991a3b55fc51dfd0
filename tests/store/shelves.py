"""Where each kind of store is kept between openings, so that one suite serves all of them."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

from holdfast.engine.ports import JournalStore
from holdfast.store.memory import MemoryStore
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

    def close(self) -> None:
        for store in self._opened:
            store.close()


SHELVES: dict[str, Callable[[Path], Any]] = {"memory": MemoryShelf, "sqlite": SqliteShelf}


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
