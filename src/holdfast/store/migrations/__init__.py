"""How a desk gets its tables, version by version: `sqlite_0001.sql`, `postgres_0001.sql`, …"""

from __future__ import annotations

from collections.abc import Iterator
from importlib.resources import files
from typing import Any

APPLICATION_ID = 0x484F4C44
"""Marks a SQLite file as a Holdfast desk ("HOLD")."""

SCHEMA_VERSION = 1

POSTGRES_VERSION = 1
"""Of the tables on PostgreSQL."""

OFFICE_VERSION = 1
"""Of the office's tables, which are made beside a desk's when they are first needed and counted for themselves."""


def migrate(db: Any, version: int) -> None:
    """Bring a file from `version` to SCHEMA_VERSION, each step in one transaction; another process may be faster."""
    for step in range(version + 1, SCHEMA_VERSION + 1):
        db.execute("BEGIN IMMEDIATE")
        try:
            if db.execute("PRAGMA user_version").fetchone()[0] < step:
                for statement in files(__package__).joinpath(f"sqlite_{step:04}.sql").read_text("utf-8").split(";"):
                    if statement.strip():
                        db.execute(statement)
                db.execute(f"PRAGMA application_id = {APPLICATION_ID}")
                db.execute(f"PRAGMA user_version = {step}")
            db.execute("COMMIT")
        except BaseException:
            if db.in_transaction:  # SQLite has rolled back by itself where the disk is full
                db.execute("ROLLBACK")
            raise


def postgres_steps(version: int) -> Iterator[tuple[int, list[str]]]:
    """The steps from `version` to POSTGRES_VERSION, each as statements with `{schema}` where the schema's name goes."""
    for step in range(version + 1, POSTGRES_VERSION + 1):
        yield step, _statements(f"postgres_{step:04}.sql")


def office_steps(kind: str, version: int) -> Iterator[tuple[int, list[str]]]:
    """The steps from `version` to OFFICE_VERSION; `kind` is `sqlite` or `postgres`, which has `{schema}` to fill in."""
    for step in range(version + 1, OFFICE_VERSION + 1):
        yield step, _statements(f"office_{kind}_{step:04}.sql")


def _statements(name: str) -> list[str]:
    text = files(__package__).joinpath(name).read_text("utf-8")
    return [statement for statement in text.split(";") if statement.strip()]
