"""Options that several verbs share, so that they read the same everywhere."""

from __future__ import annotations

from typing import Annotated

import typer

Json = Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else on stdout.")]
Database = Annotated[
    str | None,
    typer.Option(
        "--db", metavar="URL",
        help="The desk: FILE, sqlite:FILE or postgresql://HOST/DATABASE. Default: $HOLDFAST_DB, else holdfast.db.",
        show_default=False,
    ),
]  # fmt: skip
Server = Annotated[
    str | None,
    typer.Option(
        "--server", metavar="URL",
        help="The desk of a server, instead of --db: https://desk.example.org. Default: $HOLDFAST_SERVER.",
        show_default=False,
    ),
]  # fmt: skip
Everything = Annotated[bool, typer.Option("--all", help="Leave nothing out of long tables.")]
