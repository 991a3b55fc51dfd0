"""The server's secret: a file of its own, made at the first start; a new one is a line put on top of it."""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from holdfast import bootstrap
from holdfast.errors import Malformed
from holdfast.settings import ServerSettings
from holdfast.wire.problems import from_os_error

SECRET_BYTES = 32


class Secrets(NamedTuple):
    """The secret that seals, and former ones that still open what they sealed."""

    current: bytes
    former: tuple[bytes, ...] = ()


def read_secrets(settings: ServerSettings) -> Secrets:
    """The secrets in the server's file, one to a line, the newest first; it is made with mode 600 where it is missing.

    Raises: Malformed for a file that does not hold 64 hex digits to a line, or that others may read.
    """
    name = settings.secret_file or _beside(settings.db)
    path = Path(name)
    try:
        with suppress(FileExistsError):
            if not path.exists():
                _write_new(path, secrets.token_hex(SECRET_BYTES) + "\n")
        if open_to_others(path.stat()):
            raise Malformed(f"{name}: others may read it; make it yours alone: chmod 600 {name}", field="secret_file")
        lines = path.read_text("ascii").split()
        found = [bytes.fromhex(line) for line in lines]
    except OSError as error:
        raise from_os_error(OSError(error.errno, error.strerror, name)) from None
    except ValueError:  # no ASCII, or no hex
        found = []
    if not found or any(len(one) < SECRET_BYTES for one in found):
        raise Malformed(
            f"{name}: it must hold {SECRET_BYTES} random bytes as hex digits, as `openssl rand -hex 32` makes them.",
            field="secret_file",
        )
    return Secrets(found[0], tuple(found[1:]))


def open_to_others(file: os.stat_result) -> bool:
    """Whether others than this user may read or change a file.

    What root lends a group to read, as service managers do with credentials, is not ours to change and passes.
    """
    lent = file.st_uid == 0 and file.st_uid != os.geteuid()
    return bool(file.st_mode & (0o037 if lent else 0o077))


def _write_new(path: Path, text: str) -> None:
    """A file that its owner alone may read, there with all of its text or not at all. Raises: FileExistsError."""
    beside = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    try:
        with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.link(beside, path)
    finally:
        beside.unlink(missing_ok=True)


def _beside(db: str) -> str:
    """Where the secret lies when nobody says so: beside the file; for PostgreSQL in the working folder."""
    return "holdfast.secret" if bootstrap.on_postgres(db) else f"{bootstrap.database_path(db)}.secret"
