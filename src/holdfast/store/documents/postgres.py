"""An office in the PostgreSQL schema of its desk: the row of its head is the only lock.

Two connections, one to write and one to read; each is made anew by the next call after it was lost, the writer's never
inside of a transaction. A commit that was cut off may have happened or not: it raises Unavailable, and whoever looks
again sees which.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from threading import RLock
from typing import Any

import psycopg
from psycopg.pq import TransactionStatus

from holdfast.engine.genesis import root
from holdfast.engine.journal import Head
from holdfast.errors import Corrupt, HoldfastError, NoDesk, NoOffice, Unavailable
from holdfast.store.documents import CHUNK, LOG_ROOT, Document, LogHead, LogRow, next_head
from holdfast.store.migrations import OFFICE_VERSION, office_steps
from holdfast.store.postgres_connection import connect, lost, place, translated
from holdfast.store.postgres_schema import version as desk_version
from holdfast.store.postgres_schema import with_desk

_SYNCHRONOUS = ("on", "remote_apply")


class _Statements:
    """The SQL of one office, with the schema's name in it; a name is checked before it comes here."""

    def __init__(self, desk: str) -> None:
        def sql(text: str) -> bytes:
            return with_desk(text, desk)

        self.advisory = sql("SELECT pg_advisory_xact_lock(hashtextextended('holdfast {desk}', 0))")
        self.version = sql("SELECT value FROM {desk}.desk WHERE key = 'office'")
        self.set_version = sql(
            "INSERT INTO {desk}.desk (key, value) VALUES ('office', %s)"
            " ON CONFLICT (key) DO UPDATE SET value = excluded.value"
        )
        self.first_head = sql("INSERT INTO {desk}.office_head (version, seq, digest, purged) VALUES (%s, %s, %s, %s)")
        self.head = sql("SELECT version, seq, digest, purged FROM {desk}.office_head")
        self.lock = sql(
            "SELECT version, seq, digest, purged, current_setting('synchronous_commit')"
            " FROM {desk}.office_head FOR UPDATE"
        )
        self.last = sql("SELECT seq, digest FROM {desk}.office_log ORDER BY seq DESC LIMIT 1")
        self.put = sql(
            "INSERT INTO {desk}.office_document AS old (kind, id, body, changed) VALUES (%s, %s, %s, %s)"
            " ON CONFLICT (kind, id) DO UPDATE SET body = excluded.body, changed = excluded.changed,"
            " place = CASE WHEN old.body IS NULL THEN excluded.place ELSE old.place END"
        )
        self.append = sql("INSERT INTO {desk}.office_log (seq, at, body, digest) VALUES (%s, %s, %s, %s)")
        self.move = sql(
            "UPDATE {desk}.office_head SET version = %s, seq = %s, digest = %s, purged = %s"
            " WHERE version = %s AND digest = %s"
        )
        self.replace = sql("UPDATE {desk}.office_head SET version = %s, seq = %s, digest = %s, purged = %s")
        self.purge = sql("DELETE FROM {desk}.office_document WHERE body IS NULL AND changed <= %s")
        self.clear = (sql("DELETE FROM {desk}.office_document"), sql("DELETE FROM {desk}.office_log"))
        self.changed = sql(
            "SELECT kind, id, body, changed FROM {desk}.office_document WHERE changed > %s ORDER BY place"
        )
        self.log = sql(
            "SELECT seq, at, body, digest FROM {desk}.office_log WHERE seq > %s AND seq <= %s ORDER BY seq LIMIT %s"
        )
        self.journal = sql("SELECT seq, digest FROM {desk}.journal ORDER BY seq DESC LIMIT 1")
        self.genesis = sql("SELECT value FROM {desk}.desk WHERE key = 'genesis'")


