"""Which resources have a score in their network's open epoch, and what is held back for frozen owners.

An index over the records of contribution networks: closing an epoch looks at what was reported in it and nothing else.
"""

from __future__ import annotations

from holdfast.protocol.records import HeldReward, Network, Record, Resource


class Contributions:
    """By network: the scores of the open epoch by resource, and the rewards held back, by resource."""

    __slots__ = ("_epochs", "held", "scores")

    def __init__(self) -> None:
        self._epochs: dict[str, int] = {}
        self.scores: dict[str, dict[str, int]] = {}
        self.held: dict[str, dict[str, int]] = {}

    def follow(self, old: Record | None, new: Record) -> None:
        """Take over that `new` stands in place of `old`. Networks come before their resources."""
        if isinstance(new, Resource):
            if new.score and new.epoch == self._epochs[new.network]:
                self.scores[new.network][new.id] = new.score
        elif isinstance(new, Network):
            if self._epochs.get(new.id) != new.epoch:
                self._epochs[new.id] = new.epoch
                self.scores[new.id] = {}
        elif isinstance(new, HeldReward):
            held = self.held.setdefault(new.network, {})
            if new.amount:
                held[new.id] = new.amount
            else:
                held.pop(new.id, None)

    def owed(self, network: str) -> int:
        """Base units that `@depin` of this network owes to owners who were frozen."""
        return sum(self.held.get(network, {}).values())

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Contributions) and self._plain() == other._plain()

    __hash__ = None  # type: ignore[assignment]

    def _plain(self) -> tuple[object, ...]:
        return self._epochs, self.scores, {name: held for name, held in self.held.items() if held}
