"""`holdfast serve`: the desk as a server, for many people and programs at once."""

from __future__ import annotations

import os
import signal
import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from holdfast.entrypoints.cli.failure import INTERRUPTED
from holdfast.entrypoints.cli.options import Json

if TYPE_CHECKING:
    from holdfast.entrypoints.http.server import Server
    from holdfast.entrypoints.http.serving import Runner
    from holdfast.settings import ServerSettings
    from holdfast.wire.settings_file import Effective

START_PAGE = "/start"
"""Where the one-use link of a first start leads; the token stands behind `#`, which browsers send to nobody."""


def serve(
    db: Annotated[
        str | None,
        typer.Option("--db", metavar="URL", help="The desk: FILE or postgresql://HOST/DATABASE.", show_default=False),
    ] = None,
    host: Annotated[str | None, typer.Option(help="The address to listen on.", show_default=False)] = None,
    port: Annotated[int | None, typer.Option(help="The port to listen on; 0: a free one.", show_default=False)] = None,
    origin: Annotated[
        str | None,
        typer.Option(metavar="URL", help="The address in browsers: https://desk.example.org.", show_default=False),
    ] = None,
    keeper: Annotated[
        bool | None, typer.Option("--keeper/--no-keeper", help="Carry out what is due.", show_default=False)
    ] = None,
    config: Annotated[
        str | None,
        typer.Option("--config", metavar="FILE", help="Settings, in TOML. Default: holdfast.toml.", show_default=False),
    ] = None,
    log_format: Annotated[
        str | None, typer.Option(metavar="text|json", help="How the log is written.", show_default=False)
    ] = None,
    log_level: Annotated[
        str | None, typer.Option(metavar="LEVEL", help="debug, info, warning or error.", show_default=False)
    ] = None,
    print_config: Annotated[
        bool, typer.Option("--print-config", help="Only print the settings and where each comes from.")
    ] = False,
    json: Json = False,
) -> None:
    """Serve a desk over HTTP, with people and policies and the keeper.

    With nothing set it serves ./holdfast.db, made if missing, on http://127.0.0.1:8000. Where nobody may sign in yet it
    prints a link that makes the first operator, once. Settings come from a TOML file, over it HOLDFAST_ variables, over
    them options. The log goes to stderr. One process uses one core; for more, start more servers on one PostgreSQL
    desk. Ctrl-C or SIGTERM ends it when the requests in flight are answered; a second Ctrl-C at once (exit code 130).

    \b
    Examples:
      holdfast serve
      holdfast serve --port 8080 --origin https://desk.example.org
      holdfast serve --config /etc/holdfast/holdfast.toml --print-config
    """
    options = {
        "db": db, "host": host, "port": port, "origin": origin, "keeper": keeper, "log_format": log_format,
        "log_level": log_level,
    }  # fmt: skip
    found = _settings(config, options)
    _print(found, json=json) if print_config else _serve(found.settings, json=json)


def _settings(config: str | None, options: dict[str, Any]) -> Effective:
    from holdfast import bootstrap
    from holdfast.errors import Malformed
    from holdfast.wire.settings_file import holds_password

    if options["db"] and bootstrap.on_postgres(options["db"]) and holds_password(options["db"]):
        raise Malformed(
            "--db: everybody on this machine can read a command line; put the password into PGPASSFILE, HOLDFAST_DB or "
            "the configuration file.",
            field="--db",
        )
    return bootstrap.effective_settings(config, options=options)


def _print(found: Effective, *, json: bool) -> None:
    """The settings in force and their origins, without passwords."""
    from msgspec import structs

    from holdfast import bootstrap
    from holdfast.entrypoints.cli.output import emit

    values = structs.asdict(found.settings) | {"db": bootstrap.shown(found.settings.db)}
    if json:
        emit({name: {"value": value, "from": found.origins[name]} for name, value in values.items()})
        return
    width = max(map(len, values))
    shown = {name: _toml(value) for name, value in values.items()}
    second = max(map(len, shown.values()))
    for name, text in shown.items():
        print(f"{name:<{width}} = {text:<{second}}  # {found.origins[name]}")


def _toml(value: Any) -> str:
    from msgspec import json

    return json.encode(value).decode()


def _serve(settings: ServerSettings, *, json: bool) -> None:
    """The server's life, from the socket to the last answer."""
    try:
        import litestar  # noqa: F401
        import uvicorn  # noqa: F401
    except ImportError as error:
        from holdfast.errors import Malformed

        raise Malformed(f"The server needs more packages ({error}): pip install 'holdfast[server]'.") from None
    from msgspec import structs

    from holdfast.entrypoints.http import serving
    from holdfast.entrypoints.http.logs import server_log, take_over

    log = server_log(settings.log_format, settings.log_level)
    undo = take_over(log, settings.log_level)
    listener = serving.bind(settings)  # before the desk: nothing is made where the port is taken
    try:
        settings = structs.replace(settings, port=listener.getsockname()[1])
        server = serving.open_server(settings, log)
        try:
            first = server.people.bootstrap
            token = first.open() if first.is_open() else None
            runner = serving.uvicorn_server(server)
            runner.when_started = lambda: _tell(server, token, json=json)
            _obey(runner)
            serving.settle()
            serving.loop_run(runner, listener)
            log.info("stopped")
        finally:
            serving.close(server)
    finally:
        listener.close()
        undo()


def _obey(runner: Runner) -> None:
    """The first signal asks the server to stop; a second Ctrl-C ends the process, which loses nothing answered."""

    def asked(number: int, _: Any) -> None:
        if runner.should_exit and number == signal.SIGINT:
            os._exit(INTERRUPTED)
        runner.should_exit = True

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, asked)


def _tell(server: Server, token: str | None, *, json: bool) -> None:
    """Where it listens, and while there is no operator the link that makes one."""
    from holdfast import bootstrap

    settings = server.settings
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    url, place = f"http://{host}:{settings.port}", bootstrap.shown(settings.db)
    link = None if token is None else f"{server.origin}{START_PAGE}#{token}"
    server.log.info("started", url=url, origin=server.origin, db=place, seq=server.service.head.seq, pid=os.getpid())
    if server.service.corruption is not None:
        server.log.error("the desk takes no commands", error=server.service.corruption.message)
    if not settings.origin and not settings.host.startswith(("127.", "localhost", "::1")):
        server.log.warning("no origin is set: no browser on another machine can sign in", origin=server.origin)
    if json:
        from holdfast.entrypoints.cli.output import emit

        emit({"url": url, "origin": server.origin, "db": place, "link": link})
    else:
        print(f"Holdfast serves {place} on {url}; Ctrl-C ends it.")
        if link is not None:
            print(f"Nobody can sign in yet. This link makes the first operator, once, within a day:\n  {link}")
    sys.stdout.flush()
