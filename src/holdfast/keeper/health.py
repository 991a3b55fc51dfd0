"""Positions past their threshold: looked for once an era, a part of them at a time.

Health moves only when an era ends (rewards, slashes, interest), and a position is healthy when it is opened. So every
position is looked at once an era; what was found unhealthy is remembered until it no longer is.
"""

from __future__ import annotations

from itertools import islice

from holdfast.keeper.due import ACCOUNT
from holdfast.keeper.tasks import Task, command_id
from holdfast.protocol import commands
from holdfast.protocol.leverage import is_healthy
from holdfast.protocol.records import Position
from holdfast.protocol.state import State

PART = 5_000
"""Positions that one look goes through at most: some milliseconds."""


class Health:
    """Where the search has come to in the present era, and what it has found."""

    def __init__(self) -> None:
        self._era = -1
        self._next = 0
        self._unhealthy: dict[str, None] = {}
        self.finished = False
        """Whether nothing is left to look at in this era."""

    def look(self, state: State, *, account: str = ACCOUNT, part: int = PART) -> list[Task]:
        """Go through the next part; the liquidations that are due by what was seen so far in this era."""
        if not state.has_role(account, "keeper"):
            self.finished = True
            return []
        if state.era != self._era or len(state.positions) < self._next:
            self._era, self._next, self.finished = state.era, 0, False
        if self._next < len(state.positions):  # new holders come last, and nobody ever leaves the table
            seen = list(islice(state.positions.values(), self._next, self._next + part))
            self._next += len(seen)
            self._unhealthy |= {position.id: None for position in seen if _is_due(state, position)}
        self.finished = self._next >= len(state.positions)
        self._unhealthy = {name: None for name in self._unhealthy if _is_due(state, state.positions.get(name))}
        return [_liquidation(state, state.positions[name], account) for name in self._unhealthy]


def _is_due(state: State, position: Position | None) -> bool:
    return position is not None and position.status == "active" and not is_healthy(state, position)


def _liquidation(state: State, position: Position, account: str) -> Task:
    work = command_id("keeper", f"liquidate-{position.id}-era-{state.era}")
    command = commands.LeverageLiquidate(work, account, holder=position.id)
    ended = state.eras.get(str(state.era))
    since = None if ended is None else ended.ended_at
    return Task("liquidate", command, "the position is past its threshold", since, f"position {position.id}")
