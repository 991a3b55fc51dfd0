"""Where a desk on PostgreSQL is, how a connection to it is made, and PostgreSQL's errors in ours."""

from __future__ import annotations

import re
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit, urlunsplit

import psycopg
from psycopg import conninfo

from holdfast.errors import Corrupt, Malformed, NoDesk, Unavailable

DEFAULT_DESK = "holdfast"

BUSY_SECONDS = 5
"""How long to wait for another process that is writing."""

IDLE_SECONDS = 60
"""After which the server frees the desk from a writer that holds the lock and says nothing."""

CONNECT_SECONDS = 10

OLDEST = 14
"""The oldest PostgreSQL that serves."""

_DESK = re.compile(r"(?!pg_)[a-z_][a-z0-9_]{0,47}").fullmatch

_DEFAULTS = {
    "application_name": "holdfast",
    "connect_timeout": CONNECT_SECONDS,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 20_000,
}
"""For libpq, where the URL says nothing else: a server that has vanished is noticed within half a minute."""

_SESSION = f"""
SELECT current_setting('server_version_num')::int, current_setting('fsync') = 'on',
       current_setting('server_encoding') = 'UTF8',
       set_config('lock_timeout', '{BUSY_SECONDS}s', false),
       set_config('idle_in_transaction_session_timeout', '{IDLE_SECONDS}s', false),
       set_config('tcp_keepalives_idle', '10', false), set_config('tcp_keepalives_interval', '5', false),
       set_config('tcp_keepalives_count', '3', false), set_config('client_min_messages', 'warning', false),
       CASE WHEN current_setting('synchronous_commit') IN ('on', 'remote_apply') THEN ''
            ELSE set_config('synchronous_commit', 'on', false) END
"""


class Place(NamedTuple):
    """A desk's place; `target` is what libpq takes and holds secrets, `shown` is for people and holds none."""

    target: str
    desk: str
    shown: str


def place(url: str) -> Place:
    """What a URL like `postgresql://user@host/database?desk=name` names. Without a desk it is `holdfast`.

    The desk is the schema that its tables are in. Everything else of the URL is libpq's: several hosts, socket folders,
    TLS; and what it leaves out comes from PGHOST, PGUSER, PGPASSFILE and so on.
    Raises: Malformed, which repeats nothing of the URL that may be secret.
    """
    try:
        parts = urlsplit(url)
    except ValueError:
        raise Malformed(
            "--db: this is no URL; write postgresql://user@host/database?desk=name.", field="--db"
        ) from None
    desk, rest = DEFAULT_DESK, []
    for piece in filter(None, parts.query.split("&")):
        key, _, value = piece.partition("=")
        if key == "desk":
            desk = unquote(value)
        else:
            rest.append(piece)
    if parts.fragment:
        raise Malformed("--db: a URL of PostgreSQL ends with its options; name the desk with ?desk=name.", field="--db")
    if not _DESK(desk) or desk in ("public", "information_schema"):
        raise Malformed(
            "--db: a desk's name is 1 to 48 letters a-z, digits and _, and does not begin with a digit or pg_.",
            field="--db",
        )
    target = urlunsplit(("postgresql", parts.netloc, parts.path, "&".join(rest), ""))
    if not parts.netloc:  # urlunsplit drops the empty place of a host
        target = f"postgresql://{parts.path}" + (f"?{'&'.join(rest)}" if rest else "")
    try:
        given = conninfo.conninfo_to_dict(target)
    except psycopg.ProgrammingError:
        raise Malformed("--db: PostgreSQL does not understand this URL or an option in it.", field="--db") from None
    several = "," in str(given.get("host", ""))
    options: dict[str, Any] = _DEFAULTS | ({"target_session_attrs": "read-write"} if several else {}) | given
    return Place(conninfo.make_conninfo(**options), desk, _shown(parts.netloc, parts.path, rest, desk))


