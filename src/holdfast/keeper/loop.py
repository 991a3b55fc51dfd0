"""One step of a keeper: look what is due, have it done in one commit, remember what came of it."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Literal

from msgspec import Struct

from holdfast.engine import machine
from holdfast.engine.journal import Receipt
from holdfast.errors import Forbidden, HoldfastError, Unavailable
from holdfast.identity import standing
from holdfast.identity.office import Office
from holdfast.identity.standing import Instruction
from holdfast.keeper.attempts import Attempts
from holdfast.keeper.desk import Desk
from holdfast.keeper.due import ACCOUNT, Duties, due
from holdfast.keeper.health import PART, Health
from holdfast.keeper.instructed import due_standing
from holdfast.keeper.tasks import Task
from holdfast.primitives.clock import Clock
from holdfast.protocol.arguments import Command
from holdfast.protocol.state import State

AT_ONCE = 250
"""Tasks that one step takes: others who write wait for it some hundredths of a second."""

Status = Literal["applied", "replayed", "refused", "held_up", "due"]


class Done(Struct, frozen=True):
    """What came of a task.

    `applied`: done now; `replayed`: it was done before; `refused`: by the desk, or unrecorded at its door; `held_up`:
    the state does not let it pass, so nothing was sent; `due`: only looked at.
    """

    task: Task
    status: Status
    command: str
    code: str = ""
    message: str = ""
    receipt: Receipt | None = None


class Step(Struct, frozen=True):
    """What one step did, and whether it left something that need not wait for the next interval."""

    done: tuple[Done, ...]
    more: bool = False


class Keeper:
    """Looks after one desk. Not for several threads; several keepers, in one process or many, may serve one desk.

    `office` holds the standing instructions; without it there are none. `count` is called with a task's kind and status
    each time, for metrics. `monotonic` measures the time that refused tasks wait.
    """

    def __init__(
        self,
        desk: Desk,
        office: Office | None,
        clock: Clock,
        *,
        account: str = ACCOUNT,
        duties: Duties = Duties(),  # noqa: B008 - frozen
        count: Callable[[str, str], None] = lambda kind, status: None,
        monotonic: Callable[[], float] = time.monotonic,
        at_once: int = AT_ONCE,
    ) -> None:
        self._desk, self._office, self._clock = desk, office, clock
        self._account, self._duties, self._count, self._at_once = account, duties, count, at_once
        self._attempts = Attempts(monotonic)
        self._health = Health()

    def step(self) -> Step:
        """Find what is due and have it done, in one commit.

        Raises: Unavailable (the next step asks for the same with the same ids), Corrupt (the desk takes no commands).
        """
        instructions = self._instructions()
        with self._desk.look() as state:
            found, more = self._find(state, instructions)
            sure, held, known = self._sift(state, found)
        receipts = self._desk.submit(sure) if sure else []
        answers = [(task, receipt) for (task, _), receipt in zip(sure, receipts, strict=True)]
        for task, receipt in (*known, *answers):
            self._attempts.answered(task, receipt)
        for kept in held:
            self._attempts.held_up(kept.task)
        done = (*(_told(task, receipt) for task, receipt in answers), *held)
        for told in done:
            self._count(told.task.kind, told.status)
        self._log_failures(done)
        moved = any(told.status in {"applied", "replayed"} for told in done)
        return Step(done, more or moved or bool(known))

    def look(self) -> Step:
        """What is due now, and what of it is held up. Sends nothing and remembers nothing.

        Raises: Unavailable, Corrupt.
        """
        if self._office is not None:
            self._office.refresh()
        with self._desk.look() as state:
            found, more = self._find(state, self._in_office(), part=len(state.positions))
            sure, held, known = self._sift(state, found)
            for task, receipt in known:
                if receipt.error:  # it would be tried again
                    against = self._against(state, task, task.command)
                    held.append(Done(task, "held_up" if against else "due", task.id, *(against or ())))
        return Step((*(Done(task, "due", command.id) for task, command in sure), *held), more)

    def _instructions(self) -> Sequence[Instruction]:
        """The standing instructions, those whose end has come taken away."""
        if self._office is not None:
            self._office.refresh()
            standing.lapse(self._office)
        return self._in_office()

    def _in_office(self) -> Sequence[Instruction]:
        return () if self._office is None else tuple(self._office.all(Instruction).values())

    def _find(
        self, state: State, instructions: Sequence[Instruction], *, part: int = PART
    ) -> tuple[list[Task], bool]:  # fmt: skip
        """What is due, no two tasks about the same thing, and whether there is more than one step takes.

        Standing instructions and the keeper's own work have half of a step each, and what the other leaves.
        """
        now = max(state.now, self._clock())
        passed, most, kinds = self._attempts.passed(), self._at_once, self._duties.kinds
        ordered = [task for task in due_standing(state, instructions, now, passed=passed) if task.kind in kinds]
        kept = due(state, now, account=self._account, duties=self._duties, limit=most + 1, passed=passed)
        finished = True
        if "liquidate" in kinds:
            unhealthy = self._health.look(state, account=self._account, part=part)
            kept = [*(task for task in unhealthy if task.id not in passed), *kept]
            finished = self._health.finished
        half = max(most - len(kept), most - most // 2)
        wanted = [*ordered[:half], *kept[: most - len(ordered[:half])]]
        first = {task.subject: task for task in reversed(wanted)}
        found = [task for task in wanted if first[task.subject] is task]
        return found, len(wanted) < len(ordered) + len(kept) or not finished

    def _sift(
        self, state: State, found: Sequence[Task]
    ) -> tuple[list[tuple[Task, Command]], list[Done], list[tuple[Task, Receipt]]]:
        """What would be applied now; what would be refused, with the reason; what was answered before.

        The last is asked where the state cannot tell whether a task was done.
        """
        asked = [self._attempts.command(task).id for task in found if task.once]
        answered = self._desk.answered(asked) if asked else {}
        sure: list[tuple[Task, Command]] = []
        held: list[Done] = []
        known: list[tuple[Task, Receipt]] = []
        for task in found:
            command = self._attempts.command(task)
            if command.id in answered:
                known.append((task, answered[command.id]))
            elif against := self._against(state, task, command):
                held.append(Done(task, "held_up", command.id, *against))
            else:
                sure.append((task, command))
        if any(
            receipt.status == "applied" for _, receipt in known
        ):  # what they leave for others shows once they are known
            sure = [(task, command) for task, command in sure if not task.once]
        return sure, held, known

    def _against(self, state: State, task: Task, command: Command) -> tuple[str, str] | None:
        """Code and message of what stands against a command now; None where nothing does."""
        if task.instruction and self._office is not None:
            given = self._office.get(Instruction, task.instruction)
            function = str(command.__struct_config__.tag)
            why = "The instruction was ended." if given is None else standing.hindrance(self._office, given, function)
            if why is not None:
                return Forbidden.code, why
        try:
            machine.decide(state, command, max(state.now, self._clock()))
        except HoldfastError as error:
            return error.code, error.message
        return None

    def _log_failures(self, done: Sequence[Done]) -> None:
        """Standing instructions that could not be carried out are told in the log; if not now, then the next time."""
        with suppress(Unavailable):
            for told in done:
                if self._office is not None and told.task.instruction and told.status in {"refused", "held_up"}:
                    standing.failed(self._office, told.task.instruction, told.command, told.code, told.message)


def _told(task: Task, receipt: Receipt) -> Done:
    if receipt.error:
        return Done(task, "refused", receipt.id, receipt.error.code, receipt.error.message, receipt)
    return Done(task, "replayed" if receipt.replayed else "applied", receipt.id, receipt=receipt)
