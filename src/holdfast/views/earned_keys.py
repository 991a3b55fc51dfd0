"""What fee keys earned while they were an account's (see `earnings`)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, NamedTuple

from holdfast.primitives.fixed_point import FLOOR, mul_div
from holdfast.protocol.arguments import Command
from holdfast.protocol.outcome import Outcome
from holdfast.protocol.records import FeeKey, FeePool
from holdfast.protocol.reward_index import PRECISION
from holdfast.protocol.state import State
from holdfast.views.timeline import Timeline


class Owned(NamedTuple):
    """A key in an account from one record on: earned before, and what it stood at when it came; None: it is gone."""

    before: int
    came: int | None


class OwnedKey:
    """One key in one account."""

    def __init__(self, keys: Keys, key: FeeKey, since: int) -> None:
        self.id = key.id
        self.asset = keys.asset
        self.since = since
        self.key = key
        self.times: Timeline[Owned] = Timeline()
        self.last = Owned(0, None)
        self._keys = keys

    def change(self, at: int, *, comes: bool) -> None:
        """The key comes to the account, or leaves it."""
        stands = self._keys.stands(self.key, at)
        before = self.last.before + (stands - self.last.came if self.last.came is not None else 0)
        self.last = Owned(before, stands if comes else None)
        self.times.put(at, self.last)

    def result(self, second: int) -> tuple[int, int]:
        """Net and gross up to a second."""
        found = self.times.at(second)
        if found is None:
            return 0, 0
        here = self._keys.stands(self.key, second) - found.came if found.came is not None else 0
        return found.before + here, found.before + here


class Keys:
    """All fee keys."""

    NAME: ClassVar[str] = "fee_keys"

    def __init__(self, state: State) -> None:
        self.asset = state.parameters.term.asset
        self._pool: Timeline[FeePool] = Timeline()
        self._owners: dict[str, str] = {}
        self._by_account: dict[str, dict[str, OwnedKey]] = {}

    def of(self, account: str) -> Iterator[OwnedKey]:
        """All keys that an account has, or had."""
        yield from self._by_account.get(account, {}).values()

    def take(self, at: int, command: Command, outcome: Outcome) -> None:
        """Take over a record."""
        for record in outcome.records:
            if isinstance(record, FeePool):
                self._pool.put(at, record)
        for record in outcome.records:
            if isinstance(record, FeeKey) and self._owners.get(record.id) != record.owner:
                owner = self._owners.get(record.id)
                if owner is not None:
                    self._by_account[owner][record.id].change(at, comes=False)
                own = self._by_account.setdefault(record.owner, {})
                if record.id not in own:
                    own[record.id] = OwnedKey(self, record, at)
                own[record.id].change(at, comes=True)
                self._owners[record.id] = record.owner

    def stands(self, key: FeeKey, second: int) -> int:
        """What a key has earned since its issue, up to a second."""
        pool = self._pool.at(second)
        if pool is None or pool.accumulated <= key.since:
            return 0
        return mul_div(key.weight, pool.accumulated - key.since, PRECISION, rounding=FLOOR)

    def forget(self, before: int) -> None:
        """Let go of what no second from `before` on needs."""
        self._pool.forget(before)
        for keys in self._by_account.values():
            for key in keys.values():
                key.times.forget(before)
