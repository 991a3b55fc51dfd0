"""Everything about people, in memory, and durable: records by kind and id, and the log of what was done.

Reading is a look into dictionaries and waits for nobody. A write is one transaction: it locks the office, takes over
what other processes wrote, makes its changes and log entries, and commits; nothing of it shows before that, and nothing
ever if it fails. Other processes follow by `refresh`.

The order of locks is: the gate, the writers' turn, the store. A rule that the desk asks while it decides (a guard)
holds the desk's own lock and must only read here.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from threading import Lock, get_ident
from types import MappingProxyType
from typing import Any

from holdfast.engine.journal import Head
from holdfast.engine.ports import JournalStore
from holdfast.errors import Corrupt
from holdfast.identity import entries
from holdfast.identity.entries import Anchor, Detail, LogEnd, LogEntry
from holdfast.identity.kept import Kept, T, decoded, document, tag_of
from holdfast.primitives.clock import Clock
from holdfast.store.documents import Document, Documents, LogHead, LogRow

__all__ = ["Kept", "Key", "LogEntry", "Office", "Transaction", "Watcher"]

Key = tuple[str, str]
"""A kind's tag and an id."""

Watcher = Callable[[frozenset[Key]], None]

_logger = logging.getLogger("holdfast.identity")


class Office:
    """One office on one store. Safe to use from many threads.

    `journal_head` says where the desk's journal ends, for the log to name; without it the store is asked. `gate` is
    held from the beginning of a write to its end: the lock of a service in the same process, so that they take turns
    instead of waiting for the database's.
    """

    def __init__(
        self,
        documents: Documents,
        clock: Clock,
        journal_head: Callable[[], Head] | None = None,
        *,
        gate: AbstractContextManager[Any] | None = None,
    ) -> None:
        self._documents = documents
        self._clock = clock
        self._journal_head: Callable[[], Head | None] = journal_head or documents.journal
        self._gate = nullcontext() if gate is None else gate
        self._turn = Lock()
        self._writer = 0
        self._memory = Lock()  # held for moments, never during I/O of a writer
        self._records: dict[type[Kept], dict[str, Any]] = {}
        self._kinds: dict[str, type[Kept]] = {}
        self._unread: dict[str, dict[str, bytes]] = {}
        self._lent: set[type[Kept]] = set()
        self._watchers: list[Watcher] = []
        self._version = 0
        self._head = LogHead()
        self._end = LogEnd()
        self.refresh()

    @property
    def version(self) -> int:
        """Grows with every transaction, in all processes."""
        return self._version

    @property
    def documents(self) -> Documents:
        """The store, for readers of the log."""
        return self._documents

    @property
    def head(self) -> LogHead:
        """Where the office stood when this process last looked."""
        return self._head

    def now(self) -> int:
        """The present second."""
        return self._clock()

    # --- reading ----------------------------------------------------------------------------------------------------

    def get(self, kind: type[T], record_id: str) -> T | None:
        """The record, or None."""
        records = self._records.get(kind)
        return (self._table(kind) if records is None else records).get(record_id)

    def all(self, kind: type[T]) -> Mapping[str, T]:
        """All records of a kind by their ids, as they are now and stay in this view, in the order of their making."""
        self._table(kind)
        with self._memory:
            self._lent.add(kind)
            return MappingProxyType(self._records[kind])

    def log(self, after: int = 0, upto: int | None = None) -> Iterator[LogEntry]:
        """Log entries with after < seq <= upto, in order."""
        return (entries.read(row) for row in self._documents.log(after, upto))

    def verify(
        self,
        progress: Callable[[int], None] | None = None,
        *,
        journal: JournalStore | None = None,
        expect: tuple[int, str] | None = None,
    ) -> int:
        """Check the whole log; the number of its entries. Raises: Corrupt that names the first broken one."""
        return entries.verify(self._documents, journal, expect=expect, progress=progress)

    def watch(self, callback: Watcher) -> None:
        """Call back with the keys that changed, after each commit and each refresh that brought something.

        It is called in the thread that committed or refreshed, with no lock held; what it raises is only logged.
        """
        self._watchers.append(callback)

    def refresh(self) -> bool:
        """Take over what other processes wrote; whether there was anything.

        Raises: Unavailable; Corrupt where the store has gone back to an earlier version.
        """
        known = self._version
        head = self._documents.head()
        changed = self._follow(known, head)
        self._tell(changed)
        return bool(changed) or head.version != known

    def close(self) -> None:
        """Let go of the store."""
        self._documents.close()

    # --- writing ----------------------------------------------------------------------------------------------------

    @contextmanager
    def write(self) -> Iterator[Transaction]:
        """One transaction: what it does is there when the block ends, or nothing of it if the block raises.

        Raises: Unavailable (nothing was written, or it is in doubt whether: look again), Corrupt.
        """
        if self._writer == get_ident():
            raise RuntimeError("write() inside of write(): hand the transaction on instead")
        changed: set[Key] = set()
        try:
            with self._gate, self._turn:
                self._writer = get_ident()
                try:
                    yield from self._transaction(changed)
                finally:
                    self._writer = 0
        finally:
            self._tell(changed)

    def _transaction(self, changed: set[Key]) -> Iterator[Transaction]:
        documents = self._documents
        head = documents.begin()
        try:
            changed |= self._follow(self._version, head)
            self._find_end(head)
            transaction = Transaction(self, head.version + 1, self._end, self._clock, self._anchor)
            try:
                yield transaction
            finally:
                transaction.over = True
            if not transaction.changes and not transaction.rows:
                documents.rollback()
                return
            documents.put(list(transaction.changes.values()))
            documents.append(transaction.rows)
            documents.commit()
        except BaseException:
            documents.rollback()
            raise
        self._end = transaction.end
        ahead = LogHead(head.version + 1, self._end.seq, self._end.digest, head.purged)
        changed |= self._adopt(transaction, ahead)

    def _adopt(self, transaction: Transaction, ahead: LogHead) -> set[Key]:
        """Show what was committed, unless a refresh has seen it already."""
        with self._memory:
            if self._version < ahead.version:
                for key, kept in transaction.changes.items():
                    self._place(key, kept.body, transaction.records.get(key))
                self._version, self._head = ahead.version, ahead
        return set(transaction.changes)

    def _find_end(self, head: LogHead) -> None:
        """The last entry of the log, which the next one follows."""
        if (head.seq, head.digest) == (self._end.seq, self._end.digest):
            return
        last = next(self._documents.log(head.seq - 1, head.seq), None)
        if head.seq <= self._end.seq or last is None or last.digest != head.digest:
            raise Corrupt(f"the log ends at entry {head.seq}, which is not the one that was seen there")
        self._end = entries.end_at(last)

    def _anchor(self) -> Anchor | None:
        head = self._journal_head()
        return None if head is None else Anchor(head.seq, head.digest.hex())

    # --- memory -----------------------------------------------------------------------------------------------------

    def _follow(self, known: int, head: LogHead) -> frozenset[Key]:
        """Take over all that lies between the version known and the store's; the keys of it."""
        if head.version == known:
            return frozenset()
        if head.version < known:
            raise Corrupt(f"the office is at version {head.version}, and was seen at version {known}")
        while True:
            since = known if known >= head.purged else 0
            found = list(self._documents.changed_since(since))
            after = self._documents.head()
            if since == 0 or after.purged <= since:
                break
            head = after
        version = max([head.version, *(kept.changed for kept in found)])
        with self._memory:
            if version <= self._version:
                return frozenset()
            gone = self._gone(found) if since == 0 and known else []
            for kept in [*gone, *found]:
                self._place((kept.kind, kept.id), kept.body)
            self._version = version
            self._head = head if head.version == version else self._head._replace(version=version)
        return frozenset((kept.kind, kept.id) for kept in [*gone, *found])

    def _gone(self, found: list[Document]) -> list[Document]:
        """Records in memory that a reading of everything no longer tells of."""
        there = {(kept.kind, kept.id) for kept in found}
        held = [(tag_of(kind), key) for kind, records in self._records.items() for key in records]
        held += [(tag, key) for tag, bodies in self._unread.items() for key in bodies]
        return [Document(tag, key, None, 0) for tag, key in held if (tag, key) not in there]

    def _place(self, key: Key, body: bytes | None, record: Kept | None = None) -> None:
        """Put one record where it belongs, or take it away; called with the memory's lock held."""
        tag, record_id = key
        kind = self._kinds.get(tag)
        if kind is None:
            unread = self._unread.setdefault(tag, {})
            if body is None:
                unread.pop(record_id, None)
            else:
                unread[record_id] = body
            return
        if kind in self._lent:  # somebody may be looking at it
            self._records[kind] = dict(self._records[kind])
            self._lent.discard(kind)
        records = self._records[kind]
        if body is None:
            records.pop(record_id, None)
        else:
            records[record_id] = decoded(kind, record_id, body) if record is None else record

    def _table(self, kind: type[T]) -> dict[str, T]:
        """The records of a kind; they are read when it is first asked for."""
        records = self._records.get(kind)
        if records is not None:
            return records
        tag = tag_of(kind)
        with self._memory:
            if kind not in self._records:
                if tag in self._kinds:
                    raise TypeError(f"two kinds are tagged {tag!r}: {self._kinds[tag]} and {kind}")
                bodies = self._unread.get(tag, {})
                self._records[kind] = {key: decoded(kind, key, body) for key, body in bodies.items()}
                self._kinds[tag] = kind
                self._unread.pop(tag, None)
            return self._records[kind]

    def _tell(self, changed: set[Key] | frozenset[Key]) -> None:
        if not changed:
            return
        for callback in self._watchers:
            try:
                callback(frozenset(changed))
            except Exception:
                _logger.exception("a watcher of the office failed")


