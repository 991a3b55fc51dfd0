"""What every store of an office must do: one suite for all of them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

import postgres
from engine.journals import told
from holdfast import bootstrap
from holdfast.engine import genesis as genesis_module
from holdfast.engine.audit import verify
from holdfast.engine.journal import Head
from holdfast.engine.service import Service
from holdfast.errors import Corrupt, NoDesk, NoOffice, Unavailable
from holdfast.store import documents as port
from holdfast.store import migrations, projections, sqlite
from holdfast.store.documents import LOG_ROOT, Document, LogHead
from holdfast.store.documents.copying import compare_documents, copy_documents
from holdfast.store.documents.memory import MemoryDocuments
from holdfast.store.documents.postgres import PostgresDocuments
from holdfast.store.documents.sqlite import SqliteDocuments
from store.drawers import DRAWERS, SqliteDrawer, entries, write

TESTS = Path(__file__).parents[1]


def drawer_of(name: str, folder: Path) -> Iterator[Any]:
    made = DRAWERS[name](folder)
    yield made
    made.close()


@pytest.fixture(params=sorted(DRAWERS))
def drawer(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Any]:
    yield from drawer_of(request.param, tmp_path)


@pytest.fixture(params=["postgres", "sqlite"])
def shared(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Any]:
    """Those that several processes may open."""
    yield from drawer_of(request.param, tmp_path)


@pytest.fixture
def on_postgres(tmp_path: Path) -> Iterator[Any]:
    yield from drawer_of("postgres", tmp_path)


def told_of(documents: Any, version: int = 0) -> list[tuple[str, str, bytes | None]]:
    return [found[:3] for found in documents.changed_since(version)]


# --- a transaction is a version ---------------------------------------------------------------------------------------


def test_new__is_empty(drawer: Any) -> None:
    documents = drawer.open()
    assert documents.head() == LogHead(0, 0, LOG_ROOT, 0)
    assert list(documents.changed_since(0)) == []
    assert list(documents.log(0)) == []


def test_commit__records_and_entries_come_back_as_they_were(drawer: Any) -> None:
    documents = drawer.open()
    odd = ["'", '"', "a b", "%s", "\\", "ü", "x" * 200]
    write(documents, *(("person", name, b'{"\x00":1}') for name in odd), log=2)
    write(documents, ("key", odd[0], b""), log=1)
    for opened in (documents, drawer.open()):
        assert told_of(opened) == [*(("person", name, b'{"\x00":1}') for name in odd), ("key", odd[0], b"")]
        assert list(opened.log(0)) == entries(3)
        assert opened.head() == LogHead(2, 3, entries(3)[-1].digest)
        assert all(type(found.body) is bytes for found in [*opened.changed_since(0), *opened.log(0)])


def test_changed_since__each_record_once_with_the_version_that_wrote_it_last(drawer: Any) -> None:
    documents = drawer.open()
    write(documents, ("a", "1", b"one"), ("a", "2", b"two"))
    write(documents, ("b", "1", b"three"))
    write(documents, ("a", "1", b"changed"))
    reader = drawer.open()
    assert list(reader.changed_since(0)) == [
        Document("a", "1", b"changed", 3),
        Document("a", "2", b"two", 1),
        Document("b", "1", b"three", 2),
    ]
    assert told_of(reader, 1) == [("a", "1", b"changed"), ("b", "1", b"three")]
    assert told_of(reader, 2) == [("a", "1", b"changed")]
    assert told_of(reader, 3) == []


def test_log_only__is_a_version_too__nothing_is_none(drawer: Any) -> None:
    documents = drawer.open()
    assert write(documents, log=1).version == 1
    assert write(documents).version == 1
    assert documents.head() == LogHead(1, 1, entries(1)[0].digest)


def test_deleted__followers_are_told__and_again_when_it_is_made_anew(drawer: Any) -> None:
    documents = drawer.open()
    write(documents, ("a", "1", b"x"), ("a", "2", b"y"))
    write(documents, ("a", "1", None))
    assert told_of(drawer.open(), 1) == [("a", "1", None)]
    write(documents, ("a", "1", b"z"))
    assert told_of(drawer.open()) == [("a", "2", b"y"), ("a", "1", b"z")], "what is made anew comes last"


def test_deleted__long_ago__forgotten_and_the_head_says_so(drawer: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(port, "PURGE_EVERY", 4)
    monkeypatch.setattr(port, "TOMBSTONES_KEPT", 5)
    documents = drawer.open()
    write(documents, ("a", "old", b"x"), ("a", "stays", b"y"))
    write(documents, ("a", "old", None))
    for _ in range(6):
        write(documents, ("n", "n", b"x"))
        assert documents.head().purged == (3 if documents.head().version == 8 else 0)
    write(documents, ("a", "new", b"x"))
    write(documents, ("a", "new", None))
    assert told_of(documents) == [("a", "stays", b"y"), ("n", "n", b"x"), ("a", "new", None)]


def test_rollback__nothing_is_kept(drawer: Any) -> None:
    documents = drawer.open()
    head = write(documents, ("a", "1", b"x"), log=1)
    documents.begin()
    documents.put([Document("a", "1", None, 2), Document("a", "2", b"y", 2)])
    documents.append(entries(2, head))
    documents.rollback()
    documents.rollback()
    for opened in (documents, drawer.open()):
        assert (told_of(opened), list(opened.log(0)), opened.head()) == ([("a", "1", b"x")], entries(1), head)
    assert write(documents, ("a", "2", b"z"), log=1) == LogHead(2, 2, entries(2)[-1].digest)


def test_commit__without_begin__unavailable(drawer: Any) -> None:
    documents = drawer.open()
    with pytest.raises(Unavailable):
        documents.commit()
    documents.begin()
    documents.rollback()
    with pytest.raises(Unavailable):
        documents.commit()
    assert documents.head().version == 0


@pytest.mark.parametrize(
    ("after", "upto", "expected"),
    [(0, None, range(1, 8)), (3, None, range(4, 8)), (0, 3, range(1, 4)), (2, 5, range(3, 6)), (7, None, ()),
     (9, 12, ()), (5, 99, range(6, 8)), (5, 2, ()), (-1, 2, range(1, 3))],
)  # fmt: skip
def test_log__ranges(drawer: Any, after: int, upto: int | None, expected: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    documents = drawer.open()
    write(documents, log=7)
    assert [row.seq for row in documents.log(after, upto)] == list(expected)


def test_log__longer_than_one_query__all_of_it_once(drawer: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("sqlite", "postgres"):
        monkeypatch.setattr(f"holdfast.store.documents.{module}.CHUNK", 3)
    documents = drawer.open()
    write(documents, log=7)
    assert list(documents.log(0)) == entries(7)
    assert list(documents.log(1, 4)) == entries(7)[1:4]


# --- several at once --------------------------------------------------------------------------------------------------


def test_readers__see_nothing_of_an_open_transaction_and_never_wait(drawer: Any) -> None:
    documents, reader = drawer.open(), drawer.open()
    write(documents, ("a", "1", b"x"))
    documents.begin()
    documents.put([Document("a", "1", b"y", 2)])
    for opened in (documents, reader):  # who waited for the transaction would wait for what comes after him
        assert (opened.head().version, told_of(opened)) == (1, [("a", "1", b"x")])
    documents.commit()
    for opened in (documents, reader):
        assert (opened.head().version, told_of(opened)) == (2, [("a", "1", b"y")])


def test_two_writers__one_after_the_other_each_upon_what_the_one_before_wrote(drawer: Any) -> None:
    """Each adds one to a counter forty times; a lock that did not hold would lose some."""
    write(drawer.open(), ("n", "n", b"0"))

    def count(documents: Any) -> None:
        for _ in range(40):
            head = documents.begin()
            value = int(next(iter(documents.changed_since(0))).body)
            documents.put([Document("n", "n", b"%d" % (value + 1), head.version + 1)])
            documents.append(entries(1, head))
            documents.commit()

    with ThreadPoolExecutor(3) as threads:
        for done in [threads.submit(count, drawer.open()) for _ in range(3)]:
            done.result(60)
    assert told_of(drawer.open()) == [("n", "n", b"120")]
    assert drawer.open().head() == LogHead(121, 120, entries(120)[-1].digest)
    assert list(drawer.open().log(0)) == entries(120)


def test_lock_held_too_long__unavailable_and_the_next_works(drawer: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("holdfast.store.documents.memory.BUSY_SECONDS", 0.2)
    monkeypatch.setattr("holdfast.store.sqlite.BUSY_SECONDS", 0.2)
    monkeypatch.setattr("holdfast.store.postgres_connection._SESSION", _impatient())
    first, second = drawer.open(), drawer.open()
    first.begin()
    with pytest.raises(Unavailable, match="written"):
        second.begin()
    first.rollback()
    assert write(second, ("a", "1", b"x")).version == 1


def _impatient() -> str:
    from holdfast.store.postgres_connection import _SESSION

    return _SESSION.replace("'lock_timeout', '5s'", "'lock_timeout', '200ms'")


def test_readers__in_many_threads__while_one_writes(shared: Any) -> None:
    documents = shared.open()
    stop = threading.Event()

    def read() -> int:
        seen = 0
        while not stop.is_set():
            found = told_of(documents)
            assert len({body for _, _, body in found}) <= 1, "half of a transaction"
            assert documents.head().version >= seen
            seen = documents.head().version
        return seen

    with ThreadPoolExecutor(3) as threads:
        readers = [threads.submit(read) for _ in range(3)]
        for number in range(60):
            write(documents, *(("a", str(n), b"%d" % number) for n in range(5)), log=1)
        stop.set()
        for reader in readers:
            reader.result(60)


# --- beside a desk ----------------------------------------------------------------------------------------------------


def test_open__without_create__no_office_and_nothing_is_made(shared: Any) -> None:
    for _ in range(2):
        with pytest.raises(NoOffice):
            shared.open(create=False)
    shared.open()
    assert shared.open(create=False).head() == LogHead()


def test_open__where_there_is_no_desk__no_desk(tmp_path: Path) -> None:
    with pytest.raises(NoDesk):
        SqliteDocuments(str(tmp_path / "desk.db"), create=True)
    assert not (tmp_path / "desk.db").exists()
    (tmp_path / "empty.db").touch()
    with pytest.raises((NoDesk, Corrupt)):
        SqliteDocuments(str(tmp_path / "empty.db"), create=True)
    with pytest.raises(NoDesk):
        PostgresDocuments(postgres.new_desk(), create=True)


def test_open__another_programs_file__corrupt(tmp_path: Path) -> None:
    path = str(tmp_path / "other.db")
    db = sqlite.connect(path)
    db.execute("CREATE TABLE desk (key, value)")
    db.close()
    with pytest.raises(Corrupt, match="not a Holdfast desk"):
        SqliteDocuments(path, create=True)


def test_open__by_many_at_once__tables_are_made_once(shared: Any) -> None:
    with ThreadPoolExecutor(4) as threads:
        opened = [done.result(60) for done in [threads.submit(shared.open) for _ in range(4)]]
    write(opened[0], ("a", "1", b"x"))
    assert [one.head().version for one in opened] == [1] * 4


def test_open__of_a_newer_version__corrupt(shared: Any) -> None:
    shared.open()
    shared.tamper("UPDATE desk SET value = '9' WHERE key = 'office'")
    with pytest.raises(Corrupt, match="newer Holdfast"):
        shared.open()


def test_the_desk__opens_and_verifies_with_an_office_beside_it(shared: Any) -> None:
    write(shared.open(), ("a", "1", b"x"), log=2)
    desk = shared.desk()
    assert verify(desk).ok
    assert Service(desk).corruption is None
    shared.store(shared.path, create=True).close()
    assert write(shared.open(), ("a", "2", b"x")).version == 2


def test_tables_for_sql__made_dropped_and_made_again__leave_the_office_alone(tmp_path: Path) -> None:
    for drawer in drawer_of("sqlite", tmp_path):
        before = write(drawer.open(), ("a", "1", b"x"), log=2)
        db = sqlite.connect(drawer.path)
        projections.catch_up(db)
        projections.rebuild(db)
        projections.drop(db)
        db.close()
        assert (drawer.open().head(), told_of(drawer.open())) == (before, [("a", "1", b"x")])


def test_journal__where_the_desk_ends(shared: Any) -> None:
    documents = shared.open()
    desk = shared.desk()
    assert documents.journal() == desk.head() == Head(0, genesis_module.root(desk.genesis()))
    shared.tamper("DELETE FROM desk WHERE key = 'genesis'")
    if not isinstance(shared, SqliteDrawer):
        shared.tamper("DELETE FROM head")
    assert documents.journal() is None
    service = told(shared.store(shared.path))
    assert documents.journal() == service.head
    service.store.close()


def test_journal__in_memory__none() -> None:
    assert MemoryDocuments().journal() is None


def test_begin__a_log_that_does_not_end_where_its_head_says__corrupt(shared: Any) -> None:
    write(shared.open(), log=3)
    shared.tamper("DELETE FROM office_log WHERE seq = 3")
    with pytest.raises(Corrupt, match="ends at entry 2, and its head is noted as 3"):
        shared.open().begin()


def test_head__missing__corrupt(shared: Any) -> None:
    documents = shared.open()
    shared.tamper("DELETE FROM office_head")
    for call in (documents.head, documents.begin):
        with pytest.raises(Corrupt, match="does not say where it stands"):
            call()


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_migrations__are_in_the_package(kind: str) -> None:
    steps = list(migrations.office_steps(kind, 0))
    assert [step for step, _ in steps] == list(range(1, migrations.OFFICE_VERSION + 1))
    assert len(steps[0][1]) == 4


# --- copies -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("source", sorted(DRAWERS))
@pytest.mark.parametrize("target", sorted(DRAWERS))
def test_copy__bit_for_bit(source: str, target: str, tmp_path: Path) -> None:
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()
    for one in drawer_of(source, tmp_path / "one"):
        for two in drawer_of(target, tmp_path / "two"):
            old, new = one.open(), two.open()
            write(old, ("b", "1", b"\x00"), ("a", "2", b"y"), log=3)
            write(old, ("b", "1", None), ("c", "1", b"z"), log=1)
            write(new, ("left", "over", b"x"), log=2)
            head = copy_documents(old, new)
            assert compare_documents(old, two.open(), head) == 2
            assert list(new.changed_since(0)) == list(old.changed_since(0))
            assert write(new, ("b", "1", b"new"), log=1) == write(old, ("b", "1", b"new"), log=1)


def test_copy__of_a_broken_log__corrupt_and_the_target_as_it_was(drawer: Any) -> None:
    old = MemoryDocuments()
    write(old, ("a", "1", b"x"), log=4)
    old._rows[2] = old._rows[2]._replace(body=b"{}")
    new = drawer.open()
    head = write(new, ("b", "1", b"y"), log=1)
    with pytest.raises(Corrupt, match="entry 3 of the log does not match"):
        copy_documents(old, new)
    assert (new.head(), told_of(new), list(new.log(0))) == (head, [("b", "1", b"y")], entries(1))
    del old._rows[2:]
    with pytest.raises(Corrupt, match="ends at entry 2"):
        copy_documents(old, new)
    assert new.head() == head
    write(new, ("b", "2", b"y"), log=1)


def test_compare__names_what_differs() -> None:
    one, two = MemoryDocuments(), MemoryDocuments()
    head = write(one, ("a", "1", b"x"), log=2)
    write(two, ("a", "1", b"y"), log=2)
    with pytest.raises(Corrupt, match="the a '1' of the copied"):
        compare_documents(one, two, head)
    two._documents["a", "1"] = one._documents["a", "1"]
    compare_documents(one, two, head)
    two._rows[0] = two._rows[0]._replace(body=b"")
    with pytest.raises(Corrupt, match="entry 1 of the copied log"):
        compare_documents(one, two, head)
    with pytest.raises(Corrupt, match="does not end"):
        compare_documents(one, two, head._replace(version=7))


# --- when the store fails ---------------------------------------------------------------------------------------------


def test_sqlite__every_commit_is_synced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for drawer in drawer_of("sqlite", tmp_path):
        documents = drawer.open()
        assert documents._db.execute("PRAGMA synchronous").fetchone()[0] >= 2
        assert documents._db.execute("PRAGMA journal_mode").fetchone()[0] == "wal"
        with pytest.raises(Unavailable, match="WAL and FULL are needed"):
            drawer.open(connect=lambda path: _Deaf(sqlite.connect(path)))


class _Deaf:
    """A connection on which `synchronous` cannot be set, as with a driver that is configured otherwise."""

    def __init__(self, db: Any) -> None:
        self._db = db
        db.execute("PRAGMA synchronous = NORMAL")

    def execute(self, sql: str, *given: Any) -> Any:
        return self._db.execute("SELECT 1" if sql == "PRAGMA synchronous = FULL" else sql, *given)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._db, name)


def test_sqlite__full_disk__unavailable_nothing_half_done_and_room_again(tmp_path: Path) -> None:
    for drawer in drawer_of("sqlite", tmp_path):
        documents = drawer.open()
        pages = documents._db.execute("PRAGMA page_count").fetchone()[0]
        documents._db.execute(f"PRAGMA max_page_count = {pages + 3}")
        done = 0
        with pytest.raises(Unavailable, match="the disk is full"):
            for done in range(1_000):
                write(documents, ("a", str(done), b"x" * 500), ("b", str(done), b"x" * 500), log=1)
        documents.rollback()
        assert 1 < done < 1_000
        assert len(told_of(drawer.open())) == 2 * done
        assert documents.head() == LogHead(done, done, entries(done)[-1].digest)
        documents._db.execute("PRAGMA max_page_count = 100000")
        assert write(documents, ("a", "more", b"x"), log=1).seq == done + 1


def test_sqlite__killed_at_every_statement__whole_transactions_or_none(tmp_path: Path) -> None:
    """A child dies before its n-th statement, for every n; what it was told is there, and nothing is half-done."""
    told_to = subprocess.run(
        [sys.executable, str(TESTS / "store" / "killed_office.py"), str(tmp_path)],
        check=True, timeout=90, stdout=subprocess.PIPE, env={**os.environ, "PYTHONPATH": str(TESTS)},
    )  # fmt: skip
    children = json.loads(told_to.stdout)["children"]
    assert children > 20, "the hook does not see every statement"
    ends = set()
    for number in range(1, children + 1):
        path = str(tmp_path / f"{number}.db")
        told_versions = (tmp_path / f"{number}.told").read_text().split()
        documents = SqliteDocuments(path, create=True)
        head, found = documents.head(), told_of(documents)
        assert head.version >= len(told_versions), f"child {number}: a version that was committed is lost"
        assert found == [(f"k{n}", str(v), b"x") for v in range(1, head.version + 1) for n in range(3)], number
        assert list(documents.log(0)) == entries(2 * head.version)
        assert head.seq == 2 * head.version
        ends.add(head.version)
        write(documents, ("after", "", b"x"), log=1)
        documents.close()
    assert ends == {0, 1, 2, 3}


def terminate(drawer: Any, *connections: Any) -> None:
    """The server ends connections, as an administrator or a failover does."""
    with postgres.admin(drawer.path) as db:
        for connection in connections:
            db.execute("SELECT pg_terminate_backend(%s, 5000)", (connection.info.backend_pid,))


def test_postgres__lost_connections__made_anew_outside_of_a_transaction(on_postgres: Any) -> None:
    documents = on_postgres.open()
    write(documents, ("a", "1", b"x"), log=1)
    terminate(on_postgres, documents._db, documents._reader)
    assert told_of(documents) == [("a", "1", b"x")]
    assert write(documents, ("a", "2", b"y"), log=1).version == 2
    terminate(on_postgres, documents._reader)
    assert list(documents.log(0)) == entries(2)


@pytest.mark.parametrize("when", ["put", "append", "commit"])
def test_postgres__lost_inside_of_a_transaction__unavailable_and_nothing_of_it(on_postgres: Any, when: str) -> None:
    documents = on_postgres.open()
    head = write(documents, ("a", "1", b"x"), log=1)

    def attempt() -> None:
        documents.begin()
        for step in ("put", "append", "commit"):
            if step == when:
                terminate(on_postgres, documents._db)
            if step == "put":
                documents.put([Document("a", "2", b"y", 2)])
            elif step == "append":
                documents.append(entries(1, head))
            else:
                documents.commit()

    with pytest.raises(Unavailable):
        attempt()
    documents.rollback()
    assert (on_postgres.open().head(), told_of(on_postgres.open())) == (head, [("a", "1", b"x")])
    assert write(documents, ("a", "2", b"y"), log=1).version == 2


def test_postgres__asynchronous_commits__refused(on_postgres: Any) -> None:
    documents = on_postgres.open()
    documents._db.execute("SET synchronous_commit = off")
    with pytest.raises(Unavailable, match="not durable"):
        documents.begin()
    documents._db.execute("SET synchronous_commit = on")
    write(documents, ("a", "1", b"x"))


def test_postgres__a_head_moved_under_the_lock__corrupt_and_nothing_kept(on_postgres: Any) -> None:
    documents = on_postgres.open()
    documents.begin()
    documents.put([Document("a", "1", b"x", 1)])
    documents._db.execute(documents._sql.replace, LogHead(5))
    with pytest.raises(Corrupt, match="moved while it was locked"):
        documents.commit()
    documents.rollback()
    assert on_postgres.open().head() == LogHead()


def test_closed__says_so(on_postgres: Any) -> None:
    documents = on_postgres.open()
    documents.close()
    for call in (documents.head, documents.begin):
        with pytest.raises(Unavailable, match="closed"):
            call()


def test_sqlite__missing_or_damaged_tables__corrupt_not_a_programs_error(tmp_path: Path) -> None:
    for drawer in drawer_of("sqlite", tmp_path):
        documents = drawer.open()
        drawer.tamper("DROP TABLE office_log")
        with pytest.raises(Corrupt):
            documents.begin()
        with pytest.raises(Corrupt):
            list(documents.log(0, 5))


# --- the composition root ---------------------------------------------------------------------------------------------


def test_bootstrap__opens_what_the_url_names(shared: Any) -> None:
    url = shared.path
    assert bootstrap.find_documents(url) is None
    with pytest.raises(NoOffice):
        bootstrap.open_documents(url)
    made = bootstrap.open_documents(url, create=True)
    write(made, ("a", "1", b"x"))
    found = bootstrap.find_documents(url)
    assert found is not None
    assert found.head().version == 1
    made.close()
    found.close()
    with pytest.raises(NoDesk):
        bootstrap.find_documents(url + "_missing")
