"""The desk's and the office's stores with a clock beside them: how many records a commit holds, how long it takes."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, cast

from holdfast.engine.journal import Row
from holdfast.entrypoints.http.metrics import Metrics
from holdfast.entrypoints.http.traces import Traces

if TYPE_CHECKING:
    from holdfast.engine.ports import JournalStore
    from holdfast.store.documents import Documents, LogHead


class Instruments:
    """What one server measures itself with."""

    def __init__(self, traces: Traces | None = None) -> None:
        self.metrics = Metrics()
        self.traces = traces or Traces()

    def journal(self, store: JournalStore) -> JournalStore:
        """This store, measured."""
        return cast("JournalStore", _MeasuredJournal(store, self))

    def office(self, documents: Documents) -> Documents:
        """These documents, measured."""
        return cast("Documents", _MeasuredDocuments(documents, self))


class _Measured:
    """Everything but what is measured goes to the store itself."""

    def __init__(self, store: Any, instruments: Instruments) -> None:
        self._store, self._instruments = store, instruments

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)


class _MeasuredJournal(_Measured):
    """Tells of every commit: how many records, and the seconds until they were durable."""

    _records = 0

    def append(self, rows: Sequence[Row]) -> None:
        """See `JournalStore`."""
        self._store.append(rows)
        self._records = len(rows)

    def commit(self) -> None:
        """See `JournalStore`."""
        records, self._records = self._records, 0
        began, seconds = _timed(self._store.commit)
        if records:
            self._instruments.metrics.commit(records, seconds)
            self._instruments.traces.done("commit", began, time.time_ns(), alone=True, records=records)

    def rollback(self) -> None:
        """See `JournalStore`."""
        self._records = 0
        self._store.rollback()


class _MeasuredDocuments(_Measured):
    """Tells of every transaction about people: the seconds from its lock to its commit."""

    _began = (0, 0.0)

    def begin(self) -> LogHead:
        """See `Documents`."""
        self._began = time.time_ns(), time.perf_counter()
        head: LogHead = self._store.begin()
        return head

    def commit(self) -> None:
        """See `Documents`."""
        self._store.commit()
        began, at = self._began
        self._instruments.metrics.office_write(time.perf_counter() - at)
        self._instruments.traces.done("office write", began, time.time_ns())


def _timed(work: Callable[[], None]) -> tuple[int, float]:
    """When it began, in nanoseconds since 1970, and the seconds that it took."""
    began, at = time.time_ns(), time.perf_counter()
    work()
    return began, time.perf_counter() - at
