"""Servers as verbs reach them: by --server, with a key that never stands on the command line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

from holdfast import bootstrap
from holdfast.errors import Malformed, Unauthenticated, Unavailable

if TYPE_CHECKING:
    from holdfast.bootstrap import ClientSettings
    from holdfast.client import Client

T = TypeVar("T")


def chosen(db: str | None, server: str | None, *, database: bool = True) -> str | None:
    """The server that a verb asks; None where it works on a database, if it can do that.

    An option counts before the environment. Raises: Malformed where both are named.
    """
    if db is not None and server is not None:
        raise Malformed(
            "State --db or --server, not both: the desk in a database, or that of a running server.", field="--server"
        )
    if db is not None:
        return None
    if server is not None:
        return server
    given = bootstrap.client_settings()
    if database and given.server and given.db:
        raise Malformed(
            "HOLDFAST_DB and HOLDFAST_SERVER are both set: unset one, or state --db or --server.", field="--server"
        )
    return given.server or None


@contextmanager
def reached(db: str | None, server: str | None, *, database: bool = True) -> Iterator[Client | None]:
    """A client of the server that a verb asks, closed afterwards; None where it works on a database."""
    url = chosen(db, server, database=database)
    if url is None:
        yield None
        return
    with connected(url) as client:
        yield client


@contextmanager
def connected(url: str, **settings: Any) -> Iterator[Client]:
    """A client with the key of the environment, else that of the last sign-in there.

    Raises: Malformed; Unauthenticated with what to do where there is no key at all.
    """
    made = client_class()
    own = settings or credentials(url)
    with made(url, **own) as client:
        try:
            yield client
        except Unauthenticated as error:
            if own:
                raise
            raise Unauthenticated(
                f"{error.message} Run `holdfast sign-in --server {url}`, or set HOLDFAST_API_KEY_FILE.", **error.details
            ) from None


def client_class() -> type[Client]:
    """The client. Raises: Malformed where its library is not installed."""
    try:
        from holdfast.client import Client
    except ImportError as error:
        raise Malformed(
            f"--server needs the HTTP client ({error}); install it with pip install 'holdfast[server]'.",
            field="--server",
        ) from None
    return Client


def credentials(url: str) -> dict[str, Any]:
    """Who asks: the environment's key, else the one that was made by signing in. Empty where there is none."""
    from holdfast.client import read_secret
    from holdfast.entrypoints.cli.sign_ins import SignIns

    given = bootstrap.client_settings()
    if given.api_key and given.api_key_file:
        raise Malformed("HOLDFAST_API_KEY and HOLDFAST_API_KEY_FILE are both set: unset one.", field="api_key")
    if given.api_key or given.api_key_file:
        key = given.api_key or read_secret(given.api_key_file, "An API key")
        return {"api_key": key, "signing_key_file": given.signing_key_file or None}
    kept = SignIns(given.folder).get(url)
    if kept is None:
        _require_no_signing_key(given)
        return {}
    signing = None if kept.signing_key is None else bytes.fromhex(kept.signing_key)
    return {"api_key": kept.api_key, "signing_key": signing}


def lines_of(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Lines with their ends, out of an answer as it comes in."""
    rest = b""
    for chunk in chunks:
        *whole, rest = (rest + chunk).split(b"\n")
        yield from (line + b"\n" for line in whole)
    if rest:
        yield rest


def journal_lines(client: Client, upto: int | None = None) -> Iterator[bytes]:
    """A server's journal, bit for bit. Raises: Unavailable where it ends before its end."""
    line = b""
    for line in lines_of(client.audit.export_journal(upto=upto)):
        yield line
    if not line.startswith(b'{"head":') or not line.endswith(b"\n"):
        raise Unavailable("The journal was cut off on its way. Ask again.")


def _require_no_signing_key(given: ClientSettings) -> None:
    if given.signing_key_file:
        raise Malformed("HOLDFAST_SIGNING_KEY_FILE goes with the API key that it signs for.", field="signing_key")


def as_type(told: object, kind: type[T]) -> T:
    """An answer as a type of our own. Raises: Malformed where the server's version does not fit."""
    import msgspec

    try:
        return msgspec.convert(told, kind)
    except msgspec.ValidationError as error:
        raise Malformed(f"The server's answer is not of the known shape ({error}); is its version another?") from None
