"""The composition root: which store, which clock, which desk. The only reader of settings.

| setting           | default         | meaning                                                   |
|-------------------|-----------------|-----------------------------------------------------------|
| `HOLDFAST_DB`     | `holdfast.db`   | the desk of verbs that need one and are given no `--db`   |
| `HOLDFAST_CONFIG` | `holdfast.toml` | the file with the server's settings (`holdfast.settings`) |

A client of a server reads `HOLDFAST_SERVER`, `HOLDFAST_API_KEY`, `HOLDFAST_API_KEY_FILE` and
`HOLDFAST_SIGNING_KEY_FILE`; see `ClientSettings`.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from holdfast.engine import genesis as genesis_module
from holdfast.engine.genesis import Genesis
from holdfast.engine.journal import Head
from holdfast.engine.ports import JournalStore
from holdfast.engine.rebuild import Progress
from holdfast.engine.service import Service
from holdfast.errors import DeskExists, Malformed, NoDesk, NoOffice
from holdfast.identity.office import Office
from holdfast.primitives.clock import Clock, system_clock
from holdfast.settings import DEFAULT_DB, ServerSettings
from holdfast.store.documents import Documents
from holdfast.store.documents.memory import MemoryDocuments
from holdfast.store.memory import MemoryStore
from holdfast.store.projected import Tables
from holdfast.wire.struct_kinds import make_ready

if TYPE_CHECKING:
    from holdfast.wire.settings_file import Effective

DEFAULT_CONFIG = "holdfast.toml"


class Settings(Struct, frozen=True):
    """What the environment says."""

    db: str = DEFAULT_DB


def settings(environment: Mapping[str, str] | None = None) -> Settings:
    """The settings, from the environment or what stands for it."""
    source = os.environ if environment is None else environment
    return Settings(db=source.get("HOLDFAST_DB") or DEFAULT_DB)


class ClientSettings(Struct, frozen=True):
    """What the environment says to a client: the server, and who asks there. Empty is not set."""

    server: str = ""
    """`HOLDFAST_SERVER`: the server of verbs that are given neither `--server` nor `--db`."""
    api_key: str = ""
    """`HOLDFAST_API_KEY`: the API key."""
    api_key_file: str = ""
    """`HOLDFAST_API_KEY_FILE`: a file of mode 600 with the API key."""
    signing_key_file: str = ""
    """`HOLDFAST_SIGNING_KEY_FILE`: a file of mode 600 with the private key that signs this API key's requests."""
    folder: str = ""
    """Where sign-ins are kept: `holdfast` in `XDG_CONFIG_HOME`, by default in ~/.config."""
    db: str = ""
    """`HOLDFAST_DB`: set beside the server it leaves open which is meant."""


def client_settings(environment: Mapping[str, str] | None = None) -> ClientSettings:
    """What the environment says to a client."""
    source = os.environ if environment is None else environment
    names = ("server", "api_key", "api_key_file", "signing_key_file", "db")
    given = {name: source.get(f"HOLDFAST_{name.upper()}", "") for name in names}
    config = source.get("XDG_CONFIG_HOME", "")
    home = Path(config) if Path(config).is_absolute() else Path(source.get("HOME") or "~").expanduser() / ".config"
    return ClientSettings(**given, folder=str(home / "holdfast"))


def server_settings(file: str | None = None, environment: Mapping[str, str] | None = None) -> ServerSettings:
    """The server's settings; see `effective_settings`."""
    return effective_settings(file, environment).settings


def effective_settings(
    file: str | None = None, environment: Mapping[str, str] | None = None, options: Mapping[str, Any] | None = None
) -> Effective:
    """The server's settings with their origins: the file's, over them the environment's, over them options.

    The file is the one given, else that of `HOLDFAST_CONFIG`, else ./holdfast.toml where there is one.
    Raises: Malformed that names each place and key that does not fit.
    """
    from holdfast.wire import settings_file  # noqa: PLC0415 - only the server's verbs need it
    from holdfast.wire.problems import from_os_error  # noqa: PLC0415

    source = os.environ if environment is None else environment
    name = file or source.get("HOLDFAST_CONFIG") or ""
    if not name and Path(DEFAULT_CONFIG).exists():
        name = DEFAULT_CONFIG
    try:
        found = (name, Path(name).read_bytes()) if name else None
    except OSError as error:
        raise from_os_error(error, "read") from None
    return settings_file.read(found, source, options)


def on_postgres(url: str) -> bool:
    """Whether a `--db` names a desk on PostgreSQL."""
    return url.startswith(("postgresql://", "postgres://"))


def database_path(url: str) -> str:
    """The file that a `--db` names: `sqlite:desk.db`, `sqlite:///var/desk.db`, or a path alone.

    Raises: Malformed for another kind of database, or no name at all.
    """
    scheme, colon, rest = url.partition(":")
    if colon and scheme == "sqlite":
        if rest.startswith("//") and not rest.startswith("///"):
            raise Malformed(f"--db {url}: a file has no host; write sqlite:{rest[2:]} or sqlite:///{rest[2:]}.")
        path = rest.removeprefix("//")
    elif on_postgres(url):
        raise Malformed("--db: this verb works on files only; this desk is on PostgreSQL.", field="--db")
    elif colon and (rest.startswith("//") or not rest or not scheme or scheme.startswith("postgres")):
        shown_ = f"--db {url}" if "@" not in url else "--db"  # what stands before an @ may be a password
        raise Malformed(f"{shown_}: write sqlite:desk.db, a path, or postgresql://host/database.")
    else:
        path = url
    if not path or path == ":memory:" or "\0" in path:
        raise Malformed(f"--db {url}: name a file, like sqlite:desk.db (a run in memory takes no --db).")
    return path


