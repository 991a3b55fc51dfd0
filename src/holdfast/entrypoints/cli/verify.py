"""`holdfast verify`: the audit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from holdfast.entrypoints.cli.options import Database, Json, Server

if TYPE_CHECKING:
    from holdfast.client import Client
    from holdfast.engine.audit import Report
    from holdfast.engine.ports import JournalStore


def verify(
    db: Database = None,
    server: Server = None,
    head: Annotated[
        str | None,
        typer.Option(
            "--head", metavar="SEQ:DIGEST", help="A record noted elsewhere; it must be there still.", show_default=False
        ),
    ] = None,
    log_head: Annotated[
        str | None,
        typer.Option(
            "--log-head", metavar="SEQ:DIGEST", help="The same for an entry of the audit log.", show_default=False
        ),
    ] = None,
    json: Json = False,
) -> None:
    """Replay the journal and check chain, digests and every invariant.

    Every command is decided again, and what it does must be what the journal says. The audit log, where there is one,
    must stand in its own chain, and the records that it names must be in the journal. What was cut off at its end
    looks whole by itself: note both heads (this verb prints them) somewhere else, and give them as --head and
    --log-head. Leaves with 70 where anything is wrong.

    \b
    Examples:
      holdfast verify
      holdfast verify --db sqlite:desk.db --head 42:5a51…
      holdfast verify --json
    """  # fmt: skip
    from holdfast.engine import audit
    from holdfast.entrypoints.cli.desk import store
    from holdfast.entrypoints.cli.output import advance
    from holdfast.entrypoints.cli.remote import reached

    expected = None if head is None else _head("--head", head)
    expected_log = None if log_head is None else _head("--log-head", log_head)
    log: dict[str, Any] | None
    with reached(db, server) as client:
        if client is not None:
            report, log = _on_server(client, expected, expected_log)
            _give(report, log, json=json)
            return
    with store(db) as journal:
        with advance("verify", journal.head().seq, least=20_000) as show:
            report = audit.verify(journal, expected_head=expected, progress=show)
        log = _verify_log(db, journal, expected_log)
    _give(report, log, json=json)


def _give(report: Report, log: dict[str, Any] | None, *, json: bool) -> None:
    from holdfast.entrypoints.cli.output import emit

    if json:
        emit(_document(report) | ({} if log is None else {"ok": report.ok and log["ok"], "log": log}))
    _tell(report, log, json=json)


def _on_server(
    client: Client, head: tuple[int, str] | None, log_head: tuple[int, str] | None
) -> tuple[Report, dict[str, Any]]:
    """Have the server verify itself, and wait for what it finds."""
    from holdfast.engine.audit import Report as Found
    from holdfast.entrypoints.cli.output import advance

    (seq, digest), (log_seq, log_digest) = head or (None, None), log_head or (None, None)
    job = client.audit.verify(seq=seq, digest=digest, log_seq=log_seq, log_digest=log_digest)
    with advance("verify", job["total"], least=20_000) as show:
        done: Any = client.jobs.wait(job, lambda at, _: show(at))["result"]
    problems = tuple(one for one in done["problems"] if one != f"log: {done['log']['problem']}")
    report = Found(
        records=done["records"], seq=done["seq"], digest=done["digest"], applied=done["applied"],
        refused=done["refused"], snapshots=done["snapshots"], problems=problems,
    )  # fmt: skip
    log = done["log"]
    return report, {"ok": not log["problem"], **{name: log[name] for name in ("seq", "digest", "problem")}}


def _tell(report: Report, log: dict[str, Any] | None, *, json: bool) -> None:
    """What was found, in words; leaves with 70 where anything is wrong."""
    from holdfast.entrypoints.cli.output import say
    from holdfast.errors import Corrupt

    for problem in report.problems:
        say(f"holdfast: {problem}")
    if log is not None and log["problem"]:
        say(f"holdfast: {log['problem']}")
    if not report.ok:
        say("The journal is not as it was written. Stop writing to it, and restore it from a copy that verifies.")
        raise typer.Exit(Corrupt.exit_code)
    if log is not None and log["problem"]:
        say("The audit log is not as it was written. Find out who could change it, and restore it from a copy.")
        raise typer.Exit(Corrupt.exit_code)
    if json:
        return
    counts = f"{report.applied:,} applied, {report.refused:,} refused"
    checked = f", {report.snapshots} snapshots compared" if report.snapshots else ""
    print(f"All is well: {report.records:,} records ({counts}){checked}.")
    print("Chain, digests, every decision and every invariant hold.")
    print(f"Head {report.seq}:{report.digest}")
    if log is not None:
        print(f"Log head {log['seq']}:{log['digest']}")


def _verify_log(db: str | None, journal: JournalStore, expected: tuple[int, str] | None) -> dict[str, Any] | None:
    """What the audit log's check finds; None where there is no log and none was noted."""
    from holdfast import bootstrap
    from holdfast.entrypoints.cli.output import advance
    from holdfast.errors import Corrupt
    from holdfast.identity import entries

    documents, said = None, {"ok": False, "seq": 0, "digest": "", "problem": ""}
    try:
        documents = bootstrap.find_documents(db)
        if documents is None:
            if expected is None:
                return None
            raise Corrupt(f"the audit log is missing: it was noted to reach entry {expected[0]}")
        head = documents.head()
        said |= {"seq": head.seq, "digest": head.digest.hex()}
        with advance("verify", head.seq, least=20_000) as show:
            entries.verify(documents, journal, expect=expected, progress=show)
    except Corrupt as broken:
        return said | {"problem": broken.message}
    finally:
        if documents is not None:
            documents.close()
    return said | {"ok": True}


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


def _head(option: str, text: str) -> tuple[int, str]:
    from holdfast.errors import Malformed

    seq, colon, digest = text.partition(":")
    digest = digest.lower()
    number = seq.isascii() and seq.isdigit() and len(seq) <= 18
    if not (number and colon and len(digest) == 64 and not set(digest) - set("0123456789abcdef")):
        raise Malformed(f"{option}: write SEQ:DIGEST, a number and 64 hex digits, as verify prints it.")
    return int(seq), digest
