"""`holdfast audit`: who did what."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer
from msgspec.structs import asdict

from holdfast.entrypoints.cli.options import Database, Everything, Json, Server
from holdfast.errors import Malformed

if TYPE_CHECKING:
    from holdfast.client import Client
    from holdfast.engine.ports import JournalStore
    from holdfast.identity.audit_log import Item, Query, Source
    from holdfast.store.documents import Documents

PAGE = 500
"""Lines to one table; a longer log comes in several."""

Who = Annotated[str, typer.Option("--who", metavar="NAME", help="Only what this person did.", show_default=False)]
What = Annotated[
    str,
    typer.Option("--what", metavar="WORD", help="Only what begins with this, like session. or vault.deposit.",
                 show_default=False),
]  # fmt: skip
About = Annotated[
    str, typer.Option("--about", metavar="NAME", help="Only what concerns this person or thing.", show_default=False)
]
Since = Annotated[str | None, typer.Option("--since", metavar="TIME", help="From this instant on.", show_default=False)]
Until = Annotated[str | None, typer.Option("--until", metavar="TIME", help="Up to this instant.", show_default=False)]
From = Annotated[
    str | None,
    typer.Option("--source", metavar="SOURCE", help="Only the log of people (log) or the journal (journal).",
                 show_default=False),
]  # fmt: skip


def log(
    who: Who = "",
    what: What = "",
    about: About = "",
    since: Since = None,
    until: Until = None,
    source: From = None,
    last: Annotated[int, typer.Option("--last", metavar="NUMBER", min=1, help="Show so many, the newest.")] = 50,
    everything: Everything = False,
    db: Database = None,
    server: Server = None,
    json: Json = False,
) -> None:
    """Show what happened last, and who did it.

    Sign-ins, roles, keys and policies come from the log of people, commands from the journal. Each entry of the log
    names the record at which the journal stood, and is shown behind it. With --json the lines come as NDJSON.

    \b
    Examples:
      holdfast audit log
      holdfast audit log --who ann --since 2026-01-01T00:00:00Z --all
      holdfast audit log --what sign_in. --json | jq -r '[.at, .who, .outcome] | @tsv'
    """
    from holdfast.entrypoints.cli.remote import reached
    from holdfast.identity.audit_log import items

    query = _query(who, what, about, since, until, source)
    with reached(db, server) as client:
        if client is not None:
            _give(_of_server(client, query, None if everything else last), json=json)
            return
    with _sources(db) as (documents, journal):
        found = (item for item, _ in items(documents, journal, query))
        _give(found if everything else iter(_newest(documents, journal, query, last)), json=json)


def export(
    form: Annotated[str, typer.Option("--format", metavar="FORMAT", help="ndjson, csv or syslog.")] = "ndjson",
    output: Annotated[
        str | None, typer.Option("--output", "-o", metavar="FILE", help="Default: stdout.", show_default=False)
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Write over FILE if it is there.")] = False,
    who: Who = "",
    what: What = "",
    about: About = "",
    since: Since = None,
    until: Until = None,
    source: From = None,
    db: Database = None,
    server: Server = None,
) -> None:
    """Write the audit log for other programs: NDJSON, CSV or syslog.

    The oldest comes first, one to a line. What people typed can forge neither lines nor columns nor a spreadsheet's
    formulas. FILE appears when it is complete.

    \b
    Examples:
      holdfast audit export --format csv -o audit.csv
      holdfast audit export --format syslog --since 2026-01-01T00:00:00Z | nc loghost 514
    """
    from holdfast.entrypoints.cli.remote import lines_of, reached
    from holdfast.identity.audit_exports import FORMATS
    from holdfast.identity.audit_exports import export as written
    from holdfast.identity.audit_log import items

    query = _query(who, what, about, since, until, source)
    if form not in FORMATS:
        raise Malformed(f"There is no such format; choose one of {', '.join(FORMATS)}.", field="format")
    with reached(db, server) as client:
        if client is not None:
            chunks = client.audit.export_audit(format=cast(Any, form), **_filter(query))
            _write(lines_of(chunks), form, output, force=force)
            return
    with _sources(db) as (documents, journal):
        _write(written((item for item, _ in items(documents, journal, query)), form), form, output, force=force)


def _write(lines: Iterator[bytes], form: str, output: str | None, *, force: bool) -> None:
    from holdfast.entrypoints.cli.output import say, write
    from holdfast.entrypoints.cli.transfer import complete

    if output is None or output == "-":
        for line in lines:
            write(line)
        return
    with complete(output, force=force) as target:
        count = sum(1 for line in lines if target.write(line))
    say(f"Wrote {count - (form == 'csv'):,} entries to {output}.")


def _filter(query: Query) -> dict[str, Any]:
    """A query as a server takes it."""
    return {name: value for name, value in asdict(query).items() if value not in ("", None)}


def _of_server(client: Client, query: Query, last: int | None) -> Iterator[Item]:
    """A server's items, the oldest first: the last so many, or all."""
    from itertools import islice

    from holdfast.entrypoints.cli.remote import as_type
    from holdfast.identity.audit_log import Item as Kind

    given = _filter(query)
    if last is None:
        return (as_type(item, Kind) for item in client.audit.items(newest_first=False, limit=1_000, **given))
    newest = islice(client.audit.items(newest_first=True, limit=min(last, 1_000), **given), last)
    return reversed([as_type(item, Kind) for item in newest])


