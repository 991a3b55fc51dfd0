"""`holdfast audit`: who did what."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, cast

import typer

from holdfast.entrypoints.cli.options import Database, Everything, Json

if TYPE_CHECKING:
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
    from holdfast.entrypoints.cli.output import write
    from holdfast.identity.audit_exports import ndjson
    from holdfast.identity.audit_log import items

    query = _query(who, what, about, since, until, source)
    with _sources(db) as (documents, journal):
        found = (item for item, _ in items(documents, journal, query))
        shown = found if everything else iter(_newest(documents, journal, query, last))
        if json:
            for line in ndjson(shown):
                write(line)
            return
        _print(shown)


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
) -> None:
    """Write the audit log for other programs: NDJSON, CSV or syslog.

    The oldest comes first, one to a line. What people typed can forge neither lines nor columns nor a spreadsheet's
    formulas. FILE appears when it is complete.

    \b
    Examples:
      holdfast audit export --format csv -o audit.csv
      holdfast audit export --format syslog --since 2026-01-01T00:00:00Z | nc loghost 514
    """
    from holdfast.entrypoints.cli.output import say, write
    from holdfast.entrypoints.cli.transfer import complete
    from holdfast.identity.audit_exports import export as lines_of
    from holdfast.identity.audit_log import items

    query = _query(who, what, about, since, until, source)
    with _sources(db) as (documents, journal):
        lines = lines_of((item for item, _ in items(documents, journal, query)), form)
        if output is None or output == "-":
            for line in lines:
                write(line)
            return
        with complete(output, force=force) as target:
            count = sum(1 for line in lines if target.write(line))
    say(f"Wrote {count - (form == 'csv'):,} entries to {output}.")


def _query(who: str, what: str, about: str, since: str | None, until: str | None, source: str | None) -> Query:
    from holdfast.entrypoints.cli.history import second
    from holdfast.errors import Malformed
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
