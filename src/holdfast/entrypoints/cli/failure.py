"""What a failed command line says, and the code it leaves with."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from typing import Any

import typer

from holdfast.errors import HoldfastError

INTERRUPTED = 130


def explain(error: BaseException, *, json: bool) -> int:
    """Say what is wrong on stderr, with `json` as an object on stdout too; the exit code.

    Raises: the error itself where it is a fault of this program, which a traceback tells best.
    """
    if isinstance(error, BrokenPipeError):
        _silence_stdout()
        return 0
    if isinstance(error, KeyboardInterrupt):
        say("Interrupted.")
        _emit({"code": "interrupted", "message": "Interrupted.", "details": {}}, json=json)
        return INTERRUPTED
    if isinstance(error, HoldfastError):
        return tell(error, json=json)
    if isinstance(error, typer.TyperException):
        return _usage(error, json=json)
    if isinstance(error, OSError):
        from holdfast.wire.problems import from_os_error

        return tell(from_os_error(error, "write" if error.filename is None else "use"), json=json)
    raise error


def tell(error: HoldfastError, *, json: bool) -> int:
    """An error of the project's own: message and remedy on stderr; the exit code."""
    from holdfast.wire.problems import lines, problem_object

    for line in lines(error):
        say(line)
    _emit(problem_object(error), json=json)
    return error.exit_code


def say(text: str) -> None:
    """A line for people, on stderr, without control characters."""
    clean = "".join(c if c.isprintable() or c in "\n\t" else "�" for c in text)
    print(clean, file=sys.stderr)


def _usage(error: typer.TyperException, *, json: bool) -> int:
    message = error.format_message()
    context = getattr(error, "ctx", None)
    if type(error).__name__ == "NoArgsIsHelpError":
        say(message)
        return error.exit_code
    say(f"holdfast: {message}")
    if context is not None:
        say(f"See `{context.command_path} --help`.")
    _emit({"code": "usage", "message": message, "details": {}}, json=json)
    return error.exit_code


def _emit(problem: dict[str, Any], *, json: bool) -> None:
    """The problem on stdout for programs, as far as stdout can still be written."""
    from holdfast.entrypoints.cli.output import emit

    try:
        if json:
            emit({"error": problem})
        sys.stdout.flush()
    except OSError:
        _silence_stdout()


def _silence_stdout() -> None:
    """Whoever read our output has gone; write the rest to nowhere, so that Python's own last flush is quiet."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
