"""`holdfast run`: a scenario, from its first line to its last."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from functools import partial
from types import FrameType
from typing import TYPE_CHECKING, Annotated, Any

import typer

from holdfast.entrypoints.cli.options import Everything, Json

if TYPE_CHECKING:
    from holdfast.engine.genesis import Genesis
    from holdfast.engine.journal import Receipt
    from holdfast.engine.service import Service
    from holdfast.entrypoints.cli.run_output import Output
    from holdfast.entrypoints.cli.scenario import Line
    from holdfast.errors import HoldfastError

BATCH = 1_000
"""Commands to one commit."""


def run(
    scenario: Annotated[str, typer.Argument(metavar="SCENARIO.jsonl", help="The file of commands; - reads stdin.")],
    desk: Annotated[
        str | None, typer.Option("--desk", metavar="DESK.toml", help="What a new desk starts from.", show_default=False)
    ] = None,
    db: Annotated[
        str | None,
        typer.Option(
            "--db", metavar="URL", help="Where the desk is kept; made where there is none.", show_default=False
        ),
    ] = None,
    json: Json = False,
    everything: Everything = False,
) -> None:
    """Execute a scenario, one JSON command to a line.

    Without --db the desk lives in memory and is gone afterwards. With --db it is kept, and the same run can be
    repeated or taken up again: a line that was done before is recognised by its id and answered as it was then. A
    refused command is a result, not a failure. A line that is not JSON ends the run; what was run before it stays.

    \b
    Examples:
      holdfast run scenario.jsonl
      holdfast run scenario.jsonl --db sqlite:desk.db
      holdfast run scenario.jsonl --json | jq .state.vaults
      gzip -dc long.jsonl.gz | holdfast run - --db desk.db
    """
    from holdfast.entrypoints.cli import run_output
    from holdfast.entrypoints.cli.failure import INTERRUPTED
    from holdfast.entrypoints.cli.scenario import opened

    with opened(scenario) as source:
        service = _desk(db, _genesis(desk))
        try:
            output = run_output.JsonOutput() if json else run_output.TableOutput(service, everything=everything)
            code = _Run(service, output, scenario, db).through(source)
            if code != INTERRUPTED:
                _keep(service, db)
        finally:
            service.close()
    raise typer.Exit(code)


def _genesis(desk: str | None) -> Genesis | None:
    if desk is None:
        return None
    from holdfast.entrypoints.cli.desk import read_desk_file

    return read_desk_file(desk)


def _desk(db: str | None, genesis: Genesis | None) -> Service:
    from holdfast import bootstrap

    return bootstrap.memory_desk(genesis) if db is None else bootstrap.ensure_desk(db, genesis)


def _keep(service: Service, db: str | None) -> None:
    """After long runs a snapshot spares the next start the way through the journal."""
    from holdfast.engine.service import SNAPSHOT_AFTER
    from holdfast.errors import HoldfastError

    if db is None or service.corruption is not None:
        return
    try:
        known = service.store.snapshot(service.head.seq)
        if service.head.seq - (known.head.seq if known else 0) >= SNAPSHOT_AFTER:
            service.save_snapshot()
    except HoldfastError:
        return  # only a shortcut; everything answered is durable


class _Run:
    """One scenario on one desk."""

    def __init__(self, service: Service, output: Output, name: str, db: str | None) -> None:
        self._service, self._output, self._name, self._db = service, output, name, db
        self._done = 0

    def through(self, source: Any) -> int:
        """Run all lines that can be; the exit code."""
        from holdfast import errors
        from holdfast.entrypoints.cli.failure import INTERRUPTED
        from holdfast.entrypoints.cli.output import advance, say

        failure: HoldfastError | None = None
        interrupted = False
        with _Patience() as patience, advance("run", _size(source), least=500_000) as show:
            try:
                failure = self._lots(source, patience, show)
            except errors.HoldfastError as error:
                failure = error
            except KeyboardInterrupt:
                interrupted = True
        self._output.end(self._service, failure, interrupted=interrupted)
        if interrupted:
            say(f"Interrupted after line {self._done:,} of {self._name}. {self._resume()}")
        if failure is not None:
            from holdfast.entrypoints.cli.failure import tell

            code = tell(failure, json=False)
            say(
                f"What came before, up to line {self._done:,}, was run. {self._resume()}"
                if self._done
                else "Nothing was run."
            )
            return code
        return INTERRUPTED if interrupted else 0

    def _lots(self, source: Any, patience: _Patience, show: Callable[[int], None]) -> HoldfastError | None:
        from holdfast.entrypoints.cli.scenario import batches

        read = _position(source)
        for lot, ended in batches(source, self._name, BATCH):
            if lot:
                patience.during(partial(self._execute, lot))
            show(read())
            if ended is not None:
                return ended
        return None

    def _execute(self, lot: list[Line]) -> None:
        """Carry one lot out in one commit, and tell its receipts."""
        from holdfast.engine.journal import unrecorded

        answers = iter(self._service.submit_many([line.submission for line in lot if line.submission is not None]))
        for line in lot:
            receipt: Receipt = next(answers) if line.error is None else unrecorded(line.id, line.error)
            self._output.take(line, receipt)
        self._done = lot[-1].number

    def _resume(self) -> str:
        if self._db is None:
            return "It ran in memory, so nothing is kept; with --db a run can be taken up again."
        from holdfast import bootstrap

        return f"What was answered is kept in {bootstrap.shown(self._db)}; the same command goes on from there."


class _Patience:
    """Ctrl-C during a commit waits for it to end; at any other moment, or a second time, it acts at once."""

    def __init__(self) -> None:
        self._busy = self._asked = False
        self._before: Any = None

    def __enter__(self) -> _Patience:
        self._before = signal.signal(signal.SIGINT, self._handle)
        return self

    def __exit__(self, *_: object) -> None:
        signal.signal(signal.SIGINT, self._before)

    def during(self, work: Callable[[], None]) -> None:
        """Do the work; raise an interrupt that came meanwhile after it."""
        self._busy = True
        try:
            work()
        finally:
            self._busy = False
        if self._asked:
            raise KeyboardInterrupt

    def _handle(self, number: int, frame: FrameType | None) -> None:
        if not self._busy or self._asked:
            raise KeyboardInterrupt
        self._asked = True


def _size(source: Any) -> int | None:
    """Bytes of a regular file; None for a pipe."""
    try:
        return os.fstat(source.fileno()).st_size or None
    except OSError:
        return None


def _position(source: Any) -> Callable[[], int]:
    return source.tell if source.seekable() else lambda: 0
