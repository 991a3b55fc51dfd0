"""One command's answer: decided by the rules, looked over by a guard, or the first answer again."""

from __future__ import annotations

from holdfast.engine import machine
from holdfast.engine.following import Guard
from holdfast.engine.journal import Problem, Receipt, Row, answered, problem, receipt
from holdfast.errors import CommandIdReused, Corrupt, HoldfastError, Refusal, Unavailable
from holdfast.protocol.arguments import Command
from holdfast.protocol.outcome import Outcome
from holdfast.protocol.state import State


class Stopped(Exception):
    """A guard's reason against a command; nothing is recorded."""

    def __init__(self, reason: HoldfastError) -> None:
        super().__init__(reason.message)
        self.reason = reason


def answer(state: State, command: Command, now: int, guard: Guard | None = None) -> Outcome | Problem:
    """What the rules say, if the guard lets it pass.

    Raises: Malformed from the rules, Stopped by the guard.
    """
    try:
        found: Outcome | Problem = machine.decide(state, command, now)
    except Refusal as refusal:
        found = problem(refusal)
    if guard is not None:
        _ask(guard, state, command, now, found)
    return found


def replayed(earlier: Row, command: Command) -> Receipt:
    """The first answer again. Raises CommandIdReused where the id stands for another command."""
    if answered(earlier).command != command:
        raise CommandIdReused(
            f"The id {command.id} stands for another command, record {earlier.seq}; choose a new one.",
            seq=earlier.seq,
        )
    return receipt(earlier, replayed=True)


def _ask(guard: Guard, state: State, command: Command, now: int, found: Outcome | Problem) -> None:
    try:
        guard(state, command, now, found)
    except (Corrupt, Unavailable):
        raise
    except HoldfastError as reason:
        raise Stopped(reason) from None
