"""A journal in one SQLite file: write-ahead log, every commit synced before it is answered.

Only the journal row is written in the commit path. Which ids are used is looked up in `command_ids`, which follows the
journal in sorted lots, and for the newest records in memory.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

from holdfast.engine.genesis import root
from holdfast.engine.journal import Head, Row
from holdfast.engine.ports import Snapshot
from holdfast.errors import Corrupt, DeskExists, HoldfastError, NoDesk, Unavailable
from holdfast.store.migrations import APPLICATION_ID, SCHEMA_VERSION, migrate

BUSY_SECONDS = 5
"""How long to wait for another process that is writing."""

RECENT_IDS = 65_536
"""Ids kept in memory before the oldest move to the table …"""
IDS_PER_LOT = 4_096
"""… this many at a time, in order."""

SNAPSHOTS_KEPT = 3

_MAGIC = b"SQLite format 3\x00"
_INSERT = "INSERT INTO journal (seq, at, id, body, digest) VALUES (?, ?, ?, ?, ?)"

Connect = Callable[[str], Any]
"""Opens a connection in autocommit mode; sqlite3's and APSW's both serve."""


def connect(path: str) -> sqlite3.Connection:
    """The standard library's connection, without its own transactions."""
    return sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)


class SqliteStore:
    """Implements JournalStore on a SQLite file."""

    def __init__(self, path: str, *, create: bool = False, connect: Connect = connect) -> None:
        """Open the file; with `create` also one that is not there yet.

        Raises: NoDesk (no such file), Unavailable (locked, no permission), Corrupt (another program's file, damaged).
        """
        self.path = path
        if not create and not exists(path):
            raise NoDesk(f"There is no desk at {path}.", file=path)
        self._recent: dict[str, int] = {}
        self._appended: list[Row] = []
        self._indexed = self._seen = 0
        self._genesis: bytes | None = None
        _refuse_foreign(path)
        with self._guarded():
            self._db = connect(path)
        try:
            with self._guarded():
                self._prepare(create=create)
                found = self._one("SELECT value FROM desk WHERE key = 'ids_indexed'")
                self._indexed = self._seen = found[0] if found else 0
                self._load_ids(self._seen)
        except BaseException:
            self._db.close()
            raise

    def create(self, genesis: bytes, rows: Iterable[Row] = ()) -> None:
        with self._guarded():
            self._db.execute("BEGIN IMMEDIATE")
            try:
                if self._one("SELECT 1 FROM desk WHERE key = 'genesis'"):
                    raise DeskExists(f"There is a desk in {self.path} already.", file=self.path)
                self._db.execute("INSERT INTO desk (key, value) VALUES ('genesis', ?)", (genesis,))
                self._db.executemany(_INSERT, rows)
                self._db.execute("COMMIT")
            except BaseException:
                self.rollback()
                raise

    def genesis(self) -> bytes | None:
        if self._genesis is None:
            with self._guarded():
                found = self._one("SELECT value FROM desk WHERE key = 'genesis'")
            self._genesis = bytes(found[0]) if found else None
        return self._genesis

    def head(self) -> Head:
        with self._guarded():
            return self._head()

    def begin(self, ids: Sequence[str] = ()) -> Head:
        self._appended.clear()
        with self._guarded():
            self._db.execute("BEGIN IMMEDIATE")
            head = self._head()
            if head.seq > self._seen:  # another process has written
                self._load_ids(self._seen)
            return head

    def append(self, rows: Sequence[Row]) -> None:
        with self._guarded():
            self._db.executemany(_INSERT, rows)
        self._appended += rows

    def commit(self) -> None:
        with self._guarded():
            self._db.execute("COMMIT")
        for row in self._appended:
            self._recent[row.id] = self._seen = row.seq
        if len(self._recent) > RECENT_IDS + IDS_PER_LOT:
            self._index_ids()

    def rollback(self) -> None:
        try:
            if self._in_transaction():
                self._db.execute("ROLLBACK")
        except Exception:  # noqa: S110 - the first error is the one that counts; the next begin will tell
            pass

    def rows(self, after: int = 0, upto: int | None = None) -> Iterator[Row]:
        with self._guarded():
            last = self._head().seq if upto is None else upto
            cursor = self._db.execute(
                "SELECT seq, at, id, body, digest FROM journal WHERE seq > ? AND seq <= ? ORDER BY seq", (after, last)
            )
            for found in cursor:
                yield Row(*found)

    def row(self, seq: int) -> Row:
        with self._guarded():
            found = self._one("SELECT seq, at, id, body, digest FROM journal WHERE seq = ?", seq)
        if found is None:
            raise Corrupt(f"record {seq} is missing from {self.path}", file=self.path)
        return Row(*found)

    def find(self, ids: Sequence[str]) -> dict[str, int]:
        if not self._in_transaction():  # `begin` has looked for what other processes wrote
            with self._guarded():
                self._load_ids(self._seen)
        recent = self._recent
        found = {command_id: recent[command_id] for command_id in ids if command_id in recent}
        if self._indexed and len(found) < len(ids):
            with self._guarded():
                older = self._db.execute(
                    "SELECT id, seq FROM command_ids WHERE id IN (SELECT value FROM json_each(?))", (json.dumps(ids),)
                )
                found.update(older)
        return found

    def save_snapshot(self, head: Head, parts: Iterator[bytes]) -> None:
        with self._guarded():
            self._db.execute("BEGIN IMMEDIATE")
            try:
                self._db.execute("DELETE FROM snapshot WHERE seq = ?", (head.seq,))
                for number, part in enumerate(parts):
                    self._db.execute(
                        "INSERT INTO snapshot (seq, part, digest, body) VALUES (?, ?, ?, ?)",
                        (head.seq, number, head.digest, part),
                    )
                self._db.execute(
                    "DELETE FROM snapshot WHERE seq NOT IN"
                    " (SELECT DISTINCT seq FROM snapshot ORDER BY seq DESC LIMIT ?)",
                    (SNAPSHOTS_KEPT,),
                )
                self._db.execute("COMMIT")
            except BaseException:
                self.rollback()
                raise

    def snapshot(self, upto: int) -> Snapshot | None:
        with self._guarded():
            found = self._one("SELECT seq, digest FROM snapshot WHERE seq <= ? ORDER BY seq DESC LIMIT 1", upto)
        return Snapshot(Head(found[0], bytes(found[1])), self._parts(found[0])) if found else None

    def close(self) -> None:
        self._db.close()

    def _parts(self, seq: int) -> Iterator[bytes]:
        with self._guarded():
            for (part,) in self._db.execute("SELECT body FROM snapshot WHERE seq = ? ORDER BY part", (seq,)):
                yield part

    def _prepare(self, *, create: bool) -> None:
        """Check that the file is ours, bring its tables up to date, and make sure that commits are synced (R1)."""
        application = self._one("PRAGMA application_id")[0]
        tables = self._one("SELECT count(*) FROM sqlite_master")[0]
        if application != APPLICATION_ID and (application or tables):
            raise Corrupt(f"{self.path} is another program's database, not a Holdfast desk.", file=self.path)
        version = self._one("PRAGMA user_version")[0]
        if version > SCHEMA_VERSION:
            raise Corrupt(
                f"{self.path} was written by a newer Holdfast (schema {version}, this one knows {SCHEMA_VERSION}).",
                file=self.path,
            )
        if not tables and not create:
            raise NoDesk(f"{self.path} is empty: there is no desk in it.", file=self.path)
        if version < SCHEMA_VERSION:
            if self._one("PRAGMA journal_mode = WAL")[0] != "wal":
                raise Unavailable(f"{self.path} cannot be kept in WAL mode on this file system.", file=self.path)
            migrate(self._db, version)
        for setting in ("synchronous = FULL", "foreign_keys = ON", "temp_store = MEMORY"):
            self._db.execute(f"PRAGMA {setting}")
        mode, synchronous = self._one("PRAGMA journal_mode")[0], self._one("PRAGMA synchronous")[0]
        if mode != "wal" or synchronous < 2:
            raise Unavailable(
                f"{self.path} is in mode {mode} with synchronous {synchronous}; WAL and FULL are needed.",
                file=self.path,
            )

    def _load_ids(self, after: int) -> None:
        """Take over the ids of the records behind `after`."""
        for command_id, seq in self._db.execute("SELECT id, seq FROM journal WHERE seq > ? ORDER BY seq", (after,)):
            self._recent[command_id] = self._seen = seq

    def _index_ids(self) -> None:
        """Move the oldest ids from memory to the table; where that fails they stay in memory until the next time."""
        lot = list(islice(self._recent.items(), IDS_PER_LOT))
        try:
            self._db.execute("BEGIN IMMEDIATE")
            self._db.executemany("INSERT OR IGNORE INTO command_ids (id, seq) VALUES (?, ?)", sorted(lot))
            self._db.execute("REPLACE INTO desk (key, value) VALUES ('ids_indexed', ?)", (lot[-1][1],))
            self._db.execute("COMMIT")
        except Exception:
            if self._in_transaction():
                self._db.execute("ROLLBACK")
            return
        for command_id, _ in lot:
            del self._recent[command_id]
        self._indexed = lot[-1][1]

    def _head(self) -> Head:
        found = self._one("SELECT seq, digest FROM journal ORDER BY seq DESC LIMIT 1")
        if found:
            return Head(found[0], bytes(found[1]))
        return Head(0, root(self.genesis() or b""))

    def _in_transaction(self) -> bool:
        return bool(getattr(self._db, "in_transaction", False))

    def _one(self, sql: str, *parameters: Any) -> Any:
        return self._db.execute(sql, parameters).fetchone()

    @contextmanager
    def _guarded(self) -> Iterator[None]:
        """SQLite's errors in ours."""
        try:
            yield
        except HoldfastError:
            raise
        except Exception as error:
            raise translated(error, self.path) from error


