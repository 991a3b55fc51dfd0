"""`holdfast disclose`: the keys that sealed records are opened with, and opening them; no desk and no server."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from holdfast.entrypoints.cli.options import Json

if TYPE_CHECKING:
    from holdfast.identity.disclosure import Opened, Published


def key(
    file: Annotated[str, typer.Argument(metavar="FILE", help="Where the private key goes; it must not be there yet.")],
    json: Json = False,
) -> None:
    """Make a key pair: a file for you alone, and a public key to give to the desk.

    Whoever has the file opens what is sealed for it; whoever loses it opens nothing any more.

    \b
    Examples:
      holdfast disclose key mine.key
    """
    from holdfast.entrypoints.cli.output import emit
    from holdfast.identity.sealing import fingerprint, new_sealing_key
    from holdfast.wire.problems import from_os_error

    made = new_sealing_key()
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(made.private.hex().encode() + b"\n")
            stream.flush()
            os.fsync(stream.fileno())
    except OSError as error:
        raise from_os_error(OSError(error.errno, error.strerror, file), "write") from None
    public, name = made.public.hex(), fingerprint(made.public)
    if json:
        emit({"public_key": public, "fingerprint": name, "file": file})
        return
    print(f"Public key  {public}")
    print(f"Fingerprint {name}")


def open_(
    file: Annotated[
        str, typer.Argument(metavar="FILE", help="Records as GET /v1/disclosure/records gave them; - reads stdin.")
    ],
    key: Annotated[str, typer.Option("--key", metavar="KEYFILE", help="The private key's file.")],
    json: Json = False,
) -> None:
    """Open sealed records with a private key; what is sealed for others stays sealed.

    It refuses, with 6, what was changed since the desk sealed it, also in the words that are not sealed.

    \b
    Examples:
      holdfast disclose open records.json --key mine.key
      holdfast disclose open records.json --key mine.key --json
    """
    from holdfast.entrypoints.cli.output import emit
    from holdfast.identity.disclosure import open_published

    private = _private(key)
    found = [open_published(one, private) for one in _records(file)]
    if json:
        emit([one.record for one in found])
        return
    for one in found:
        _show(one)


def _show(found: Opened) -> None:
    """One record for people: what it was, and the amounts that the key opens."""
    from holdfast.entrypoints.cli.words import visible

    record = found.record
    head = [str(record.get(name)) for name in ("seq", "at", "type", "actor", "status")]
    print(visible("  ".join(head)))
    for posting in record.get("postings", ()):
        amount = posting["amount"] if isinstance(posting["amount"], str) else "sealed"
        print(visible(f"    {amount} {posting['asset']}  {posting['debit']} -> {posting['credit']}"))


def _records(name: str) -> list[Published]:
    """A page of records, or a single one, read strictly. Raises: Malformed that names the file."""
    import msgspec

    from holdfast.errors import Malformed
    from holdfast.identity.disclosure import Published
    from holdfast.wire import codec

    try:
        given: Any = codec.parse_json(_read(name))
        items = given.get("items", [given]) if isinstance(given, dict) else given
        return msgspec.convert(items, list[Published])
    except Malformed as error:
        raise Malformed(f"{name}: {error.message}", file=name) from None
    except msgspec.ValidationError as error:
        raise Malformed(f"{name}: {error}", file=name) from None


def _private(name: str) -> bytes:
    """The private key in a file. Raises: Malformed for a file that others can read, or that holds none."""
    from holdfast.errors import Malformed

    text = _read(name)
    if os.name == "posix" and name != "-" and Path(name).stat().st_mode & 0o077:
        raise Malformed(f"{name}: others can read this key; chmod 600 {name}, or make a new one.", file=name)
    try:
        found = bytes.fromhex(text.strip().decode("ascii"))
    except ValueError:
        found = b""
    if len(found) != 32:
        raise Malformed(f"{name} holds no key: 64 hex digits are expected.", file=name)
    return found


def _read(name: str) -> bytes:
    """All bytes of a file. Raises: Malformed."""
    import sys

    from holdfast.wire.problems import from_os_error

    try:
        content: Any = sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
    except OSError as error:
        raise from_os_error(OSError(error.errno, error.strerror, name), "read") from None
    return bytes(content)
