"""`holdfast state`: the whole desk."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from holdfast.entrypoints.cli.options import Database, Everything, Json, Server

Moment = Annotated[
    str | None,
    typer.Option("--at", metavar="SEQ|TIME", help="As of a record or an instant in the past.", show_default=False),
]


def state(
    db: Database = None,
    server: Server = None,
    at: Moment = None,
    json: Json = False,
    everything: Everything = False,
) -> None:
    """Show everything on a desk, now or at any past moment.

    An instant means: after the last record at or before it, with locks and profits as they stood at that second.

    \b
    Examples:
      holdfast state
      holdfast state --db sqlite:desk.db --json | jq .balances.alice
      holdfast state --at 42
      holdfast state --at 2026-01-31T00:00:00Z
    """
    from holdfast.entrypoints.cli.desk import as_of
    from holdfast.entrypoints.cli.output import console, emit
    from holdfast.entrypoints.cli.remote import reached
    from holdfast.views.state import whole

    view: Any
    with reached(db, server) as client:
        if client is None:
            genesis, found, head = as_of(db, at)
            view, name, digest = whole(found), genesis.name, head.digest.hex()
        else:
            from holdfast.client import position

            view, name = client.state(as_of=at), client.desk()["name"]
            digest = where.digest if (where := position(view)) else ""
    if json:
        emit(view)
        return
    from holdfast.entrypoints.cli.state_tables import show

    show(console(), view, name=name, digest=digest, everything=everything)
