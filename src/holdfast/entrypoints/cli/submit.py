"""`holdfast submit`: one command on a desk."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from holdfast.entrypoints.cli.options import Database, Json

if TYPE_CHECKING:
    from holdfast.engine.journal import Receipt
    from holdfast.engine.service import Submission


def submit(
    command: Annotated[str | None, typer.Argument(metavar="'JSON'", help="The command.", show_default=False)] = None,
    file: Annotated[
        str | None, typer.Option("--file", metavar="FILE", help="Read it from a file; - is stdin.", show_default=False)
    ] = None,
    db: Database = None,
    at: Annotated[
        str | None,
        typer.Option("--at", metavar="TIME", help="When it happens, in a simulation.", show_default=False),
    ] = None,
    preview: Annotated[bool, typer.Option("--preview", help="Show what it would do; keep nothing.")] = False,
    json: Json = False,
) -> None:
    """Carry out one command on a desk.

    It happens at the system's present second, but never before the desk's. Without an id it gets one. Sent again with
    the same id it is answered as it was before and done once. A refusal leaves with the code of its class: 3 not
    authorised, 4 not found, 5 conflict, 6 rejected.

    \b
    Examples:
      holdfast submit '{"id": "c-1", "actor": "alice", "type": "vault.deposit", "vault": "FLUX", "assets": "1000"}'
      holdfast submit --preview '{"actor": "alice", "type": "term.stake", "amount": "15000"}'
      echo '{"actor": "bob", "type": "term.unstake", "stake": "vg-1"}' | holdfast submit --file -
    """
    from holdfast.entrypoints.cli.desk import desk
    from holdfast.entrypoints.cli.output import emit
    from holdfast.primitives.clock import system_clock
    from holdfast.wire import codec
    from holdfast.wire.problems import exit_code

    submission = _read(command, file, at)
    with desk(db, system_clock) as service:
        carry_out = service.preview if preview else service.submit
        receipt = carry_out(submission.command, submission.at)
    if json:
        emit(codec.receipt_object(receipt))
    _tell(receipt, submission.command, preview=preview, json=json)
    raise typer.Exit(exit_code(receipt.error.code) if receipt.error else 0)


def _read(command: str | None, file: str | None, at: str | None) -> Submission:
    """The command, from wherever it comes. Raises: Malformed."""
    import secrets

    from holdfast.entrypoints.cli.scenario import opened
    from holdfast.errors import Malformed
    from holdfast.wire import codec

    if (command is None) == (file is None):
        raise Malformed("State one command: as JSON in quotes, or --file FILE (- for stdin).")
    where, data = "The command", (command or "").encode("utf-8", "surrogateescape")
    if file is not None:
        where = "stdin" if file == "-" else file
        with opened(file) as source:
            data = source.read(codec.MAX_LINE + 1)
    try:
        fields = codec.parse_json(data.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise Malformed(f"{where}: not UTF-8 text.") from None
    except Malformed as error:
        raise Malformed(f"{where}: {error.message}.", **error.details) from None
    if at is not None and isinstance(fields, dict):
        if "at" in fields:
            raise Malformed("at: state it in the command or as --at, not both.", field="at")
        fields["at"] = at
    return codec.decode(fields, default_id=f"cli-{secrets.token_hex(8)}")


def _tell(receipt: Receipt, command: Any, *, preview: bool, json: bool) -> None:
    from holdfast.entrypoints.cli.output import say
    from holdfast.entrypoints.cli.words import Told, happened, minute
    from holdfast.wire.problems import remedy

    kind = str(command.__struct_config__.tag)
    if receipt.error:
        recorded = f" It is record {receipt.seq}." if receipt.seq else ""
        say(f"holdfast: {kind} refused: {receipt.error.message} ({receipt.error.code}){recorded}")
        if hint := remedy(receipt.error.code):
            say(hint)
        return
    if json:
        return
    when = f"at {minute(str(receipt.at))}"
    how = "would be applied" if preview else "was applied before" if receipt.replayed else "applied"
    number = f" as record {receipt.seq}" if receipt.seq else ""
    print(f"{kind} {how}{number} {when}")
    print(f"  {happened(Told(receipt, kind, command.actor))}")
    for event in receipt.events or ():
        print(f"  · {event['type']}")
    print(f"  id {receipt.id}" + ("; nothing was kept" if preview else f", digest {receipt.digest}"))
