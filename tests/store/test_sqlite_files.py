"""Files that are no desk, or cannot be used now: a clear answer with the remedy, and the file as it was."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from engine.journals import deposit, funded, told
from holdfast.engine.audit import verify
from holdfast.engine.genesis import Genesis
from holdfast.engine.service import Service
from holdfast.errors import Corrupt, HoldfastError, NoDesk, Unavailable
from holdfast.store import sqlite as sqlite_module
from holdfast.store.migrations import APPLICATION_ID, SCHEMA_VERSION
from holdfast.store.sqlite import SqliteStore
from store.shelves import HookedConnection

TESTS = Path(__file__).parents[1]
NOBODY = 65_534


def impatient(path: str) -> sqlite3.Connection:
    """A connection that does not wait for locks."""
    return sqlite3.connect(path, timeout=0, isolation_level=None, check_same_thread=False)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A desk with a few deposits, closed."""
    path = tmp_path / "desk.db"
    service = told(SqliteStore(str(path), create=True), commands=[])
    funded(service, "alice", "bob")
    service.submit_many([deposit(n) for n in range(4)])
    service.close()
    return path


def is_refused(path: Path, error: type[HoldfastError], words: str, *, create: bool = False) -> HoldfastError:
    """Opening is refused with these words and the file's name, and leaves the file as it was."""
    before = path.read_bytes() if path.is_file() else None
    with pytest.raises(error, match=words) as caught:
        Service(SqliteStore(str(path), create=create, connect=impatient))
    assert str(path) in caught.value.message or "desk" in caught.value.message
    assert (path.read_bytes() if path.is_file() else None) == before
    return caught.value


# --- what opening insists on ----------------------------------------------------------------------------------------


def test_open__every_connection_syncs_fully(file: Path) -> None:
    for create in (False, True):
        store = SqliteStore(str(file), create=create)
        assert store._one("PRAGMA synchronous")[0] >= 2
        assert store._one("PRAGMA journal_mode")[0] == "wal"
        assert store._one("PRAGMA application_id")[0] == APPLICATION_ID
        assert store._one("PRAGMA user_version")[0] == SCHEMA_VERSION
        store.close()


class Stubborn(HookedConnection):
    """A connection that ignores a setting."""

    ignored = ""

    def execute(self, sql: str, parameters: Any = ()) -> Any:
        if self.ignored in sql and "=" in sql:
            return self._db.execute("SELECT 'ignored'")
        return super().execute(sql, parameters)


@pytest.mark.parametrize("level", ["OFF", "NORMAL"])
def test_open__a_connection_that_will_not_sync__unavailable(file: Path, level: str) -> None:
    def connect(path: str) -> Stubborn:
        db = sqlite_module.connect(path)
        db.execute(f"PRAGMA synchronous = {level}")
        made = Stubborn(db, lambda sql: None)
        made.ignored = "synchronous"
        return made

    with pytest.raises(Unavailable, match="WAL and FULL are needed"):
        SqliteStore(str(file), connect=connect)


def test_open__a_file_that_left_wal_mode__unavailable_or_put_right(file: Path) -> None:
    db = sqlite3.connect(file, isolation_level=None)
    assert db.execute("PRAGMA journal_mode = DELETE").fetchone() == ("delete",)
    db.close()
    try:
        store = SqliteStore(str(file))
    except Unavailable as refused:
        assert "WAL" in refused.message
    else:
        assert store._one("PRAGMA journal_mode")[0] == "wal"
        store.close()


def test_open__where_wal_cannot_be__unavailable(tmp_path: Path) -> None:
    def connect(path: str) -> Stubborn:
        made = Stubborn(sqlite_module.connect(path), lambda sql: None)
        made.ignored = "journal_mode"
        return made

    with pytest.raises(Unavailable, match="WAL mode"):
        SqliteStore(str(tmp_path / "new.db"), create=True, connect=connect)


# --- no desk here ---------------------------------------------------------------------------------------------------


def test_open__no_such_file__unavailable_and_none_is_made(tmp_path: Path) -> None:
    is_refused(tmp_path / "none.db", NoDesk, "There is no desk at")
    assert list(tmp_path.iterdir()) == []


def test_open__no_such_folder__unavailable(tmp_path: Path) -> None:
    is_refused(tmp_path / "none" / "desk.db", Unavailable, "cannot be opened; check", create=True)


