"""`holdfast balance`: what an account holds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from holdfast.entrypoints.cli.options import Database, Json, Server
from holdfast.entrypoints.cli.state import Moment

if TYPE_CHECKING:
    from holdfast.client import Client


def balance(
    account: Annotated[str, typer.Argument(metavar="ACCOUNT", help="A holder, or a protocol account like @term:VG.")],
    asset: Annotated[
        str | None, typer.Option("--asset", metavar="CODE", help="Only this asset.", show_default=False)
    ] = None,
    db: Database = None,
    server: Server = None,
    at: Moment = None,
    json: Json = False,
) -> None:
    """Show what an account holds.

    \b
    Examples:
      holdfast balance alice
      holdfast balance @treasury:VG --asset VG
      holdfast balance alice --at 2026-01-31T00:00:00Z --json
    """
    from holdfast.entrypoints.cli.desk import as_of
    from holdfast.entrypoints.cli.output import console, emit
    from holdfast.entrypoints.cli.remote import reached
    from holdfast.views import balances

    with reached(db, server) as client:
        if client is None:
            _, state, _ = as_of(db, at)
            view = balances.account(state, account, asset)
        else:
            view = _on_server(client, account, asset, at)
    if json:
        emit(view)
        return
    from holdfast.entrypoints.cli.state_tables import show_table
    from holdfast.entrypoints.cli.words import visible

    out = console()
    out.print(visible(f"{account} at record {view['seq']:,}, {view['at']}"))
    if not view["balances"]:
        out.print("holds nothing.")
        return
    rows = [(code, amount, "frozen" if code in view["frozen"] else "") for code, amount in view["balances"].items()]
    show_table(out, ("asset", ">amount", ""), rows)


def _on_server(client: Client, account: str, asset: str | None, at: str | None) -> dict[str, Any]:
    """The same view, of a server's desk."""
    from holdfast.client import position

    found = client.account(account, asset=asset, as_of=at)
    where = position(found)
    told: dict[str, Any] = {} if where is None else {"seq": where.seq, "at": where.at}
    return told | {name: found[name] for name in ("account", "balances", "frozen")}
