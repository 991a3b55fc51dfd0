"""A process killed at each statement in turn: for every n a desk of its own, on which statement n is not reached.

    python killed.py FOLDER        prints how many desks it made: <n>.db each, and <n>.answers, what the child was told

Each child ends with os._exit just before its n-th statement: nothing is closed, no handler runs.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

from engine.journals import deposit, funded
from holdfast.engine.genesis import Genesis
from holdfast.engine.service import Service, Submission
from holdfast.store import sqlite
from store.shelves import HookedConnection

BATCHES: list[list[Submission]] = [
    [deposit(1), deposit(2, "bob"), deposit(3, amount="100000")],
    [deposit(4)],
    [deposit(5), deposit(6), deposit(7, "bob"), deposit(8)],
    [deposit(9)],
]
KILLED, DONE = 9, 0


def work(path: str, answers: Path, kill_at: int) -> None:
    """Open a desk, send the batches, keep a snapshot; die before statement `kill_at`."""
    seen = 0

    def before(sql: str) -> None:
        nonlocal seen
        seen += 1
        if seen == kill_at:
            os._exit(KILLED)

    with answers.open("a") as out:
        store = sqlite.SqliteStore(path, create=True, connect=lambda p: HookedConnection(sqlite.connect(p), before))
        service = Service(store) if store.genesis() else Service.create(store, Genesis())
        say(out, {"created": True})
        funded(service, "alice", "bob")
        for batch in BATCHES:
            for receipt in service.submit_many(batch):
                say(out, {"id": receipt.id, "seq": receipt.seq, "digest": receipt.digest, "status": receipt.status})
        service.save_snapshot()
        service.close()


def say(out: Any, fact: dict[str, Any]) -> None:
    out.write(json.dumps(fact) + "\n")
    out.flush()


def main(folder: Path) -> None:
    sqlite.RECENT_IDS, sqlite.IDS_PER_LOT = 4, 3
    for kill_at in range(1, 10_000):
        child = os.fork()
        if child == 0:
            work(str(folder / f"{kill_at}.db"), folder / f"{kill_at}.answers", kill_at)
            os._exit(DONE)
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        if status != KILLED:
            print(json.dumps({"desks": kill_at, "status": status}))
            return


if __name__ == "__main__":
    main(Path(sys.argv[1]))
