"""`holdfast balance`: what an account holds."""

from __future__ import annotations

from typing import Annotated

import typer

from holdfast.entrypoints.cli.options import Database, Json
from holdfast.entrypoints.cli.state import Moment


def balance(
    account: Annotated[str, typer.Argument(metavar="ACCOUNT", help="A holder, or a protocol account like @term:VG.")],
    asset: Annotated[
        str | None, typer.Option("--asset", metavar="CODE", help="Only this asset.", show_default=False)
    ] = None,
    db: Database = None,
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
    from holdfast.views import balances

    _, state, _ = as_of(db, at)
    view = balances.account(state, account, asset)
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
