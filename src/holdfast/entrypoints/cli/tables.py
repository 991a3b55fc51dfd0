"""`holdfast tables`: postings and balances for ordinary SQL."""

from __future__ import annotations

from typing import Annotated

import typer

from holdfast.entrypoints.cli.options import Database, Json


def tables(
    db: Database = None,
    rebuild: Annotated[bool, typer.Option("--rebuild", help="Drop them and read the whole journal anew.")] = False,
    drop: Annotated[bool, typer.Option("--drop", help="Remove them; the desk is the same without.")] = False,
    json: Json = False,
) -> None:
    """Bring the tables for ordinary SQL up to date.

    Postings and balances lie in the desk's own file or schema, follow the journal when asked, and can be dropped at any
    time.

    \b
    Examples:
      holdfast tables
      sqlite3 holdfast.db "SELECT seq, type, direction, tokens FROM entry WHERE account = 'alice'"
      holdfast tables --rebuild --db sqlite:desk.db
      holdfast tables --db postgresql://holdfast@db1/vaults
    """
    from holdfast import bootstrap
    from holdfast.entrypoints.cli.desk import store
    from holdfast.entrypoints.cli.output import advance, emit, say
    from holdfast.errors import Malformed

    if rebuild and drop:
        raise Malformed("--rebuild and --drop: choose one.", field="--drop")
    with store(db) as journal:
        head = journal.head().seq
    made = bootstrap.open_tables(db)
    try:
        with advance("tables", head) as show:
            work = made.rebuild if rebuild else made.catch_up
            seq = 0 if drop else work(show)
        if drop:
            made.drop()
    finally:
        made.close()
    if json:
        emit({"seq": seq, "dropped": drop})
    else:
        say("Dropped." if drop else f"The tables stand at record {seq:,}.")
