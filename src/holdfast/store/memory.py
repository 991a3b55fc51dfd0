"""A journal in memory, for scenarios, simulations and tests: durable as long as the process."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from holdfast.engine.genesis import root
from holdfast.engine.journal import Head, Row
from holdfast.engine.ports import Snapshot
from holdfast.errors import Corrupt, DeskExists


class MemoryStore:
    """Implements JournalStore on lists."""

    def __init__(self) -> None:
        self._genesis: bytes | None = None
        self._rows: list[Row] = []
        self._pending: list[Row] = []
        self._ids: dict[str, int] = {}
        self._snapshots: list[tuple[Head, list[bytes]]] = []

    def create(self, genesis: bytes, rows: Iterable[Row] = ()) -> None:
        if self._genesis is not None:
            raise DeskExists("There is a desk in this store already.")
        self._pending = list(rows)
        self._genesis = genesis
        self.commit()

    def genesis(self) -> bytes | None:
        return self._genesis

    def head(self) -> Head:
        if self._rows:
            return Head(self._rows[-1].seq, self._rows[-1].digest)
        return Head(0, root(self._genesis or b""))

    def begin(self, ids: Sequence[str] = ()) -> Head:
        self._pending = []
        return self.head()

    def append(self, rows: Sequence[Row]) -> None:
        self._pending += rows

    def commit(self) -> None:
        self._rows += self._pending
        self._ids.update((row.id, row.seq) for row in self._pending)
        self._pending = []

    def rollback(self) -> None:
        self._pending = []

    def rows(self, after: int = 0, upto: int | None = None) -> Iterator[Row]:
        return iter(self._rows[after : len(self._rows) if upto is None else upto])

    def row(self, seq: int) -> Row:
        if not 1 <= seq <= len(self._rows):
            raise Corrupt(f"record {seq} is missing")
        return self._rows[seq - 1]

    def find(self, ids: Sequence[str]) -> dict[str, int]:
        return {command_id: self._ids[command_id] for command_id in ids if command_id in self._ids}

    def save_snapshot(self, head: Head, parts: Iterator[bytes]) -> None:
        kept = (head, list(parts))
        self._snapshots = [other for other in self._snapshots if other[0].seq != head.seq] + [kept]

    def snapshot(self, upto: int) -> Snapshot | None:
        usable = [kept for kept in self._snapshots if kept[0].seq <= upto]
        if not usable:
            return None
        head, parts = max(usable, key=lambda kept: kept[0].seq)
        return Snapshot(head, iter(parts))

    def close(self) -> None:
        """Nothing to let go of."""
