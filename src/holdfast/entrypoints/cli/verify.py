"""`holdfast verify`: the audit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from holdfast.entrypoints.cli.options import Database, Json

if TYPE_CHECKING:
    from holdfast.engine.audit import Report


def verify(
    db: Database = None,
    head: Annotated[
        str | None,
        typer.Option(
            "--head", metavar="SEQ:DIGEST", help="A record noted elsewhere; it must be there still.", show_default=False
        ),
    ] = None,
    json: Json = False,
) -> None:
    """Replay the journal and check chain, digests and every invariant.

    Every command is decided again, and what it does must be what the journal says. A journal whose end was cut off
    looks whole by itself: note its head (this verb prints it) somewhere else, and give it as --head. Leaves with 70
    where anything is wrong.

    \b
    Examples:
      holdfast verify
      holdfast verify --db sqlite:desk.db --head 42:5a51…
      holdfast verify --json
    """  # fmt: skip
    from holdfast.engine import audit
    from holdfast.entrypoints.cli.desk import store
    from holdfast.entrypoints.cli.output import advance, emit, say
    from holdfast.errors import Corrupt

    expected = None if head is None else _head(head)
    with store(db) as journal, advance("verify", journal.head().seq, least=20_000) as show:
        report = audit.verify(journal, expected_head=expected, progress=show)
    if json:
        emit(_document(report))
    for problem in report.problems:
        say(f"holdfast: {problem}")
    if not report.ok:
        say("The journal is not as it was written. Stop writing to it, and restore it from a copy that verifies.")
        raise typer.Exit(Corrupt.exit_code)
    if not json:
        counts = f"{report.applied:,} applied, {report.refused:,} refused"
        checked = f", {report.snapshots} snapshots compared" if report.snapshots else ""
        print(f"All is well: {report.records:,} records ({counts}){checked}.")
        print("Chain, digests, every decision and every invariant hold.")
        print(f"Head {report.seq}:{report.digest}")


def _document(report: Report) -> dict[str, Any]:
    return {
        "ok": report.ok,
        "records": report.records,
        "head": {"seq": report.seq, "digest": report.digest},
        "applied": report.applied,
        "refused": report.refused,
        "snapshots": report.snapshots,
        "problems": list(report.problems),
    }


def _head(text: str) -> tuple[int, str]:
    from holdfast.errors import Malformed

    seq, colon, digest = text.partition(":")
    digest = digest.lower()
    number = seq.isascii() and seq.isdigit() and len(seq) <= 18
    if not (number and colon and len(digest) == 64 and not set(digest) - set("0123456789abcdef")):
        raise Malformed("--head: write SEQ:DIGEST, a record's number and its 64 hex digits, as verify prints it.")
    return int(seq), digest
