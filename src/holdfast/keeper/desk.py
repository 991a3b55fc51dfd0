"""The desk as a keeper sees it: a state that is up to date, the answers it gave, and a way to submit."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol

from holdfast.engine.following import Guard
from holdfast.engine.journal import Receipt, receipt
from holdfast.engine.service import Service, Submission
from holdfast.keeper.tasks import Task
from holdfast.protocol.arguments import Command
from holdfast.protocol.state import State


class Desk(Protocol):
    """What a keeper needs of a desk. Every method raises Unavailable and Corrupt."""

    def look(self) -> AbstractContextManager[State]:
        """The state with everything that other processes wrote; it stands still inside of the block."""

    def answered(self, ids: Sequence[str]) -> Mapping[str, Receipt]:
        """The answers to those of these command ids that were used already."""

    def submit(self, work: Sequence[tuple[Task, Command]]) -> list[Receipt]:
        """Carry out commands in their order, each for itself; receipts in the same order."""


class ServiceDesk:
    """A desk that this process serves.

    `guard_of` gives what is asked before a task's command is applied: for a standing instruction the policies, with
    its person as the one who asks.
    """

    def __init__(self, service: Service, guard_of: Callable[[Task], Guard | None] = lambda task: None) -> None:
        self._service = service
        self._guard_of = guard_of

    @contextmanager
    def look(self) -> Iterator[State]:
        """See `Desk`: under the service's lock."""
        with self._service.lock:
            if self._service.corruption is not None:
                raise self._service.corruption
            self._service.catch_up()
            yield self._service.state

    def answered(self, ids: Sequence[str]) -> Mapping[str, Receipt]:
        """See `Desk`: out of the journal."""
        with self._service.lock:
            store = self._service.store
            return {name: receipt(store.row(seq), replayed=True) for name, seq in store.find(ids).items()}

    def submit(self, work: Sequence[tuple[Task, Command]]) -> list[Receipt]:
        """See `Desk`: all in one commit."""
        return self._service.submit_many([Submission(command, None, self._guard_of(task)) for task, command in work])
