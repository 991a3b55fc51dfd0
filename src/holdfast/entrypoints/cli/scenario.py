"""A scenario file, line by line: commands, and what is wrong with lines that are none."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, NamedTuple

from holdfast.engine.service import Submission
from holdfast.errors import HoldfastError, Malformed
from holdfast.wire import codec
from holdfast.wire.problems import from_os_error

_BOM = b"\xef\xbb\xbf"


class Line(NamedTuple):
    """One command of a scenario, or why it is none; `id` is the client's or, where that is unusable, `line-N`."""

    number: int
    id: str
    submission: Submission | None
    error: Malformed | None = None


@contextmanager
def opened(name: str) -> Iterator[BinaryIO]:
    """A file to read bytes from; `-` is stdin.

    Raises: Malformed that names the file.
    """
    if name == "-":
        yield sys.stdin.buffer
        return
    with _open(name) as source:
        yield source


def _open(name: str) -> BinaryIO:
    try:
        return Path(name).open("rb")
    except OSError as error:
        raise from_os_error(error, "read") from None


def batches(source: BinaryIO, name: str, size: int) -> Iterator[tuple[list[Line], HoldfastError | None]]:
    """The scenario in lots of at most `size`; with the last lot what ended it, if it was not the end of the file."""
    lot: list[Line] = []
    try:
        for line in lines(source, name):
            lot.append(line)
            if len(lot) == size:
                yield lot, None
                lot = []
    except OSError as error:
        yield lot, from_os_error(error, "read")
        return
    except Malformed as error:
        yield lot, error
        return
    if lot:
        yield lot, None


def lines(source: BinaryIO, name: str) -> Iterator[Line]:
    """The commands of a scenario in order; blank lines count but are none.

    Raises: Malformed, naming file and line, for a line that is not JSON.
    """
    number = 0
    while data := source.readline(codec.MAX_LINE + 2):
        number += 1
        data = data.removeprefix(_BOM).strip() if number == 1 else data.strip()
        if data:
            yield _line(data, name, number)


def _line(data: bytes, name: str, number: int) -> Line:
    try:
        fields = codec.parse_json(data.decode("utf-8"))
    except (UnicodeDecodeError, Malformed) as error:
        said = error.message if isinstance(error, Malformed) else "not UTF-8 text"
        where = "stdin" if name == "-" else name
        raise Malformed(
            f"{where}, line {number}: {said}. Each line is one JSON object; correct it and run again.",
            file=where, line=number,
        ) from None  # fmt: skip
    default = f"line-{number}"
    given = fields.get("id") if isinstance(fields, dict) else None
    command_id = given if isinstance(given, str) and codec.usable_id(given) else default
    try:
        return Line(number, command_id, codec.decode(fields, default_id=default))
    except Malformed as error:
        return Line(number, command_id, None, error)
