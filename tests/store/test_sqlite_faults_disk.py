"""Full disks and failing syncs: the answer is `unavailable`, nothing is half-done, and it works again when it can."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path
from random import Random
from typing import Any

import pytest

from engine.journals import deposit, funded, told
from holdfast.engine.audit import verify
from holdfast.engine.genesis import Genesis
from holdfast.engine.service import Service
from holdfast.errors import HoldfastError, Unavailable
from holdfast.store import sqlite as sqlite_module
from holdfast.store.sqlite import SqliteStore
from store.shelves import HookedConnection
from store.storm import FSYNC, FULL, IO, PATH, Disk, error
from support import frozen_copy

TESTS = Path(__file__).parents[1]

pytestmark = pytest.mark.usefixtures("quiet_disk")


def expected(count: int) -> Any:
    """The desk on which that many deposits went well."""
    service = told(commands=[])
    funded(service, "alice", "bob")
    service.submit_many([deposit(number) for number in range(count)])
    return service


# --- full -------------------------------------------------------------------------------------------------------------


def test_full__by_page_count__unavailable_then_room_again(tmp_path: Path) -> None:
    store = SqliteStore(str(tmp_path / "desk.db"), create=True)
    service = told(store, commands=[])
    funded(service, "alice", "bob")
    pages = store._db.execute("PRAGMA page_count").fetchone()[0]
    store._db.execute(f"PRAGMA max_page_count = {pages + 3}")
    done = 0
    with pytest.raises(Unavailable, match=r"the disk is full; make room.*same id"):
        for done in range(1_000):
            service.submit(deposit(done, amount="0.01").command)
    assert 1 < done < 1_000
    before, head = frozen_copy(service.state), service.head
    for _ in range(3):
        with pytest.raises(Unavailable):
            service.submit_many([deposit(number, amount="0.01") for number in range(done, done + 20)])
        assert frozen_copy(service.state) == before
        assert service.head == head == store.head()
    store._db.execute(f"PRAGMA max_page_count = {pages + 3_000}")
    answers = service.submit_many([deposit(number, amount="0.01") for number in range(done - 1, done + 20)])
    assert [answer.replayed for answer in answers] == [True] + [False] * 20
    assert verify(store).ok
    service.close()


@pytest.mark.parametrize("code", [FULL, IO], ids=["full", "io"])
def test_a_failing_write__wherever_it_is__unavailable_and_nothing_half_done(code: int) -> None:
    """The n-th write from here fails, and all later ones until there is room again; for every n."""
    reference = expected(4)
    fails = 0
    for number in range(1, 200):
        disk = Disk()
        service = Service.create(SqliteStore(PATH, create=True, connect=disk.connect), Genesis())
        funded(service, "alice", "bob")
        service.store._db.execute("PRAGMA wal_autocheckpoint = 3")  # type: ignore[attr-defined]
        left = [number]

        def before(what: str, name: str, left: list[int] = left) -> None:
            left[0] -= what == "write"
            if what == "write" and left[0] <= 0:
                raise error(code)

        disk.before = before
        failed, kept = _attempt(service, disk)
        disk.before = lambda what, name: None
        for n in range(4):
            assert service.submit(deposit(n).command).status == "applied"
        assert service.head == reference.head
        assert frozen_copy(service.state) == frozen_copy(reference.state)
        assert verify(service.store).ok
        service.close()
        _opens_as(Disk({name: bytes(content.now) for name, content in disk.files.items()}), reference)
        if not failed:
            break
        fails += not kept
    assert fails > 5


def _attempt(service: Service, disk: Disk) -> tuple[bool, bool]:
    """Four commands; whether one failed, and whether it is there all the same.

    It is where what failed came after the commit: SQLite keeps that to itself, APSW passes a VFS's exception on.
    """
    for n in range(4):
        before, head = frozen_copy(service.state), service.head
        try:
            service.submit(deposit(n).command)
        except Unavailable:
            disk.before = lambda what, name: None
            if service.store.head() == head:
                assert frozen_copy(service.state) == before
                return True, False
            assert service.submit(deposit(n).command).replayed
            return True, True
    return False, False


def _opens_as(disk: Disk, reference: Service) -> None:
    again = Service(SqliteStore(PATH, create=True, connect=disk.connect))
    assert again.head == reference.head
    again.close()


def test_full__while_the_desk_is_made__unavailable_and_no_desk() -> None:
    """Each write in turn; afterwards there is room, and the same file takes a desk."""
    fails = 0
    for number in range(1, 200):
        disk = Disk()
        left = [number]

        def before(what: str, name: str, left: list[int] = left) -> None:
            left[0] -= what == "write"
            if what == "write" and left[0] <= 0:
                raise error(FULL)

        disk.before = before
        try:
            Service.create(SqliteStore(PATH, create=True, connect=disk.connect), Genesis())
        except HoldfastError as refused:
            assert isinstance(refused, Unavailable), refused
            fails += 1
        else:
            break
        again = Disk({name: bytes(content.now) for name, content in disk.files.items()})
        store = SqliteStore(PATH, create=True, connect=again.connect)
        service = Service.create(store, Genesis())
        funded(service, "alice")
        assert verify(store).ok
        service.close()
    assert fails > 5


FULL_PROCESS = """
import json, resource, sys
from engine.journals import deposit, funded, told
from holdfast.errors import Unavailable
from holdfast.engine.audit import verify
from holdfast.store.sqlite import SqliteStore

