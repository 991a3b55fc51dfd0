"""The office's log: what an entry says, and the chain that it stands in.

    digest of entry n = SHA-256(digest of entry n - 1, 32 bytes || body of entry n)
    digest before the first entry = SHA-256("holdfast office log")

An entry names where the journal stood when it was written. That never goes back, so the log and the journal have one
common order: an entry follows the record that it names, and goes before the next one.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import msgspec
from msgspec import Struct

from holdfast.engine.genesis import root
from holdfast.engine.journal import chained
from holdfast.engine.ports import JournalStore
from holdfast.errors import Corrupt
from holdfast.store.documents import LOG_ROOT, Documents, LogRow

Detail = str | int | bool | list[str] | None

TEXT_LENGTH = 1_000
"""Characters that one text of an entry keeps."""
LIST_LENGTH = 100
"""Texts that one list of an entry keeps."""

LOT = 1_000
"""Entries between two reports of progress."""


class Anchor(Struct, frozen=True):
    """Where the journal stood: its last record's number and digest (hex)."""

    seq: int
    digest: str


class LogEntry(Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """Who did what, to what, from where; `journal` is absent where the office stands beside no desk."""

    seq: int
    at: int
    what: str
    by: str
    about: str = ""
    where: str = ""
    details: dict[str, Detail] = {}
    journal: Anchor | None = None


class LogEnd(NamedTuple):
    """What the next entry follows."""

    seq: int = 0
    digest: bytes = LOG_ROOT
    at: int = 0
    journal: Anchor | None = None


_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(LogEntry).decode


def row(entry: LogEntry, previous: bytes) -> LogRow:
    """An entry as the store keeps it, chained to the digest before it."""
    body = _encode(entry)
    return LogRow(entry.seq, entry.at, body, chained(previous, body))


def read(found: LogRow) -> LogEntry:
    """The entry in a row.

    Raises: Corrupt where the row holds none, or another one than it says.
    """
    try:
        entry = _decode(found.body)
    except (msgspec.MsgspecError, TypeError) as error:
        raise Corrupt(f"entry {found.seq} of the log cannot be read: {error}") from None
    if (entry.seq, entry.at) != (found.seq, found.at):
        raise Corrupt(f"entry {found.seq} of the log says that it is entry {entry.seq} at {entry.at}")
    return entry


def end_at(found: LogRow) -> LogEnd:
    """What follows this row follows that."""
    return LogEnd(found.seq, found.digest, found.at, read(found).journal)


def text(given: str) -> str:
    """A text as an entry keeps it: what UTF-8 cannot say replaced, what is too long cut."""
    kept = given if len(given) <= TEXT_LENGTH else given[: TEXT_LENGTH - 1] + "…"
    return kept.encode("utf-8", "replace").decode("utf-8")


def detail(name: str, given: Detail) -> Detail:
    """A detail as an entry keeps it.

    Raises: TypeError for what is neither text, whole number, yes or no, nothing, nor a list of texts.
    """
    if isinstance(given, str):
        return text(given)
    if given is None or isinstance(given, bool):
        return given
    if isinstance(given, int) and -(2**63) <= given < 2**63:
        return given
    if isinstance(given, list | tuple) and all(isinstance(item, str) for item in given):
        more = [f"… and {len(given) - LIST_LENGTH} more"] if len(given) > LIST_LENGTH else []
        return [text(item) for item in given[:LIST_LENGTH]] + more
    raise TypeError(f"{name}: a log entry takes no {type(given).__name__}")


def verify(
    documents: Documents,
    journal: JournalStore | None = None,
    *,
    expect: tuple[int, str] | None = None,
    progress: Callable[[int], None] | None = None,
) -> int:
    """Check the whole log; the number of its entries.

    Numbers, times and the chain of digests must go on without a gap up to where the office says that the log ends.
    With `journal`, every record that an entry names must be in it with that digest. `expect` is an entry's number and
    digest (hex) as noted elsewhere: a log whose end was cut off, head and all, looks whole by itself.
    Raises: Corrupt that names the first entry which is not as it was written; Unavailable.
    """
    head, end = documents.head(), LogEnd()
    noted = "" if expect is None or expect[0] else LOG_ROOT.hex()
    for found in documents.log(0, head.seq):
        _require_place(found, end)
        entry = read(found)
        _require_anchor(entry, end.journal, journal)
        end = LogEnd(found.seq, found.digest, found.at, entry.journal)
        if expect is not None and found.seq == expect[0]:
            noted = found.digest.hex()
        if progress and found.seq % LOT == 0:
            progress(found.seq)
    if (end.seq, end.digest) != (head.seq, head.digest):
        if end.seq == head.seq:
            raise Corrupt(f"entry {end.seq} of the log is not the one that the office notes as the last")
        raise Corrupt(f"entry {end.seq + 1} of the log is missing: it should end with entry {head.seq}")
    if expect is not None:
        seq, digest = expect
        if seq > end.seq:
            raise Corrupt(
                f"entry {end.seq + 1} of the log is missing: it was noted to reach entry {seq}, and ends at {end.seq}"
            )
        if noted != digest.lower():
            raise Corrupt(f"entry {seq} of the log is not the one noted elsewhere: its digest is {noted}")
    return end.seq


def _require_place(found: LogRow, end: LogEnd) -> None:
    if type(found.body) is not bytes or type(found.digest) is not bytes:
        raise Corrupt(f"entry {found.seq} of the log was changed: its body or digest is not kept as bytes")
    if found.seq != end.seq + 1:
        raise Corrupt(f"entry {end.seq + 1} of the log is missing: entry {found.seq} stands in its place")
    if chained(end.digest, found.body) != found.digest:
        before = f"entry {end.seq}" if end.seq else "the beginning"
        raise Corrupt(f"entry {found.seq} of the log does not match its digest: it was changed, or {before} was")
    if found.at < end.at:
        raise Corrupt(f"entry {found.seq} of the log lies before the one before it in time")


def _require_anchor(entry: LogEntry, before: Anchor | None, journal: JournalStore | None) -> None:
    """The record that an entry names is there, and not one before that of the entry before it."""
    anchor = entry.journal
    if before is not None and (anchor is None or anchor.seq < before.seq):
        raise Corrupt(f"entry {entry.seq} of the log names an earlier record of the journal than the entry before it")
    if anchor is None or journal is None or anchor == before:
        return
    if anchor.seq == 0:
        there = root(journal.genesis() or b"").hex()
    else:
        try:
            there = journal.row(anchor.seq).digest.hex()
        except Corrupt:
            raise Corrupt(
                f"entry {entry.seq} of the log was written at record {anchor.seq}, which the journal does not have"
            ) from None
    if there != anchor.digest:
        raise Corrupt(f"entry {entry.seq} of the log was written at another record {anchor.seq} than the journal's")
