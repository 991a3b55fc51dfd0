"""A process killed at each statement in turn while it writes to an office.

python killed_office.py FOLDER      <n>.db each, and <n>.told, a line for every version that it was told is there
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from holdfast.engine.genesis import Genesis
from holdfast.store import sqlite
from holdfast.store.documents.sqlite import SqliteDocuments
from store.drawers import write
from store.shelves import HookedConnection

KILLED, DONE = 9, 0


def work(path: str, told: Path, kill_at: int) -> None:
    """Make a desk, then an office beside it; write three versions; die before statement `kill_at` of the office."""
    desk = sqlite.SqliteStore(path, create=True)
    desk.create(Genesis().encoded())
    desk.close()
    seen = 0

    def before(sql: str) -> None:
        nonlocal seen
        seen += 1
        if seen == kill_at:
            os._exit(KILLED)

    with told.open("a") as out:
        documents = SqliteDocuments(
            path,
            create=True,
            connect=lambda p: HookedConnection(sqlite.connect(p), before),  # type: ignore[arg-type, return-value]
        )
        for version in (1, 2, 3):
            write(documents, *((f"k{n}", str(version), b"x") for n in range(3)), log=2)
            out.write(f"{version}\n")
            out.flush()
        documents.close()


def main(folder: Path) -> None:
    for kill_at in range(1, 1_000):
        child = os.fork()
        if child == 0:
            work(str(folder / f"{kill_at}.db"), folder / f"{kill_at}.told", kill_at)
            os._exit(DONE)
        if os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) != KILLED:
            print(json.dumps({"children": kill_at}))
            return


if __name__ == "__main__":
    main(Path(sys.argv[1]))
