"""`holdfast depin ingest`: the reports that agents have stored, into a desk."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Annotated, Any

import typer

from holdfast.entrypoints.cli.options import Database, Json, Server

if TYPE_CHECKING:
    from holdfast.client import Client
    from holdfast.engine.journal import Receipt
    from holdfast.engine.service import Service
    from holdfast.protocol.arguments import Command
    from holdfast.protocol.state import State

LOT = 1_000
"""Reports to one commit."""


def ingest(
    files: Annotated[list[str], typer.Argument(metavar="FILE…", help="Spools of `holdfast agent`; - reads stdin.")],
    db: Database = None,
    server: Server = None,
    json: Json = False,
) -> None:
    """Take reports that agents have stored into a desk.

    Each line is a `depin.report` command with its id; a line that was taken before is recognised and done once, so a
    spool can be sent again at any time, whole or grown. A report that cannot be counted yet (its resource or attestor
    is not registered, its epoch has not begun, its end lies ahead of the desk's clock) waits: nothing is recorded of
    it, and the next ingest takes it up. One that never can be counted is refused and recorded.

    \b
    Examples:
      holdfast depin ingest reports.ndjson --db desk.db
      holdfast depin ingest spools/*.ndjson --json
    """
    from holdfast.entrypoints.cli.desk import desk
    from holdfast.entrypoints.cli.output import emit
    from holdfast.entrypoints.cli.remote import reached
    from holdfast.primitives.clock import system_clock

    counts: Counter[str] = Counter()
    why: Counter[str] = Counter()
    with reached(db, server) as client:
        if client is None:
            with desk(db, system_clock) as service:
                for file in files:
                    _file(service, file, counts, why)
                seq = service.state.seq
        else:
            for file in files:
                _file_to_server(client, file, counts, why)
            seq = client.desk()["seq"]
    found = {name: counts[name] for name in ("applied", "replayed", "refused", "waiting")}
    if json:
        emit({**found, "reasons": dict(sorted(why.items())), "seq": seq})
        return
    print(f"{found['applied']:,} reports counted, {found['replayed']:,} were there already, ", end="")
    print(f"{found['refused']:,} refused, {found['waiting']:,} wait.")
    for reason, number in sorted(why.items()):
        print(f"  {number:,} × {reason}")


def _file(service: Service, file: str, counts: Counter[str], why: Counter[str]) -> None:
    from holdfast.entrypoints.cli.output import advance
    from holdfast.entrypoints.cli.run import _position, _size
    from holdfast.entrypoints.cli.scenario import batches, opened

    with opened(file) as source, advance(f"ingest {file}", _size(source), least=1_000_000) as show:
        read = _position(source)
        for lot, ended in batches(source, file, LOT):
            ready = []
            for line in lot:
                command = _report(line, file)
                reason = waits(service.state, command, _now(service))
                if reason is None:
                    ready.append(line.submission)
                else:
                    counts["waiting"] += 1
                    why[f"waiting: {reason}"] += 1
            for receipt in service.submit_many([submission for submission in ready if submission is not None]):
                _count(receipt, counts, why)
            show(read())
            if ended is not None:
                raise ended


def _file_to_server(client: Client, file: str, counts: Counter[str], why: Counter[str]) -> None:
    """The same, one by one: who attests sees only what becomes of his own reports."""
    from holdfast.engine.journal import Receipt
    from holdfast.entrypoints.cli.output import advance
    from holdfast.entrypoints.cli.remote import as_type
    from holdfast.entrypoints.cli.reporting import hand_over
    from holdfast.entrypoints.cli.run import _position, _size
    from holdfast.entrypoints.cli.scenario import batches, opened
    from holdfast.wire import codec

    with opened(file) as source, advance(f"ingest {file}", _size(source), least=20_000) as show:
        read = _position(source)
        for lot, ended in batches(source, file, 1):
            for line in lot:
                handed = hand_over(client, codec.encode(_report(line, file)))
                if handed.receipt is None:
                    counts["waiting"] += 1
                    why[f"waiting: {handed.waits}"] += 1
                else:
                    _count(as_type(dict(handed.receipt), Receipt), counts, why)
            show(read())
            if ended is not None:
                raise ended


def _now(service: Service) -> int:
    from holdfast.primitives.clock import system_clock

    return max(service.state.now, system_clock())


def _report(line: Any, file: str) -> Command:
    """The line's report. Raises: Malformed for a line that is none, or states when it happens."""
    from holdfast.errors import Malformed
    from holdfast.protocol import commands

    where = f"{file}, line {line.number}"
    if line.error is not None:
        raise Malformed(f"{where}: {line.error.message}", file=file, line=line.number)
    submission = line.submission
    if not isinstance(submission.command, commands.DepinReport):
        kind = submission.command.__struct_config__.tag
        raise Malformed(f"{where}: a spool holds depin.report commands, not {kind}.", file=file, line=line.number)
    if submission.at is not None:
        raise Malformed(
            f"{where}: at: a report is taken in when it arrives; leave it out.", file=file, line=line.number
        )
    return submission.command


def waits(state: State, command: Any, now: int) -> str | None:
    """Why a report cannot be counted yet; None for one that can be decided now, even if it is refused."""
    from holdfast.errors import Malformed
    from holdfast.primitives.clock import parse_instant
    from holdfast.protocol.depin import epoch_end

    resource = state.resources.get(command.resource)
    if resource is None:
        return "the resource is not registered"
    attestor = state.attestors.get(f"{resource.network}/{command.actor}")
    if attestor is None:
        return "the attestor is not registered"
    network = state.networks[resource.network]
    try:
        start, end = parse_instant(command.from_), parse_instant(command.to)
    except Malformed:
        return None
    if end > now:
        return "it ends ahead of the desk's clock"
    return "its epoch has not begun; close the one before" if start >= epoch_end(network) else None


def _count(receipt: Receipt, counts: Counter[str], why: Counter[str]) -> None:
    if receipt.replayed:
        counts["replayed"] += 1
    elif receipt.error:
        counts["refused"] += 1
        reason = receipt.error.details.get("reason")
        why[f"{receipt.error.code} ({reason})" if reason else receipt.error.code] += 1
    else:
        counts["applied"] += 1
