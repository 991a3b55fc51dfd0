"""Whose stakes, fee keys and filled exits there are, and which positions anybody may finalize from which era on.

An index over the records, so that nobody has to look through all of them for what is one holder's or what is due.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from typing import TypeVar

from holdfast.protocol.records import Exit, FeeKey, Position, Record, Stake

Key = TypeVar("Key", bound=Hashable)


class Holdings:
    """By owner: fee keys, filled exits, and the newest stake, from which `previous` leads to the older ones.

    `finalizable` has the unbonding positions by the era from which on others than the holder may finalize them.
    """

    __slots__ = ("_grace", "claimable", "finalizable", "keys", "latest", "previous")

    def __init__(self, grace_eras: int) -> None:
        self._grace = grace_eras
        self.claimable: dict[str, dict[str, None]] = {}
        self.finalizable: dict[int, dict[str, None]] = {}
        self.keys: dict[str, dict[str, None]] = {}
        self.latest: dict[str, str] = {}
        self.previous: dict[str, str] = {}

    def follow(self, old: Record | None, new: Record) -> None:
        """Take over that `new` stands in place of `old`."""
        if isinstance(new, Stake):
            if old is None:
                before = self.latest.get(new.owner)
                if before is not None:
                    self.previous[new.id] = before
                self.latest[new.owner] = new.id
        elif isinstance(new, Exit):
            if new.status == "claimable":
                self.claimable.setdefault(new.owner, {})[new.id] = None
            elif isinstance(old, Exit) and old.status == "claimable":
                _drop(self.claimable, new.owner, new.id)
        elif isinstance(new, FeeKey):
            if isinstance(old, FeeKey) and old.owner != new.owner:
                _drop(self.keys, old.owner, new.id)
            self.keys.setdefault(new.owner, {})[new.id] = None
        elif isinstance(new, Position):
            self._follow_position(old, new)

    def stakes(self, owner: str) -> Iterator[str]:
        """Ids of all stakes that the owner ever made, the newest first."""
        found = self.latest.get(owner)
        while found is not None:
            yield found
            found = self.previous.get(found)

    def _follow_position(self, old: Record | None, new: Position) -> None:
        before = self._era(old) if isinstance(old, Position) else None
        after = self._era(new)
        if before == after:
            return
        if before is not None:
            _drop(self.finalizable, before, new.id)
        if after is not None:
            self.finalizable.setdefault(after, {})[new.id] = None

    def _era(self, position: Position) -> int | None:
        """From which era on anybody may finalize: at once when complete if it was liquidated, else after the grace."""
        if position.status != "unbonding" or position.claimable_era is None:
            return None
        return position.claimable_era + (0 if position.liquidator is not None else self._grace)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Holdings) and all(
            getattr(self, name) == getattr(other, name) for name in self.__slots__
        )

    __hash__ = None  # type: ignore[assignment]


def _drop(table: dict[Key, dict[str, None]], key: Key, name: str) -> None:
    """Remove a name, and the key with its last one."""
    names = table[key]
    del names[name]
    if not names:
        del table[key]
