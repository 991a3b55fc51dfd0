"""What the office asks of a store: records by kind and id, and a log, written together in one transaction.

The tables lie beside the desk's own (`office_document`, `office_log`, `office_head`) and are made when they are first
needed. A store knows nothing of what the records mean. A transaction is one version; whoever has seen version n asks
for what was changed since. A deleted record leaves its row without a body for a while, so that others learn of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from hashlib import sha256
from typing import NamedTuple, Protocol

from holdfast.engine.journal import Head

LOG_ROOT = sha256(b"holdfast office log").digest()
"""What the chain of the log begins with."""

PURGE_EVERY = 1_000
"""Versions between two clearings of what is left of deleted records …"""
TOMBSTONES_KEPT = 10_000
"""… and how many versions they stay at least. Who comes later than that reads everything anew."""

CHUNK = 1_000
"""Log entries that one query brings."""


class Document(NamedTuple):
    """A record as a store keeps it; without a body it is deleted. `changed` is the version that wrote it."""

    kind: str
    id: str
    body: bytes | None
    changed: int


class LogRow(NamedTuple):
    """An entry of the log as a store keeps it."""

    seq: int
    at: int
    body: bytes
    digest: bytes


class LogHead(NamedTuple):
    """Where the office stands: its version, the log's last entry, and up to which version deletions are forgotten."""

    version: int = 0
    seq: int = 0
    digest: bytes = LOG_ROOT
    purged: int = 0


class Documents(Protocol):
    """Records and a log with one writer at a time.

    Reading is safe from any thread and never waits for a writer; `begin` to `commit` or `rollback` is one thread's.
    Every method raises Unavailable when the store cannot be reached now (locked, full, read-only) and Corrupt when what
    it holds is not an office.
    """

    def head(self) -> LogHead:
        """Where the office stands; one small query."""

    def begin(self) -> LogHead:
        """Open the write transaction, lock the office, and say where it stands."""

    def put(self, documents: Sequence[Document]) -> None:
        """Write records in the open transaction; their `changed` is the version that it makes."""

    def append(self, rows: Sequence[LogRow]) -> None:
        """Add log entries to the open transaction."""

    def commit(self) -> None:
        """Make the open transaction durable as the next version; one that wrote nothing leaves no trace."""

    def rollback(self) -> None:
        """Drop the open transaction, if one is open. Never raises."""

    def changed_since(self, version: int) -> Iterator[Document]:
        """All records that were written after this version, as of one moment, in the order in which they were made.

        It tells nothing of deletions up to the head's `purged`: who stands before that asks from 0 on.
        """

    def log(self, after: int, upto: int | None = None) -> Iterator[LogRow]:
        """Log entries with after < seq <= upto, in order."""

    def journal(self) -> Head | None:
        """Where the desk's journal ends that lies in the same place; None where there is none."""

    def restore(self, head: LogHead, documents: Iterable[Document], rows: Iterable[LogRow]) -> None:
        """Put this in place of all that is here, at once; nothing is changed if an iterable raises."""

    def close(self) -> None:
        """Let go of all resources."""


def next_head(head: LogHead, documents: int, rows: Sequence[LogRow]) -> LogHead | None:
    """Where a transaction leads that began at `head`; None where it wrote nothing."""
    if not documents and not rows:
        return None
    version, purged = head.version + 1, head.purged
    if version % PURGE_EVERY == 0:
        purged = max(purged, version - TOMBSTONES_KEPT)
    last = rows[-1] if rows else head
    return LogHead(version, last.seq, last.digest, purged)
