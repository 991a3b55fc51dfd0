"""`holdfast sign-in` and `holdfast sign-out`: a key for this machine, made by password and code."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from holdfast.entrypoints.cli.options import Json, Server

if TYPE_CHECKING:
    from holdfast.client import Client

TITLE_LENGTH = 100


Name = Annotated[str | None, typer.Option("--name", help="Who signs in; asked for without.", show_default=False)]
Functions = Annotated[
    list[str] | None,
    typer.Option(
        "--function",
        metavar="PATTERN",
        help="What the key may do, like own.read or term.*; may be repeated. Default: all that its person may.",
        show_default=False,
    ),
]
Days = Annotated[int, typer.Option(min=1, max=365, help="Days that the key is good for.")]
Signed = Annotated[
    bool,
    typer.Option(
        "--signed",
        help="Sign every request with a private key made here: what has to be confirmed passes without a code then.",
    ),
]


def sign_in(
    server: Server = None,
    name: Name = None,
    functions: Functions = None,
    days: Days = 30,
    signed: Signed = False,
    json: Json = False,
) -> None:
    """Sign in to a server, and keep a key of it here.

    Asks for the password and for codes of the authenticator app, never on the command line. The API key is kept in a
    file of mode 600 in the user's configuration folder; `--server` with this address uses it from then on. Making a key
    is confirmed by a code of its own, the next one that the app shows.

    \b
    Examples:
      holdfast sign-in --server https://desk.example.org
      holdfast sign-in --server https://desk.example.org --name ann --function 'own.*' --days 7
    """  # fmt: skip
    from holdfast import bootstrap
    from holdfast.client import Client
    from holdfast.entrypoints.cli.output import emit, say
    from holdfast.entrypoints.cli.sign_ins import SignIns
    from holdfast.primitives.clock import format_instant

    url = _server(server)
    kept = SignIns(bootstrap.client_settings().folder)
    person = name or _ask("Name")
    password = _ask("Password", hidden=True)
    with Client(url, step_up=lambda _: _ask("Next code, to make the key")) as client:
        opened = client.sign_in.password(name=person, password=password)
        if opened["stage"] == "enrol":
            from holdfast.errors import SecondFactorMissing

            raise SecondFactorMissing(f"Set up a second factor first: open {url} in a browser.")
        client.sign_in.code(code=_ask("Code"))
        try:
            made = _make(client, url, person, functions, days, signed=signed)
        finally:
            client.sign_in.sign_out()
    path = kept.put(made)
    if json:
        emit({"server": url, "person": person, "key": made.key_id, "expires": made.expires, "file": str(path)})
        return
    say(f"Signed in to {url} as {person} until {format_instant(made.expires)}. The key is in {path}.")


def sign_out(server: Server = None, json: Json = False) -> None:
    """Sign out of a server, and end the key that is kept here.

    \b
    Examples:
      holdfast sign-out --server https://desk.example.org
    """
    from holdfast import bootstrap
    from holdfast.entrypoints.cli.output import emit, say
    from holdfast.entrypoints.cli.remote import connected
    from holdfast.entrypoints.cli.sign_ins import SignIns
    from holdfast.errors import NotFound, Unauthenticated

    url = _server(server)
    kept = SignIns(bootstrap.client_settings().folder)
    found = kept.get(url)
    if found is None:
        raise NotFound(f"You are not signed in to {url}: there is no {kept.path(url)}.")
    signing = None if found.signing_key is None else bytes.fromhex(found.signing_key)
    try:
        with connected(url, api_key=found.api_key, signing_key=signing) as client:
            client.me.revoke_api_key(found.key_id)
    except (Unauthenticated, NotFound):
        say("holdfast: the key had ended already.")
    kept.remove(url)
    if json:
        emit({"server": url, "person": found.person, "key": found.key_id})
        return
    say(f"Signed out of {url}.")


def _make(client: Client, url: str, person: str, functions: list[str] | None, days: int, *, signed: bool) -> Any:
    """A new key, with a private key of its own where its requests are to be signed."""
    import platform

    from holdfast.entrypoints.cli.sign_ins import SignIn
    from holdfast.primitives.clock import DAY, system_clock

    private, public = _key_pair() if signed else (None, None)
    made = client.me.make_api_key(
        title=f"holdfast on {platform.node() or 'a machine'}"[:TITLE_LENGTH],
        expires=system_clock() + days * DAY,
        functions=functions or None,
        public_key=public,
    )
    return SignIn(url, person, made["key"]["id"], made["token"], made["key"]["expires"], private)


def _key_pair() -> tuple[str, str]:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    private = Ed25519PrivateKey.generate()
    return private.private_bytes_raw().hex(), private.public_key().public_bytes_raw().hex()


def _server(server: str | None) -> str:
    from holdfast.entrypoints.cli.remote import chosen, client_class
    from holdfast.errors import Malformed

    client_class()
    url = chosen(None, server, database=False)
    if url is None:
        raise Malformed("Name the server: --server URL, or HOLDFAST_SERVER.", field="--server")
    return url


def _ask(what: str, *, hidden: bool = False) -> str:
    """What is typed, from the terminal alone; a program gives a line of stdin for each question."""
    import sys

    from holdfast.errors import Malformed

    found: str = (
        typer.prompt(what, hide_input=hidden, err=True) if sys.stdin.isatty() else sys.stdin.readline().rstrip("\n")
    )
    if not found:
        raise Malformed(f"{what}: nothing was given.")
    return found
