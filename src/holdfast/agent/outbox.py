"""The way from the spool to a server: what was taken is never sent twice, what was not is sent later, in order."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from holdfast.errors import HoldfastError, Malformed

Report = dict[str, Any]

Take = Callable[[Report], str | None]
"""Hands a report over; None once it is taken for good, applied or refused, else why it has to wait.

Raises: HoldfastError where nobody knows, or nobody answers; the same report comes again then, with the same id.
"""


class _Place(Struct):
    """How far the spool has been handed over: bytes, and the id of the last report before them."""

    offset: int = 0
    last: str = ""


class Outbox:
    """Hands over what a spool holds. How far it is stands in a file beside the spool, written after each report.

    Where that file is lost, everything is sent again, and the server knows each report by its id.
    """

    def __init__(self, spool: str, take: Take) -> None:
        self._spool = Path(spool)
        self._kept = Path(f"{spool}.sent")
        self._take = take
        self._place = self._read()
        self.sent = 0
        self.told = ""
        """Why the next report waits, empty where none does."""

    def flush(self) -> int:
        """Hand over all that is waiting, the oldest first, up to one that has to wait; how many were taken.

        Raises: what `take` raises; what was taken before stays so.
        """
        taken, self.told = 0, ""
        try:
            with self._spool.open("rb") as file:
                if file.seek(0, os.SEEK_END) < self._place.offset:  # another file, or a new one
                    self._place = _Place()
                file.seek(self._place.offset)
                while (line := file.readline()).endswith(b"\n"):
                    report = self._report(line)
                    why = self._take(report)
                    if why is not None:
                        self.told = why
                        break
                    self._keep(_Place(file.tell(), str(report["id"])))
                    taken += 1
        except FileNotFoundError:
            return 0
        finally:
            self.sent += taken
        return taken

    def _report(self, line: bytes) -> Report:
        try:
            return msgspec.json.decode(line, type=dict[str, Any])
        except msgspec.MsgspecError:
            raise Malformed(f"{self._spool}: a line of it is no report.", file=str(self._spool)) from None

    def _read(self) -> _Place:
        try:
            return msgspec.json.decode(self._kept.read_bytes(), type=_Place)
        except (OSError, msgspec.MsgspecError):
            return _Place()

    def _keep(self, place: _Place) -> None:
        beside = self._kept.with_name(f"{self._kept.name}.part")
        try:
            with beside.open("wb") as file:
                file.write(msgspec.json.encode(place))
                file.flush()
                os.fsync(file.fileno())
            beside.replace(self._kept)
        except OSError as error:
            raise Malformed(
                f"{self._kept} cannot be written: {error.strerror or error}.", file=str(self._kept)
            ) from None
        self._place = place


class Courier:
    """Empties an outbox in a thread of its own, so that a slow server never keeps the agent from looking."""

    def __init__(self, outbox: Outbox, tell: Callable[[str], None], again: int = 60) -> None:
        self._outbox = outbox
        self._tell = tell
        self._again = again
        self._said = ""
        self._wake = threading.Event()
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, name="holdfast-courier", daemon=True)
        self._thread.start()

    def wake(self) -> None:
        """There is something new in the spool."""
        self._wake.set()

    def close(self, seconds: float = 30.0) -> None:
        """Try once more, for so long at most; what is not taken then is sent the next time."""
        self._ending.set()
        self._wake.set()
        self._thread.join(seconds)

    def _run(self) -> None:
        while True:
            ending = self._ending.is_set()
            self._say(self._deliver())
            if ending:
                return
            self._wake.wait(self._again)
            self._wake.clear()

    def _deliver(self) -> str:
        """Why reports are still waiting, empty where none is."""
        try:
            self._outbox.flush()
        except HoldfastError as error:
            return f"reports wait: {error.message}"
        return f"reports wait: {self._outbox.told}" if self._outbox.told else ""

    def _say(self, told: str) -> None:
        """The same trouble is told once."""
        if told != self._said:
            self._tell(told or "reports are sent again")
        self._said = told
