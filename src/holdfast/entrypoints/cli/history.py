"""`holdfast history`: an account's statement."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from holdfast.entrypoints.cli.options import Database, Json, Server

if TYPE_CHECKING:
    from holdfast.client import Client
    from holdfast.views.statement import Line

PAGE = 500
"""Lines to one table; a longer statement comes in several."""


def history(
    account: Annotated[str, typer.Argument(metavar="ACCOUNT", help="A holder, or a protocol account like @term:VG.")],
    asset: Annotated[
        str | None, typer.Option("--asset", metavar="CODE", help="Only this asset.", show_default=False)
    ] = None,
    since: Annotated[
        str | None, typer.Option("--since", metavar="TIME", help="From this instant on.", show_default=False)
    ] = None,
    until: Annotated[
        str | None, typer.Option("--until", metavar="TIME", help="Up to this instant.", show_default=False)
    ] = None,
    db: Database = None,
    server: Server = None,
    json: Json = False,
) -> None:
    """Show an account's statement: every posting that touched it.

    Each line has the record, the time, the command, the other account, the amount and the balance after it. With
    --json the lines come as NDJSON, one object to a line, as they are found.

    \b
    Examples:
      holdfast history alice
      holdfast history @treasury:VG --asset VG --since 2026-01-01T00:00:00Z
      holdfast history alice --json | jq -r '[.at, .asset, .balance] | @tsv'
    """
    from holdfast.engine.rebuild import open_genesis
    from holdfast.entrypoints.cli.desk import store
    from holdfast.entrypoints.cli.output import advance
    from holdfast.entrypoints.cli.remote import reached
    from holdfast.views.statement import Query, statement

    query = Query(account, asset, second("--since", since), second("--until", until))
    with reached(db, server) as client:
        if client is not None:
            _give(account, _of_server(client, account, asset, since, until), json=json)
            return
    with store(db) as journal, advance("read", journal.head().seq, least=100_000) as show:
        lines = statement(journal, open_genesis(journal), query, show)
        _give(account, lines, json=json)


def _of_server(client: Client, account: str, asset: str | None, since: str | None, until: str | None) -> Iterator[Line]:
    """The same lines, of a server's desk; as in a journal, an asset that nobody has made has none."""
    from holdfast.entrypoints.cli.remote import as_type
    from holdfast.errors import UnknownAsset
    from holdfast.views.statement import Line as Kind

    try:
        for line in client.statement(account, asset=asset, since=since, until=until, limit=1_000):
            yield as_type(line, Kind)
    except UnknownAsset:
        return


def _give(account: str, lines: Iterable[Line], *, json: bool) -> None:
    from holdfast.entrypoints.cli.output import emit

    if json:
        for line in lines:
            emit(line)
        return
    _print(account, lines)


def second(option: str, text: str | None) -> int | None:
    """The second that an option names, if it is given. Raises: Malformed that names the option."""
    from holdfast.errors import Malformed
    from holdfast.primitives.clock import parse_instant

    if text is None:
        return None
    try:
        return parse_instant(text)
    except Malformed as error:
        raise Malformed(f"{option}: {error.message}", field=option.lstrip("-")) from None


def _print(account: str, lines: Iterable[Line]) -> None:
    from itertools import islice
    from shutil import get_terminal_size

    from holdfast.entrypoints.cli.columns import Columns, fit
    from holdfast.entrypoints.cli.words import visible

    headings = (">seq", "time", "~command", "~other account", "asset", ">amount", ">balance")
    columns, width = Columns(*headings), get_terminal_size((80, 24)).columns
    total, rest = 0, iter(lines)
    while page := list(islice(rest, PAGE)):
        total += len(page)
        print(columns.page(fit(headings, map(_row, page), width)))
    print(visible(f"{account}: {total:,} postings." if total else f"{account}: no postings."))


def _row(line: Line) -> tuple[str, ...]:
    from holdfast.entrypoints.cli.words import minute

    sign = {"in": "+", "out": "-"}.get(line.direction, "")
    amount = sign + line.amount
    return str(line.seq), minute(line.at), line.type, line.counterparty, line.asset, amount, line.balance
