"""Figures as people read them: thousands in groups, basis points as percent, tables that fit 80 columns."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.table import Table

    from holdfast.protocol.records import Asset


def grouped(text: str) -> str:
    """An amount with its thousands apart: grouped("1234567.5") = "1,234,567.5"."""
    whole, point, fraction = text.partition(".")
    return f"{int(whole):,}{point}{fraction}" if whole.isdigit() else text


def reader(asset: Asset) -> Callable[[int], str]:
    """Turns base units of this asset into what people read."""
    return lambda units: grouped(asset.text(units))


def percent(bps: int | None, none: str = "-") -> str:
    """Basis points as percent: percent(8000) = "80 %", percent(589) = "5.89 %"."""
    if bps is None:
        return none
    whole, rest = divmod(bps, 100)
    fraction = f".{rest:02d}".rstrip("0") if rest else ""
    return f"{whole:,}{fraction} %"


def days(count: int) -> str:
    """A number of days: "1 day", "46 days"."""
    return f"{count} day" if count == 1 else f"{count:,} days"


def table(columns: Sequence[str], rows: Sequence[Sequence[str]], *, left: Sequence[int] = (0,)) -> Table:
    """A plain table: figures to the right, the columns `left` to the left."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    built = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, header_style="bold")
    for number, name in enumerate(columns):
        built.add_column(Text(name), justify="left" if number in left else "right", overflow="fold")
    for row in rows:
        built.add_row(*map(Text, row))
    return built