store = SqliteStore(sys.argv[1], create=True)
service = told(store, commands=[])
funded(service, "alice", "bob")
resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, resource.RLIM_INFINITY))
done, message = 0, ""
try:
    for done in range(5_000):
        service.submit(deposit(done, amount="0.001").command)
except Unavailable as error:
    message = error.message
head = service.head.seq
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
answer = service.submit(deposit(done, amount="0.001").command)
again = service.submit(deposit(done - 1, amount="0.001").command)
print(json.dumps({"done": done, "message": message, "head": head, "seq": answer.seq, "replayed": again.replayed,
                  "problems": verify(store).problems}))
"""


def test_full__by_a_limit_on_file_size__unavailable_then_room_again(tmp_path: Path) -> None:
    told_of = subprocess.run(
        [sys.executable, "-c", FULL_PROCESS, str(tmp_path / "desk.db")],
        check=True, timeout=60, stdout=subprocess.PIPE, env={**os.environ, "PYTHONPATH": str(TESTS)},
    )  # fmt: skip
    found = json.loads(told_of.stdout)
    assert 0 < found["done"] < 5_000
    assert found["head"] == 3 + found["done"]
    assert found["seq"] == found["head"] + 1
    assert "same id" in found["message"]
    assert (found["replayed"], found["problems"]) == (True, [])


# --- syncs that fail --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("dropped", [False, True], ids=["written all the same", "dropped by the kernel"])
def test_fsync_fails__nobody_is_told_that_it_worked_and_a_retry_is_durable(dropped: bool) -> None:
    """The n-th sync fails, for every n. The kernel may have dropped the pages and call the next sync good."""
    reference = expected(4)
    fails = 0
    for number in range(1, 60):
        disk = Disk()
        service = Service.create(SqliteStore(PATH, create=True, connect=disk.connect), Genesis())
        funded(service, "alice", "bob")
        service.store._db.execute("PRAGMA wal_autocheckpoint = 3")  # type: ignore[attr-defined]
        left = [number]

        def before(what: str, name: str, left: list[int] = left, disk: Disk = disk) -> None:
            left[0] -= what == "sync"
            if what == "sync" and left[0] == 0:
                if dropped:
                    disk.files[name].since.clear()
                raise error(FSYNC)

        disk.before = before
        failed = 0
        for n in range(4):
            head = service.head
            try:
                service.submit(deposit(n).command)
            except Unavailable as refused:
                assert "disk error" in refused.message
                kept = service.store.head() != head  # what failed came after the commit; see above
                failed += not kept
                assert frozen_copy(service.state) == frozen_copy(expected(n + kept).state)
                assert service.submit(deposit(n).command).replayed is kept
        assert frozen_copy(service.state) == frozen_copy(reference.state)
        assert service.head == reference.head
        after = disk.after_cut(Random(number))
        if left[0] > 0:
            break
        again = Service(SqliteStore(PATH, create=True, connect=after.connect))
        assert verify(again.store).ok
        assert again.head == reference.head, f"sync {number} failed, and a command answered later was lost"
        again.close()
        fails += failed
    assert fails > 2


SYNC_PROCESS = """
import json, os, sys
from engine.journals import deposit, funded, told
from holdfast.errors import Unavailable
from holdfast.engine.audit import verify
from holdfast.store.sqlite import SqliteStore

