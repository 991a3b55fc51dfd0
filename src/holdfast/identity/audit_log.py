"""What happened, from both sources in one order: the office's log and the journal.

An entry of the log names the record at which the journal stood, so it follows that record and goes before the next.
This order is as sure as the two chains; clocks of several servers play no part in it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from heapq import merge
from itertools import islice
from typing import Any, Literal, NamedTuple

import msgspec
from msgspec import Struct

from holdfast.engine.journal import Row
from holdfast.engine.ports import JournalStore
from holdfast.errors import Corrupt, Malformed
from holdfast.identity import entries
from holdfast.store.documents import Documents, LogRow

Source = Literal["log", "journal"]

DONE = "done"
"""The outcome of an entry that states none."""

WINDOW = 500
"""Rows that are read at once from the end towards the beginning."""
LOOKED_AT = 100_000
"""Items that one page looks at before it comes with those found so far."""


class Item(Struct, frozen=True):
    """One thing that happened.

    `who` is a person; for records of old, whose ids do not tell one, the account that acted. `outcome` is `applied` or
    an error's code for a record, and what the entry says, else `done`, for an entry. `journal` is the record at which
    the journal stood (of a record: itself).
    """

    source: Source
    seq: int
    at: int
    who: str
    what: str
    about: str
    where: str
    outcome: str
    details: dict[str, Any]
    digest: str
    journal: int


class Position(NamedTuple):
    """A place in both sources: everything up to these numbers lies before it."""

    journal: int = 0
    log: int = 0

    def text(self) -> str:
        """As callers get it, to come back with it."""
        return f"{self.journal}.{self.log}"


class Query(Struct, frozen=True):
    """Which items are wanted; what is left empty does not matter.

    `what` is a word or its beginning (`session.` for all about sessions), `about` and `who` are exact, `since` and
    `until` are seconds, both included.
    """

    who: str = ""
    what: str = ""
    about: str = ""
    since: int | None = None
    until: int | None = None
    source: Source | None = None


class Page(NamedTuple):
    """Items, and where to go on; None where there is nothing more."""

    items: list[Item]
    next: str | None


_position = re.compile(r"([0-9]{1,18})\.([0-9]{1,18})").fullmatch


def position(text: str) -> Position:
    """The place that `Position.text` wrote. Raises: Malformed."""
    found = _position(text) if text.isascii() else None
    if found is None:
        raise Malformed("The cursor is not one that a page came with.", field="cursor")
    return Position(int(found[1]), int(found[2]))


def items(
    documents: Documents | None,
    journal: JournalStore | None,
    query: Query = Query(),  # noqa: B008 - frozen
    after: Position = Position(),  # noqa: B008
) -> Iterator[tuple[Item, Position]]:
    """All items behind a place that are wanted, the oldest first, each with the place behind it.

    Raises: Corrupt where a row cannot be read (chains are checked by `verify`), Unavailable.
    """
    for item, place in _oldest_first(documents, journal, query, after):
        if item is not None:
            yield item, place


def page(
    documents: Documents | None,
    journal: JournalStore | None,
    query: Query,
    *,
    limit: int = 100,
    cursor: str | None = None,
    newest_first: bool = True,
) -> Page:
    """Up to `limit` items. With `next` as the cursor the following page begins; it can be short and not the last.

    Raises: Malformed (the cursor), Corrupt, Unavailable.
    """
    if newest_first:
        found = _newest_first(documents, journal, query, None if cursor is None else position(cursor))
    else:
        found = _oldest_first(documents, journal, query, Position() if cursor is None else position(cursor))
    chosen: list[Item] = []
    for looked_at, (item, place) in enumerate(found, 1):
        if item is not None:
            chosen.append(item)
        if len(chosen) == limit or looked_at == LOOKED_AT:
            return Page(chosen, place.text() if next(found, None) else None)
    return Page(chosen, None)


# --- the two sources in one order -------------------------------------------------------------------------------------

_Found = Iterator[tuple[Item | None, Position]]
"""Every item looked at, None where it is not wanted, and the place before or behind it."""

_Keyed = tuple[tuple[int, int, int], Row | LogRow]


def _oldest_first(documents: Documents | None, journal: JournalStore | None, query: Query, after: Position) -> _Found:
    first, last = _first(documents, journal, query), _last(documents, journal, query)
    place = Position(max(after.journal, first.journal), max(after.log, first.log))
    one = _keyed_rows(journal.rows(place.journal, last.journal)) if journal else iter(())
    two = _keyed_log(documents.log(place.log, last.log)) if documents else iter(())
    for key, row in merge(one, two, key=lambda keyed: keyed[0]):
        place = place._replace(journal=row.seq) if key[1] == 0 else place._replace(log=row.seq)
        yield _wanted(query, key, row), place


def _newest_first(
    documents: Documents | None, journal: JournalStore | None, query: Query, before: Position | None
) -> _Found:
    """As above, from the end; a place tells then what is still to come."""
    first, place = _first(documents, journal, query), _last(documents, journal, query)
    if before is not None:
        place = Position(min(place.journal, before.journal), min(place.log, before.log))
    one = _keyed_rows(_backwards(journal.rows, first.journal, place.journal)) if journal else iter(())
    two = _keyed_log(_backwards(documents.log, first.log, place.log)) if documents else iter(())
    for key, row in merge(one, two, key=lambda keyed: keyed[0], reverse=True):
        place = place._replace(journal=row.seq - 1) if key[1] == 0 else place._replace(log=row.seq - 1)
        yield _wanted(query, key, row), place


def _backwards(rows: Callable[[int, int], Iterator[Any]], after: int, upto: int) -> Iterator[Any]:
    """Rows with after < seq <= upto, the last first."""
    while upto > after:
        start = max(after, upto - WINDOW)
        yield from reversed(list(rows(start, upto)))
        upto = start


def _first(documents: Documents | None, journal: JournalStore | None, query: Query) -> Position:
    """What lies before the first second that is wanted."""
    return Position() if query.since is None else _until(documents, journal, query, query.since - 1)


def _last(documents: Documents | None, journal: JournalStore | None, query: Query) -> Position:
    """Up to where each source is read: to its end, or to the last second that is wanted."""
    return _until(documents, journal, query, query.until)


def _until(documents: Documents | None, journal: JournalStore | None, query: Query, second: int | None) -> Position:
    """What lies in this second or before it, in the sources that are wanted."""
    records = journal.head().seq if journal and query.source != "log" else 0
    log = documents.head().seq if documents and query.source != "journal" else 0
    if second is not None:
        if journal and records:
            records = _before(records, second + 1, lambda seq: journal.row(seq).at)
        if documents and log:
            log = _before(log, second + 1, lambda seq: _entry_at(documents, seq))
    return Position(records, log)


def _before(last: int, second: int, at: Callable[[int], int]) -> int:
    """The number of the last row before this second; times never go back, so halving finds it."""
    low, high = 0, last
    while low < high:
        middle = (low + high + 1) // 2
        if at(middle) < second:
            low = middle
        else:
            high = middle - 1
    return low


def _entry_at(documents: Documents, seq: int) -> int:
    found = next(islice(documents.log(seq - 1, seq), 1), None)
    if found is None:
        raise Corrupt(f"entry {seq} of the log is missing")
    return found.at


def _keyed_rows(rows: Iterator[Row]) -> Iterator[_Keyed]:
    return (((row.seq, 0, 0), row) for row in rows)


def _keyed_log(rows: Iterator[LogRow]) -> Iterator[_Keyed]:
    for row in rows:
        anchor = entries.read(row).journal
        yield (anchor.seq if anchor else 0, 1, row.seq), row


# --- rows as items ----------------------------------------------------------------------------------------------------


class _Error(Struct):
    code: str


class _Record(Struct):
    """What is read of a record."""

    command: dict[str, Any]
    error: _Error | None = None


_decode_record = msgspec.json.Decoder(_Record).decode


def _wanted(query: Query, key: tuple[int, int, int], row: Row | LogRow) -> Item | None:
    item = of_record(row) if isinstance(row, Row) else of_entry(row, key[0])
    wanted = (
        (not query.who or item.who == query.who)
        and (not query.about or item.about == query.about)
        and item.what.startswith(query.what)
        and (query.since is None or item.at >= query.since)
        and (query.until is None or item.at <= query.until)
    )
    return item if wanted else None


def of_record(row: Row) -> Item:
    """A record of the journal: the person is the part of its id before the first `/`, if it has one.

    Raises: Corrupt where the row holds no record.
    """
    try:
        record = _decode_record(row.body)
        command = dict(record.command)
        kind, actor, _ = str(command.pop("type")), str(command.pop("actor")), command.pop("id")
    except (msgspec.MsgspecError, KeyError) as error:
        raise Corrupt(f"record {row.seq} cannot be read: {error}") from None
    person, slash, key = row.id.partition("/")
    outcome = "applied" if record.error is None else record.error.code
    details = {"id": row.id, **command}
    who = person if slash and person and key else actor
    return Item("journal", row.seq, row.at, who, kind, actor, "", outcome, details, row.digest.hex(), row.seq)


def of_entry(row: LogRow, journal: int = 0) -> Item:
    """An entry of the log. Raises: Corrupt where the row holds none."""
    entry = entries.read(row)
    details = dict(entry.details)
    outcome = details.pop("outcome", None)
    return Item(
        "log", entry.seq, entry.at, entry.by, entry.what, entry.about, entry.where, str(outcome or DONE), details,
        row.digest.hex(), entry.journal.seq if entry.journal else journal,
    )  # fmt: skip
