"""The engine's speed on a PostgreSQL of its own, beside SQLite on the same disk in the same run."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec
from itertools import count
from pathlib import Path

from holdfast.benchmarks import engine
from holdfast.benchmarks.measure import Figure, medians, rate
from holdfast.benchmarks.postgres_server import Server
from holdfast.engine.audit import verify
from holdfast.engine.rebuild import rebuild
from holdfast.engine.service import Submission
from holdfast.errors import Unavailable

LOTS = ((1, "one to a commit"), (64, "64 to a commit"), (1_000, "1,000 to a commit"))

_desks = count()


def figures(folder: Path, commands: int, single: int) -> Iterator[Figure]:
    """Commands per second in lots, and reading back. Raises: Unavailable where no server can be started."""
    if find_spec("psycopg") is None:
        raise Unavailable("PostgreSQL's driver is missing; install it with pip install 'holdfast[postgres]'.")
    folder.chmod(0o711)  # the server is another user where this one is root
    with Server(folder / "pg") as server:
        for lot, words in LOTS:
            number = single if lot == 1 else commands
            ours, sqlite = medians(
                lambda number=number, lot=lot: durable(server.url(desk=f"lot_{next(_desks)}"), number, lot),  # type: ignore[misc]
                lambda number=number, lot=lot: engine.durable(folder, number, lot),  # type: ignore[misc]
            )
            yield Figure(f"vault commands on PostgreSQL, {words}", ours, "/s")
            yield Figure(f"vault commands on SQLite, {words}", sqlite, "/s")
            yield Figure("… PostgreSQL against SQLite", ours / sqlite, "x", floor=0.5 if lot > 1 else None)
        rebuilt, verified = read_back(server.url(desk=f"lot_{next(_desks)}"), commands)
        yield Figure("records rebuilt from PostgreSQL", rebuilt, "/s")
        yield Figure("records verified on PostgreSQL", verified, "/s")


def durable(url: str, number: int, lot: int) -> float:
    """Commands per second through the service, `lot` to a commit."""
    from holdfast.store.postgres import PostgresStore  # noqa: PLC0415 - the driver is an extra

    service = engine.hot_vault(PostgresStore(url, create=True))
    given = [Submission(command) for command in engine.deposits_and_redeems(number)]

    def work() -> None:
        for start in range(0, number, lot):
            service.submit_many(given[start : start + lot])

    try:
        return rate(number, work)
    finally:
        service.close()


def read_back(url: str, number: int) -> tuple[float, float]:
    """(records per second rebuilt, records per second verified)."""
    from holdfast.store.postgres import PostgresStore  # noqa: PLC0415 - as above

    durable(url, number, 1_000)
    store = PostgresStore(url)
    try:
        return rate(number, lambda: rebuild(store, use_snapshot=False)), rate(number, lambda: verify(store))
    finally:
        store.close()
