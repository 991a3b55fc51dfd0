"""An office from one store to another, bit for bit."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import zip_longest

from holdfast.engine.journal import chained
from holdfast.errors import Corrupt
from holdfast.store.documents import LOG_ROOT, Documents, LogHead, LogRow


def copy_documents(source: Documents, target: Documents) -> LogHead:
    """Put the office of `source`, as it is now, in place of that of `target`, in one transaction; where it stands.

    Raises: Corrupt at the first log entry that does not stand in the chain, and `target` is as it was then; also where
    `source` is written meanwhile.
    """
    head = source.head()
    documents = list(source.changed_since(0))
    if any(document.changed > head.version for document in documents):
        raise Corrupt("the office was written while it was copied; stop the programs that write to it")
    target.restore(head, documents, _chained(source, head))
    return head


def compare_documents(one: Documents, other: Documents, head: LogHead) -> int:
    """Check that two stores hold the same office, at this head; the number of records that it has.

    Raises: Corrupt that names the first difference.
    """
    if other.head() != head:
        raise Corrupt("the copy of the office does not end as the office does")
    count = 0
    for record, copy in zip_longest(one.changed_since(0), other.changed_since(0)):
        if record != copy:
            kind, name = (record or copy)[:2]
            raise Corrupt(f"the {kind} {name!r} of the copied office is not as it was written")
        count += record.body is not None
    for row, again in zip_longest(one.log(0, head.seq), other.log(0)):
        if row != again:
            raise Corrupt(f"entry {(row or again).seq} of the copied log is not as it was written")
    return count


def _chained(source: Documents, head: LogHead) -> Iterator[LogRow]:
    """The log up to `head`, each entry checked against the chain."""
    seq, digest = 0, LOG_ROOT
    for row in source.log(0, head.seq):
        if row.seq != seq + 1 or chained(digest, row.body) != row.digest:
            raise Corrupt(f"entry {seq + 1} of the log does not match its digest: run `holdfast verify`")
        seq, digest = row.seq, row.digest
        yield row
    if (seq, digest) != (head.seq, head.digest):
        raise Corrupt(f"the log ends at entry {seq}, and the office says that it ends at entry {head.seq}")
