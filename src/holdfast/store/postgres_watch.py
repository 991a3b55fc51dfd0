"""Following a desk on PostgreSQL: LISTEN, and a look from time to time in case a word got lost."""

from __future__ import annotations

import time
from collections.abc import Iterator
from threading import Event
from typing import Any

import psycopg

from holdfast.engine.journal import Head
from holdfast.errors import Unavailable
from holdfast.store.postgres_connection import Place, connect

AWAKE_SECONDS = 0.1
"""How long to look again and again after a word; writers give none while the last one is younger than that."""

LOOK_SECONDS = 0.02

ASLEEP_SECONDS = 0.5
"""How long to wait for a word before looking all the same."""


def channel(where: Place) -> str:
    """The channel on which the desk's writers give word."""
    return f"holdfast_{where.desk}"


def watch(where: Place, last: bytes, after: int, stop: Event) -> Iterator[Head]:
    """See `PostgresStore.watch`; `last` is the query for the journal's last record."""
    while not stop.is_set():
        try:
            with connect(where) as db:
                db.execute(f"LISTEN {channel(where)}".encode())
                for head in _heads(db, last, stop):
                    if head.seq > after:
                        after = head.seq
                        yield head
        except (psycopg.OperationalError, Unavailable):
            stop.wait(ASLEEP_SECONDS)


def _heads(db: psycopg.Connection[Any], last: bytes, stop: Event) -> Iterator[Head]:
    """The head, looked at whenever it may have moved."""
    awake = time.monotonic() + AWAKE_SECONDS
    while not stop.is_set():
        found = db.execute(last, binary=True).fetchone()
        if found:
            yield Head(*found)
        pause = LOOK_SECONDS if time.monotonic() < awake else ASLEEP_SECONDS
        for _ in db.notifies(timeout=pause, stop_after=1):
            awake = time.monotonic() + AWAKE_SECONDS
