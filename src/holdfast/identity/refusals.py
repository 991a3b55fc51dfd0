"""Refusals in the log without letting a flood fill it: the first, second, fourth, eighth … of a kind is an entry."""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock

from holdfast.identity.office import Office
from holdfast.identity.principal import Principal

REMEMBERED = 10_000
"""Kinds of refusals that are counted at once; the one longest unheard of is forgotten first."""
FORGET = 3_600
"""Seconds without one after which a count starts anew."""


class Refusals:
    """Counts refusals of this process and logs those whose number is a power of two."""

    def __init__(self, office: Office) -> None:
        self._office = office
        self._counts: OrderedDict[tuple[str, str, str, str], tuple[int, int]] = OrderedDict()
        self._lock = Lock()

    def note(self, what: str, *, by: str, about: str = "", where: str = "", why: str = "") -> None:
        """Count one. The entry's `times` says how many it stands for, itself and those before it.

        Writes only now and then; may wait for the store when it does. Raises: Unavailable.
        """
        times = self._count((what, by, about, where))
        if times & (times - 1) == 0:
            with self._office.write() as t:
                t.log(what, by=by, about=about, where=where, outcome="refused", why=why, times=times)

    def lacking(self, principal: Principal, function: str) -> None:
        """Somebody asked for what he has no right to."""
        self.note("access.refused", by=principal.person, about=function, where=principal.address, why="forbidden")

    def _count(self, key: tuple[str, str, str, str]) -> int:
        now = self._office.now()
        with self._lock:
            count, last = self._counts.pop(key, (0, now))
            count = 1 if now - last >= FORGET else count + 1
            self._counts[key] = (count, now)
            if len(self._counts) > REMEMBERED:
                self._counts.popitem(last=False)
        return count
