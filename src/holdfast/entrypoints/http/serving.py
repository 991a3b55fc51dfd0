"""A server from its settings, and its life: opened, run until a signal, closed."""

from __future__ import annotations

import asyncio
import gc
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import uvicorn

from holdfast import bootstrap
from holdfast.engine.genesis import Genesis
from holdfast.engine.service import Service
from holdfast.entrypoints.http import traces
from holdfast.entrypoints.http.app import build
from holdfast.entrypoints.http.background import BACKGROUND
from holdfast.entrypoints.http.connections import Connection, Slow
from holdfast.entrypoints.http.measuring import Instruments
from holdfast.entrypoints.http.observing import Observed
from holdfast.entrypoints.http.secret_file import Secrets, read_secrets
from holdfast.entrypoints.http.server import Server
from holdfast.entrypoints.terminal.application import Terminal
from holdfast.errors import Malformed, NoDesk
from holdfast.identity import rotation
from holdfast.identity.office import Office
from holdfast.identity.policies import installed
from holdfast.identity.secret_box import SecretBox
from holdfast.primitives.clock import Clock, system_clock
from holdfast.settings import ServerSettings


def open_server(
    settings: ServerSettings, log: Any, *, clock: Clock = system_clock, genesis: Genesis | None = None
) -> Server:
    """The desk and its people behind one server; a desk is made where there is none.

    Raises: Malformed, Unavailable, Corrupt, DeskExists.
    """
    instruments = Instruments(traces.set_up(log) if settings.traces else None)
    try:
        service = bootstrap.open_desk(settings.db, clock=clock)
    except NoDesk:
        service = bootstrap.create_desk(settings.db, Genesis() if genesis is None else genesis, clock=clock)
    try:
        secrets = read_secrets(settings)
        service.store = instruments.journal(service.store)
        office = _office(settings, clock, service, instruments)
        if installed.current(office) is None:
            with office.write() as t:
                installed.install_first(t, by="server")
        _renew(office, secrets, log)
        return Server(settings, service, office, secrets.current, log, instruments, secrets.former)
    except BaseException:
        service.close()
        raise


def _renew(office: Office, secrets: Secrets, log: Any) -> None:
    """Seal anew what former secrets sealed, and tell."""
    if not secrets.former:
        return
    renewed, lost = rotation.renew(office, SecretBox(secrets.current, secrets.former))
    log.info("sealed anew with the first secret in the file", records=renewed)
    if lost:
        log.warning("no secret in the file opens what is kept of these", lost=list(lost))


def _office(settings: ServerSettings, clock: Clock, service: Service, instruments: Instruments) -> Office:
    """The people beside a desk, with a clock at their store."""
    documents = bootstrap.open_documents(settings.db, create=True)
    try:
        return Office(instruments.office(documents), clock, lambda: service.head, gate=service.lock)
    except BaseException:
        documents.close()
        raise


def bind(settings: ServerSettings) -> socket.socket:
    """The socket that the server will listen on. Raises: Malformed where it is taken or not allowed."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((settings.host, settings.port))
    except OSError as error:
        listener.close()
        raise Malformed(
            f"{settings.host} port {settings.port} cannot be used ({error.strerror}); choose another --port.",
            field="port",
        ) from None
    return listener


class Running:
    """A server in a thread of its own, for tests and for programs that hold one inside."""

    def __init__(self, server: Server, listener: socket.socket) -> None:
        self.server = server
        self.url = f"http://{_host(listener)}:{listener.getsockname()[1]}"
        self._uvicorn = uvicorn_server(server)
        self._listener = listener
        self._thread = threading.Thread(target=self._run, name="holdfast-server", daemon=True)

    def __enter__(self) -> Running:
        self._thread.start()
        while not self._uvicorn.started and self._thread.is_alive():
            threading.Event().wait(0.005)
        return self

    def __exit__(self, *_: object) -> None:
        self._uvicorn.should_exit = True
        self._thread.join(self.server.settings.drain_seconds + 10)
        self._listener.close()
        close(self.server)

    def _run(self) -> None:
        loop_run(self._uvicorn, self._listener)


def uvicorn_server(server: Server) -> Runner:
    """uvicorn around the application."""
    config = uvicorn.Config(
        Observed(Terminal(build(server, background=BACKGROUND), server), server),
        log_config=None, access_log=False, server_header=False, date_header=False, proxy_headers=False,
        lifespan="on", timeout_graceful_shutdown=server.settings.drain_seconds,
        timeout_keep_alive=75, ws="none", http=Connection,
    )  # fmt: skip
    return Runner(config, server)


class Runner(uvicorn.Server):
    """uvicorn that tells the server first, so that open streams end and nobody waits for them.

    Signals are its owner's: he sets `should_exit`. `when_started` is called once requests are taken.
    """

    def __init__(self, config: uvicorn.Config, server: Server) -> None:
        super().__init__(config)
        self.when_started: Callable[[], None] = lambda: None
        self._told = server
        self._slow = Slow(server.settings.head_seconds)

    async def on_tick(self, counter: int) -> bool:
        """As uvicorn does, ten times a second; and once a second look for slow connections."""
        if counter % 10 == 0:
            self._slow.close(list(self.server_state.connections), asyncio.get_running_loop().time())
        return await super().on_tick(counter)

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Nothing: uvicorn's own way ends the process by the signal and not with an exit code."""
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """As uvicorn does, and tell."""
        await super().startup(sockets)
        if self.started:
            self.when_started()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Say that no more requests are wanted, let streams end, then wait for requests as uvicorn does."""
        self._told.leaving = True
        self._told.log.info("stopping")
        await asyncio.sleep(self._told.settings.leave_seconds)
        self._told.stop()
        await super().shutdown(sockets)


SWITCH_SECONDS = 0.0005
"""How long one thread may keep the interpreter while another waits: the writer gives it up several times a commit."""


CIRCLES = (10_000, 20, 50)
"""Objects and passes after which Python looks for circles of garbage: a request leaves none, but a commit's worth of
requests together has more objects than the usual threshold."""


def settle() -> None:
    """For a process that does nothing but serve: what there is now stays, and is not looked over again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*CIRCLES)


def loop_run(runner: uvicorn.Server, listener: socket.socket) -> None:
    """Run until it is asked to stop, on uvloop where there is one."""
    sys.setswitchinterval(SWITCH_SECONDS)
    try:
        import uvloop
    except ImportError:
        asyncio.run(runner.serve([listener]))
    else:
        uvloop.run(runner.serve([listener]))


def close(server: Server) -> None:
    """Let go of desk and office; everything answered is durable already."""
    server.readers.close()
    server.office.close()
    server.service.close()
    server.traces.close()


def _host(listener: socket.socket) -> str:
    host = str(listener.getsockname()[0])
    return f"[{host}]" if ":" in host else host
