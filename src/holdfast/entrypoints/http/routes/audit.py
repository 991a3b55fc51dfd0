"""The audit log: read, exported, verified."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

from holdfast.engine import audit as journal_audit
from holdfast.engine import transfer
from holdfast.engine.ports import JournalStore
from holdfast.entrypoints.http import answers, door
from holdfast.entrypoints.http.call import Call
from holdfast.entrypoints.http.jobs import Job
from holdfast.entrypoints.http.routing import get, post
from holdfast.entrypoints.http.viewing import reads_all
from holdfast.errors import Corrupt, TooManyRequests
from holdfast.identity import audit_exports, audit_log
from holdfast.identity.audit_log import Item
from holdfast.identity.principal import authorise

Word = Annotated[str, Meta(max_length=200)]

LOT = 500
"""Lines of an export that are sent together."""


class Filter(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Which items are wanted: by whom, what (a word or its beginning), about what, between which seconds."""

    who: Word = ""
    what: Word = ""
    about: Word = ""
    since: int | None = None
    until: int | None = None
    source: Literal["log", "journal"] | None = None

    def query(self) -> audit_log.Query:
        """The same for the log."""
        return audit_log.Query(self.who, self.what, self.about, self.since, self.until, self.source)


class PageOf(Filter, frozen=True, kw_only=True):
    """A page of them."""

    limit: Annotated[int, Meta(ge=1, le=1_000)] = 100
    cursor: Annotated[str, Meta(max_length=100)] | None = None
    newest_first: bool = True


class Export(Filter, frozen=True, kw_only=True):
    """All of them, the oldest first, as lines."""

    format: Literal["ndjson", "csv", "syslog"] = "ndjson"


class Items(Struct, frozen=True):
    """Items, and where to go on; `next` is null at the end."""

    items: list[Item]
    next: str | None


class Expected(Struct, frozen=True, forbid_unknown_fields=True):
    """Heads that were noted elsewhere: record number and digest of the journal, entry number and digest of the log."""

    seq: Annotated[int, Meta(ge=0)] | None = None
    digest: Annotated[str, Meta(pattern=r"\A[0-9a-f]{64}\Z")] | None = None
    log_seq: Annotated[int, Meta(ge=0)] | None = None
    log_digest: Annotated[str, Meta(pattern=r"\A[0-9a-f]{64}\Z")] | None = None


@get("/v1/audit", "audit.read", query=PageOf, returns=Items)
async def audit_items(call: Call) -> Items:
    """List what people and the desk did, log and journal in one order.

    The journal shows every account, so without `desk.read` only the log is listed.
    """
    server, given = call.server, call.query
    journal = _journal(call)

    def look(store: JournalStore) -> Items:
        page = audit_log.page(
            server.office.documents, store if journal else None, given.query(), limit=given.limit, cursor=given.cursor,
            newest_first=given.newest_first,
        )  # fmt: skip
        return Items(page.items, page.next)

    return await server.readers.read(look)


def _journal(call: Call) -> bool:
    """Whether the journal's records are told too. Raises: Forbidden where they alone are asked for."""
    if call.query.source == "journal":
        authorise(call.who, "desk.read")
    return reads_all(call)


_TYPES = {"ndjson": b"application/x-ndjson", "csv": b"text/csv; charset=utf-8", "syslog": b"text/plain; charset=utf-8"}


@get("/v1/audit/export", "audit.read", query=Export, returns=bytes)
async def export_audit(call: Call) -> object:
    """Export the log: NDJSON, CSV (formulas escaped), or syslog (RFC 5424); the journal with it as in the list."""
    given, server = call.query, call.server
    journal = _journal(call)

    def lines(store: JournalStore) -> Iterator[bytes]:
        both = server.office.documents, store if journal else None
        found = (item for item, _ in audit_log.items(*both, given.query()))
        return audit_exports.export(found, given.format)

    return await _stream(call, lines, _TYPES[given.format], f"audit.{given.format}")


async def _stream(call: Call, read: Callable[[JournalStore], Iterator[bytes]], kind: bytes, name: str) -> object:
    """Send lines as they are read; what goes wrong before the first is answered as usual.

    Raises: TooManyRequests where too many exports are being sent.
    """
    with call.server.exporting.place(call.who.person, object()):
        async with call.server.readers.lent() as lent:
            lines = (line for line in read(lent.store))
            lot = await lent.run(lambda: _lot(lines))
            attached = f'attachment; filename="{name}"'.encode()
            await answers.begin_stream(call.send, kind, ((b"content-disposition", attached),))
            gone = asyncio.create_task(_left(call))
            try:
                while lot and not gone.done():
                    await call.send({"type": "http.response.body", "body": lot, "more_body": True})
                    lot = await lent.run(lambda: _lot(lines))
            finally:
                gone.cancel()
            await lent.run(lines.close)
    await call.send({"type": "http.response.body", "body": b"", "more_body": False})
    return door.STREAMED


async def _left(call: Call) -> None:
    """Comes back when the client has gone away: nobody reads on for him."""
    while (await call.receive())["type"] != "http.disconnect":
        pass


class Upto(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """The last record that is wanted; without it all."""

    upto: Annotated[int, Meta(ge=0, le=2**53 - 1, description="End at this record.")] | None = None


@get("/v1/journal/export", "audit.verify", query=Upto, returns=bytes)
async def export_journal(call: Call) -> object:
    """Export the journal as lines of JSON, bit for bit: what `holdfast import` makes the same desk of.

    One line for what the desk started from, one for each record, one for the head. It shows every account, so it
    needs `desk.read` too.
    """
    authorise(call.who, "desk.read")
    return await _stream(
        call, lambda store: transfer.export_journal(store, call.query.upto), b"application/x-ndjson", "journal.ndjson"
    )


@post("/v1/verify", "audit.verify", body=Expected, returns=Job, status=202, errors=(TooManyRequests,), example={})
async def verify(call: Call) -> Job:
    """Decide the whole journal anew and check every chain, digest and invariant, the log of people too."""
    server, given, by = call.server, call.body, call.who

    def run(progress: Any) -> dict[str, Any]:
        expected = (given.seq, given.digest) if given.seq is not None and given.digest else None
        report = server.readers.with_store(
            lambda store: journal_audit.verify(store, expected_head=expected, progress=progress)
        )
        problems, log_problem = list(report.problems), ""
        noted = (given.log_seq, given.log_digest) if given.log_seq is not None and given.log_digest else None
        entries, head = 0, server.office.documents.head()
        log_head = {"seq": head.seq, "digest": head.digest.hex()}
        try:
            entries = server.readers.with_store(lambda store: server.office.verify(journal=store, expect=noted))
        except Corrupt as broken:
            log_problem = broken.message
            problems.append(f"log: {log_problem}")
        told = {"records": report.records, "seq": report.seq, "digest": report.digest, "applied": report.applied,
                "refused": report.refused, "entries": entries, "problems": problems, "ok": not problems,
                "snapshots": report.snapshots, "log": log_head | {"problem": log_problem}}  # fmt: skip
        with server.office.write() as t:
            t.log("desk.verified", by=by.person, about=report.digest, where=by.address, records=report.records,
                  entries=entries, outcome="done" if not problems else "corrupt")  # fmt: skip
        return told

    return server.jobs.start("verify", by.person, server.feed.seq, run)


def _lot(lines: Iterator[bytes]) -> bytes:
    return b"".join(islice(lines, LOT))
