"""What verbs print: JSON documents and tables on stdout, remarks and progress on stderr."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import msgspec

from holdfast.entrypoints.cli.failure import say

if TYPE_CHECKING:
    from rich.console import Console

__all__ = ["advance", "console", "emit", "say", "write"]


def emit(document: Any) -> None:
    """One JSON document and a line end."""
    write(msgspec.json.encode(document) + b"\n")


def write(data: bytes) -> None:
    """Bytes to stdout."""
    sys.stdout.buffer.write(data)


def console() -> Console:
    """Where tables go. Text of users never counts as markup: it is passed as `Text` or escaped."""
    from rich.console import Console

    return Console(highlight=False, markup=False, emoji=False, soft_wrap=False)


@contextmanager
def advance(label: str, total: int | None, *, least: int = 5_000) -> Iterator[Callable[[int], None]]:
    """A progress bar on stderr, if that is a terminal and the work is long; call what it gives with the work done."""
    if not sys.stderr.isatty() or (total is not None and total < least):
        yield lambda done: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(label, total=total)
        yield lambda done: bar.update(task, completed=done)
