"""PostgreSQL on a disk that is full: the answer is `unavailable`, nothing is half-done, and with room again it goes on.

The disk is a small tmpfs, so these tests run where the user may mount one: as root.
"""

from __future__ import annotations

import os
import pwd
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import pytest

import postgres
from engine.journals import deposit, funded, told
from holdfast.benchmarks.postgres_server import USER, Server
from holdfast.engine.audit import verify
from holdfast.engine.service import Service, Submission
from holdfast.errors import Unavailable
from holdfast.store.postgres import PostgresStore
from holdfast.store.postgres_projections import PostgresTables
from support import frozen_copy

pytestmark = [
    pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount the small disk that these tests fill"),
    pytest.mark.skipif(bool(postgres.named()), reason="HOLDFAST_TEST_POSTGRES names a server; these fill its disk"),
]

MEGABYTE = 2**20


@contextmanager
def small_disk(at: Path, megabytes: int) -> Iterator[Path]:
    """A disk of that size, the server's own."""
    at.mkdir()
    owner = pwd.getpwnam("nobody")
    options = f"size={megabytes}m,uid={owner.pw_uid},gid={owner.pw_gid},mode=0700"
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", options, "tmpfs", at], capture_output=True, text=True, check=False
    )
    if mounted.returncode:
        pytest.skip(f"no disk can be mounted here: {mounted.stderr.strip()}")
    try:
        yield at
    finally:
        subprocess.run(["umount", "-l", at], check=True)


def fill(disk: Path) -> Path:
    """A file that takes all room there is."""
    filler = disk / "filler"
    with filler.open("wb", buffering=0) as file:
        for size in (MEGABYTE, 4_096):
            try:
                while file.write(bytes(size)) == size:
                    pass
            except OSError as error:
                assert "No space left" in str(error)
    assert os.statvfs(disk).f_bavail == 0
    return filler


@contextmanager
def server_on(small: str, megabytes: int) -> Iterator[tuple[Server, Path]]:
    """A server whose tables ("data") or whose log ("log") lie on a small disk; the other part has all the room."""
    with ExitStack() as stack:
        folder = postgres.new_folder()
        server = Server(folder, max_wal_size="16MB", min_wal_size="2MB", autovacuum="off")
        stack.callback(server.stop)
        disk = stack.enter_context(small_disk(server.data if small == "data" else folder / "log_disk", megabytes))
        server.run(
            "initdb", "-D", server.data, "-U", USER, "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync",
            "--wal-segsize=1", "-X", folder / "log_elsewhere" if small == "data" else disk / "wal",
        )  # fmt: skip
        server.start()
        yield server, disk
        server.stop()


def service_at(server: Server) -> Service:
    service = told(PostgresStore(server.url(desk="full"), create=True), commands=[])
    funded(service, "alice", "bob")
    return service


LOT = 20


def lot(first: int) -> list[Submission]:
    return [deposit(number, amount="0.001") for number in range(first, first + LOT)]


def until_full(service: Service) -> tuple[int, dict[str, str]]:
    """Send deposits in lots until one is not answered: its first number, and the digests of those before."""
    answered: dict[str, str] = {}
    for first in range(0, 200_000, LOT):
        try:
            answers = service.submit_many(lot(first))
        except Unavailable:
            return first, answered
        answered |= {answer.id: str(answer.digest) for answer in answers}
    raise AssertionError("the disk never became full")


def wait_for_its_end(server: Server, service: Service, number: int) -> None:
    """Without room PostgreSQL tries to recover and gives up; until then the same lot is sent again and again."""
    until = time.monotonic() + 30
    while server._process is not None and server._process.poll() is None and time.monotonic() < until:
        with suppress(Unavailable):
            service.submit_many(lot(number))
        time.sleep(0.05)


def expected(count: int) -> Service:
    """The desk on which that many deposits went well."""
    service = told(commands=[])
    funded(service, "alice", "bob")
    service.submit_many([deposit(number, amount="0.001") for number in range(count)])
    return service


def test_tables_full__unavailable_and_nothing_half_done_then_room_and_once() -> None:
    with server_on("data", 160) as (server, disk):
        service = service_at(server)
        filler = fill(disk)
        number, answered = until_full(service)
        before, head = frozen_copy(service.state), service.head
        assert head.seq == 3 + len(answered)
        for _ in range(3):
            with pytest.raises(Unavailable, match=r"the server's disk is full; make room.*same id"):
                service.submit_many(lot(number))
            assert frozen_copy(service.state) == before
            assert service.head == head == service.store.head(), "part of a failed batch is there"
        assert verify(service.store).ok, "what is there can be read on a full disk"

        filler.unlink()
        again = service.submit_many(lot(number))
        assert [(answer.status, answer.replayed) for answer in again] == [("applied", False)] * LOT
        assert again[0].seq == head.seq + 1
        assert all(answer.replayed for answer in service.submit_many(lot(number)))
        assert frozen_copy(service.state) == frozen_copy(expected(number + LOT).state)
        fresh = PostgresStore(server.url(desk="full"))
        assert {row.id: row.digest.hex() for row in fresh.rows() if row.id in answered} == answered
        assert verify(fresh).ok
        fresh.close()
        service.close()


def test_sql_tables_full__they_stand_where_they_stood() -> None:
    with server_on("data", 160) as (server, disk):
        service = service_at(server)
        tables = PostgresTables(server.url(desk="full"))
        assert tables.catch_up() == 3
        for start in range(0, 3_000, 500):
            service.submit_many([deposit(n, amount="0.001") for n in range(start, start + 500)])
        filler = fill(disk)
        for _ in range(2):
            with pytest.raises(Unavailable, match="disk is full"):
                tables.catch_up()
            assert tables.position() == 3
        filler.unlink()
        assert tables.catch_up() == 3_003
        assert len(tables.statement("alice", limit=10_000)) == 2 * 3_000 + 1
        tables.close()
        service.close()


def test_log_full__the_server_goes_down_and_nothing_answered_is_lost() -> None:
    """Without room for its log PostgreSQL stops at once; whether the last command happened, its id tells."""
    with server_on("log", 24) as (server, disk):
        service = service_at(server)
        filler = fill(disk)
        number, answered = until_full(service)
        wait_for_its_end(server, service, number)
        filler.unlink()
        server.stop()
        server.start()
        kept = {row.id: row.digest.hex() for row in service.store.rows()}
        assert {name: kept.get(name) for name in answered} == answered
        again = service.submit_many(lot(number))
        assert {answer.status for answer in again} == {"applied"}
        assert len({answer.replayed for answer in again}) == 1, "half of the last lot was there"
        assert again[0].replayed == (again[0].id in kept)
        assert service.head.seq == 3 + number + LOT, "the last lot is there once"
        assert all(answer.replayed for answer in service.submit_many(lot(number)))
        fresh = PostgresStore(server.url(desk="full"))
        assert verify(fresh).ok
        fresh.close()
        service.close()
