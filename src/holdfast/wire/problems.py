"""Errors as programs and people read them: the JSON problem object, the lines for a terminal, the exit code."""

from __future__ import annotations

import errno
import inspect
from typing import Any

from holdfast.errors import ERRORS, Conflict, HoldfastError, Malformed, Refusal, Unavailable

_PASSING = {
    errno.ENOSPC,
    errno.EDQUOT,
    errno.EFBIG,
    errno.EIO,
    errno.EAGAIN,
    errno.EMFILE,
    errno.ENFILE,
    errno.ETXTBSY,
    errno.EBUSY,
}
"""Troubles of the machine that may be over at the next try."""

_REASONS = {
    errno.ENOENT: "there is no such file or folder",
    errno.EISDIR: "it is a folder; name a file",
    errno.ENOTDIR: "a part of the path is not a folder",
    errno.EACCES: "this user may not open it",
    errno.EPERM: "this user may not open it",
    errno.EROFS: "the file system is read-only",
    errno.EFBIG: "the file would be larger than is allowed here",
    errno.ENOSPC: "the disk is full; make room and try again",
    errno.EDQUOT: "the disk quota is used up; make room and try again",
    errno.ENAMETOOLONG: "the name is too long",
    errno.EEXIST: "it exists already",
}


def problem_object(error: HoldfastError) -> dict[str, Any]:
    """The `error` object of an answer: the stable code, a sentence, and details."""
    return {"code": error.code, "message": error.message, "details": dict(error.details)}


def exit_code(code: str) -> int:
    """The exit code for an error's code, as it stands in a receipt."""
    kind = ERRORS.get(code)
    return kind.exit_code if kind else HoldfastError.exit_code


def remedy(code: str) -> str:
    """What can be done about a refusal or a conflict: its documentation after the sentence that says what happened."""
    kind = ERRORS.get(code)
    if kind is None or not issubclass(kind, Refusal | Conflict):
        return ""
    _, _, rest = " ".join(inspect.cleandoc(kind.__doc__ or "").split()).partition(". ")
    return rest


def lines(error: HoldfastError) -> list[str]:
    """What a terminal shows: the message with its code, and the remedy where there is one."""
    said = [f"holdfast: {error.message} ({error.code})"]
    help_ = remedy(error.code)
    return [*said, help_] if help_ else said


def from_os_error(error: OSError, doing: str = "use") -> HoldfastError:
    """The machine's error in terms of the file; `doing` is a verb like `read` or `write`.

    Returns: Unavailable for what may pass (a full disk), Malformed for a name that cannot be used.
    """
    name = error.filename if isinstance(error.filename, str) else ""
    reason = _REASONS.get(error.errno or 0) or (error.strerror or str(error) or type(error).__name__)
    kind = Unavailable if error.errno in _PASSING else Malformed
    unnamed = {"read": "the input", "write": "the output"}.get(doing, "it")
    said = f"{name}: cannot {doing} it: {reason}." if name else f"Cannot {doing} {unnamed}: {reason}."
    return kind(said, file=name or None)
