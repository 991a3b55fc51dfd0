"""Tables for ordinary SQL on SQLite: digits as text, breaking off at any statement, locks, and what a page costs."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from engine.journals import deposit, funded, story, tell
from holdfast.errors import Corrupt, NoDesk, Unavailable
from holdfast.store import projections
from holdfast.store.projections import catch_up, drop, position, statement
from holdfast.store.sqlite import connect
from store.shelves import HookedConnection
from store.tabled import OnSqlite


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[OnSqlite]:
    made = OnSqlite(tmp_path)
    made.start()
    yield made
    made.close()


def test_tables__hold_text_wherever_there_is_money(desk: OnSqlite) -> None:
    tell(desk.service, story())
    catch_up(desk.db)
    for table, columns in (
        ("posting", ("amount", "tokens", "debit_balance", "credit_balance")),
        ("balance", ("amount", "tokens")),
    ):
        for column in columns:
            assert list(desk.db.execute(f"SELECT DISTINCT typeof({column}) FROM {table}")) == [("text",)]  # noqa: S608


def test_open__no_file__no_desk_and_none_made(tmp_path: Path) -> None:
    with pytest.raises(NoDesk):
        projections.SqliteTables(str(tmp_path / "missing.db"))
    assert list(tmp_path.iterdir()) == []


def test_catch_up__two_at_once__each_record_once(desk: OnSqlite, monkeypatch: pytest.MonkeyPatch) -> None:
    """A second process gets ahead between reading and writing a lot."""
    tell(desk.service, story())
    catch_up(desk.db)
    alone = desk.everything()
    drop(desk.db)
    monkeypatch.setattr(projections, "LOT", 6)
    other = connect(desk.place)
    ahead = [3]

    def before(sql: str) -> None:
        if sql == "BEGIN IMMEDIATE" and position(other) and ahead[0]:
            ahead[0] -= 1
            projections._take_lot(other)

    catch_up(HookedConnection(desk.db, before))
    assert ahead == [0]
    assert desk.everything() == alone
    other.close()


def test_catch_up__broken_off__stands_where_it_stood(desk: OnSqlite, monkeypatch: pytest.MonkeyPatch) -> None:
    """At each statement in turn; a later run makes it whole."""
    tell(desk.service, story())
    monkeypatch.setattr(projections, "LOT", 20)
    catch_up(desk.db)
    whole = desk.everything()
    for stop in range(1, 400):
        drop(desk.db)
        left = [stop]

        def before(sql: str, left: list[int] = left) -> None:
            left[0] -= 1
            if left[0] == 0 and sql != "ROLLBACK":
                raise sqlite3.OperationalError("stop")

        try:
            catch_up(HookedConnection(desk.db, before))
        except (Corrupt, Unavailable, sqlite3.OperationalError):
            assert not desk.db.in_transaction
            if position(desk.db):
                desk.agrees(position(desk.db))
        if left[0] > 0:
            break
        if stop % 25 == 0:
            catch_up(desk.db)
            assert desk.everything() == whole
    assert stop > 100


def test_catch_up__locked__unavailable_and_as_before(desk: OnSqlite) -> None:
    tell(desk.service, story()[:20])
    catch_up(desk.db)
    tell(desk.service, story()[20:])
    desk.db.execute("PRAGMA busy_timeout = 0")
    other = connect(desk.place)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(Unavailable, match="being written by another process"):
        catch_up(desk.db)
    other.execute("ROLLBACK")
    desk.agrees(20)
    catch_up(desk.db)
    desk.agrees()
    other.close()


def test_statement__of_a_long_journal__reads_only_its_page(desk: OnSqlite) -> None:
    funded(desk.service, "alice", "bob")
    tell(desk.service, [deposit(n, "bob", "0.01") for n in range(3_000)])
    tell(desk.service, [deposit(5_000, "alice")])
    catch_up(desk.db)
    for account in ("alice", "bob"):
        steps = [0]
        desk.db.set_progress_handler(_counting(steps), 10)
        assert statement(desk.db, account, limit=2)[0].tokens in {"1", "0.01"}
        desk.db.set_progress_handler(None, 0)
        assert steps[0] < 100, "a statement looks through the journal"


def _counting(steps: list[int]) -> Callable[[], int]:
    def count() -> int:
        steps[0] += 1
        return 0

    return count