def _give(shown: Iterator[Item], *, json: bool) -> None:
    from holdfast.entrypoints.cli.output import write
    from holdfast.identity.audit_exports import ndjson

    if json:
        for line in ndjson(shown):
            write(line)
        return
    _print(shown)


def _query(who: str, what: str, about: str, since: str | None, until: str | None, source: str | None) -> Query:
    from holdfast.entrypoints.cli.history import second
    from holdfast.identity.audit_log import Query

    if source not in (None, "log", "journal"):
        raise Malformed("--source: write log or journal, or leave it out for both.", field="source")
    return Query(who, what, about, second("--since", since), second("--until", until), cast("Source | None", source))


@contextmanager
def _sources(db: str | None) -> Iterator[tuple[Documents | None, JournalStore]]:
    """The log of people, where there is one, and the journal."""
    from holdfast import bootstrap
    from holdfast.engine.rebuild import open_genesis
    from holdfast.entrypoints.cli.desk import store

    with store(db) as journal:
        open_genesis(journal)
        documents = bootstrap.find_documents(db)
        try:
            yield documents, journal
        finally:
            if documents is not None:
                documents.close()


def _newest(documents: Documents | None, journal: JournalStore, query: Query, count: int) -> list[Item]:
    from holdfast.identity.audit_log import page

    found: list[Item] = []
    cursor: str | None = None
    while True:
        more = page(documents, journal, query, limit=count - len(found), cursor=cursor)
        found += more.items
        cursor = more.next
        if cursor is None or len(found) == count:
            return found[::-1]


def _print(shown: Iterator[Item]) -> None:
    from itertools import islice
    from shutil import get_terminal_size

    from holdfast.entrypoints.cli.columns import Columns, fit

    headings = (">seq", "time", "~who", "what", "~about", "~where", "outcome")
    columns, width, total = Columns(*headings), get_terminal_size((80, 24)).columns, 0
    while page := list(islice(shown, PAGE)):
        total += len(page)
        print(columns.page(fit(headings, map(_row, page), width)))
    print(f"{total:,} entries." if total else "No entries.")


def _row(item: Item) -> tuple[str, ...]:
    from holdfast.entrypoints.cli.words import minute
    from holdfast.identity.audit_exports import printable
    from holdfast.primitives.clock import format_instant

    number = f"{item.seq}" if item.source == "journal" else f"log {item.seq}"
    texts = (item.who, item.what, item.about, item.where, item.outcome)
    return (number, minute(format_instant(item.at)), *map(printable, texts))
