"""What the engine asks of a store. Memory, SQLite and PostgreSQL fulfil it; one test-suite holds for all."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple, Protocol

from holdfast.engine.journal import Head, Row


class Snapshot(NamedTuple):
    """A state at one record, in parts that can be read one after another; a shortcut, never the truth."""

    head: Head
    parts: Iterator[bytes]


class JournalStore(Protocol):
    """An append-only journal with one writer at a time.

    Every method raises Unavailable when the store cannot be reached now (locked, full, read-only) and Corrupt when what
    it holds is not a desk. Between `begin` and `commit` or `rollback` no other process can write.
    """

    def create(self, genesis: bytes, rows: Iterable[Row] = ()) -> None:
        """Make a desk of this genesis and these records at once, or none if `rows` raises.

        Raises: DeskExists if there is one already.
        """

    def genesis(self) -> bytes | None:
        """The stored genesis, or None where there is no desk yet."""

    def head(self) -> Head:
        """The last record's number and digest; of an empty journal 0 and the genesis's root."""

    def begin(self, ids: Sequence[str] = ()) -> Head:
        """Open the write transaction, lock the journal, and say where it ends.

        `ids` are those that `find` will be asked for next; a store far away looks them up on the same way.
        """

    def append(self, rows: Sequence[Row]) -> None:
        """Add records to the open transaction."""

    def commit(self) -> None:
        """Make the open transaction durable, and all that was visible in it: no crash and no power cut loses it."""

    def rollback(self) -> None:
        """Drop the open transaction, if one is open. Never raises."""

    def rows(self, after: int = 0, upto: int | None = None) -> Iterator[Row]:
        """Records with after < seq <= upto, in order."""

    def row(self, seq: int) -> Row:
        """One record. Raises Corrupt if it is missing."""

    def find(self, ids: Sequence[str]) -> dict[str, int]:
        """Which of these command ids are used, and by which record."""

    def save_snapshot(self, head: Head, parts: Iterator[bytes]) -> None:
        """Keep a snapshot; older ones may be dropped."""

    def snapshot(self, upto: int) -> Snapshot | None:
        """The newest snapshot at a record <= upto, if any."""

    def close(self) -> None:
        """Let go of all resources."""