def test_open__a_folder__unavailable(tmp_path: Path) -> None:
    is_refused(tmp_path, Unavailable, "cannot be opened")


def test_open__an_empty_file__unavailable_unless_a_desk_is_to_be_made(tmp_path: Path) -> None:
    path = tmp_path / "empty.db"
    path.touch()
    is_refused(path, NoDesk, "is empty: there is no desk")
    service = Service.create(SqliteStore(str(path), create=True), Genesis())
    funded(service, "alice")
    service.close()
    assert verify(SqliteStore(str(path))).ok


@pytest.mark.parametrize("create", [False, True])
@pytest.mark.parametrize("content", [b"hello, world\n" * 100, b"\x00" * 4096, b"%PDF-1.7\n" + bytes(5_000), b"x"])
def test_open__no_database__corrupt_and_untouched(tmp_path: Path, content: bytes, create: bool) -> None:
    path = tmp_path / "letter.txt"
    path.write_bytes(content)
    is_refused(path, Corrupt, "is not a database", create=create)


@pytest.mark.parametrize("create", [False, True])
@pytest.mark.parametrize("application", [0, 0x0F055112])
def test_open__another_program_s_database__corrupt_and_untouched(
    tmp_path: Path, application: int, create: bool
) -> None:
    path = tmp_path / "other.db"
    db = sqlite3.connect(path)
    db.execute(f"PRAGMA application_id = {application}")
    db.execute("CREATE TABLE journal (seq INTEGER PRIMARY KEY, body BLOB)")
    db.commit()
    db.close()
    is_refused(path, Corrupt, "another program's database", create=create)


