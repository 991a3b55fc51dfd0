"""Receipts as a person reads them."""

from __future__ import annotations

from collections import Counter

from msgspec import UNSET
from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

from holdfast.entrypoints.cli.words import Told, happened, status, visible

STYLES = {"applied": "green", "rejected": "red", "replayed": "cyan"}


def table(rows: list[Told]) -> Table:
    """Receipts as a table of at most 80 columns."""
    built = Table(box=SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 1, 0, 0))
    built.add_column("seq", justify="right", no_wrap=True)
    built.add_column("command", no_wrap=True)
    built.add_column("status", no_wrap=True)
    built.add_column("what happened", overflow="fold", ratio=1)
    for told in rows:
        styles = ("", "", STYLES.get(status(told.receipt), ""), "")
        built.add_row(*(Text(cell, style) for cell, style in zip(row(told), styles, strict=True)))
    return built


def row(told: Told) -> tuple[str, str, str, str]:
    """A receipt's record, command, status, and what happened."""
    seq = "" if told.receipt.seq is UNSET else str(told.receipt.seq)
    return seq, visible(told.kind or told.receipt.id), status(told.receipt), visible(happened(told))


class Digest:
    """What is kept of many receipts: all of the first, refused ones, and counts."""

    def __init__(self, most: int) -> None:
        self.first: list[Told] = []
        self.refused: list[Told] = []
        self.counts: Counter[str] = Counter()
        self._most = most

    def take(self, told: Told) -> None:
        """Count a receipt, and keep it if it will be shown."""
        self.counts[status(told.receipt)] += 1
        if told.receipt.seq is UNSET:
            self.counts["unrecorded"] += 1
        if len(self.first) < self._most:
            self.first.append(told)
        if told.receipt.error and len(self.refused) < self._most:
            self.refused.append(told)

    @property
    def total(self) -> int:
        """How many receipts there were."""
        return sum(self.counts[word] for word in STYLES)

    def shown(self) -> list[Told]:
        """All receipts if they are few, else those of refused commands."""
        return self.first if self.total <= self._most else self.refused

    def summary(self) -> str:
        """One line of counts."""
        parts = [f"{self.counts[word]:,} {word}" for word in STYLES if self.counts[word]]
        if self.counts["unrecorded"]:
            parts.append(f"{self.counts['unrecorded']:,} of them not recorded")
        return f"{self.total:,} commands: " + ", ".join(parts) + "." if parts else "There were no commands."
