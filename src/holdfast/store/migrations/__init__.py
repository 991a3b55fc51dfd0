"""How a desk's file gets its tables, version by version: `sqlite_0001.sql`, `sqlite_0002.sql`, …"""

from __future__ import annotations

from importlib.resources import files
from typing import Any

APPLICATION_ID = 0x484F4C44
"""Marks a SQLite file as a Holdfast desk ("HOLD")."""

SCHEMA_VERSION = 1


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
