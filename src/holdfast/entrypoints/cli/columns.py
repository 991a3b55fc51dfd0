"""Long tables as plain lines, page by page: a row costs microseconds, where a Rich table takes half a millisecond."""

from __future__ import annotations

import shutil
import textwrap
from collections.abc import Iterable, Sequence

from holdfast.entrypoints.cli.words import short

GAP = 2
"""Blanks between columns, here and in the Rich tables."""
LEAST = 9
"""Characters that a name keeps, however narrow the terminal: beginning, `…`, end."""


def fit(headings: Sequence[str], rows: Iterable[Sequence[str]], width: int) -> list[list[str]]:
    """Rows that fit into `width` columns: names, whose heading begins with `~`, lose their middle where need be."""
    page = [list(row) for row in rows]
    sizes = [max([len(heading.lstrip("~>")), *(len(row[at]) for row in page)]) for at, heading in enumerate(headings)]
    names = [at for at, heading in enumerate(headings) if heading.startswith("~")]
    excess = sum(sizes) + GAP * (len(sizes) - 1) - width
    while excess > 0 and (widest := max(names, key=lambda at: sizes[at], default=None)) is not None:
        if sizes[widest] <= LEAST:
            break
        sizes[widest] -= 1
        excess -= 1
    for row in page:
        for at in names:
            row[at] = short(row[at], sizes[at])
    return page


class Columns:
    """Rows under headings; `>` before a heading sets its column to the right. Columns only grow from page to page."""

    def __init__(self, *headings: str, wrap_last: bool = False) -> None:
        self._rights = [heading.startswith(">") for heading in headings]
        self._headings = [heading.lstrip("~>") for heading in headings]
        self._widths = [len(heading) for heading in self._headings]
        self._wrap_last = wrap_last
        self._begun = False

    def page(self, rows: Iterable[Sequence[str]]) -> str:
        """The next rows as text, under a heading where the columns have moved."""
        page = list(rows)
        sized = len(self._widths) - self._wrap_last
        widest = [max(map(len, cells)) for cells in zip(*page, strict=True)] if page else self._widths
        widths = [max(pair) for pair in zip(self._widths, widest, strict=True)][:sized] + self._widths[sized:]
        lines: list[str] = []
        if not self._begun or widths != self._widths:
            self._widths, self._begun = widths, True
            heading = self._line(self._headings)
            lines += [heading, "─" * len(heading)]
        for row in page:
            lines += self._wrapped(row) if self._wrap_last else [self._line(row)]
        return "\n".join(lines)

    def _line(self, cells: Sequence[str]) -> str:
        triples = zip(cells, self._widths, self._rights, strict=True)
        return "  ".join(cell.rjust(width) if right else cell.ljust(width) for cell, width, right in triples).rstrip()

    def _wrapped(self, cells: Sequence[str]) -> list[str]:
        before = sum(self._widths[:-1]) + 2 * (len(self._widths) - 1)
        room = max(shutil.get_terminal_size((80, 24)).columns - before, 20)
        first, *rest = textwrap.wrap(cells[-1], room) or [""]
        return [self._line([*cells[:-1], first]), *(" " * before + line for line in rest)]