def test_open__a_newer_schema__refused_and_untouched(file: Path) -> None:
    db = sqlite3.connect(file, isolation_level=None)
    db.execute(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")
    db.close()
    is_refused(file, Corrupt, f"newer Holdfast \\(schema {SCHEMA_VERSION + 1}, this one knows {SCHEMA_VERSION}")


# --- damaged --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("share", [1, 10, 30, 60, 90, 99])
def test_open__truncated__an_error_of_ours_unless_nothing_is_missing(file: Path, share: int) -> None:
    store = SqliteStore(str(file))
    head = store.head()
    store.close()
    content = file.read_bytes()
    file.write_bytes(content[: len(content) * share // 100])
    try:
        service = Service(SqliteStore(str(file)))
        report = verify(service.store, expected_head=(head.seq, head.digest.hex()))
        if report.ok:
            assert share == 99, "only a page that holds nothing can be missed by nobody"
            return
        service.submit(deposit(99).command)
    except (Corrupt, Unavailable) as told_of:
        assert told_of.message
    else:
        pytest.fail("a command was taken by a desk that lost a part of itself")


def test_open__pages_overwritten__never_anything_but_our_errors(file: Path) -> None:
    content = file.read_bytes()
    pages = len(content) // 4096
    assert pages > 4
    for page in range(pages):
        spoilt = bytearray(content)
        spoilt[page * 4096 + 100 : page * 4096 + 3_000] = b"\xa5" * 2_900
        file.write_bytes(bytes(spoilt))
        try:
            service = Service(SqliteStore(str(file)))
            report = verify(service.store)
            assert report.ok is (service.corruption is None) or report.problems
            service.close()
        except (Corrupt, Unavailable) as told_of:
            assert told_of.message
    file.write_bytes(content)
    assert verify(SqliteStore(str(file))).ok


def test_open__the_write_ahead_log_is_garbage__what_was_checkpointed_is_there(file: Path) -> None:
    Path(f"{file}-wal").write_bytes(b"\xa5" * 50_000)
    store = SqliteStore(str(file))
    assert verify(store).ok
    store.close()


# --- not now --------------------------------------------------------------------------------------------------------


def test_submit__locked_by_another_writer__unavailable_then_works(file: Path) -> None:
    service = Service(SqliteStore(str(file), connect=impatient))
    other = impatient(str(file))
    other.execute("BEGIN IMMEDIATE")
    head = service.head
    for _ in range(2):
        with pytest.raises(Unavailable, match=r"being written by another process; wait for it.*same id"):
            service.submit(deposit(9).command)
    assert service.state.seq == head.seq, "reads work meanwhile"
    other.execute("ROLLBACK")
    assert service.submit(deposit(9).command).seq == head.seq + 1
    service.close()


def test_open__locked_exclusively__unavailable(file: Path) -> None:
    other = impatient(str(file))
    other.execute("PRAGMA locking_mode = EXCLUSIVE")
    other.execute("BEGIN EXCLUSIVE")
    other.execute("UPDATE desk SET value = value")
    other.execute("COMMIT")
    is_refused(file, Unavailable, "being written by another process")
    other.close()
    Service(SqliteStore(str(file))).close()


READ_ONLY_PROCESS = """
import json, os, sys
from engine.journals import deposit
from holdfast.engine.audit import verify
from holdfast.engine.service import Service
from holdfast.errors import HoldfastError
from holdfast.store.sqlite import SqliteStore

if os.getuid() == 0:
    os.setgroups([])
    os.setgid(65534)
    os.setuid(65534)
os.chdir("/")
found = {}
try:
    service = Service(SqliteStore(sys.argv[1]))
    found["seq"] = service.state.seq
    found["problems"] = verify(service.store).problems
    service.submit(deposit(9).command)
except HoldfastError as error:
    found["code"], found["message"] = error.code, error.message
print(json.dumps(found))
"""


def _as_reader(file: Path) -> dict[str, Any]:
    for folder in file.parents:  # nobody must be able to get there
        if folder.stat().st_uid == os.getuid() and not folder.stat().st_mode & 0o001:
            folder.chmod(folder.stat().st_mode | 0o055)
        if folder.name.startswith("pytest-of"):
            break
    told_of = subprocess.run(
        [sys.executable, "-c", READ_ONLY_PROCESS, str(file)],
        check=True, timeout=30, stdout=subprocess.PIPE, env={**os.environ, "PYTHONPATH": str(TESTS)},
    )  # fmt: skip
    found: dict[str, Any] = json.loads(told_of.stdout)
    return found


@pytest.mark.parametrize("folder_too", [False, True], ids=["file", "file and folder"])
def test_submit__read_only__unavailable_with_the_remedy(file: Path, folder_too: bool) -> None:
    before = file.read_bytes()
    file.chmod(0o444)
    file.parent.chmod(0o555 if folder_too else 0o777)
    found = _as_reader(file)
    assert found["code"] == "unavailable", found
    assert "writable" in found["message"] or "may write to" in found["message"], found
    assert found.get("problems", []) == []
    file.parent.chmod(0o755)
    assert file.read_bytes() == before


def test_submit__no_permission_to_read__unavailable(file: Path) -> None:
    file.chmod(0o000)
    found = _as_reader(file)
    assert found["code"] == "unavailable", found
    assert str(file) in found["message"]


# --- the index of ids -----------------------------------------------------------------------------------------------


def test_ids__moved_to_the_table__are_still_found_by_everyone(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite_module, "RECENT_IDS", 6)
    monkeypatch.setattr(sqlite_module, "IDS_PER_LOT", 4)
    services = [Service(SqliteStore(str(file))) for _ in range(3)]
    for n in range(4, 60):
        assert services[n % 3].submit(deposit(n, amount="0.1").command).replayed is False
    services.append(Service(SqliteStore(str(file))))
    assert services[-1].store._indexed > 0  # type: ignore[attr-defined]
    for service in services:
        head = service.store.head()
        for n in range(60):
            amount = "1" if n < 4 else "0.1"
            assert service.submit(deposit(n, amount=amount).command).replayed, n
        assert service.store.head() == head
        assert len(service.store._recent) < 70  # type: ignore[attr-defined]
    assert verify(services[0].store).ok
    for service in services:
        service.close()


def test_ids__the_table_is_dropped__built_anew_from_the_journal(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    db = impatient(str(file))
    db.execute("DELETE FROM command_ids")
    db.execute("DELETE FROM desk WHERE key = 'ids_indexed'")
    db.close()
    service = Service(SqliteStore(str(file)))
    assert service.submit(deposit(0).command).replayed
    service.close()


def test_errors__that_pass__are_unavailable(file: Path) -> None:
    passing: dict[int, Callable[[], None]] = dict.fromkeys((3, 5, 6, 7, 8, 9, 10, 13, 14, 15), lambda: None)
    for code in range(1, 27):
        error = sqlite3.OperationalError("as if")
        error.sqlite_errorcode = code | 0x300
        told_of = sqlite_module.translated(error, str(file))
        assert isinstance(told_of, Unavailable if code in passing else Corrupt), code
    plain = ValueError("not SQLite's")
    assert sqlite_module.translated(plain, "") is plain
