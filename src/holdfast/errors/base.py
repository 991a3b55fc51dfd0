"""The branches of the error tree, and the errors that are the caller's fault and not recorded."""

from __future__ import annotations

from typing import Any, ClassVar

Detail = str | int | None


class HoldfastError(Exception):
    """Base of all errors: a stable `code`, a sentence for people, and details for programs."""

    code: ClassVar[str] = "error"
    status: ClassVar[int] = 500
    exit_code: ClassVar[int] = 70

    def __init_subclass__(cls, **own: Any) -> None:
        """A class states what differs from its base: `code`, and where it begins a branch `status` and `exit_code`."""
        for name, value in own.items():
            setattr(cls, name, value)

    def __init__(self, message: str, **details: Detail) -> None:
        super().__init__(message)
        self.message = message
        self.details = details


class Malformed(HoldfastError, code="malformed", status=400, exit_code=2):
    """The command is not of the documented shape. Correct the field that the message names; nothing was stored."""


class UnknownCommand(Malformed, code="unknown_command"):
    """There is no command of this type. See the list of commands."""


class Conflict(HoldfastError, code="conflict", status=409, exit_code=5):
    """The request contradicts what is there already."""


class CommandIdReused(Conflict, code="command_id_reused"):
    """This id was used for another command. Choose a new id; the first command's effect stands."""


class DeskExists(Conflict, code="desk_exists"):
    """There is a desk here already, and what it started from stays. Use another place, or open it without --desk."""


class Unavailable(HoldfastError, code="unavailable", status=503, exit_code=75):
    """The store cannot be written now (locked, read-only, full). Retry with the same id: no command is done twice."""


class Corrupt(HoldfastError, code="corrupt", status=500, exit_code=70):
    """The journal or an invariant is broken. Writing has stopped; run `holdfast verify` and restore from a copy."""


class Refusal(HoldfastError):
    """A well-formed command that the rules refuse; it uses its id up and becomes a journal record."""


class NotAuthorized(Refusal, code="not_authorized", status=403, exit_code=3):
    """This actor may not do this: a role, an ownership or the asset's admin is missing."""


class NotFound(Refusal, code="not_found", status=404, exit_code=4):
    """There is no such thing on this desk."""


class Rejected(Refusal, code="rejected", status=422, exit_code=6):
    """A rule says no. The desk is unchanged."""
