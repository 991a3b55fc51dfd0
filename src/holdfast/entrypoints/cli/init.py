"""`holdfast init`: a new desk."""

from __future__ import annotations

import shlex
from typing import Annotated

import typer

from holdfast.entrypoints.cli.options import Database, Json


def init(
    db: Database = None,
    desk: Annotated[
        str | None, typer.Option("--desk", metavar="DESK.toml", help="Assets, roles, parameters.", show_default=False)
    ] = None,
    name: Annotated[str | None, typer.Option("--name", help="What the desk is called.", show_default=False)] = None,
    demo: Annotated[bool, typer.Option("--demo", help="Let anybody draw test tokens (faucet.drip).")] = False,
    print_desk: Annotated[bool, typer.Option("--print-desk", help="Only print the standard desk file.")] = False,
    json: Json = False,
) -> None:
    """Make a desk, in a new file or on PostgreSQL.

    What it starts from - name, assets, roles, parameters - is set once and becomes part of the journal. The standard
    desk has FLUX, RENDER, VG, VC, CSPR and mCSPR, and the accounts operator, oracle and keeper in their roles.

    \b
    Examples:
      holdfast init
      holdfast init --db 'postgresql://holdfast@db1/vaults?desk=main' --name "Main desk"
      holdfast init --print-desk > desk.toml
      holdfast init --db desk.db --desk desk.toml
    """  # fmt: skip
    if print_desk:
        _print_desk()
        return
    from msgspec import structs

    from holdfast import bootstrap
    from holdfast.engine.genesis import Genesis
    from holdfast.entrypoints.cli.desk import read_desk_file
    from holdfast.entrypoints.cli.output import emit, say
    from holdfast.errors import Malformed

    genesis = read_desk_file(desk) if desk else Genesis()
    if name is not None:
        if not 1 <= len(name) <= 100:
            raise Malformed("--name: write 1 to 100 characters.", field="name")
        genesis = structs.replace(genesis, name=name)
    if demo:
        genesis = structs.replace(genesis, demo=True)
    service = bootstrap.create_desk(db, genesis)
    service.close()
    path = bootstrap.shown(db)
    if json:
        emit({"db": path, "name": genesis.name, "demo": genesis.demo, "digest": service.head.digest.hex()})
        return
    say(f"Made the desk {genesis.name!r} in {path}.")
    say(f"Its journal starts from digest {service.head.digest.hex()}.")
    where = "" if db is None else f" --db {shlex.quote(path)}"
    say(f"Next: holdfast submit{where} '{_EXAMPLE}'")


_EXAMPLE = '{"actor": "operator", "type": "asset.mint", "asset": "FLUX", "to": "alice", "amount": "1000"}'


def _print_desk() -> None:
    from holdfast.entrypoints.cli.output import write
    from holdfast.wire import desk_template

    write(desk_template.standard().encode())
