"""What a run prints: one JSON object as it grows, or a table at the end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

import msgspec

from holdfast.engine.journal import Receipt
from holdfast.engine.service import Service
from holdfast.entrypoints.cli.columns import Columns
from holdfast.entrypoints.cli.output import console, write
from holdfast.entrypoints.cli.scenario import Line
from holdfast.errors import HoldfastError
from holdfast.views.state import whole
from holdfast.wire.problems import problem_object

if TYPE_CHECKING:
    from holdfast.entrypoints.cli.words import Told

SHOWN = 40
"""Receipts up to which a run shows all of them."""
PAGE = 200
"""Receipts to one table when all are asked for."""


class Output(Protocol):
    """Where a run's answers go."""

    def take(self, line: Line, receipt: Receipt) -> None:
        """A line's receipt, in order."""

    def end(self, service: Service, failure: HoldfastError | None, *, interrupted: bool) -> None:
        """The run is over."""


class JsonOutput:
    """`{"receipts": […], "state": {…}}`, written as it comes; `error` is added where the run ended early."""

    def __init__(self) -> None:
        self._encode = msgspec.json.Encoder().encode
        self._between = b'{"receipts":['

    def take(self, line: Line, receipt: Receipt) -> None:
        """Note the answer to a line."""
        write(self._between + self._encode(receipt))
        self._between = b",\n"

    def end(self, service: Service, failure: HoldfastError | None, *, interrupted: bool) -> None:
        """Print what only the end tells."""
        if self._between != b",\n":
            write(self._between)
        write(b'],\n"state":' + self._encode(_state(service)))
        if failure is not None:
            write(b',\n"error":' + self._encode(problem_object(failure)))
        elif interrupted:
            write(b',\n"error":{"code":"interrupted","message":"The run was interrupted.","details":{}}')
        write(b"}\n")


class TableOutput:
    """A table of the receipts, a line of counts, and the desk as it then is."""

    def __init__(self, service: Service, *, everything: bool) -> None:
        from holdfast.entrypoints.cli.receipts import Digest

        self._digest = Digest(SHOWN)
        self._everything = everything
        self._page: list[Told] = []
        self._columns = Columns(">seq", "command", "status", "what happened", wrap_last=True)
        self._console = console()

    def take(self, line: Line, receipt: Receipt) -> None:
        """Note the answer to a line."""
        from holdfast.entrypoints.cli.words import Told

        command = line.submission.command if line.submission else None
        kind = str(command.__struct_config__.tag) if command else f"line {line.number}"
        told = Told(receipt, kind, command.actor if command else "")
        self._digest.take(told)
        if self._everything:
            self._page.append(told)
            if len(self._page) == PAGE:
                self._print_page()

    def end(self, service: Service, failure: HoldfastError | None, *, interrupted: bool) -> None:
        """Print what only the end tells."""
        from holdfast.entrypoints.cli.receipts import table
        from holdfast.entrypoints.cli.state_tables import show

        digest, out = self._digest, self._console
        if self._everything:
            self._print_page()
        elif digest.shown():
            out.print(table(digest.shown()))
        if digest.total or failure is None:
            out.print(digest.summary())
        hidden = 0 if self._everything else digest.total - len(digest.shown())
        if hidden:
            out.print(f"{hidden:,} receipts are not shown; --all shows every one.")
        state = _state(service) if digest.total else None
        if state is not None:
            out.print()
            show(out, state, name=service.genesis.name, digest=service.head.digest.hex(), everything=self._everything)

    def _print_page(self) -> None:
        from holdfast.entrypoints.cli.receipts import row

        if self._page:
            print(self._columns.page(map(row, self._page)))
        self._page = []


def _state(service: Service) -> dict[str, Any] | None:
    """The desk as it is, or None where it cannot be read any more."""
    try:
        with service.lock:
            return whole(service.state)
    except HoldfastError:
        return None