class Transaction:
    """What one write sees and does; of use only inside of its block."""

    def __init__(
        self, office: Office, version: int, end: LogEnd, clock: Clock, anchor: Callable[[], Anchor | None]
    ) -> None:
        self._office = office
        self._version = version
        self._anchor = anchor
        self.end = end
        self.now = max(clock(), end.at)
        self.changes: dict[Key, Document] = {}
        self.records: dict[Key, Kept] = {}
        self.rows: list[LogRow] = []
        self.over = False

    def get(self, kind: type[T], record_id: str) -> T | None:
        """The record as it is in this transaction, or None."""
        self._require_open()
        key = (tag_of(kind), record_id)
        if key in self.changes:
            return self.records.get(key)  # type: ignore[return-value]
        return self._office.get(kind, record_id)

    def all(self, kind: type[T]) -> Mapping[str, T]:
        """All records of a kind as they are in this transaction."""
        self._require_open()
        before, tag = self._office.all(kind), tag_of(kind)
        mine = [key for key in self.changes if key[0] == tag]
        if not mine:
            return before
        records: dict[str, Any] = dict(before)
        for key in mine:
            if key in self.records:
                records[key[1]] = self.records[key]
            else:
                records.pop(key[1], None)
        return MappingProxyType(records)

    def put(self, *records: Kept) -> None:
        """Write records, new or changed. Raises: Malformed for an id that cannot be kept."""
        self._require_open()
        for record in records:
            kept = document(record, self._version)
            key = (kept.kind, kept.id)
            self.changes[key], self.records[key] = kept, record

    def delete(self, kind: type[Kept], record_id: str) -> None:
        """Take a record away, if it is there."""
        if self.get(kind, record_id) is None:
            return
        key = (tag_of(kind), record_id)
        self.changes[key] = Document(*key, None, self._version)
        self.records.pop(key, None)

    def log(self, what: str, /, *, by: str, about: str = "", where: str = "", **details: Detail) -> LogEntry:
        """Add an entry to the log: who did what, to what, from which address. Never a secret.

        `outcome`, where it is among the details, is how it ended; an entry without it was done.
        """
        self._require_open()
        anchor, before = self._anchor(), self.end.journal
        if before is not None and (anchor is None or anchor.seq < before.seq):
            anchor = before  # another process has seen more of the journal
        kept = {name: entries.detail(name, given) for name, given in details.items()}
        what, by, about, where = (entries.text(given) for given in (what, by, about, where))
        entry = LogEntry(self.end.seq + 1, self.now, what, by, about, where, kept, anchor)
        row = entries.row(entry, self.end.digest)
        self.rows.append(row)
        self.end = LogEnd(row.seq, row.digest, row.at, anchor)
        return entry

    def _require_open(self) -> None:
        if self.over:
            raise RuntimeError("this transaction is over")
