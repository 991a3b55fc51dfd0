"""A piece of work that is due, and the command id by which all servers know it."""

from __future__ import annotations

from hashlib import sha256
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from holdfast.protocol.arguments import Command

Kind = Literal[
    "complete", "close_epoch", "settle", "finalize", "liquidate", "unstake",
    "stop_loss", "claim", "unstake_at_maturity", "restake",
]  # fmt: skip

ID_ROOM = 105
"""Characters of an id before `/after-…`; a command's id has 128 at most."""


class Task(Struct, frozen=True):
    """One command that is due, why, and since which second (None: nobody can tell).

    `subject` is what it is about: of two tasks about the same thing a step does the first. With `once` an applied
    answer settles the task for good; without, the state tells when it is no longer due.
    """

    kind: Kind
    command: Command
    why: str
    since: int | None
    subject: str
    once: bool = False
    instruction: str = ""
    person: str = ""

    @property
    def id(self) -> str:
        """The id that stands for the work; a later attempt's begins with it."""
        return self.command.id


def command_id(by: str, work: str) -> str:
    """The id of a piece of work: `keeper/unstake-vg-1`. A long one keeps its beginning and a digest of the whole."""
    name = f"{by}/{work}"
    return name if len(name) <= ID_ROOM else f"{name[: ID_ROOM - 17]}~{sha256(name.encode()).hexdigest()[:16]}"


def attempt_after(task: Task, seq: int) -> Command:
    """The command of the attempt that follows the answer in record `seq`.

    Every server reads the same record, so all of them go on with the same id.
    """
    return replace(task.command, id=f"{task.command.id}/after-{seq}")
