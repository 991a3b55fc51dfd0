"""The tables of a desk on PostgreSQL: whose they are, and how they are made and brought up to date."""

from __future__ import annotations

from typing import Any

import psycopg

from holdfast.errors import Corrupt
from holdfast.store.migrations import postgres_steps
from holdfast.store.postgres_connection import Place

NAMES = {"desk", "journal", "head", "snapshot"}
"""The tables without which there is no desk."""


def version(db: psycopg.Connection[Any], where: Place) -> int:
    """The version of the tables; 0 where there are none yet.

    Raises: Corrupt where the schema holds another program's tables.
    """
    found = db.execute(
        "SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
        " WHERE n.nspname = %s AND c.relkind IN ('r', 'v', 'm', 'p', 'f', 'S')",
        (where.desk,),
    )
    there = {name for (name,) in found}
    if not there:
        return 0
    if not there >= NAMES:
        raise Corrupt(f"{where.shown}: the schema {where.desk} holds another program's tables.", place=where.shown)
    row = db.execute(Statements(where.desk).version).fetchone()
    if row is None or not bytes(row[0]).isdigit():
        raise Corrupt(f"{where.shown}: the tables do not say of what version they are.", place=where.shown)
    return int(bytes(row[0]))


def migrate(db: psycopg.Connection[Any], where: Place) -> None:
    """Make the tables, or bring them up to date, in one transaction; another process may be faster."""
    desk = where.desk
    with db.transaction():
        db.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", (f"holdfast {desk}",))
        if not db.execute("SELECT 1 FROM pg_namespace WHERE nspname = %s", (desk,)).fetchone():
            db.execute(f'CREATE SCHEMA "{desk}"'.encode())
        for step, statements in postgres_steps(version(db, where)):
            for statement in statements:
                db.execute(with_desk(statement, desk))
            db.execute(Statements(desk).set_version, (str(step).encode(),))


def with_desk(text: str, desk: str) -> bytes:
    """SQL with the schema's name in it: quoted, since a desk may be named like a word of SQL, `order` or `user`."""
    return text.replace("{schema}.", f'"{desk}".').replace("{desk}.", f'"{desk}".').replace("{desk}", desk).encode()


class Statements:
    """The SQL of one desk, with the schema's name in it; a name is checked before it comes here."""

    def __init__(self, desk: str) -> None:
        columns = "seq, at, id, body, digest"
        types = "%b::bigint[], %b::bigint[], %b::text[], %b::bytea[], %b::bytea[]"

        def sql(text: str) -> bytes:
            """With the names in their places."""
            return with_desk(text.replace("{columns}", columns).replace("{types}", types), desk)

        self.advisory = sql("SELECT pg_advisory_xact_lock(hashtextextended('holdfast {desk}', 0))")
        self.version = sql("SELECT value FROM {desk}.desk WHERE key = 'version'")
        self.set_version = sql(
            "INSERT INTO {desk}.desk (key, value) VALUES ('version', %b)"
            " ON CONFLICT (key) DO UPDATE SET value = excluded.value"
        )
        self.genesis = sql("SELECT value FROM {desk}.desk WHERE key = 'genesis'")
        self.first_genesis = sql("INSERT INTO {desk}.desk (key, value) VALUES ('genesis', %b)")
        self.first_head = sql("INSERT INTO {desk}.head (seq, digest) VALUES (%b, %b)")
        self.copy = sql("COPY {desk}.journal ({columns}) FROM STDIN (FORMAT BINARY)")
        self.lock = sql("SELECT seq, digest, current_setting('synchronous_commit') FROM {desk}.head FOR UPDATE")
        self.last = sql("SELECT seq, digest FROM {desk}.journal ORDER BY seq DESC LIMIT 1")
        self.used = sql("SELECT id, seq FROM {desk}.journal WHERE id = ANY(%b::text[])")
        self.append = sql(
            "WITH moved AS (UPDATE {desk}.head SET seq = %b, digest = %b WHERE seq = %b AND digest = %b RETURNING 1)"
            " INSERT INTO {desk}.journal ({columns}) SELECT new.* FROM moved, unnest({types}) AS new"
        )
        self.rows = sql("SELECT {columns} FROM {desk}.journal WHERE seq > %s AND seq <= %s ORDER BY seq LIMIT %s")
        self.row = sql("SELECT {columns} FROM {desk}.journal WHERE seq = %s")
        self.snapshot_lock = sql("LOCK TABLE {desk}.snapshot IN SHARE ROW EXCLUSIVE MODE")
        self.snapshot_drop = sql("DELETE FROM {desk}.snapshot WHERE seq = %s")
        self.snapshot_part = sql("INSERT INTO {desk}.snapshot (seq, part, digest, body) VALUES (%b, %b, %b, %b)")
        self.snapshot_old = sql(
            "DELETE FROM {desk}.snapshot WHERE seq NOT IN"
            " (SELECT DISTINCT seq FROM {desk}.snapshot ORDER BY seq DESC LIMIT %s)"
        )
        self.snapshot_head = sql("SELECT seq, digest FROM {desk}.snapshot WHERE seq <= %s ORDER BY seq DESC LIMIT 1")
        self.snapshot_body = sql("SELECT body FROM {desk}.snapshot WHERE seq = %s AND part = %s")
