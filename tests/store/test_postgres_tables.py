"""Tables for ordinary SQL on PostgreSQL: numbers that SQL may add, cuts at any statement, and nobody held up."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import psycopg
import pytest

import postgres
from engine.journals import deposit, funded, story, tell
from holdfast.errors import HoldfastError, NoDesk, Unavailable
from holdfast.store import postgres_projections
from holdfast.store.postgres_projections import PostgresTables
from store.tabled import OnPostgres


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[OnPostgres]:
    made = OnPostgres(tmp_path)
    made.start()
    yield made
    made.close()


class Hooked:
    """A connection that tells of every statement and every COPY before it is carried out."""

    def __init__(self, db: psycopg.Connection[Any], before: Callable[[], None]) -> None:
        self._db, self._before = db, before

    def execute(self, *given: Any, **options: Any) -> Any:
        self._before()
        return self._db.execute(*given, **options)

    def cursor(self) -> Any:
        self._before()
        return self._db.cursor()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._db, name)


def test_sums_in_sql__are_the_books(desk: OnPostgres) -> None:
    tell(desk.service, story())
    desk.tables.catch_up()
    book = desk.service.state.book
    supplies = {code: units for code, units in book.issued.items() if units}
    assert (
        dict(desk.query("SELECT asset, sum(amount) FROM balance WHERE account <> '@issuance' GROUP BY 1")) == supplies
    )
    assert set(desk.query("SELECT DISTINCT sum(amount) FROM balance GROUP BY asset")) == {(Decimal(0),)}
    moved = desk.query(
        "SELECT account, asset, sum(CASE direction WHEN 'in' THEN amount ELSE -amount END), sum(tokens)"
        " FROM entry GROUP BY 1, 2"
    )
    for account, asset, amount, _ in moved:
        expected = -book.supply(asset) if account == "@issuance" else book.balance(asset, account)
        assert amount == expected
    scaled = desk.query(
        "SELECT count(*) FROM posting JOIN projected_asset ON code = asset WHERE amount <> tokens * 10 ^ decimals"
    )
    assert scaled == [(0,)]


def test_columns__are_numeric_and_wide_enough_for_u512(desk: OnPostgres) -> None:
    desk.tables.catch_up()
    found = desk.query(
        "SELECT table_name, column_name, data_type, numeric_precision, numeric_scale FROM information_schema.columns"
        " WHERE table_schema = ? AND data_type = 'numeric' ORDER BY 1, 2", postgres.schema_of(desk.place)
    )  # fmt: skip
    amounts = [row for row in found if row[1] == "amount" and row[0] != "entry"]
    assert amounts == [("balance", "amount", "numeric", 155, 0), ("posting", "amount", "numeric", 155, 0)]
    assert {row[1] for row in found} == {"amount", "tokens", "balance", "debit_balance", "credit_balance"}
    with pytest.raises(psycopg.errors.NumericValueOutOfRange):
        desk.query("INSERT INTO balance VALUES ('a', 'X', ?, 1, 1)", Decimal(10**155))


def test_catch_up__cut_off_at_every_statement__nothing_lost_and_nothing_twice(
    desk: OnPostgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server ends the connection before statement n, for each n; the next run goes on from where it stood."""
    tell(desk.service, story())
    monkeypatch.setattr(postgres_projections, "LOT", 20)
    desk.tables.catch_up()
    whole = desk.everything()
    stop, seen = 0, set()
    while True:
        stop += 1
        desk.tables.drop()
        tables: Any = PostgresTables(desk.place)
        left = [stop]

        def before(tables: Any = tables, left: list[int] = left) -> None:
            left[0] -= 1
            if left[0] == 0:
                desk.query("SELECT pg_terminate_backend(?, 5000)", tables._db.info.backend_pid)

        tables._db = Hooked(tables._db, before)
        try:
            tables.catch_up()
        except HoldfastError as error:
            assert isinstance(error, Unavailable)
        if left[0] > 0:
            tables.close()
            break
        seen.add(desk.tables.position())
        if desk.tables.position():
            desk.agrees(desk.tables.position())
        tables.catch_up()
        assert desk.everything() == whole
        tables.close()
    assert stop > 30
    assert seen == {0, 20, 40}, "the tables stood between two lots and nowhere else"