class PostgresDocuments:
    """Implements Documents on the schema of a desk."""

    def __init__(self, url: str, *, create: bool = False) -> None:
        """Connect; with `create` make the office's tables where there are none yet.

        Raises: Malformed (the URL), NoDesk, NoOffice, Unavailable (no connection, no rights), Corrupt.
        """
        self._place = place(url)
        self.path = self._place.shown
        self._sql = _Statements(self._place.desk)
        self._locked: LogHead | None = None
        self._put = 0
        self._appended: list[LogRow] = []
        self._warnings: list[str] = []
        self._closed = False
        self._one_at_a_time = RLock()  # of those who read
        self._db = self._connect()
        self._reader = self._db
        try:
            with self._guarded():
                self._prepare(create=create)
            self._reader = self._connect()
        except BaseException:
            self._db.close()
            raise

    def head(self) -> LogHead:
        found = self._all(self._sql.head)
        if not found:
            raise Corrupt(f"{self.path}: the office does not say where it stands.", place=self.path)
        return LogHead(*found[0])

    def begin(self) -> LogHead:
        self.rollback()
        self._put, self._appended = 0, []
        with self._guarded():
            try:
                head = self._lock()
            except psycopg.OperationalError:
                if not lost(self._db):
                    raise
                head = self._lock()
        self._locked = head
        return head

    def _lock(self) -> LogHead:
        """Begin and lock, on a new connection where the old one is known to be lost."""
        if lost(self._db):
            self._require_open()
            self._db = self._connect()
        db = self._db
        try:
            db.execute("BEGIN ISOLATION LEVEL READ COMMITTED")
            locked = db.execute(self._sql.lock, binary=True).fetchone()
            last = db.execute(self._sql.last, binary=True).fetchone()
            if locked is None:
                raise Corrupt(f"{self.path}: the office does not say where it stands.", place=self.path)
            if locked[4] not in _SYNCHRONOUS:
                raise Unavailable(
                    f"{self.path}: synchronous_commit is {locked[4]}, so commits are not durable; it must be on.",
                    place=self.path,
                )
            head = LogHead(*locked[:4])
            if tuple(last or (0, LOG_ROOT)) != head[1:3]:
                ends = last[0] if last else 0
                raise Corrupt(f"{self.path}: the log ends at entry {ends}, and its head is noted as {head.seq}")
        except BaseException:
            self._abandon()
            raise
        return head

    def put(self, documents: Sequence[Document]) -> None:
        self._in_transaction()
        if documents:
            with self._guarded():
                self._db.cursor().executemany(self._sql.put, documents)
        self._put += len(documents)

    def append(self, rows: Sequence[LogRow]) -> None:
        self._in_transaction()
        if rows:
            with self._guarded():
                self._db.cursor().executemany(self._sql.append, rows)
        self._appended += rows

    def commit(self) -> None:
        head = self._in_transaction()
        ahead = next_head(head, self._put, self._appended)
        if ahead is None:
            self.rollback()
            return
        with self._guarded():
            moved = self._db.execute(self._sql.move, (*ahead, head.version, head.digest))
            if moved.rowcount != 1:
                raise Corrupt(f"the head of the office at {self.path} was moved while it was locked")
            if ahead.purged > head.purged:
                self._db.execute(self._sql.purge, (ahead.purged,))
            self._commit()
        self._locked = None

    def rollback(self) -> None:
        if self._locked is not None:
            self._abandon()

    def changed_since(self, version: int) -> Iterator[Document]:
        return (Document(*row) for row in self._all(self._sql.changed, (version,)))

    def log(self, after: int, upto: int | None = None) -> Iterator[LogRow]:
        last = self.head().seq if upto is None else upto
        while after < last:
            found = self._all(self._sql.log, (after, last, CHUNK))
            for row in found:
                yield LogRow(*row)
            if len(found) < CHUNK:
                return
            after = found[-1][0]

    def journal(self) -> Head | None:
        found = self._all(self._sql.journal)
        if found:
            return Head(*found[0])
        stored = self._all(self._sql.genesis)
        return Head(0, root(bytes(stored[0][0]))) if stored else None

    def restore(self, head: LogHead, documents: Iterable[Document], rows: Iterable[LogRow]) -> None:
        self.begin()
        try:
            with self._guarded():
                for statement in self._sql.clear:
                    self._db.execute(statement)
                self._db.cursor().executemany(self._sql.put, documents)
                self._db.cursor().executemany(self._sql.append, rows)
                self._db.execute(self._sql.replace, head)
                self._commit()
        except BaseException:
            self.rollback()
            raise
        self._locked = None

    def close(self) -> None:
        self._closed = True
        self._db.close()
        self._reader.close()

    # --- connections ------------------------------------------------------------------------------------------------

    def _connect(self) -> psycopg.Connection[Any]:
        db = connect(self._place)
        db.add_notice_handler(lambda diagnostic: self._warnings.append(diagnostic.message_primary or ""))
        return db

    def _all(self, sql: bytes, given: Sequence[Any] = ()) -> list[Any]:
        """What a query finds; once more on a new connection where the old one turns out to be lost."""
        with self._guarded(), self._one_at_a_time:
            for last in (False, True):
                if lost(self._reader):
                    self._require_open()
                    self._reader = self._connect()
                try:
                    return self._reader.execute(sql, given, binary=True, prepare=True).fetchall()
                except psycopg.OperationalError:
                    if last or not lost(self._reader):
                        raise
        return []

    def _commit(self) -> None:
        """Commit, and insist that it was one: no wait for a standby cut short, which is told in a warning only."""
        self._warnings.clear()
        done = self._db.execute("COMMIT")
        if done.statusmessage != "COMMIT":
            raise Unavailable(f"{self.path}: the commit was refused; try again.", place=self.path)
        if self._warnings:
            said = "; ".join(self._warnings)
            raise Unavailable(f"{self.path}: the commit is not safe yet ({said}); look again.", place=self.path)

    def _abandon(self) -> None:
        """End the transaction, if there is one; a connection in doubt is closed. Never raises."""
        self._locked = None
        db = self._db
        try:
            status = db.pgconn.transaction_status
            if status in (TransactionStatus.INTRANS, TransactionStatus.INERROR):
                db.execute("ROLLBACK")
            elif status != TransactionStatus.IDLE:
                db.close()
        except Exception:
            with suppress(Exception):
                db.close()

    def _in_transaction(self) -> LogHead:
        if self._locked is None or lost(self._db):
            raise Unavailable(f"{self.path}: the connection was lost; try again.", place=self.path)
        return self._locked

    def _require_open(self) -> None:
        if self._closed:
            raise Unavailable(f"{self.path}: the office is closed.", place=self.path)

    def _prepare(self, *, create: bool) -> None:
        """Check that there is a desk; with `create` make the office's tables or bring them up to date."""
        if not desk_version(self._db, self._place):
            raise NoDesk(f"There is no desk at {self.path}.", place=self.path)
        there = self._version()
        if there > OFFICE_VERSION:
            raise Corrupt(f"{self.path}: its office was written by a newer Holdfast (schema {there}).")
        if not there and not create:
            raise NoOffice(f"There is no office at {self.path} yet.", place=self.path)
        if there < OFFICE_VERSION:
            self._migrate()

    def _version(self) -> int:
        found = self._db.execute(self._sql.version).fetchone()
        return int(bytes(found[0])) if found else 0

    def _migrate(self) -> None:
        """All steps in one transaction; another process may be faster."""
        db = self._db
        with db.transaction():
            db.execute(self._sql.advisory)
            before = self._version()
            for step, statements in office_steps("postgres", before):
                for statement in statements:
                    db.execute(with_desk(statement, self._place.desk))
                db.execute(self._sql.set_version, (str(step).encode(),))
            if not before:
                db.execute(self._sql.first_head, LogHead())

    @contextmanager
    def _guarded(self) -> Iterator[None]:
        """PostgreSQL's errors in ours."""
        try:
            yield
        except HoldfastError:
            raise
        except Exception as error:
            raise translated(error, self._place) from error
