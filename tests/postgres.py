"""The PostgreSQL of the tests: one for each test process, started when first asked for; each desk a schema of its own.

HOLDFAST_TEST_POSTGRES names another server instead, by the URL of a database in which schemas may be made.
"""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from functools import cache
from itertools import count
from pathlib import Path

import psycopg

from holdfast.benchmarks.postgres_server import Server

_desks = count(1)


def new_folder() -> Path:
    """A folder with a short name (sockets need that) that is removed at the end."""
    folder = Path(tempfile.mkdtemp(prefix="holdfast-pg-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def started(**settings: str) -> Server:
    """A server of one's own, stopped at the end at the latest."""
    server = Server(new_folder(), **settings)
    atexit.register(server.stop)
    return server.initialise().start()


def named() -> str | None:
    """The server that the environment names."""
    return os.environ.get("HOLDFAST_TEST_POSTGRES") or None


@cache
def database() -> str:
    """The URL of the shared database."""
    return named() or started().url()


def new_desk(base: str | None = None) -> str:
    """The URL of a desk that is not there yet."""
    where = base or database()
    return f"{where}{'&' if '?' in where else '?'}desk=desk_{os.getpid()}_{next(_desks)}"


def schema_of(url: str) -> str:
    return url.rpartition("desk=")[2]


def admin(url: str) -> psycopg.Connection:
    """A connection of one's own to the database of a desk."""
    target, _, _ = url.rpartition("desk=")
    return psycopg.connect(target.rstrip("?&"), autocommit=True)


def drop(url: str) -> None:
    """Remove a desk."""
    with admin(url) as db:
        db.execute("SELECT pg_terminate_backend(l.pid) FROM pg_locks l JOIN pg_class c ON c.oid = l.relation"
                   " JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = %s AND l.pid <> pg_backend_pid()",
                   (schema_of(url),))  # fmt: skip
        db.execute(f"DROP SCHEMA IF EXISTS {schema_of(url)} CASCADE".encode())
