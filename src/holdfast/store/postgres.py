"""A journal on PostgreSQL: one desk to a schema, and the row of its head the only lock.

Whoever writes locks the head first, so there is one writer at a time, whatever process it is in; the others follow the
journal. A commit is two round trips: one locks, looks where the journal ends and which ids are used, one appends,
moves the head and commits. The head moves only from where the writer found it, in the statement that appends. Ids are
looked up in a unique index: PostgreSQL itself refuses to keep one twice.

A lost connection is made anew by the next call outside of a transaction. A commit that was cut off may have happened
or not; it raises Unavailable, and the journal tells when the command is sent again.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from threading import Event, RLock
from typing import Any, TypeVar

import psycopg
from psycopg.pq import PipelineStatus, TransactionStatus

from holdfast.engine.genesis import root
from holdfast.engine.journal import Head, Row
from holdfast.engine.ports import Snapshot
from holdfast.errors import Corrupt, DeskExists, HoldfastError, NoDesk, Unavailable
from holdfast.store import postgres_watch
from holdfast.store.migrations import POSTGRES_VERSION
from holdfast.store.postgres_connection import connect, lost, place, translated
from holdfast.store.postgres_schema import Statements, migrate, version

__all__ = ["PostgresStore", "place"]

T = TypeVar("T")

SNAPSHOTS_KEPT = 3

CHUNK = 1_000
"""Records that one query brings."""

NOTIFY_SECONDS = 0.02
"""Readers are told at most so often; once told they look again by themselves for a while."""

_SYNCHRONOUS = ("on", "remote_apply")


class PostgresStore:
    """Implements JournalStore on a schema of a PostgreSQL database."""

    def __init__(self, url: str, *, create: bool = False) -> None:
        """Connect; with `create` make the desk's schema and tables where they are not there yet.

        Raises: Malformed (the URL), NoDesk (no such database or schema), Unavailable (no connection, no rights),
        Corrupt (tables of another program, or of a newer Holdfast).
        """
        self._place = place(url)
        self.path = self._place.shown
        self._sql = Statements(self._place.desk)
        self._appended: list[Row] = []
        self._locked: Head | None = None
        self._found: dict[str, int] | None = None
        self._sought: frozenset[str] = frozenset()
        self._genesis: bytes | None = None
        self._warnings: list[str] = []
        self._told = 0.0
        self._closed = False
        self._one_at_a_time = RLock()  # readers in other threads stay out of the writer's pipelines
        self._db = self._connect()
        try:
            with self._guarded():
                self._prepare(create=create)
        except BaseException:
            self._db.close()
            raise

    def create(self, genesis: bytes, rows: Iterable[Row] = ()) -> None:
        db = self._usable()
        head = Head(0, root(genesis))
        try:
            with self._guarded():
                db.execute("BEGIN")
                db.execute(self._sql.advisory)
                if db.execute(self._sql.genesis).fetchone():
                    raise DeskExists(f"There is a desk at {self.path} already.", place=self.path)
                with db.cursor().copy(self._sql.copy) as copy:
                    copy.set_types(["int8", "int8", "text", "bytea", "bytea"])
                    for row in rows:
                        copy.write_row(row)
                        head = Head(row.seq, row.digest)
                db.execute(self._sql.first_head, head)
                db.execute(self._sql.first_genesis, (genesis,))
                self._commit(db)
        except BaseException:
            self._abandon()
            raise

    def genesis(self) -> bytes | None:
        if self._genesis is None:
            found = self._one(self._sql.genesis)
            self._genesis = bytes(found[0]) if found else None
        return self._genesis

    def head(self) -> Head:
        found = self._one(self._sql.last)
        return Head(*found) if found else Head(0, root(self.genesis() or b""))

    def begin(self, ids: Sequence[str] = ()) -> Head:
        self._appended = []
        if self._locked is not None:
            self.rollback()
        return self._again(lambda: self._begin(ids))

    def _begin(self, ids: Sequence[str]) -> Head:
        db = self._db
        try:
            with db.pipeline():
                db.execute("BEGIN ISOLATION LEVEL READ COMMITTED")
                locked = db.execute(self._sql.lock, binary=True, prepare=True)
                last = db.execute(self._sql.last, binary=True, prepare=True)
                used = db.execute(self._sql.used, (list(ids),), binary=True, prepare=True)
            head = self._checked(locked.fetchone(), last.fetchone())
            self._found, self._sought = dict(used.fetchall()), frozenset(ids)
        except BaseException:
            self._abandon()
            raise
        self._locked = head
        return head

    def _checked(self, locked: Any, last: Any) -> Head:
        """The locked head, if it is where the journal ends and commits will be synced."""
        if locked is None:
            raise NoDesk(f"There is no desk at {self.path} yet.", place=self.path)
        seq, digest, synchronous = locked
        if synchronous not in _SYNCHRONOUS:
            raise Unavailable(
                f"{self.path}: synchronous_commit is {synchronous}, so commits are not durable; it must be on.",
                place=self.path,
            )
        if last is None and seq == 0:
            return Head(seq, digest)
        if last is None or (seq, digest) != tuple(last):
            ends = last[0] if last else 0
            raise Corrupt(f"the journal ends at record {ends}, and its head is noted as record {seq}")
        return Head(seq, digest)

    def append(self, rows: Sequence[Row]) -> None:
        if self._locked is None:
            raise Unavailable(f"{self.path}: the transaction was lost; try again with the same id.", place=self.path)
        self._appended += rows

    def commit(self) -> None:
        rows, db = self._appended, self._db
        if self._locked is None or lost(db):
            raise Unavailable(f"{self.path}: the connection was lost; try again with the same id.", place=self.path)
        with self._guarded(), self._one_at_a_time:
            if rows:
                columns = [list(column) for column in zip(*rows, strict=True)]
                given = (rows[-1].seq, rows[-1].digest, *self._locked, *columns)
                with db.pipeline():
                    moved = db.execute(self._sql.append, given, prepare=True)
                    done = self._commit_in_pipeline(db)
                self._committed(done)
                if moved.rowcount != len(rows):
                    raise Corrupt(f"the head of {self.path} was moved while it was locked")
            else:
                self._commit(db)
        self._locked, self._found, self._appended = None, None, []
        if rows:
            self._notify(rows[-1].seq)

    def rollback(self) -> None:
        self._appended = []
        if self._locked is not None:
            self._abandon()

    def rows(self, after: int = 0, upto: int | None = None) -> Iterator[Row]:
        last = self.head().seq if upto is None else upto
        while after < last:
            found = self._all(self._sql.rows, (after, last, CHUNK))
            for row in found:
                yield Row(*row)
            if len(found) < CHUNK:
                return
            after = found[-1][0]

    def row(self, seq: int) -> Row:
        found = self._one(self._sql.row, (seq,))
        if found is None:
            raise Corrupt(f"record {seq} is missing from {self.path}", place=self.path)
        return Row(*found)

    def find(self, ids: Sequence[str]) -> dict[str, int]:
        if self._found is not None and self._sought.issuperset(ids):
            found = self._found
            return {command_id: found[command_id] for command_id in ids if command_id in found}
        return dict(self._all(self._sql.used, (list(ids),))) if ids else {}

    def save_snapshot(self, head: Head, parts: Iterator[bytes]) -> None:
        db = self._usable()
        try:
            with self._guarded():
                db.execute("BEGIN")
                db.execute(self._sql.snapshot_lock)
                db.execute(self._sql.snapshot_drop, (head.seq,))
                for number, part in enumerate(parts):
                    db.execute(self._sql.snapshot_part, (head.seq, number, head.digest, part))
                db.execute(self._sql.snapshot_old, (SNAPSHOTS_KEPT,))
                self._commit(db)
        except BaseException:
            self._abandon()
            raise

    def snapshot(self, upto: int) -> Snapshot | None:
        found = self._one(self._sql.snapshot_head, (upto,))
        return Snapshot(Head(*found), self._parts(found[0])) if found else None

    def _parts(self, seq: int) -> Iterator[bytes]:
        number = 0
        while found := self._one(self._sql.snapshot_body, (seq, number)):
            yield found[0]
            number += 1

    def watch(self, after: int, stop: Event) -> Iterator[Head]:
        """Where the journal ends, each time that it has grown beyond record `after`, until `stop` is set.

        It waits on a connection of its own, which is made anew when it is lost; call it from a thread of its own.
        """
        return postgres_watch.watch(self._place, self._sql.last, after, stop)

    def close(self) -> None:
        self._closed = True
        self._db.close()

    # --- connections ------------------------------------------------------------------------------------------------

    def _connect(self) -> psycopg.Connection[Any]:
        db = connect(self._place)
        db.add_notice_handler(self._warned)
        return db

    def _warned(self, diagnostic: psycopg.errors.Diagnostic) -> None:
        self._warnings.append(diagnostic.message_primary or "")

    def _usable(self) -> psycopg.Connection[Any]:
        """The connection, made anew where it was lost; never inside of a transaction, whose lock would be gone."""
        if lost(self._db):
            if self._locked is not None or self._closed:
                raise Unavailable(f"{self.path}: the connection was lost; try again with the same id.", place=self.path)
            self._db.close()
            self._db = self._connect()
        return self._db

    def _again(self, call: Callable[[], T]) -> T:
        """Do what changes nothing; once more on a new connection where the old one turns out to be lost."""
        with self._guarded(), self._one_at_a_time:
            self._usable()
            try:
                return call()
            except psycopg.OperationalError:
                if self._locked is not None or not lost(self._db):
                    raise
            self._usable()
            return call()

    def _one(self, sql: Any, given: Sequence[Any] = ()) -> Any:
        return self._again(lambda: self._db.execute(sql, given, binary=True).fetchone())

    def _all(self, sql: Any, given: Sequence[Any]) -> list[Any]:
        return self._again(lambda: self._db.execute(sql, given, binary=True, prepare=True).fetchall())

    def _commit(self, db: psycopg.Connection[Any]) -> None:
        self._warnings.clear()
        self._committed(db.execute("COMMIT"))

    def _commit_in_pipeline(self, db: psycopg.Connection[Any]) -> Any:
        self._warnings.clear()
        return db.execute("COMMIT")

    def _committed(self, done: Any) -> None:
        """Whether a commit was one, and no wait for a standby was cut short: then it is done here and perhaps nowhere
        else, which PostgreSQL tells in a warning only.
        """
        if done.statusmessage != "COMMIT":
            raise Unavailable(f"{self.path}: the commit was refused; try again with the same id.", place=self.path)
        if self._warnings:
            said = "; ".join(self._warnings)
            raise Unavailable(f"{self.path}: the commit is not safe yet ({said}); send it again with the same id.")

    def _abandon(self) -> None:
        """End the transaction, if there is one; a connection in doubt is closed. Never raises."""
        self._locked, self._found = None, None
        db = self._db
        try:
            settled = db.pgconn.pipeline_status == PipelineStatus.OFF
            if settled and db.pgconn.transaction_status in (TransactionStatus.INTRANS, TransactionStatus.INERROR):
                db.execute("ROLLBACK")
            elif not settled or db.pgconn.transaction_status != TransactionStatus.IDLE:
                db.close()
        except Exception:
            with suppress(Exception):
                db.close()

    def _notify(self, seq: int) -> None:
        """Wake the readers, in a transaction of its own: a NOTIFY inside the commit would hold up all other desks."""
        now = time.monotonic()
        if now - self._told >= NOTIFY_SECONDS:
            self._told = now
            with suppress(psycopg.Error):
                self._db.execute("SELECT pg_notify(%s, %s)", (postgres_watch.channel(self._place), str(seq)))

    def _prepare(self, *, create: bool) -> None:
        """Check that the tables are ours; with `create` make them or bring them up to date."""
        there = version(self._db, self._place)
        if there > POSTGRES_VERSION:
            raise Corrupt(
                f"{self.path} was written by a newer Holdfast (schema {there}, this one knows {POSTGRES_VERSION}).",
                place=self.path,
            )
        if there == 0 and not create:
            raise NoDesk(f"There is no desk at {self.path}.", place=self.path)
        if there < POSTGRES_VERSION:
            migrate(self._db, self._place)

    @contextmanager
    def _guarded(self) -> Iterator[None]:
        """PostgreSQL's errors in ours."""
        try:
            yield
        except HoldfastError:
            raise
        except Exception as error:
            raise translated(error, self._place) from error
