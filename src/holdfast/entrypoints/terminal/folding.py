"""Alike records of what the clock makes due, as one line of a list: none is left out, and each can be shown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Any, NamedTuple

BY_THE_CLOCK = frozenset(("depin.close_epoch", "depin.report", "network.end_era", "vault.settle"))
"""What programs send again and again, mostly with nothing to tell: the keeper, the oracle and attestors."""

LEAST = 3
"""Alike records from which on they are folded."""

PAGES = 8
"""Pages of the API that one page of a list takes at most, where most of them is folded."""

Item = dict[str, Any]


class Line(NamedTuple):
    """One line: a record, or several that are alike, in their order."""

    items: Sequence[Item]

    @property
    def folded(self) -> bool:
        """Whether it stands for several."""
        return len(self.items) > 1

    @property
    def one(self) -> Item:
        """The first of them; what they are alike in is told of it."""
        return self.items[0]

    @property
    def ends(self) -> tuple[Item, Item]:
        """The earliest and the latest."""
        return min(self.items, key=_seq), max(self.items, key=_seq)


def lines(items: Iterable[Item], *, fold: bool) -> list[Line]:
    """The lines of a list of records of the journal or entries of the log, which have other names for the same."""
    if not fold:
        return [Line((one,)) for one in items]
    found = []
    for alike, run in groupby(items, key=_alike):
        together = list(run)
        if alike and len(together) >= LEAST:
            found.append(Line(together))
        else:
            found += [Line((one,)) for one in together]
    return found


def folds(shown: Iterable[Line], *, each: bool) -> str:
    """Whether the page says that lines are `folded`, or that `each` has one though it need not; else nothing."""
    return "folded" if any(one.folded for one in shown) else "each" if each else ""


def _alike(one: Item) -> tuple[str, ...]:
    """What makes records alike; nothing for all else that is done, and for what was refused."""
    who, what = one.get("who") or one.get("actor"), one.get("what") or one.get("type")
    outcome = one.get("outcome") or one.get("status")
    return (str(who), str(what)) if what in BY_THE_CLOCK and outcome == "applied" else ()


def _seq(one: Item) -> int:
    return int(one["seq"])
