"""`holdfast watch`: what happens on a server's desk, as it happens."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from holdfast.entrypoints.cli.options import Json, Server

if TYPE_CHECKING:
    from holdfast.client import Event


def watch(
    server: Server = None,
    after: Annotated[
        int | None,
        typer.Option(
            "--after",
            metavar="SEQ",
            min=0,
            help="From behind this record on. Default: from now on.",
            show_default=False,
        ),
    ] = None,
    count: Annotated[int | None, typer.Option(min=1, help="Stop after so many records.", show_default=False)] = None,
    json: Json = False,
) -> None:
    """Print what happens on a server's desk, as it happens.

    Goes on until Ctrl-C. Whoever may read the desk sees everything, a holder what touches his accounts. A connection
    that breaks is made anew and goes on where it was: no record is missing. With --json each record is a line of
    NDJSON.

    \b
    Examples:
      holdfast watch --server https://desk.example.org
      holdfast watch --after 0 --json | jq -r 'select(.status == "rejected") | .error.code'
    """  # fmt: skip
    import sys
    from itertools import islice

    from holdfast.entrypoints.cli.output import emit, say
    from holdfast.entrypoints.cli.remote import reached
    from holdfast.errors import Malformed

    with reached(None, server, database=False) as client:
        if client is None:
            raise Malformed("Name the server to watch: --server URL, or HOLDFAST_SERVER.", field="--server")
        try:
            for event in islice(client.events(after), count):
                if json:
                    emit(event.data)
                else:
                    _print(event)
                sys.stdout.flush()
        except KeyboardInterrupt:
            say("")


def _print(event: Event) -> None:
    from holdfast.entrypoints.cli.words import minute, visible

    data = event.data
    told = f"{event.seq:>6}  {minute(data['at'])}  {event.type}"
    if "actor" in data:
        told += f" by {data['actor']}"
    if error := data.get("error"):
        told += f": refused, {error['message']} ({error['code']})"
    elif events := data.get("events"):
        told += f": {', '.join(one['type'] for one in events)}"
    elif postings := data.get("postings"):
        told += f": {len(postings)} postings"
    print(visible(told))
