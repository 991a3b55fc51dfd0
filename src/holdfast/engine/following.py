"""Who watches a desk from inside its process: guards that may stop a command, followers of the journal."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple, Protocol

from holdfast.engine.journal import Problem, Row, recorded_answer
from holdfast.protocol.arguments import Command
from holdfast.protocol.outcome import Outcome
from holdfast.protocol.state import State


class Recorded(NamedTuple):
    """A journal record with what it stands for."""

    row: Row
    command: Command
    answer: Outcome | Problem


Guard = Callable[[State, Command, int, Outcome | Problem], None]
"""Asked by the writer, under the desk's lock, after a command is decided and before it is applied.

What it raises is the command's answer; nothing is recorded then and the id stays free.
"""


class Follower(Protocol):
    """Keeps up with the journal. Called in the order of the records, under the service's lock: be quick."""

    def taken(self, record: Recorded) -> None:
        """A record was decided, or read from another process; it counts only once it is settled."""

    def settled(self) -> None:
        """All that was taken is durable."""

    def dropped(self) -> None:
        """What was taken since it was last settled has not happened."""


class Followers:
    """Those who follow one desk, and up to which record they know it."""

    def __init__(self, seq: int) -> None:
        self.seq = seq
        self._all: list[Follower] = []

    def __bool__(self) -> bool:
        return bool(self._all)

    def add(self, follower: Follower) -> None:
        """Let one more follow from the present record on."""
        self._all.append(follower)

    def remove(self, follower: Follower) -> None:
        """Tell this one nothing any more."""
        self._all.remove(follower)

    def take(self, row: Row, command: Command, answer: Outcome | Problem) -> None:
        """Tell of a record that is not durable yet."""
        if self._all:
            record = Recorded(row, command, answer)
            for follower in self._all:
                follower.taken(record)

    def settle(self, seq: int) -> None:
        """What was told is durable, up to record `seq`."""
        self.seq = seq
        for follower in self._all:
            follower.settled()

    def drop(self) -> None:
        """What was told since the last settling has not happened."""
        for follower in self._all:
            follower.dropped()

    def catch_up(self, rows: Iterable[Row], seq: int) -> None:
        """Tell of what other processes have written, up to record `seq`; where reading it fails, of nothing."""
        if self._all:
            try:
                for row in rows:
                    self.take(row, *recorded_answer(row))
            except BaseException:
                self.drop()
                raise
        self.settle(seq)