_REMEDIES = {
    5: "is being written by another process; wait for it to end, then try again with the same id",
    6: "is being written by another process; wait for it to end, then try again with the same id",
    3: "cannot be used: permission denied; check who owns the file and its folder",
    8: "is read-only; make the file and its folder writable",
    7: "could not be used: out of memory; try again with the same id",
    9: "was interrupted; try again with the same id",
    10: "could not be read or written (disk error); check the disk, then try again with the same id",
    13: "could not be written: the disk is full; make room, then try again with the same id",
    14: "cannot be opened; check that the path is a file in a folder that you may write to",
    15: "is contended for by too many processes; try again with the same id",
}
_DAMAGE = {
    11: "is damaged; restore it from a copy",
    26: "is not a database; is it the right file?",
}


def exists(path: str) -> bool:
    """Whether there is a file; Unavailable where one cannot even look."""
    try:
        return Path(path).exists()
    except OSError as error:
        raise Unavailable(
            f"{path} cannot be reached ({error.strerror}); check the folder's permissions.", file=path
        ) from None


def _refuse_foreign(path: str) -> None:
    """SQLite takes any file of a few bytes for an empty database, and would write over it.

    Raises: Corrupt for a file that holds something else.
    """
    try:
        with Path(path).open("rb") as file:
            start = file.read(len(_MAGIC))
    except OSError:
        return  # SQLite says what is wrong
    if start and start != _MAGIC:
        raise Corrupt(f"{path} {_DAMAGE[26]}", file=path)


def translated(error: Exception, path: str) -> Exception:
    """SQLite's error in ours, by its primary result code; anything else as it is."""
    code = getattr(error, "sqlite_errorcode", None) or getattr(error, "extendedresult", None)
    if code is None:
        return error
    primary = code & 0xFF
    if primary in _REMEDIES:
        return Unavailable(f"{path} {_REMEDIES[primary]} ({error}).", file=path)
    return Corrupt(f"{path} {_DAMAGE.get(primary, 'does not hold a usable desk')} ({error}).", file=path)
