"""Desks with tables for ordinary SQL, on SQLite and on PostgreSQL, as one suite asks them.

A query is written for both: `?` for what is given, money asked for with `CAST(amount AS TEXT)`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import psycopg

import postgres
from engine.journals import told
from holdfast.engine.ports import JournalStore
from holdfast.engine.rebuild import rebuild
from holdfast.ledger.chart import ISSUANCE
from holdfast.primitives.asset import format_units
from holdfast.protocol.state import State
from holdfast.store import postgres_projections, projections
from holdfast.store.postgres import PostgresStore
from holdfast.store.postgres_projections import PostgresTables
from holdfast.store.projected import Tables
from holdfast.store.projections import SqliteTables
from holdfast.store.sqlite import SqliteStore, connect

MONEY = {"amount", "tokens", "debit_balance", "credit_balance", "balance"}

COLUMNS = {
    "posting": "seq line at type command_id asset amount tokens debit credit debit_balance credit_balance",
    "balance": "account asset amount tokens seq",
    "projected_asset": "code decimals",
    "entry": "seq line at type command_id asset account counter_account direction amount tokens balance",
}


class Tabled:
    """A desk, its tables, and a connection of the SQL reader's own."""

    module: Any
    blob = "x'00'"
    """How the database writes one byte of 0."""

    def __init__(self, place: str) -> None:
        self.place = place
        self.store = self.opened(create=True)
        self.tables = self.new_tables()
        self.db: Any = self.reader()
        self.service: Any = None

    def start(self) -> Tabled:
        """A desk without commands."""
        self.service = told(self.store, commands=[])
        return self

    def opened(self, *, create: bool = False) -> JournalStore:
        raise NotImplementedError

    def new_tables(self) -> Tables:
        raise NotImplementedError

    def reader(self) -> Any:
        raise NotImplementedError

    def query(self, sql: str, *given: Any, db: Any = None) -> list[tuple[Any, ...]]:
        raise NotImplementedError

    def sql(self, text: str) -> None:
        """Change something behind the tables' back."""
        self.db.execute(text)

    def agrees(self, seq: int | None = None) -> None:
        """Balances are those of the state at this record (the last, unless stated)."""
        state, _, broken = rebuild(self.service.store, upto=seq)
        assert broken is None
        assert self.tables.position() == state.seq
        assert self.balances() == held(state)

    def balances(self, db: Any = None) -> dict[tuple[str, str], tuple[str, str]]:
        sql = "SELECT account, asset, CAST(amount AS TEXT), CAST(tokens AS TEXT) FROM balance"
        return {(account, asset): (amount, tokens) for account, asset, amount, tokens in self.query(sql, db=db)}

    def everything(self) -> dict[str, list[tuple[Any, ...]]]:
        """All tables, the same wherever they are."""
        return {name: self.table(name) for name in COLUMNS}

    def table(self, name: str) -> list[tuple[Any, ...]]:
        columns = [f"CAST({c} AS TEXT)" if c in MONEY else c for c in COLUMNS[name].split()]
        return sorted(self.query(f"SELECT {', '.join(columns)} FROM {name}"))  # noqa: S608

    def close(self) -> None:
        self.tables.close()
        self.db.close()
        self.store.close()


class OnSqlite(Tabled):
    """A desk in a file."""

    module = projections

    def __init__(self, folder: Path) -> None:
        super().__init__(str(folder / "desk.db"))

    def opened(self, *, create: bool = False) -> SqliteStore:
        return SqliteStore(self.place, create=create)

    def new_tables(self) -> SqliteTables:
        return SqliteTables(self.place)

    def reader(self) -> Any:
        return connect(self.place)

    def query(self, sql: str, *given: Any, db: Any = None) -> list[tuple[Any, ...]]:
        return [tuple(row) for row in (db or self.db).execute(sql, given)]


class OnPostgres(Tabled):
    """A desk in a schema."""

    module = postgres_projections
    blob = r"'\x00'"

    def __init__(self, folder: Path) -> None:
        super().__init__(postgres.new_desk())

    def opened(self, *, create: bool = False) -> PostgresStore:
        return PostgresStore(self.place, create=create)

    def new_tables(self) -> PostgresTables:
        return PostgresTables(self.place)

    def reader(self) -> psycopg.Connection[Any]:
        db = postgres.admin(self.place)
        db.execute(f"SET search_path = {postgres.schema_of(self.place)}".encode())
        return db

    def query(self, sql: str, *given: Any, db: Any = None) -> list[tuple[Any, ...]]:
        return (db or self.db).execute(sql.replace("?", "%s"), given or None).fetchall()  # type: ignore[no-any-return]

    def close(self) -> None:
        super().close()
        postgres.drop(self.place)


KINDS: dict[str, Any] = {"sqlite": OnSqlite, "postgres": OnPostgres}


def held(state: State) -> dict[tuple[str, str], tuple[str, str]]:
    """All balances of a state as the table shows them, issuance with its sign."""
    found = {}
    for asset, accounts in state.book.balances.items():
        places = state.assets[asset].decimals
        for account, units in accounts.items():
            found[account, asset] = (str(units), format_units(units, places))
        if supply := state.book.supply(asset):
            found[ISSUANCE, asset] = (f"-{supply}", "-" + format_units(supply, places))
    return found