store = SqliteStore(sys.argv[1], create=True)
service = told(store, commands=[])
funded(service, "alice", "bob")
failed, answers = 0, []
for number in range(12):
    for _ in range(3):
        try:
            answers.append(service.submit(deposit(number).command).seq)
            break
        except Unavailable:
            failed += 1
print(json.dumps({"failed": failed, "answers": answers, "problems": verify(store).problems}))
"""


def test_fsync_fails__in_the_kernel__unavailable_and_a_retry_works(tmp_path: Path) -> None:
    strace = shutil.which("strace")
    if strace is None:
        pytest.skip("strace is not installed: the system call cannot be made to fail")
    inject = "inject=fdatasync,fsync:error=EIO:when=12+5"
    command = [strace, "-f", "-o", str(tmp_path / "calls"), "-e", "trace=fdatasync,fsync", "-e", inject, sys.executable]
    found = subprocess.run(
        [*command, "-c", SYNC_PROCESS, str(tmp_path / "desk.db")],
        check=False, timeout=60, capture_output=True, env={**os.environ, "PYTHONPATH": str(TESTS)},
    )  # fmt: skip
    if b"PTRACE" in found.stderr or b"Operation not permitted" in found.stderr:
        pytest.skip("strace may not trace here")
    assert found.returncode == 0, found.stderr.decode()
    told_of = json.loads(found.stdout)
    assert told_of["failed"] > 0
    assert told_of["answers"] == list(range(4, 16))
    assert told_of["problems"] == []
    assert "INJECTED" in (tmp_path / "calls").read_text()


# --- the store's own housekeeping -------------------------------------------------------------------------------------


def test_index_of_ids__cannot_be_written__the_commit_stands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It follows the journal; where it fails it is tried again later, and no command hears of it."""
    monkeypatch.setattr(sqlite_module, "RECENT_IDS", 2)
    monkeypatch.setattr(sqlite_module, "IDS_PER_LOT", 2)
    full = True
    tried = 0

    def before(sql: str) -> None:
        nonlocal tried
        if "command_ids" in sql and sql.startswith("INSERT"):
            tried += 1
            if full:
                raise sqlite3.OperationalError("database or disk is full")

    path = str(tmp_path / "desk.db")
    store = SqliteStore(path, create=True, connect=lambda p: HookedConnection(sqlite_module.connect(p), before))
    service = Service.create(store, Genesis())
    funded(service, "alice", "bob")
    assert [service.submit(deposit(n).command).seq for n in range(6)] == list(range(4, 10))
    assert tried > 1
    assert store.find(["d-0", "d-5"]) == {"d-0": 4, "d-5": 9}
    full = False
    assert [service.submit(deposit(n).command).replayed for n in range(8)] == [True] * 6 + [False] * 2
    assert verify(SqliteStore(path)).ok
    service.close()