def test_catch_up__broken_off_inside_a_lot__the_lot_is_not_there(
    desk: OnPostgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    tell(desk.service, story()[:20])
    desk.tables.catch_up()
    before = desk.everything()
    tell(desk.service, story()[20:])

    def full(*given: Any) -> None:
        raise psycopg.errors.DiskFull("No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(postgres_projections, "_UPSERT", "SELECT 1 / 0")
        with pytest.raises(HoldfastError):
            desk.tables.catch_up()
        patch.setattr(postgres_projections, "_balances_of", full)
        with pytest.raises(Unavailable):
            desk.tables.catch_up()
    assert desk.everything() == before
    desk.agrees(20)
    desk.tables.catch_up()
    desk.agrees()


def test_catch_up__another_process_builds_for_too_long__unavailable_then_works(desk: OnPostgres) -> None:
    tell(desk.service, story())
    tables: Any = desk.tables
    tables._db.execute("SET lock_timeout = '50ms'")
    other: Any = desk.new_tables()
    with other._transaction():
        with pytest.raises(Unavailable, match="being written by another process"):
            tables.catch_up()
        assert tables.position() == 0
    tables.catch_up()
    desk.agrees()
    other.close()


def test_building__holds_up_no_command_and_no_reader(desk: OnPostgres) -> None:
    """The tables are half built in an open transaction; commands are answered all the same."""
    funded(desk.service, "alice")
    desk.tables.catch_up()
    other: Any = desk.new_tables()
    with other._transaction() as db:
        other._create(db)
        done = threading.Thread(target=lambda: desk.service.submit(deposit(1).command), daemon=True)
        done.start()
        done.join(10)
        assert not done.is_alive(), "a command waited for the tables"
        assert desk.service.head.seq == 3
    desk.tables.catch_up()
    desk.agrees()
    other.close()


def test_catch_up__connection_lost_in_between__made_anew(desk: OnPostgres) -> None:
    tell(desk.service, story()[:30])
    desk.tables.catch_up()
    tell(desk.service, story()[30:])
    tables: Any = desk.tables
    desk.query("SELECT pg_terminate_backend(?, 5000)", tables._db.info.backend_pid)
    with pytest.raises(Unavailable):
        tables.catch_up()
    tables.catch_up()
    desk.agrees()


def test_open__no_such_schema_or_database__no_desk() -> None:
    url = postgres.new_desk()
    tables = PostgresTables(url)
    with pytest.raises(NoDesk):
        tables.catch_up()
    tables.close()
    with pytest.raises(NoDesk, match='database "nowhere" does not exist'):
        PostgresTables(url.replace("/postgres?", "/nowhere?"))


def test_statement__of_a_long_journal__reads_only_its_page(desk: OnPostgres) -> None:
    funded(desk.service, "alice", "bob")
    for start in range(0, 3_000, 500):
        desk.service.submit_many([deposit(n, "bob", "0.01") for n in range(start, start + 500)])
    tell(desk.service, [deposit(5_000, "alice")])
    desk.tables.catch_up()
    desk.sql("ANALYZE posting")
    for account in ("alice", "bob"):
        assert desk.tables.statement(account, limit=2)[0].tokens in {"1", "0.01"}
        plan = desk.query(
            "EXPLAIN (ANALYZE, FORMAT JSON) SELECT * FROM entry WHERE account = ? AND (seq, line) < (9999, 0)"
            " ORDER BY seq DESC, line DESC LIMIT 2", account
        )[0][0]  # fmt: skip
        assert _rows(plan[0]["Plan"]) < 20, "a statement looks through the journal"


def _rows(node: dict[str, Any]) -> int:
    """Rows that a plan's parts brought, all together."""
    return int(node["Actual Rows"]) + sum(_rows(part) for part in node.get("Plans", ()))
