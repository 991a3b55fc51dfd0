"""`holdfast snapshot`: a shortcut for the next start."""

from __future__ import annotations

from holdfast.entrypoints.cli.options import Database, Json


def snapshot(db: Database = None, json: Json = False) -> None:
    """Keep the present state as a shortcut for the next start.

    Opening a desk then reads the snapshot and only the records after it. It is a shortcut, never the truth: verify
    ignores what it says and compares it.

    \b
    Examples:
      holdfast snapshot
      holdfast snapshot --db sqlite:desk.db
    """
    from holdfast.entrypoints.cli.desk import desk
    from holdfast.entrypoints.cli.output import emit, say

    with desk(db) as service:
        if service.corruption is not None:
            raise service.corruption
        service.save_snapshot()
        head = service.head
    if json:
        emit({"seq": head.seq, "digest": head.digest.hex()})
    elif head.seq:
        say(f"Kept the state at record {head.seq:,}.")
    else:
        say("The journal is empty; there is nothing to keep.")
