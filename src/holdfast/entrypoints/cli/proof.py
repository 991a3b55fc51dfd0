"""`holdfast proof`: what the desk owes, as roots to publish and a proof for each holder."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from holdfast.entrypoints.cli.options import Database, Json, Server
from holdfast.entrypoints.cli.state import Moment

if TYPE_CHECKING:
    from holdfast.client import Client
    from holdfast.views.liabilities import DailyRoots, DayProofs

T = TypeVar("T")

Secret = Annotated[
    str | None,
    typer.Option(
        "--secret",
        metavar="FILE",
        help="Holds the secret that the salts are made of: 32 bytes or more, kept for good. A server has its own.",
        show_default=False,
    ),
]
Day = Annotated[
    str | None,
    typer.Option(
        "--day", metavar="DATE", help="Default: the day of the state; of a server the last one.", show_default=False
    ),
]


def root(
    secret: Secret = None,
    db: Database = None,
    server: Server = None,
    at: Moment = None,
    day: Day = None,
    json: Json = False,
) -> None:
    """Make the roots of what is owed, to be published for a day.

    One root for each asset commits to every holder's claim and to their sum, which is the supply. Publish what --json
    prints where all holders see the same. A server publishes them by itself; --server gives those of a day.

    \b
    Examples:
      holdfast proof root --secret proofs.key
      holdfast proof root --secret proofs.key --at 2026-01-31T23:59:59Z --json > roots.json
      holdfast proof root --server https://desk.example.org --day 2026-01-31 --json > roots.json
    """
    from holdfast.entrypoints.cli.output import console, emit
    from holdfast.entrypoints.cli.remote import reached
    from holdfast.entrypoints.cli.state_tables import show_table
    from holdfast.primitives.asset import format_units

    with reached(db, server) as client:
        if client is None:
            roots = _proofs(db, at, day, secret).roots()
        else:
            roots = _published(client, _day_there(client, at, day, secret))
    if json:
        emit(roots)
        return
    print(f"Owed on {roots.day}: record {roots.seq:,}, {roots.at}")
    rows = [
        (code, format_units(int(asset.sum), asset.decimals), asset.root) for code, asset in sorted(roots.assets.items())
    ]
    show_table(console(), ("asset", ">sum", "~root"), rows)


def make(
    account: Annotated[str, typer.Argument(metavar="ACCOUNT", help="A holder, or @desk for what is nobody's.")],
    asset: Annotated[str, typer.Option("--asset", metavar="CODE", help="What he is owed.")],
    secret: Secret = None,
    db: Database = None,
    server: Server = None,
    at: Moment = None,
    day: Day = None,
    json: Json = False,
) -> None:
    """Make a holder's proof that his claim is part of a root.

    It must be made of the same record, day and secret as the root. What --json prints is for him alone. A server makes
    that of a day that it has published.

    \b
    Examples:
      holdfast proof make alice --asset FLUX --secret proofs.key
      holdfast proof make alice --asset FLUX --secret proofs.key --at 42 --json > alice.json
      holdfast proof make alice --asset FLUX --server https://desk.example.org --json > alice.json
    """
    from holdfast.entrypoints.cli.output import emit
    from holdfast.entrypoints.cli.remote import as_type, reached
    from holdfast.primitives.asset import format_units
    from holdfast.views.liabilities import Inclusion

    with reached(db, server) as client:
        if client is None:
            proof = _proofs(db, at, day, secret).inclusion(asset, account)
        else:
            there = _day_there(client, at, day, secret)
            proof = as_type(client.proofs.my_proof(there, asset, account=account), Inclusion)
    if json:
        emit(proof)
        return
    print(f"{account} is owed {format_units(int(proof.amount), proof.decimals)} {asset} at record {proof.seq:,}:")
    for part, units in proof.parts.items():
        print(f"  {part.replace('_', ' ')} {format_units(int(units), proof.decimals)}")
    print(f"The way to the root of {proof.day} has {len(proof.path)} steps; --json prints the proof.")


def check(
    proof: Annotated[str, typer.Argument(metavar="PROOF", help="What the holder was given; - reads stdin.")],
    roots: Annotated[str, typer.Argument(metavar="ROOTS", help="What was published.")],
    json: Json = False,
) -> None:
    """Check a proof against the published roots; no desk is needed.

    Leaves with 6 where the proof does not hold. `holdfast proof script` prints a script that does the same without
    Holdfast.

    \b
    Examples:
      holdfast proof check alice.json roots.json
    """
    from holdfast.entrypoints.cli.output import emit, say
    from holdfast.entrypoints.cli.words import visible
    from holdfast.errors import Rejected
    from holdfast.primitives.asset import format_units
    from holdfast.views import liabilities

    given = _document(proof, liabilities.Inclusion)
    published = _document(roots, liabilities.DailyRoots)
    found = liabilities.problem(given, published)
    if json:
        emit({"ok": found is None, "account": given.account, "asset": given.asset, "amount": given.amount,
              "problem": found})  # fmt: skip
    elif found is None:
        owed, total = (
            format_units(int(units), given.decimals) for units in (given.amount, published.assets[given.asset].sum)
        )
        print(
            f"The proof holds: {given.account} is owed {owed} of the {total} {given.asset} published for {given.day}."
        )
    if found is not None:
        say(f"holdfast: the proof does not hold: {visible(found)}.")
        raise typer.Exit(Rejected.exit_code)


def script() -> None:
    """Print the script that checks a proof without Holdfast.

    Python's standard library is all it needs. Hand it to holders, or let them read it.

    \b
    Examples:
      holdfast proof script > check_inclusion.py
      python3 check_inclusion.py alice.json roots.json
    """
    from importlib.resources import files

    from holdfast.entrypoints.cli.output import write

    write(files("holdfast.entrypoints").joinpath("check_inclusion.py").read_bytes())


def _proofs(db: str | None, at: str | None, day: str | None, secret: str | None) -> DayProofs:
    """The proofs of a desk as of a moment; the secret is read first. Raises: Malformed without one."""
    from holdfast.engine import genesis
    from holdfast.entrypoints.cli.desk import as_of, store
    from holdfast.errors import Malformed
    from holdfast.primitives.clock import format_instant
    from holdfast.views.liabilities import DayProofs

    if secret is None:
        raise Malformed("--secret: name the file with the secret that the salts are made of.", field="--secret")
    key = _read(secret).strip()
    _, state, head = as_of(db, at)
    with store(db) as journal:
        desk = genesis.root(journal.genesis() or b"")
    return DayProofs(state, desk, head, key, day or format_instant(state.now)[:10])


def _day_there(client: Client, at: str | None, day: str | None, secret: str | None) -> str:
    """The day that is asked of a server, by default the last that it has published. Raises: Malformed, NotFound."""
    from holdfast.errors import Malformed, NotFound

    if at is not None or secret is not None:
        raise Malformed("--secret and --at: a server has published its days already; state --day.", field="--day")
    if day is not None:
        return day
    for newest in client.proofs.all(limit=1):
        return newest["day"]
    raise NotFound("The server has not published any day yet.")


def _published(client: Client, day: str) -> DailyRoots:
    from holdfast.entrypoints.cli.remote import as_type
    from holdfast.views.liabilities import DailyRoots

    return as_type(client.proofs.proof_of_day(day), DailyRoots)


def _document(name: str, kind: type[T]) -> T:
    """A JSON document of one kind, read strictly. Raises: Malformed that names the file."""
    import msgspec

    from holdfast.errors import Malformed
    from holdfast.wire import codec

    try:
        return msgspec.convert(codec.parse_json(_read(name)), kind)
    except Malformed as error:
        raise Malformed(f"{name}: {error.message}", file=name) from None
    except msgspec.ValidationError as error:
        raise Malformed(f"{name}: {error}", file=name) from None


def _read(name: str) -> bytes:
    """All bytes of a file. Raises: Malformed."""
    import sys

    from holdfast.wire.problems import from_os_error

    try:
        content: Any = sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
    except OSError as error:
        raise from_os_error(error, "read") from None
    return bytes(content)
