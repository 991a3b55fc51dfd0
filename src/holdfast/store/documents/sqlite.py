"""An office in the SQLite file of its desk: connections of its own, one to write and one to read, commits synced."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from threading import RLock
from typing import Any

from holdfast.engine.genesis import root
from holdfast.engine.journal import Head
from holdfast.errors import Corrupt, HoldfastError, NoDesk, NoOffice, Unavailable
from holdfast.store.documents import CHUNK, LOG_ROOT, Document, LogHead, LogRow, next_head
from holdfast.store.migrations import APPLICATION_ID, OFFICE_VERSION, office_steps
from holdfast.store.sqlite import connect, exists, translated

Connect = Callable[[str], sqlite3.Connection]

_HEAD = "SELECT version, seq, digest, purged FROM office_head"
_PUT = (
    "INSERT INTO office_document (kind, id, body, changed) VALUES (?, ?, ?, ?) ON CONFLICT (kind, id) DO UPDATE SET"
    " place = CASE WHEN body IS NULL THEN (SELECT max(place) + 1 FROM office_document) ELSE place END,"
    " body = excluded.body, changed = excluded.changed"
)
_APPEND = "INSERT INTO office_log (seq, at, body, digest) VALUES (?, ?, ?, ?)"
_MOVE = "UPDATE office_head SET version = ?, seq = ?, digest = ?, purged = ?"
_PURGE = "DELETE FROM office_document WHERE body IS NULL AND changed <= ?"
_CHANGED = "SELECT kind, id, body, changed FROM office_document WHERE changed > ? ORDER BY place"
_LOG = "SELECT seq, at, body, digest FROM office_log WHERE seq > ? AND seq <= ? ORDER BY seq LIMIT ?"


class SqliteDocuments:
    """Implements Documents on the file of a desk."""

    def __init__(self, path: str, *, create: bool = False, connect: Connect = connect) -> None:
        """Open the office of the desk in this file; with `create` make its tables where there are none yet.

        Raises: NoDesk (no desk in the file), NoOffice, Unavailable (locked, no permission), Corrupt (another program's
        file, damaged, of a newer Holdfast).
        """
        self.path = path
        self._locked: LogHead | None = None
        self._put = 0
        self._appended: list[LogRow] = []
        self._one_at_a_time = RLock()  # of those who read
        if not exists(path):
            raise NoDesk(f"There is no desk at {path}.", file=path)
        with self._guarded():
            self._db = connect(path)
            self._reader = connect(path)
        try:
            with self._guarded():
                self._prepare(create=create)
        except BaseException:
            self.close()
            raise

    def head(self) -> LogHead:
        with self._guarded(), self._one_at_a_time:
            found = self._reader.execute(_HEAD).fetchone()
        return self._read_head(found)

    def begin(self) -> LogHead:
        with self._guarded():
            self._db.execute("BEGIN IMMEDIATE")
            try:
                head = self._read_head(self._db.execute(_HEAD).fetchone())
                last = self._db.execute("SELECT seq, digest FROM office_log ORDER BY seq DESC LIMIT 1").fetchone()
                if tuple(last or (0, LOG_ROOT)) != head[1:3]:
                    ends = last[0] if last else 0
                    raise Corrupt(f"{self.path}: the log ends at entry {ends}, and its head is noted as {head.seq}")
            except BaseException:
                self.rollback()
                raise
        self._locked, self._put, self._appended = head, 0, []
        return head

    def put(self, documents: Sequence[Document]) -> None:
        self._in_transaction()
        with self._guarded():
            self._db.executemany(_PUT, documents)
        self._put += len(documents)

    def append(self, rows: Sequence[LogRow]) -> None:
        self._in_transaction()
        with self._guarded():
            self._db.executemany(_APPEND, rows)
        self._appended += rows

    def commit(self) -> None:
        head = self._in_transaction()
        ahead = next_head(head, self._put, self._appended)
        if ahead is None:
            self.rollback()
            return
        with self._guarded():
            self._db.execute(_MOVE, ahead)
            if ahead.purged > head.purged:
                self._db.execute(_PURGE, (ahead.purged,))
            self._db.execute("COMMIT")
        self._locked = None

    def rollback(self) -> None:
        self._locked = None
        try:
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
        except Exception:  # noqa: S110 - the first error is the one that counts; the next begin will tell
            pass

    def changed_since(self, version: int) -> Iterator[Document]:
        with self._guarded(), self._one_at_a_time:
            found = self._reader.execute(_CHANGED, (version,)).fetchall()
        return (Document(*row) for row in found)

    def log(self, after: int, upto: int | None = None) -> Iterator[LogRow]:
        last = self.head().seq if upto is None else upto
        while after < last:
            with self._guarded(), self._one_at_a_time:
                found = self._reader.execute(_LOG, (after, last, CHUNK)).fetchall()
            for row in found:
                yield LogRow(*row)
            if len(found) < CHUNK:
                return
            after = found[-1][0]

    def journal(self) -> Head | None:
        with self._guarded(), self._one_at_a_time:
            found = self._reader.execute("SELECT seq, digest FROM journal ORDER BY seq DESC LIMIT 1").fetchone()
            if found:
                return Head(*found)
            stored = self._reader.execute("SELECT value FROM desk WHERE key = 'genesis'").fetchone()
        return Head(0, root(stored[0])) if stored else None

    def restore(self, head: LogHead, documents: Iterable[Document], rows: Iterable[LogRow]) -> None:
        with self._guarded():
            self._db.execute("BEGIN IMMEDIATE")
            try:
                self._db.execute("DELETE FROM office_document")
                self._db.execute("DELETE FROM office_log")
                self._db.executemany(_PUT, documents)
                self._db.executemany(_APPEND, rows)
                self._db.execute(_MOVE, head)
                self._db.execute("COMMIT")
            except BaseException:
                self.rollback()
                raise

    def close(self) -> None:
        self._db.close()
        self._reader.close()

    def _prepare(self, *, create: bool) -> None:
        """Check that there is a desk, bring the office's tables up to date, and make sure that commits are synced."""
        db = self._db
        if db.execute("PRAGMA application_id").fetchone()[0] != APPLICATION_ID:
            raise Corrupt(f"{self.path} is not a Holdfast desk.", file=self.path)
        if not db.execute("SELECT 1 FROM sqlite_master WHERE name = 'desk'").fetchone():
            raise NoDesk(f"There is no desk at {self.path}.", file=self.path)
        version = self._version()
        if version > OFFICE_VERSION:
            raise Corrupt(f"{self.path}: its office was written by a newer Holdfast (schema {version}).")
        if not version and not create:
            raise NoOffice(f"There is no office at {self.path} yet.", file=self.path)
        for setting in ("synchronous = FULL", "temp_store = MEMORY"):
            db.execute(f"PRAGMA {setting}")
        mode, synchronous = (db.execute(f"PRAGMA {name}").fetchone()[0] for name in ("journal_mode", "synchronous"))
        if mode != "wal" or synchronous < 2:
            raise Unavailable(f"{self.path} is in mode {mode} with synchronous {synchronous}; WAL and FULL are needed.")
        if version < OFFICE_VERSION:
            self._migrate()
        self._reader.execute("PRAGMA query_only = ON")

    def _version(self) -> int:
        found = self._db.execute("SELECT value FROM desk WHERE key = 'office'").fetchone()
        return int(found[0]) if found else 0

    def _migrate(self) -> None:
        """All steps in one transaction; another process may be faster."""
        self._db.execute("BEGIN IMMEDIATE")
        try:
            before = self._version()
            for step, statements in office_steps("sqlite", before):
                for statement in statements:
                    self._db.execute(statement)
                self._db.execute("REPLACE INTO desk (key, value) VALUES ('office', ?)", (step,))
            if not before:
                self._db.execute("INSERT INTO office_head VALUES (1, ?, ?, ?, ?)", LogHead())
            self._db.execute("COMMIT")
        except BaseException:
            self.rollback()
            raise

    def _in_transaction(self) -> LogHead:
        if self._locked is None:
            raise Unavailable(f"{self.path}: the transaction was lost; try again.", file=self.path)
        return self._locked

    def _read_head(self, found: Any) -> LogHead:
        if found is None:
            raise Corrupt(f"{self.path}: the office does not say where it stands.", file=self.path)
        return LogHead(*found)

    @contextmanager
    def _guarded(self) -> Iterator[None]:
        """SQLite's errors in ours."""
        try:
            yield
        except HoldfastError:
            raise
        except Exception as error:
            raise translated(error, self.path) from error
