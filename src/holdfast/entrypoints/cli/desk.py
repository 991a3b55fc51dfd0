"""Desks as verbs open them: by --db, with a progress bar, as of any moment."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from holdfast import bootstrap
from holdfast.engine.genesis import Genesis
from holdfast.engine.journal import Head
from holdfast.engine.rebuild import rebuild
from holdfast.engine.service import Service
from holdfast.entrypoints.cli.output import advance, say
from holdfast.errors import Malformed, NotFound
from holdfast.primitives.clock import Clock, parse_instant, system_clock
from holdfast.protocol.state import State
from holdfast.wire import desk_file
from holdfast.wire.problems import from_os_error

if TYPE_CHECKING:
    from holdfast.engine.ports import JournalStore


def read_desk_file(name: str) -> Genesis:
    """The genesis that a TOML file describes. Raises: Malformed that names the file."""
    try:
        data = Path(name).read_bytes()
    except OSError as error:
        raise from_os_error(error, "read") from None
    return desk_file.load(data, name)


@contextmanager
def desk(db: str | None, clock: Clock | None = None) -> Iterator[Service]:
    """The desk of a verb, closed afterwards; says where its journal is broken, if it is."""
    with advance("open", None) as show:
        service = bootstrap.open_desk(db, clock=clock, progress=show)
    try:
        warn(service.corruption)
        yield service
    finally:
        service.close()


@contextmanager
def store(db: str | None) -> Iterator[JournalStore]:
    """The journal of a verb that needs no state."""
    opened = bootstrap.open_store(db)
    try:
        yield opened
    finally:
        opened.close()


def warn(broken: Exception | None) -> None:
    """Say that what is shown is only the sound beginning of a broken journal."""
    if broken is not None:
        say(f"holdfast: {broken}. What follows is the desk before that; see `holdfast verify`.")


def as_of(db: str | None, moment: str | None) -> tuple[Genesis, State, Head]:
    """A desk's state, now or as of a record's number or an instant.

    Raises: Malformed for neither, NotFound for a record that is not there yet.
    """
    if moment is None:
        with desk(db) as service:
            return service.genesis, service.state, service.head
    with store(db) as journal, advance("read", None) as show:
        last = journal.head()
        upto, until = _moment(moment, last)
        state, head, broken = rebuild(journal, upto=upto, until=until, progress=show)
        warn(broken)
        if until is not None and last.seq:
            state.now = max(state.now, min(until, max(system_clock(), journal.row(last.seq).at)))
        from holdfast.engine.rebuild import open_genesis

        return open_genesis(journal), state, head


def _moment(text: str, last: Head) -> tuple[int | None, int | None]:
    """`--at` as a record's number or a second."""
    if text.isascii() and text.isdigit():
        if len(text) > 19 or int(text) > last.seq:
            raise NotFound(f"--at {text[:40]}: there is no such record; the journal ends at record {last.seq}.")
        return int(text), None
    try:
        return None, parse_instant(text)
    except Malformed:
        raise Malformed(
            f"--at {text[:40]}: write a record's number like 42, or an instant like 2026-01-01T00:00:00Z.", field="at"
        ) from None
