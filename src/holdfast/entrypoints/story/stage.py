"""Where the story is played: a desk, a clock of its own, and figures that must be what was worked out by hand."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple, Protocol

from holdfast.engine.journal import Problem, Receipt
from holdfast.engine.service import Service, Submission
from holdfast.errors import Corrupt
from holdfast.networks.cspr import Command
from holdfast.primitives.clock import DAY, format_instant
from holdfast.views.state import View, whole
from holdfast.wire import codec

LOT = 500
"""Commands to one commit where many come at once."""


class Figure(NamedTuple):
    """One figure: what it is, what the desk says, what it must be, its unit, and how that was worked out."""

    what: str
    actual: object
    expected: object
    unit: str = ""
    how: str = ""


class Teller(Protocol):
    """Who tells the story: a console, or a JSON document that grows."""

    def chapter(self, title: str) -> None:
        """A new part begins."""

    def say(self, text: str) -> None:
        """A paragraph."""

    def figures(self, figures: list[Figure]) -> None:
        """Figures that were compared and agree."""


class Stage:
    """A desk on which commands happen at the story's own time."""

    def __init__(self, service: Service, teller: Teller, start: int) -> None:
        self.service, self.teller, self.start, self.now = service, teller, start, start
        self.compared = 0
        self._count = 0

    def later(self, *, days: int = 0, seconds: int = 0) -> None:
        """Let time pass."""
        self.now += days * DAY + seconds

    def do(self, kind: str, actor: str, /, **fields: Any) -> dict[str, Any]:
        """Carry out a command that must be applied; its result. Raises: Corrupt where it is refused."""
        receipt = self._send(kind, actor, fields)
        if receipt.status != "applied" or not isinstance(receipt.result, dict):
            raise Corrupt(f"The demo's {kind} of {actor} was refused: {_said(receipt)}")
        return receipt.result

    def preview(self, kind: str, actor: str, /, **fields: Any) -> dict[str, Any]:
        """What a command would give now. Raises: Corrupt where it would be refused."""
        receipt = self.service.preview(codec.command(kind, "demo-preview", actor, **fields), self.now)
        if not isinstance(receipt.result, dict):
            raise Corrupt(f"The demo's preview of {kind} was refused: {_said(receipt)}")
        return receipt.result

    def refused(self, code: str, kind: str, actor: str, /, **fields: Any) -> None:
        """Carry out a command that must be refused with this code. Raises: Corrupt where it is not."""
        receipt = self._send(kind, actor, fields)
        found = receipt.error.code if isinstance(receipt.error, Problem) else receipt.status
        if found != code:
            raise Corrupt(f"The demo's {kind} of {actor} was to be refused with {code}; the answer is {found}.")

    def many(self, commands: Iterable[Command]) -> int:
        """Carry out commands that come as JSON objects; how many. Raises: Corrupt where one is refused."""
        built = []
        for command in commands:
            self._count += 1
            given = {"id": f"demo-{self._count}", **command, "at": format_instant(self.now)}
            built.append(codec.decode(given))
        for start in range(0, len(built), LOT):
            lot: list[Submission] = built[start : start + LOT]
            for receipt in self.service.submit_many(lot):
                if receipt.status != "applied":
                    raise Corrupt(f"The demo's command {receipt.id} was refused: {_said(receipt)}")
        return len(built)

    def view(self) -> View:
        """All views of the desk as of its last record."""
        return whole(self.service.state)

    def balance(self, asset: str, account: str) -> str:
        """What an account holds, in whole tokens."""
        state = self.service.state
        return state.assets[asset].text(state.book.balance(asset, account))

    def figures(self, *figures: Figure) -> None:
        """Compare figures with those worked out by hand, and tell them. Raises: Corrupt at the first that differs."""
        for figure in figures:
            if str(figure.actual) != str(figure.expected):
                raise Corrupt(
                    f"The demo's figure {figure.what!r} is {figure.actual} {figure.unit}; worked out by hand it is "
                    f"{figure.expected} ({figure.how}).",
                    figure=figure.what,
                    actual=str(figure.actual),
                    expected=str(figure.expected),
                )
        self.compared += len(figures)
        self.teller.figures(list(figures))

    def _send(self, kind: str, actor: str, fields: dict[str, Any]) -> Receipt:
        self._count += 1
        return self.service.submit(codec.command(kind, f"demo-{self._count}", actor, **fields), self.now)


def _said(receipt: Receipt) -> str:
    return receipt.error.message if isinstance(receipt.error, Problem) else receipt.status
