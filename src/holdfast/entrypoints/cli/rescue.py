"""`holdfast rescue`: a way back in for somebody who cannot sign in any more, for whoever has the server's files."""

from __future__ import annotations

from typing import Annotated

import typer

from holdfast.entrypoints.cli.options import Database, Json


def rescue(
    name: Annotated[str, typer.Argument(metavar="PERSON", help="Who cannot sign in any more.")],
    db: Database = None,
    json: Json = False,
) -> None:
    """Let somebody in again who cannot sign in any more, by a link.

    The link sets up a password and a second factor anew. It needs the database itself, so only who keeps the server can
    do it. Password and second factors that the person had are worth nothing after the link was used; grants stay. The
    audit log tells that the server did it. A running server knows the link at once.

    \b
    Examples:
      holdfast rescue olga
      holdfast rescue olga --db 'postgresql://holdfast@db1/vaults?desk=main'
    """
    from holdfast import bootstrap
    from holdfast.entrypoints.cli.output import emit
    from holdfast.identity.services import Identity
    from holdfast.primitives.clock import format_instant

    office = bootstrap.open_office(db, create=False)
    try:
        made = Identity(office).bootstrap.rescue(name)
    finally:
        office.close()
    if json:
        emit({"person": made.person, "token": made.token, "expires": format_instant(made.expires)})
        return
    print(f"{made.person} can set up password and second factor anew until {format_instant(made.expires)}:")
    print(f"  <the server's address>/invitation#{made.token}")
