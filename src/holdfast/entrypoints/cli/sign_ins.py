"""Where `holdfast sign-in` keeps the keys that it makes: a file to each server, which its owner alone may read."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote

import msgspec
from msgspec import Struct

from holdfast.errors import Malformed


class SignIn(Struct, frozen=True):
    """An API key of a server. `expires` is in Unix seconds; `signing_key` in hex, where its requests are signed."""

    server: str
    person: str
    key_id: str
    api_key: str
    expires: int
    signing_key: str | None = None


class SignIns:
    """The sign-ins in a folder."""

    def __init__(self, folder: str) -> None:
        self._folder = Path(folder) / "sign-ins"

    def path(self, server: str) -> Path:
        """The file of a server."""
        return self._folder / f"{quote(server.rstrip('/'), safe='')}.json"

    def get(self, server: str) -> SignIn | None:
        """The sign-in of a server, if there is one. Raises: Malformed for a file that others may read."""
        path = self.path(server)
        try:
            mode = path.stat().st_mode
            if os.name == "posix" and mode & 0o077:
                raise Malformed(f"{path}: others may read it; make it yours alone: chmod 600 {path}", file=str(path))
            return msgspec.json.decode(path.read_bytes(), type=SignIn)
        except FileNotFoundError:
            return None
        except (OSError, msgspec.MsgspecError):
            raise Malformed(f"{path} cannot be used; remove it and sign in again.", file=str(path)) from None

    def put(self, sign_in: SignIn) -> Path:
        """Keep a sign-in in place of the one before; it is readable by its owner alone from its first byte."""
        path = self.path(sign_in.server)
        beside = path.with_suffix(f".{os.getpid()}.part")
        try:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                file.write(msgspec.json.encode(sign_in))
                file.flush()
                os.fsync(file.fileno())
            beside.replace(path)
        except OSError as error:
            with suppress(OSError):
                beside.unlink()
            raise Malformed(f"{path} cannot be written: {error.strerror or error}.", file=str(path)) from None
        return path

    def remove(self, server: str) -> None:
        """Forget a server's key."""
        with suppress(FileNotFoundError):
            self.path(server).unlink()
