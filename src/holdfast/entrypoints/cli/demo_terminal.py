"""The web terminal on the demo's desk, as long as somebody looks at it."""

from __future__ import annotations

import time
from pathlib import Path

PORT = 8_000


def show(path: Path, port: int | None) -> None:
    """Serve the desk with its people until Ctrl-C; their codes are shown as an authenticator would.

    Raises: Malformed where the port is taken.
    """
    from rich.live import Live

    from holdfast.entrypoints.cli import demo_people
    from holdfast.entrypoints.cli.output import console
    from holdfast.entrypoints.http import serving
    from holdfast.entrypoints.http.logs import server_log
    from holdfast.errors import Malformed
    from holdfast.settings import ServerSettings

    wanted = ServerSettings(db=str(path), name="Holdfast demo", port=PORT if port is None else port, drain_seconds=3)
    try:
        listener = serving.bind(wanted)
    except Malformed:
        if port is not None:
            raise
        listener = serving.bind(ServerSettings(port=0))  # 8000 is taken: any free one
    number = listener.getsockname()[1]
    settings = ServerSettings(
        db=wanted.db, name=wanted.name, port=number, drain_seconds=wanted.drain_seconds, log_level="warning"
    )
    server = serving.open_server(settings, server_log(settings.log_format, settings.log_level))
    ready, out = demo_people.admit(server), console()
    out.print()
    with serving.Running(server, listener), Live(console=out, auto_refresh=False) as live:
        try:
            while True:
                live.update(demo_people.table(ready, server.origin), refresh=True)
                time.sleep(1)
        except KeyboardInterrupt:
            live.update(demo_people.table(ready, server.origin), refresh=True)
    out.print(f"\nThe desk stays in {path}; serve it again with: holdfast serve --db {path}")
