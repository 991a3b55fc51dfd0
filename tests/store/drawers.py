"""Where each kind of office is kept between openings, so that one suite serves all of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import postgres
from holdfast.engine.genesis import Genesis
from holdfast.engine.journal import chained
from holdfast.store.documents import Document, Documents, LogHead, LogRow
from holdfast.store.documents.memory import MemoryDocuments
from holdfast.store.documents.postgres import PostgresDocuments
from holdfast.store.documents.sqlite import SqliteDocuments
from holdfast.store.postgres import PostgresStore
from holdfast.store.sqlite import SqliteStore


class MemoryDrawer:
    """An office that is its own place: opened again it is the same object."""

    shared = False

    def __init__(self, folder: Path) -> None:
        self._documents = MemoryDocuments()

    def open(self) -> Documents:
        return self._documents

    def close(self) -> None:
        """Nothing to let go of."""


class _Drawer:
    """A desk with an office beside it; every opening has connections of its own."""

    shared = True
    path: str
    store: Any
    documents: Any

    def __init__(self) -> None:
        self._opened: list[Any] = []
        with_desk = self.store(self.path, create=True)
        with_desk.create(Genesis(name="of the office suite").encoded())
        with_desk.close()

    def open(self, **how: Any) -> Any:
        """The office, made where there is none."""
        made = self.documents(self.path, **({"create": True} | how))
        self._opened.append(made)
        return made

    def desk(self) -> Any:
        """The journal beside it."""
        made = self.store(self.path)
        self._opened.append(made)
        return made

    def close(self) -> None:
        for made in self._opened:
            made.close()


class SqliteDrawer(_Drawer):
    """A file."""

    store, documents = SqliteStore, SqliteDocuments

    def __init__(self, folder: Path) -> None:
        self.path = str(folder / "desk.db")
        super().__init__()

    def tamper(self, *statements: str) -> None:
        """What somebody with the file does behind the program's back."""
        db = SqliteDocuments(self.path)
        for statement in statements:
            db._db.execute(statement)
        db.close()


class PostgresDrawer(_Drawer):
    """A schema."""

    store, documents = PostgresStore, PostgresDocuments

    def __init__(self, folder: Path) -> None:
        self.path = postgres.new_desk()
        super().__init__()

    def tamper(self, *statements: str) -> None:
        """What somebody with the database does behind the program's back."""
        with postgres.admin(self.path) as db:
            db.execute(f"SET search_path = {postgres.schema_of(self.path)}".encode())
            for statement in statements:
                db.execute(statement.encode())

    def close(self) -> None:
        super().close()
        postgres.drop(self.path)


DRAWERS: dict[str, Any] = {"memory": MemoryDrawer, "postgres": PostgresDrawer, "sqlite": SqliteDrawer}


def entries(count: int, head: LogHead | None = None) -> list[LogRow]:
    """Log entries that chain, of bodies that no office would write."""
    head = head or LogHead()
    seq, digest, made = head.seq, head.digest, []
    for _ in range(count):
        seq += 1
        body = b'{"seq":%d}' % seq
        digest = chained(digest, body)
        made.append(LogRow(seq, 1_000 + seq, body, digest))
    return made


def write(documents: Any, *records: tuple[str, str, bytes | None], log: int = 0) -> LogHead:
    """One transaction with these records and so many log entries; where it leads."""
    head = documents.begin()
    documents.put([Document(*record, head.version + 1) for record in records])
    documents.append(entries(log, head))
    documents.commit()
    found: LogHead = documents.head()
    return found