def _shown(netloc: str, path: str, rest: list[str], desk: str) -> str:
    user, at, hosts = netloc.rpartition("@")
    kept = [pair for pair in parse_qsl("&".join(rest)) if pair[0] in ("host", "hostaddr", "port", "user", "dbname")]
    query = urlencode([*kept, *([("desk", desk)] if desk != DEFAULT_DESK else [])], safe="/,")
    return f"postgresql://{user.partition(':')[0]}{at}{hosts}{path}" + (f"?{query}" if query else "")


def connect(where: Place) -> psycopg.Connection[Any]:
    """A connection in autocommit mode whose commits are synced (R1).

    Raises: Unavailable (no server, no entry, an old or unsafe one), NoDesk (no such database).
    """
    try:
        db = psycopg.connect(where.target, autocommit=True)
    except psycopg.Error as error:
        raise _not_connected(error, where) from None
    try:
        row = db.execute(_SESSION).fetchone()
        version, fsync, utf8 = row[:3] if row else (0, False, False)
        if version < OLDEST * 10_000:
            raise Unavailable(f"{where.shown} is PostgreSQL {version // 10_000}; {OLDEST} or newer is needed.")
        if not fsync:
            raise Unavailable(f"{where.shown} runs with fsync = off; what it answers is not durable. Turn it on.")
        if not utf8:
            raise Unavailable(f"{where.shown} does not keep text in UTF8; make the database with ENCODING 'UTF8'.")
    except psycopg.Error as error:
        db.close()
        raise translated(error, where) from error
    except BaseException:
        db.close()
        raise
    return db


def lost(db: psycopg.Connection[Any]) -> bool:
    """Whether the connection is of no more use."""
    return db.closed


_CLASSES = {
    "08": "the connection was lost; try again with the same id",
    "25": "the server takes no writing now (is it a standby?); write to the primary",
    "28": "the server refused the login; check user and password",
    "40": "another process was in the way; try again with the same id",
    "53": "the server has no room or no connection left; make room, then try again with the same id",
    "55": "is being written by another process; wait for it to end, then try again with the same id",
    "57": "the server ended the work (shutdown, failover or a time limit); try again with the same id",
    "58": "the server's disk could not be read or written; try again with the same id",
}
_STATES = {
    "42501": "this role may not do that; grant it the desk's schema (see the operating page)",
    "53100": "the server's disk is full; make room, then try again with the same id",
    "53300": "the server has no connection left; close others or raise max_connections",
    "25006": "the server is read-only (a standby?); write to the primary",
    "25P03": "the writer was silent for too long and was cut off; try again with the same id",
    "57014": "a time limit of the server ended the work; try again with the same id",
}
_MISSING = {"3D000", "3F000"}


def translated(error: Exception, where: Place) -> Exception:
    """PostgreSQL's error in ours, by its SQLSTATE; anything else as it is."""
    if not isinstance(error, psycopg.Error):
        return error
    state, said = error.sqlstate, " ".join(str(error).split())
    if state in _MISSING:
        return NoDesk(f"There is no desk at {where.shown} ({said}).", place=where.shown)
    remedy = _STATES.get(state or "") or _CLASSES.get((state or "08")[:2])
    if state is None and not isinstance(error, psycopg.OperationalError | psycopg.InterfaceError):
        remedy = None
    if remedy is not None:
        return Unavailable(f"{where.shown}: {remedy} ({said}).", place=where.shown)
    return Corrupt(f"{where.shown} does not hold a usable desk ({said}).", place=where.shown)


def _not_connected(error: psycopg.Error, where: Place) -> Exception:
    """Why there is no connection; libpq says it in words only."""
    said = " ".join(str(error).split())
    if re.search(r'database "[^"]*" does not exist', said):
        return NoDesk(f"There is no desk at {where.shown} ({said}).", place=where.shown)
    return Unavailable(f"{where.shown} cannot be reached ({said}).", place=where.shown)
