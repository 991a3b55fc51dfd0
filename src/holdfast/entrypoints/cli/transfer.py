"""`holdfast export` and `holdfast import`: a journal as lines of JSON, and back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Annotated, Any, BinaryIO

import typer

from holdfast.entrypoints.cli.options import Database, Json, Server


def export(
    db: Database = None,
    server: Server = None,
    output: Annotated[
        str | None, typer.Option("--output", "-o", metavar="FILE", help="Default: stdout.", show_default=False)
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Write over FILE if it is there.")] = False,
    upto: Annotated[
        int | None, typer.Option("--upto", metavar="SEQ", min=0, help="End at this record.", show_default=False)
    ] = None,
) -> None:
    """Write a desk's journal as lines of JSON.

    One line for what the desk started from, one for each record, one for the head. FILE appears when it is complete.
    People and the audit log stay out of it; `holdfast copy` takes them along.

    \b
    Examples:
      holdfast export --db desk.db -o desk.ndjson
      holdfast export | gzip > desk.ndjson.gz
    """
    from holdfast.engine.transfer import export_journal
    from holdfast.entrypoints.cli.desk import store
    from holdfast.entrypoints.cli.output import advance
    from holdfast.entrypoints.cli.remote import journal_lines, reached

    with reached(db, server) as client:
        if client is not None:
            _write(journal_lines(client, upto), output, force=force)
            return
    with store(db) as journal, advance("export", journal.head().seq, least=20_000) as show:
        _write(export_journal(journal, upto, show), output, force=force)


def _write(lines: Iterator[bytes], output: str | None, *, force: bool) -> None:
    """Lines of a journal to a file or to stdout."""
    from holdfast.entrypoints.cli.output import say, write

    if output is None or output == "-":
        for line in lines:
            write(line)
        return
    with complete(output, force=force) as target:
        count = sum(1 for line in lines if target.write(line))
    say(f"Wrote {max(count - 2, 0):,} records to {output}.")


def import_(
    file: Annotated[str, typer.Argument(metavar="FILE", help="What export wrote; - reads stdin.")],
    db: Annotated[str, typer.Option("--db", metavar="URL", help="The new desk, as for other verbs.")],
    json: Json = False,
) -> None:
    """Make a desk from an exported journal, bit for bit.

    Numbers, times and digests are checked line by line; there is a whole desk afterwards, or none. `holdfast verify`
    then decides every command again.

    \b
    Examples:
      holdfast import desk.ndjson --db copy.db && holdfast verify --db copy.db
      gzip -dc desk.ndjson.gz | holdfast import - --db copy.db
    """
    from holdfast import bootstrap
    from holdfast.engine.transfer import import_journal
    from holdfast.entrypoints.cli.output import advance, emit
    from holdfast.entrypoints.cli.scenario import opened
    from holdfast.errors import Malformed

    path = bootstrap.shown(db)
    with opened(file) as source, advance("import", None) as show, _new(db):
        store = bootstrap.open_store(db, create=True)
        try:
            head = import_journal(store, source, show)
        except Malformed as error:
            name = "stdin" if file == "-" else file
            between = ", " if error.message.startswith("line ") else ": "
            raise Malformed(f"{name}{between}{error.message}", **{**error.details, "file": name}) from None
        finally:
            store.close()
    if json:
        emit({"db": path, "head": {"seq": head.seq, "digest": head.digest.hex()}})
        return
    print(f"Made the desk in {path}: {head.seq:,} records.")
    print(f"Head {head.seq}:{head.digest.hex()}")


def copy(
    source: Annotated[str, typer.Option("--from", metavar="URL", help="The desk, as for other verbs.")],
    target: Annotated[str, typer.Option("--to", metavar="URL", help="Where there is no desk yet.")],
    json: Json = False,
) -> None:
    """Move a desk to another store, bit for bit.

    Genesis and records are copied in one transaction: there is a whole desk afterwards, or none. People and the audit
    log go along, where there are any. What was written is read again and compared. Stop the programs that write to the
    old desk first; records that come later are not copied.

    \b
    Examples:
      holdfast copy --from sqlite:desk.db --to 'postgresql://holdfast@db1/vaults?desk=main'
      holdfast copy --from postgresql://holdfast@db1/vaults --to desk.db
    """
    from holdfast import bootstrap
    from holdfast.engine.transfer import compare_journals, copy_journal
    from holdfast.entrypoints.cli.desk import store
    from holdfast.entrypoints.cli.output import advance, emit

    path = bootstrap.shown(target)
    with store(source) as old, _new(target):
        last = old.head().seq
        new = bootstrap.open_store(target, create=True)
        try:
            # the office first: before there is a genesis, what is left of an attempt that failed counts for nothing
            office = _copy_office(source, target) if new.genesis() is None else None
            with advance("copy", last, least=20_000) as show:
                head = copy_journal(old, new, show)
            with advance("compare", last, least=20_000) as show:
                compare_journals(old, new, head, show)
        finally:
            new.close()
    if json:
        said = {"db": path, "head": {"seq": head.seq, "digest": head.digest.hex()}}
        emit(said | ({"office": office} if office else {}))
        return
    print(f"Made the desk in {path}: {head.seq:,} records.")
    if office:
        print(f"With its office: {office['documents']:,} records, {office['seq']:,} log entries.")
    print(f"Head {head.seq}:{head.digest.hex()}")


def _copy_office(source: str, target: str) -> dict[str, Any] | None:
    """Copy people and audit log, where there are any, and compare; where they stand."""
    from holdfast import bootstrap
    from holdfast.store.documents.copying import compare_documents, copy_documents

    old = bootstrap.find_documents(source)
    if old is None:
        return None
    try:
        new = bootstrap.open_documents(target, create=True)
        try:
            head = copy_documents(old, new)
            count = compare_documents(old, new, head)
        finally:
            new.close()
    finally:
        old.close()
    return {"documents": count, "seq": head.seq, "digest": head.digest.hex()}


@contextmanager
def _new(db: str) -> Iterator[None]:
    """Take a file away again if it was not there before and its making fails. On PostgreSQL nothing is left anyway."""
    from holdfast import bootstrap

    if bootstrap.on_postgres(db):
        yield
        return
    path = bootstrap.database_path(db)
    there = Path(path).exists()
    try:
        yield
    except BaseException:
        if not there:
            for suffix in ("", "-wal", "-shm"):
                with suppress(OSError):
                    Path(path + suffix).unlink(missing_ok=True)
        raise


@contextmanager
def complete(name: str, *, force: bool) -> Iterator[BinaryIO]:
    """A file that appears under its name when all is written and synced. Raises: Malformed, Unavailable."""
    import os

    from holdfast.errors import Malformed
    from holdfast.wire.problems import from_os_error

    target, part = Path(name), Path(f"{name}.part")
    if target.is_dir():
        raise Malformed(f"{name} is a folder; name a file in it.", file=name)
    if target.exists() and not force:
        raise Malformed(f"{name} is there already; --force writes over it.", file=name)
    if target.exists() and not target.is_file():
        with target.open("wb") as device:
            yield device
        return
    try:
        with part.open("wb") as written:
            yield written
            written.flush()
            os.fsync(written.fileno())
        part.replace(target)
    except OSError as error:
        with suppress(OSError):
            part.unlink(missing_ok=True)
        error.filename = name
        raise from_os_error(error, "write") from None
    except BaseException:
        part.unlink(missing_ok=True)
        raise
