"""`holdfast tax`: what the taxes have brought and where it went."""

from __future__ import annotations

from typing import Any

from holdfast.entrypoints.cli.options import Database, Json, Server


def tax(db: Database = None, server: Server = None, json: Json = False) -> None:
    """Show what the taxes have brought, by destination.

    The totals are read from the journal. What lies at a destination now is a balance: see `holdfast balance @fees:VG`.

    \b
    Examples:
      holdfast tax
      holdfast tax --db sqlite:desk.db --json
    """
    from holdfast.entrypoints.cli.desk import store
    from holdfast.entrypoints.cli.output import console, emit
    from holdfast.entrypoints.cli.remote import reached
    from holdfast.entrypoints.cli.state_tables import show_table
    from holdfast.views.tax_totals import tax_totals

    totals: Any
    with reached(db, server) as client:
        if client is None:
            with store(db) as journal:
                totals = tax_totals(journal.rows())
        else:
            totals = client.tax()
    if json:
        emit(totals)
        return
    out = console()
    if not totals:
        out.print("No tax has been collected yet.")
        return
    rows = [(asset, own["tax"], own["fees"], own["buyback"], own["treasury"]) for asset, own in totals.items()]
    show_table(out, ("asset", ">collected", ">to fee keys", ">to buyback", ">to treasury"), rows)