def shown(url: str | None = None) -> str:
    """What a `--db` names, as people may see it: a path, or a URL without password.

    Raises: Malformed.
    """
    given = settings().db if url is None else url
    if not on_postgres(given):
        return database_path(given)
    name: str = _postgres().place(given).shown
    return name


def open_store(url: str | None = None, *, create: bool = False) -> JournalStore:
    """The store at `url`, by default that of the settings; with `create` also one that is not there yet.

    Raises: Malformed, NoDesk, Unavailable, Corrupt.
    """
    from holdfast.store.sqlite import SqliteStore  # noqa: PLC0415 - a run in memory needs no SQLite

    make_ready()
    given = settings().db if url is None else url
    if on_postgres(given):
        store: JournalStore = _postgres().PostgresStore(given, create=create)
        return store
    path = database_path(given)
    if Path(path).is_dir():
        raise Malformed(f"{path} is a folder; name the desk's file in it, like {path.rstrip('/')}/desk.db.", file=path)
    return SqliteStore(path, create=create)


def open_tables(url: str | None = None) -> Tables:
    """The tables for ordinary SQL of the desk at `url`; they are made when they are first brought up to date.

    Raises: Malformed, NoDesk, Unavailable.
    """
    given = settings().db if url is None else url
    if on_postgres(given):
        _postgres()
        from holdfast.store.postgres_projections import PostgresTables  # noqa: PLC0415 - only for desks on PostgreSQL

        return PostgresTables(given)
    from holdfast.store.projections import SqliteTables  # noqa: PLC0415 - most verbs need none

    return SqliteTables(database_path(given))


def _postgres() -> Any:
    """The module of the store on PostgreSQL. Raises: Malformed where its driver is not installed."""
    try:
        from holdfast.store import postgres  # noqa: PLC0415 - only for desks on PostgreSQL
    except ImportError as error:
        raise Malformed(
            f"--db: desks on PostgreSQL need its driver ({error}); install it with pip install 'holdfast[postgres]'.",
            field="--db",
        ) from None
    return postgres


def open_documents(url: str | None = None, *, create: bool = False) -> Documents:
    """What the office of the desk at `url` keeps; with `create` its tables are made where there are none yet.

    Raises: Malformed, NoDesk, NoOffice, Unavailable, Corrupt.
    """
    from holdfast.store.documents.sqlite import SqliteDocuments  # noqa: PLC0415 - most verbs need none

    make_ready()
    given = settings().db if url is None else url
    if on_postgres(given):
        _postgres()
        from holdfast.store.documents.postgres import PostgresDocuments  # noqa: PLC0415

        return PostgresDocuments(given, create=create)
    return SqliteDocuments(database_path(given), create=create)


def find_documents(url: str | None = None) -> Documents | None:
    """What the office of the desk at `url` keeps, or None where nobody has been admitted to it yet.

    Raises: Malformed, NoDesk, Unavailable, Corrupt.
    """
    try:
        return open_documents(url)
    except NoOffice:
        return None


def open_office(
    url: str | None = None,
    clock: Clock = system_clock,
    journal_head: Callable[[], Head] | None = None,
    *,
    gate: AbstractContextManager[Any] | None = None,
    create: bool = True,
) -> Office:
    """The office of the desk at `url`, made where there is none yet; for the rest see `Office`.

    Raises: Malformed, NoDesk, Unavailable, Corrupt; without `create` NoOffice.
    """
    documents = open_documents(url, create=create)
    try:
        return Office(documents, clock, journal_head, gate=gate)
    except BaseException:
        documents.close()
        raise


def memory_office(clock: Clock = system_clock, journal_head: Callable[[], Head] | None = None) -> Office:
    """An office that lives as long as the process."""
    return Office(MemoryDocuments(), clock, journal_head)


def open_desk(url: str | None = None, *, clock: Clock | None = None, progress: Progress | None = None) -> Service:
    """The desk at `url`. Raises: Unavailable where there is none."""
    store = open_store(url)
    try:
        return Service(store, clock, progress)
    except BaseException:
        store.close()
        raise


def create_desk(url: str | None, genesis: Genesis, *, clock: Clock | None = None) -> Service:
    """A new desk. Raises: DeskExists where there is one, Malformed where the genesis does not fit."""
    genesis_module.check(genesis)
    store = open_store(url, create=True)
    try:
        return Service.create(store, genesis, clock)
    except BaseException:
        store.close()
        raise


def ensure_desk(url: str, genesis: Genesis | None, *, progress: Progress | None = None) -> Service:
    """The desk at `url`, made where there is none: from `genesis`, else the standard one.

    Raises: DeskExists where the desk there started from another genesis than the one given.
    """
    try:
        service = open_desk(url, progress=progress)
    except NoDesk:
        return create_desk(url, Genesis() if genesis is None else genesis)
    if genesis is not None and service.genesis != genesis:
        service.close()
        raise DeskExists(
            f"The desk in {shown(url)} was made with other settings; leave --desk out, or use another place.",
            file=shown(url),
        )
    return service


def memory_desk(genesis: Genesis | None = None, *, clock: Clock | None = None) -> Service:
    """A desk that lives as long as the process."""
    return Service.create(MemoryStore(), Genesis() if genesis is None else genesis, clock)
