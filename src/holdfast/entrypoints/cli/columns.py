"""Long tables as plain lines, page by page: a row costs microseconds, where a Rich table takes half a millisecond."""

from __future__ import annotations

import shutil
import textwrap
from collections.abc import Iterable, Sequence


class Columns:
    """Rows under headings; `>` before a heading sets its column to the right. Columns only grow from page to page."""

    def __init__(self, *headings: str, wrap_last: bool = False) -> None:
        self._rights = [heading.startswith(">") for heading in headings]
        self._headings = [heading.removeprefix(">") for heading in headings]
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
