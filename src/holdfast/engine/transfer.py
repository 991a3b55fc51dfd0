"""The journal as text, one JSON object a line, and back: the same genesis, bodies and digests bit for bit.

    {"holdfast":"journal","version":1,"genesis":{…}}
    {"digest":"5f1c…","body":{"seq":1,"at":…,"rules":1,"command":{…},"outcome":{…}}}      one line per record
    {"head":{"seq":12,"digest":"9d02…"}}                                                 so that a cut file is noticed

An import is one transaction: a store has the whole desk afterwards, or still none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Literal, TypeVar

import msgspec
from msgspec import Raw, Struct

from holdfast.engine import genesis as genesis_module
from holdfast.engine.journal import Head, Row, chained, require_bytes
from holdfast.engine.ports import JournalStore
from holdfast.engine.rebuild import Progress, open_genesis
from holdfast.errors import Corrupt, DeskExists, Malformed

T = TypeVar("T")

VERSION = 1
"""Of this text form; an import refuses any other."""


class _First(Struct, forbid_unknown_fields=True):
    holdfast: Literal["journal"]
    version: int
    genesis: Raw


class _Line(Struct, forbid_unknown_fields=True, gc=False):
    digest: str
    body: Raw


class _Head(Struct):
    seq: int
    digest: str


class _Last(Struct, forbid_unknown_fields=True):
    head: _Head


class _Named(Struct, gc=False):
    id: str


class _Columns(Struct, gc=False):
    """What a store keeps beside the body."""

    seq: int
    at: int
    command: _Named


_encode = msgspec.json.Encoder().encode
_decode_first = msgspec.json.Decoder(_First).decode
_decode_line = msgspec.json.Decoder(_Line).decode
_decode_last = msgspec.json.Decoder(_Last).decode
_decode_columns = msgspec.json.Decoder(_Columns).decode


def export_journal(store: JournalStore, upto: int | None = None, progress: Progress | None = None) -> Iterator[bytes]:
    """The genesis, the records up to `upto` (all, unless stated) and the head, as lines that end in a newline.

    Raises: Corrupt at the first record that does not stand in the chain, NoDesk where there is none.
    """
    open_genesis(store)
    stored = store.genesis() or b""
    end = store.head().seq if upto is None else min(upto, store.head().seq)
    yield _line(_First("journal", VERSION, Raw(stored)))
    root = genesis_module.root(stored)
    head = Head(0, root)
    for row in _chained(store, root, end, progress):
        if b"\n" in row.body:
            raise Corrupt(f"record {row.seq} does not match the form of a record: run `holdfast verify`")
        yield _line(_Line(row.digest.hex(), Raw(row.body)))
        head = Head(row.seq, row.digest)
    yield _line(_Last(_Head(head.seq, head.digest.hex())))


def import_journal(store: JournalStore, lines: Iterable[bytes], progress: Progress | None = None) -> Head:
    """Make the desk that `export_journal` wrote, in an empty store; its head.

    Checks numbers, times and the chain up to the head that the file states. The rules are not asked: run `verify`.
    Raises: DeskExists where there is a desk; Malformed that names the line, and the store holds no desk then.
    """
    if store.genesis() is not None:
        raise DeskExists("There is a desk here already; import into a new one.")
    numbered = iter(enumerate(lines, 1))
    first = _read(next(numbered, (1, b"")), _decode_first, "the first line of a journal")
    if first.version != VERSION:
        raise Malformed(f"line 1: this journal is of form {first.version}; this program reads {VERSION}.", line=1)
    stored = bytes(first.genesis)
    try:
        genesis_module.decode(stored)
    except Corrupt as error:
        raise Malformed(f"line 1: {error.message}", line=1) from None
    store.create(stored, _rows(genesis_module.root(stored), numbered, progress))
    return store.head()


def copy_journal(source: JournalStore, target: JournalStore, progress: Progress | None = None) -> Head:
    """Make the desk of `source` in `target`, which must be empty, up to the head that it has now; that head.

    Raises: DeskExists where `target` holds a desk; Corrupt at the first record that does not stand in the chain, and
    `target` holds no desk then.
    """
    if target.genesis() is not None:
        raise DeskExists("There is a desk there already; copy to a new place.")
    open_genesis(source)
    stored, end = source.genesis() or b"", source.head()
    target.create(stored, _chained(source, genesis_module.root(stored), end.seq, progress))
    return end


def _chained(source: JournalStore, root: bytes, end: int, progress: Progress | None) -> Iterator[Row]:
    """The records up to `end`, each checked against the chain."""
    head = Head(0, root)
    for row in source.rows(upto=end):
        require_bytes(row)
        if row.seq != head.seq + 1:
            raise Corrupt(f"record {head.seq + 1} is missing: the next one is {row.seq}")
        if chained(head.digest, row.body) != row.digest:
            raise Corrupt(f"record {row.seq} does not match its digest: run `holdfast verify`")
        yield row
        head = Head(row.seq, row.digest)
        if progress and row.seq % 1_000 == 0:
            progress(row.seq)
    if head.seq != end:
        raise Corrupt(f"record {head.seq + 1} is missing: the journal ends at record {end}")


def compare_journals(one: JournalStore, other: JournalStore, head: Head, progress: Progress | None = None) -> None:
    """Check that two stores hold the same genesis and the same records up to `head`, at which `other` must end.

    Raises: Corrupt that names the first record that differs.
    """
    if one.genesis() != other.genesis() or other.head() != head:
        raise Corrupt("the copy does not begin or end as the desk does")
    copies = other.rows(upto=head.seq)
    for row in one.rows(upto=head.seq):
        if next(copies, None) != row:
            raise Corrupt(f"record {row.seq} of the copy is not as it was written")
        if progress and row.seq % 1_000 == 0:
            progress(row.seq)


def _rows(root: bytes, numbered: Iterator[tuple[int, bytes]], progress: Progress | None) -> Iterator[Row]:
    """The records, each checked; ends with the line that states the head and nothing after it."""
    head, now = Head(0, root), 0
    for number, line in numbered:
        if line.startswith(b'{"head":'):
            _check_end(head, _read((number, line), _decode_last, "the last line of a journal").head, number)
            if any(rest.strip() for _, rest in numbered):
                raise Malformed(f"line {number + 1}: the journal ended in line {number}", line=number + 1)
            return
        read = _read((number, line), _decode_line, "a record")
        body = bytes(read.body)
        columns = _read((number, body), _decode_columns, "a record")
        digest = chained(head.digest, body)
        if columns.seq != head.seq + 1:
            raise Malformed(f"line {number}: record {head.seq + 1} belongs here, not {columns.seq}", line=number)
        if digest.hex() != read.digest:
            raise Malformed(
                f"line {number}: record {columns.seq} does not match its digest: it, or one before, was changed",
                line=number,
            )
        if columns.at < now:
            raise Malformed(f"line {number}: record {columns.seq} lies before the one before it in time", line=number)
        now = columns.at
        head = Head(columns.seq, digest)
        yield Row(columns.seq, columns.at, columns.command.id, body, digest)
        if progress and head.seq % 1_000 == 0:
            progress(head.seq)
    raise Malformed(f"The journal is cut off after record {head.seq}: the line that states its head is missing.")


def _check_end(head: Head, stated: _Head, number: int) -> None:
    if (head.seq, head.digest.hex()) != (stated.seq, stated.digest):
        ends = f"ends with {head.seq}" if head.seq != stated.seq else "that record has another digest"
        raise Malformed(f"line {number}: the journal should end with record {stated.seq}, and {ends}", line=number)


def _read(numbered: tuple[int, bytes], decode: Callable[[bytes], T], what: str) -> T:
    number, line = numbered
    try:
        return decode(line)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise Malformed(f"line {number}: not {what}: {error}", line=number) from None


def _line(content: Struct) -> bytes:
    return _encode(content) + b"\n"
