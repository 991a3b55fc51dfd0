"""The agent's key: ed25519, made on the first run, kept in a file that only its owner can read."""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from holdfast.errors import Malformed

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey


class SigningKey:
    """A private key: `public_key` is what is registered, `sign` what reports carry, both in hex."""

    def __init__(self, private: Ed25519PrivateKey) -> None:
        self._private = private
        self.public_key = private.public_key().public_bytes_raw().hex()

    def sign(self, message: bytes) -> str:
        """The signature over these bytes."""
        return self._private.sign(message).hex()


def open_key(name: str) -> tuple[SigningKey, bool]:
    """The key in a file, and whether it was made just now.

    Raises: Malformed for a file that others can read, or that holds no key.
    """
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey  # noqa: PLC0415

    path = Path(name)
    if not path.exists():
        private = Ed25519PrivateKey.generate()
        if _write(path, private.private_bytes_raw().hex().encode() + b"\n"):
            return SigningKey(private), True
    try:
        if os.name == "posix" and stat.S_IMODE(path.stat().st_mode) & 0o077:
            raise Malformed(f"{name}: others can read this key; chmod 600 {name}, or make a new one.", file=name)
        text = path.read_bytes().strip()
        return SigningKey(Ed25519PrivateKey.from_private_bytes(bytes.fromhex(text.decode("ascii")))), False
    except OSError as error:
        raise Malformed(f"{name} cannot be read: {error.strerror or error}.", file=name) from None
    except ValueError:
        raise Malformed(f"{name} holds no key: 64 hex digits are expected. It is left as it is.", file=name) from None


def _write(path: Path, data: bytes) -> bool:
    """A new file with mode 0600, all of it or none; False where another process was quicker."""
    beside = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        os.link(beside, path)
    except FileExistsError:
        return False
    except OSError as error:
        raise Malformed(f"{path} cannot be written: {error.strerror or error}.", file=str(path)) from None
    finally:
        with suppress(OSError):
            beside.unlink()
    return True
