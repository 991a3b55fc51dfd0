"""From a file to typed records: plain or gzip, wrapped in a JSON-RPC answer or bare.

Every refusal is `Malformed` and names the file, the field (a path from `$`, the document's root) and what is expected.
"""

from __future__ import annotations

import gzip
import re
import zlib
from pathlib import Path
from typing import Annotated, Any, TypeVar

import msgspec

from holdfast.errors import Malformed
from holdfast.networks.cspr import U512_MAX

T = TypeVar("T")

GZIP_MAGIC = b"\x1f\x8b"
MAX_BYTES = 512 * 1024 * 1024
"""A document, unpacked, is at most this long; mainnet's auction is a few million bytes."""

_MOTES = re.compile(r"\A[0-9]{1,155}\Z")
_KEY = re.compile(r"\A(01[0-9a-f]{64}|02[0-9a-f]{66})\Z")
_PURSE = re.compile(r"\A[0-9a-f]{64}\Z")
_LOCATED = re.compile(r"\A(?P<what>.*?)(?: - at `(?P<where>(?:key in )?\$[^`]*)`)?\Z", re.DOTALL)


class Motes(int):
    """An amount in motes; the document has it as a string of digits (U512)."""


class Key(str):
    """A public key in lower-case hex: 01 and 64 digits (ed25519) or 02 and 66 digits (secp256k1)."""

    __slots__ = ()


class Purse(str):
    """A purse's address: 64 hex digits."""

    __slots__ = ()


Count = Annotated[int, msgspec.Meta(ge=0)]
Percent = Annotated[int, msgspec.Meta(ge=0, le=100)]


def read_bytes(path: Path) -> bytes:
    """The document in a file, unpacked where it is gzip (seen by its first two bytes).

    Raises: Malformed for a file that is absent or unreadable, is called .gz but is not, is damaged, or is too long.
    """
    file = str(path)
    try:
        with path.open("rb") as plain:
            packed = plain.read(2) == GZIP_MAGIC
        if path.suffix == ".gz" and not packed:
            raise misfit("is not gzip, though its name ends in .gz; expected a gzip file or another name", file)
        with gzip.open(path) if packed else path.open("rb") as stream:
            content: bytes = stream.read(MAX_BYTES + 1)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise misfit(f"is damaged gzip ({error}); expected a complete gzip file", file) from None
    except OSError as error:
        raise misfit(f"cannot be read ({error.strerror or error}); expected a readable file", file) from None
    if len(content) > MAX_BYTES:
        raise misfit(f"is longer than {MAX_BYTES} bytes; expected one auction or one era", file)
    return content


def unwrap(content: bytes, inner: str, file: str) -> tuple[bytes | msgspec.Raw, str]:
    """The object `inner` of a document, and the path it was found at.

    Accepts a JSON-RPC answer, its `result` alone, or the object itself.
    Raises: Malformed for a document that is not JSON, is no object, or is a node's error answer.
    """
    value: bytes | msgspec.Raw = content
    field = "$"
    for name in ("result", inner):
        members = decode(value, dict[str, msgspec.Raw], file, field)
        if field == "$" and "error" in members and "result" not in members:
            answer = bytes(members["error"])[:200].decode("utf-8", "replace")
            raise misfit(f"is a node's error answer ({answer}); expected one with a result", file, "$.error")
        if name in members:
            value, field = members[name], f"{field}.{name}"
    return value, field


def decode(value: bytes | msgspec.Raw, shape: type[T], file: str, field: str) -> T:
    """`value` as a record of type `shape`, strictly; `field` is where in the document it lies.

    Raises: Malformed naming the field below `field` that does not fit, and what was expected.
    """
    try:
        return msgspec.json.decode(value, type=shape, dec_hook=_from_text)
    except msgspec.ValidationError as error:
        found = _LOCATED.match(str(error))
        what, where = (found["what"], found["where"]) if found else (str(error), None)
        raise misfit(what, file, (where or "$").replace("$", field, 1)) from None
    except RecursionError:
        raise misfit("is nested too deeply; expected a node's answer", file, field) from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise misfit(f"is not JSON ({error}); expected a node's answer as JSON", file, field) from None


def misfit(what: str, file: str, field: str = "$") -> Malformed:
    """The refusal of one field: the message and the details name the file, the field and what is expected."""
    return Malformed(f"{file}: {field}: {what}", file=file, field=field)


def _from_text(shape: type[Any], value: object) -> object:
    """Build `Motes`, `Key` or `Purse` from JSON text; a ValueError becomes a refusal with the field's path."""
    text = value if isinstance(value, str) else None
    if shape is Motes:
        if text is None or not _MOTES.match(text) or int(text) > U512_MAX:
            raise ValueError(f"Expected motes as a string of digits, at most 2^512 - 1, got {_shown(value)}")
        return Motes(text)
    lower = text.lower() if text is not None and text.isascii() else ""
    pattern, hint = (_KEY, "a public key (01 + 64 or 02 + 66 hex digits)")
    if shape is Purse:
        pattern, hint = (_PURSE, "a purse address (64 hex digits)")
    if not pattern.match(lower):
        raise ValueError(f"Expected {hint}, got {_shown(value)}")
    return shape(lower)


def _shown(value: object) -> str:
    """A value as it may appear in a message: short."""
    text = repr(value)
    return text if len(text) <= 48 else f"{text[:45]}..."
