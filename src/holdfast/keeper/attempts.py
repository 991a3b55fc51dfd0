"""What a keeper remembers of answers: no id is sent twice for nothing, and what is refused waits longer each time."""

from __future__ import annotations

from collections.abc import Callable

from holdfast.engine.journal import Receipt
from holdfast.errors import CommandIdReused
from holdfast.keeper.tasks import Task, attempt_after
from holdfast.protocol.arguments import Command

FIRST_WAIT = 5
LONGEST_WAIT = 300
"""Seconds after the first and after many refusals."""

MOST = 100_000
"""Pieces of work that are remembered; one that was forgotten is sent once more and answered as before."""


class _Tried:
    __slots__ = ("after", "done", "until", "waits")

    def __init__(self) -> None:
        self.after: int | None = None
        self.done = False
        self.until = 0.0
        self.waits = 0


class Attempts:
    """By the ids of tasks: the record that answered last, and until when to wait.

    Only a command that the state would let pass is sent, so a refusal means that something changed in between. It is
    record `n` of the journal, and the next attempt is `<id>/after-<n>`: another server that knows nothing of this sends
    the first id, reads the same record, and goes on with the same next id. `monotonic` counts seconds and never goes
    back, whatever happens to the clock.
    """

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._tried: dict[str, _Tried] = {}

    def passed(self) -> frozenset[str]:
        """Ids of the tasks that are settled for good, or wait."""
        now = self._monotonic()
        return frozenset(name for name, tried in self._tried.items() if tried.done or now < tried.until)

    def command(self, task: Task) -> Command:
        """What to send for a task now: its own command, or the attempt after the last answer."""
        tried = self._tried.get(task.id)
        return task.command if tried is None or tried.after is None else attempt_after(task, tried.after)

    def answered(self, task: Task, receipt: Receipt) -> None:
        """Take over an answer. A task that is still due after it waits, and then follows that record.

        An answer given before needs no waiting: it is news from another server, or from before this one started.
        """
        tried = self._of(task)
        tried.done = task.once and receipt.status == "applied"
        seq = _record_of(task, receipt)
        if seq is not None:
            tried.after = seq
        if not receipt.replayed:
            self._wait(tried)

    def held_up(self, task: Task) -> None:
        """The state does not let the task pass at present: look again later, and later."""
        self._wait(self._of(task))

    def _of(self, task: Task) -> _Tried:
        tried = self._tried.get(task.id)
        if tried is None:
            while len(self._tried) >= MOST:
                del self._tried[next(iter(self._tried))]
            tried = self._tried[task.id] = _Tried()
        return tried

    def _wait(self, tried: _Tried) -> None:
        tried.until = self._monotonic() + min(FIRST_WAIT * 2**tried.waits, LONGEST_WAIT)
        tried.waits = min(tried.waits + 1, 10)


def _record_of(task: Task, receipt: Receipt) -> int | None:
    """The record that the id stands for now: the answer's own, or the other command's that has used the id up.

    Of a task of which the state cannot tell whether it was done, the journal is asked first what that command was.
    """
    if isinstance(receipt.seq, int):
        return receipt.seq
    if receipt.error and receipt.error.code == CommandIdReused.code and not task.once:
        found = receipt.error.details.get("seq")
        return found if isinstance(found, int) else None
    return None
