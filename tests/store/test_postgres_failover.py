"""Failover to a streaming standby: with synchronous commit no acknowledged command is lost."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing

import psycopg
import pytest

import postgres
from engine.journals import deposit, funded, told
from holdfast.benchmarks.postgres_server import USER, Server
from holdfast.engine.audit import verify
from holdfast.engine.service import Service
from holdfast.errors import Unavailable
from holdfast.store.postgres import PostgresStore

PATIENCE = 30

pytestmark = pytest.mark.skipif(bool(postgres.named()), reason="needs two servers of its own")


def wait_for(what: Callable[[], bool]) -> None:
    until = time.monotonic() + PATIENCE
    while not what():
        assert time.monotonic() < until, "waited in vain"
        time.sleep(0.01)


@pytest.fixture
def pair() -> Iterator[tuple[Server, Server]]:
    """A primary whose commits wait for its standby."""
    with Server(postgres.new_folder()) as primary:
        standby = Server(postgres.new_folder())
        source = f"host={primary.folder} port={primary.port} user={USER} application_name=standby"
        standby.run("pg_basebackup", "-D", standby.data, "-d", source, "-R", "-X", "stream", "-c", "fast", "--no-sync")
        standby.start()
        with psycopg.connect(primary.url(), autocommit=True) as db:
            db.execute("ALTER SYSTEM SET synchronous_standby_names = 'standby'")
            db.execute("SELECT pg_reload_conf()")
            synchronous = "SELECT 1 FROM pg_stat_replication WHERE sync_state = 'sync'"
            wait_for(lambda: db.execute(synchronous).fetchone() is not None)
        yield primary, standby
        standby.stop()


def both(primary: Server, standby: Server) -> str:
    """The URL that names both servers; the one that can be written to is used."""
    hosts, ports = f"{primary.folder},{standby.folder}", f"{primary.port},{standby.port}"
    return f"postgresql://{USER}@/postgres?host={hosts}&port={ports}&desk=failover"


def test_failover__no_acknowledged_command_is_lost_and_the_service_goes_on(pair: tuple[Server, Server]) -> None:
    primary, standby = pair
    store = PostgresStore(both(primary, standby), create=True)
    service = told(store, commands=[])
    funded(service, "alice")
    answered: dict[str, str] = {}
    unanswered: list[int] = []

    def work(worker: int) -> None:
        for number in range(worker * 100_000, worker * 100_000 + 50_000):
            try:
                answer = service.submit(deposit(number, amount="0.001").command)
            except Unavailable:
                unanswered.append(number)
                return
            answered[answer.id] = str(answer.digest)

    workers = [threading.Thread(target=work, args=(worker,)) for worker in range(4)]
    for worker in workers:
        worker.start()
    wait_for(lambda: len(answered) >= 200)
    primary.kill()
    for worker in workers:
        worker.join(PATIENCE)
    assert len(unanswered) == 4
    with pytest.raises(Unavailable):
        service.submit(deposit(-1).command)
    standby.run("pg_ctl", "promote", "-w", "-D", standby.data)
    with psycopg.connect(standby.url(), autocommit=True) as db:
        db.execute("ALTER SYSTEM RESET synchronous_standby_names")  # or a new standby would be waited for
        db.execute("SELECT pg_reload_conf()")
    with closing(PostgresStore(standby.url(desk="failover"))) as left:
        kept = {row.id: row.digest.hex() for row in left.rows()}
        assert {name: kept.get(name) for name in answered} == answered
        for number in unanswered:
            again = service.submit(deposit(number, amount="0.001").command)
            assert again.replayed == (again.id in kept), "on the new primary, under the same id, once"
        report = verify(left)
        assert report.ok, report.problems
        assert report.digest == service.head.digest.hex()
    store.close()


def test_standby__reads_and_takes_no_commands(pair: tuple[Server, Server]) -> None:
    primary, standby = pair
    with closing(PostgresStore(primary.url(desk="read"), create=True)) as store:
        service = told(store, commands=[])
        funded(service, "alice")
        with psycopg.connect(standby.url()) as db:
            wait_for(lambda: db.execute("SELECT to_regclass('read.head')").fetchone() != (None,))
        with closing(PostgresStore(standby.url(desk="read"))) as copy:
            wait_for(lambda: copy.head() == service.head)
            reader = Service(copy)
            assert verify(copy).ok
            with pytest.raises(Unavailable, match="write to the primary"):
                reader.submit(deposit(1).command)
            service.submit(deposit(1).command)
            wait_for(lambda: copy.head() == service.head)
            reader.catch_up()
            assert reader.head == service.head
