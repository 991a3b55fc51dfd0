"""`holdfast submit`: one command on a desk."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from holdfast.entrypoints.cli.options import Database, Json, Server

if TYPE_CHECKING:
    from holdfast.client import Client
    from holdfast.engine.journal import Receipt


def submit(
    command: Annotated[str | None, typer.Argument(metavar="'JSON'", help="The command.", show_default=False)] = None,
    file: Annotated[
        str | None, typer.Option("--file", metavar="FILE", help="Read it from a file; - is stdin.", show_default=False)
    ] = None,
    db: Database = None,
    server: Server = None,
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

    A server has its own clock, so it takes no time; it takes an actor only where one may act for several accounts.
    What it gave no answer to is sent again by itself, with the same id.

    \b
    Examples:
      holdfast submit '{"id": "c-1", "actor": "alice", "type": "vault.deposit", "vault": "FLUX", "assets": "1000"}'
      holdfast submit --preview '{"actor": "alice", "type": "term.stake", "amount": "15000"}'
      echo '{"actor": "bob", "type": "term.unstake", "stake": "vg-1"}' | holdfast submit --file -
    """
    from holdfast.entrypoints.cli.output import emit
    from holdfast.entrypoints.cli.remote import reached
    from holdfast.wire import codec
    from holdfast.wire.problems import exit_code

    fields = _read(command, file, at)
    with reached(db, server) as client:
        if client is None:
            receipt, kind, actor = _on_desk(db, fields, preview=preview)
        else:
            receipt, kind, actor = _on_server(client, fields, preview=preview)
    if json:
        emit(codec.receipt_object(receipt))
    _tell(receipt, kind, actor, preview=preview, json=json)
    raise typer.Exit(exit_code(receipt.error.code) if receipt.error else 0)


def _on_desk(db: str | None, fields: Any, *, preview: bool) -> tuple[Receipt, str, str]:
    """Carry it out here; its receipt, type and actor."""
    import secrets

    from holdfast.entrypoints.cli.desk import desk
    from holdfast.primitives.clock import system_clock
    from holdfast.wire import codec

    submission = codec.decode(fields, default_id=f"cli-{secrets.token_hex(8)}")
    with desk(db, system_clock) as service:
        carry_out = service.preview if preview else service.submit
        receipt = carry_out(submission.command, submission.at)
    return receipt, str(submission.command.__struct_config__.tag), submission.command.actor


def _on_server(client: Client, fields: Any, *, preview: bool) -> tuple[Receipt, str, str]:
    """Have the server carry it out; its receipt, type, and actor as far as that was stated."""
    from holdfast.client import receipt_of
    from holdfast.engine.journal import Receipt as Kind
    from holdfast.entrypoints.cli.output import say
    from holdfast.entrypoints.cli.remote import as_type
    from holdfast.errors import HoldfastError, Malformed

    if not isinstance(fields, dict):
        raise Malformed('A command is a JSON object like {"id": …, "type": …}.')
    if "at" in fields:
        raise Malformed("at: a server has a clock of its own; leave it out.", field="at")
    key, kind, actor = fields.pop("id", None), str(fields.get("type")), str(fields.get("actor") or "")
    if preview:
        seen = client.commands.foresee(fields)
        told: Any = seen["receipt"]
        actor = str(seen["command"]["actor"])
        decision = seen.get("policy", {})
        if decision.get("action", "allow") != "allow":
            say(f"holdfast: policies: {'; '.join(decision.get('reasons', ())) or 'this needs the approval of others'}.")
    else:
        try:
            told = client.commands.send(fields, key=key)
        except HoldfastError as error:
            told = receipt_of(error)
            if told is None:
                raise
    return as_type(dict(told), Kind), kind, actor


def _read(command: str | None, file: str | None, at: str | None) -> Any:
    """The command's JSON, from wherever it comes. Raises: Malformed."""
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
    return fields


def _tell(receipt: Receipt, kind: str, actor: str, *, preview: bool, json: bool) -> None:
    from holdfast.entrypoints.cli.output import say
    from holdfast.entrypoints.cli.words import Told, happened, minute
    from holdfast.wire.problems import remedy

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
    print(f"  {happened(Told(receipt, kind, actor))}")
    for event in receipt.events or ():
        print(f"  · {event['type']}")
    print(f"  id {receipt.id}" + ("; nothing was kept" if preview else f", digest {receipt.digest}"))
