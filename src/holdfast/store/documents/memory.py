"""An office in memory, for tests and trials: durable as long as the process."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from threading import Lock

from holdfast.engine.journal import Head
from holdfast.errors import Corrupt, Unavailable
from holdfast.store.documents import Document, LogHead, LogRow, next_head

BUSY_SECONDS = 5
"""How long to wait for another writer."""


class MemoryDocuments:
    """Implements Documents on dictionaries and lists."""

    def __init__(self) -> None:
        self._head = LogHead()
        self._documents: dict[tuple[str, str], Document] = {}
        self._rows: list[LogRow] = []
        self._put: list[Document] = []
        self._appended: list[LogRow] = []
        self._writing = Lock()
        self._moment = Lock()  # held while one version becomes the next, so that readers see either

    def head(self) -> LogHead:
        return self._head

    def begin(self) -> LogHead:
        if not self._writing.acquire(timeout=BUSY_SECONDS):
            raise Unavailable("The office is being written by somebody else; try again.")
        self._put, self._appended = [], []
        return self._head

    def put(self, documents: Sequence[Document]) -> None:
        self._put += documents

    def append(self, rows: Sequence[LogRow]) -> None:
        self._appended += rows

    def commit(self) -> None:
        if not self._writing.locked():
            raise Unavailable("The transaction was lost; try again.")
        ahead = next_head(self._head, len(self._put), self._appended)
        if ahead is not None:
            if self._appended and self._appended[0].seq != self._head.seq + 1:
                raise Corrupt(f"entry {self._head.seq + 1} of the log is missing")
            with self._moment:
                self._take(self._put)
                self._rows += self._appended
                if ahead.purged > self._head.purged:
                    self._purge(ahead.purged)
                self._head = ahead
        self.rollback()

    def rollback(self) -> None:
        self._put, self._appended = [], []
        if self._writing.locked():
            self._writing.release()

    def changed_since(self, version: int) -> Iterator[Document]:
        with self._moment:
            return iter([document for document in self._documents.values() if document.changed > version])

    def log(self, after: int, upto: int | None = None) -> Iterator[LogRow]:
        rows = self._rows
        yield from rows[max(after, 0) : len(rows) if upto is None else max(upto, 0)]

    def journal(self) -> Head | None:
        return None

    def restore(self, head: LogHead, documents: Iterable[Document], rows: Iterable[LogRow]) -> None:
        kept, log = list(documents), list(rows)
        with self._moment:
            self._documents, self._rows, self._head = {}, log, head
            self._take(kept)

    def close(self) -> None:
        """Nothing to let go of."""

    def _take(self, documents: Iterable[Document]) -> None:
        for document in documents:
            key = (document.kind, document.id)
            earlier = self._documents.get(key)
            if earlier is not None and earlier.body is None:
                del self._documents[key]  # made anew, it comes last
            self._documents[key] = document

    def _purge(self, version: int) -> None:
        for key in [key for key, kept in self._documents.items() if kept.body is None and kept.changed <= version]:
            del self._documents[key]
