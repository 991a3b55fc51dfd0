"""The spool: signed reports as lines of JSON, each on disk before the next is made, until a desk has taken them."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import msgspec

from holdfast.errors import Malformed
from holdfast.primitives.clock import parse_instant

_TAIL = 64 * 1024


class Spool:
    """An append-only file. What a crash left of a last line is cut off: it was never acknowledged."""

    def __init__(self, name: str) -> None:
        self._name = name
        try:
            self._file = Path(name).open("ab+")  # noqa: SIM115 - open as long as the agent runs
            size = self._file.seek(0, os.SEEK_END)
            self._file.seek(max(size - _TAIL, 0))
            tail = self._file.read()
            whole = tail.rfind(b"\n") + 1
            if whole < len(tail):
                self._file.truncate(size - len(tail) + whole)
                os.fsync(self._file.fileno())
        except OSError as error:
            raise Malformed(f"{name} cannot be written: {error.strerror or error}.", file=name) from None
        try:
            self.last = self._last(tail[:whole])
        except BaseException:
            self.close()
            raise

    def _last(self, tail: bytes) -> int | None:
        """The second at which the last report ended, if there is one. Raises: Malformed for a file of other things."""
        lines = tail.rstrip(b"\n").rsplit(b"\n", 1)
        if not lines[-1]:
            return None
        try:
            return parse_instant(msgspec.json.decode(lines[-1], type=dict[str, Any])["to"])
        except (msgspec.MsgspecError, KeyError, TypeError, UnicodeDecodeError):
            raise Malformed(f"{self._name}: its last line is no report; name another spool.", file=self._name) from None

    def append(self, report: dict[str, Any]) -> None:
        """One more line, on disk when this returns."""
        self._file.write(msgspec.json.encode(report) + b"\n")
        self._file.flush()
        os.fsync(self._file.fileno())
        self.last = parse_instant(report["to"])

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()
