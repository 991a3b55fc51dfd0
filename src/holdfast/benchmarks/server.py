"""The server's speed: `holdfast serve` as its own process on one core; the client, and PostgreSQL, on the other."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from itertools import count
from pathlib import Path
from statistics import median
from typing import NamedTuple

from holdfast import bootstrap
from holdfast.benchmarks import load
from holdfast.benchmarks.load import Load, Request, http
from holdfast.benchmarks.measure import Figure
from holdfast.benchmarks.postgres_server import Server as Postgres
from holdfast.benchmarks.postgres_server import programs
from holdfast.engine.genesis import Genesis
from holdfast.engine.service import Submission
from holdfast.errors import Unavailable
from holdfast.identity.policies import installed
from holdfast.identity.records import ApiKey, Person
from holdfast.identity.roles import Grant
from holdfast.identity.tokens import new_token
from holdfast.primitives.clock import YEAR
from holdfast.wire import codec

CONNECTIONS = 32
BULK = 1_000
STREAMS = 1_000
ROUNDS = 5
START_SECONDS = 60

_lots = count()


def figures(folder: Path, each: int) -> Iterator[Figure]:
    """Single commands, bulks and reads on SQLite and PostgreSQL, beside a bare echo; `each` per connection.

    All servers stand side by side and each round asks one after another, so that what the machine does happens to all.
    Raises: Unavailable, once the rest is told, where PostgreSQL cannot be started.
    """
    folder.chmod(0o711)  # PostgreSQL runs as another user where this one is root
    missing: Unavailable | None = None
    with _cores() as server_cores, ExitStack() as running:
        echo = running.enter_context(_running([sys.executable, "-m", "holdfast.benchmarks.echo"], server_cores))
        stores = [running.enter_context(_served("SQLite", str(folder / "desk.db"), folder, server_cores))]
        if programs() is not None:
            try:
                postgres = running.enter_context(Postgres(folder / "pg"))
                url = postgres.url(desk="bench")
                stores.append(running.enter_context(_served("PostgreSQL", url, folder, server_cores)))
            except Unavailable as error:
                missing = error
        bare, rounds = _rounds(echo, stores, each)
        yield Figure(f"bare echo of the same framework, {CONNECTIONS} connections", bare.rate, "/s")
        for place, store in enumerate(stores):
            yield from _told(store, rounds[store.name], bare, promised=place == 0)
            if place == 0:
                yield from _beside_streams(store, each)
        for store in stores[1:]:
            for what, load_ in rounds[store.name].items():
                beside = rounds[stores[0].name][what]
                yield Figure(f"{store.name} against {stores[0].name}: {what}", load_.rate / beside.rate, "x", floor=0.5)
    if missing is not None:
        raise missing


class _Store(NamedTuple):
    """A server on one store."""

    name: str
    port: int
    token: str


def _rounds(echo: int, stores: list[_Store], each: int) -> tuple[Load, dict[str, dict[str, Load]]]:
    """The medians of some rounds over everything."""
    bare: list[Load] = []
    found: dict[str, dict[str, list[Load]]] = {store.name: {} for store in stores}
    work: dict[str, Callable[[_Store], Load]] = {
        "single": lambda store: load.run(store.port, CONNECTIONS, each, _commands(store.token)),
        "bulk": lambda store: load.run(store.port, 1, max(each // 20, 3), _bulks(store.token)),
        "reads": lambda store: load.run(store.port, CONNECTIONS, each, _reads(store.token)),
    }
    for _ in range(ROUNDS):
        bare.append(_echo(echo, each))
        for what, run in work.items():
            for store in stores:
                found[store.name].setdefault(what, []).append(run(store))
    return _median(bare), {name: {what: _median(runs) for what, runs in of.items()} for name, of in found.items()}


def _told(store: _Store, medians: dict[str, Load], bare: Load, *, promised: bool) -> Iterator[Figure]:
    single, bulk, reads = medians["single"], medians["bulk"], medians["reads"]
    floors = (5_000, 15_000, 8_000) if promised else (None, None, None)
    yield Figure(f"{store.name}: single commands, {CONNECTIONS} connections", single.rate, "/s", floor=floors[0])
    yield Figure("… 99th percentile of waiting", single.late, "ms", most=50)
    yield Figure("… against the echo", single.rate / bare.rate, "x")
    yield Figure(f"{store.name}: commands in bulks of {BULK:,}", bulk.rate * BULK, "/s", floor=floors[1])
    yield Figure(f"{store.name}: reads of a vault", reads.rate, "/s", floor=floors[2])
    yield Figure("… against the echo", reads.rate / bare.rate, "x")


def _beside_streams(store: _Store, each: int) -> Iterator[Figure]:
    port, token = store.port, store.token
    busy = load.with_streams(
        port, token, STREAMS, lambda: load.run(port, CONNECTIONS, max(each // 10, 5), _commands(token))
    )
    yield Figure(f"{store.name}: single commands with {STREAMS:,} open streams of everything", busy.rate, "/s")
    quiet = load.with_streams(port, token, STREAMS, lambda: load.run(port, CONNECTIONS, each, _reads(token)))
    yield Figure(f"{store.name}: reads with {STREAMS:,} open streams", quiet.rate, "/s")


@contextmanager
def _served(name: str, db: str, folder: Path, cores: list[int]) -> Iterator[_Store]:
    """`holdfast serve` on a new desk."""
    token = _prepared(db)
    arguments = ["serve", "--no-keeper", "--log-level", "warning", "--port"]
    environment = {"HOLDFAST_DB": db, "HOLDFAST_SECRET_FILE": str(folder / f"{name}.secret")}
    with _running([sys.executable, "-m", "holdfast", *arguments], cores, environment) as port:
        yield _Store(name, port, token)


def _prepared(db: str) -> str:
    """A desk with a vault, and a person with money and an API key; the key."""
    service = bootstrap.create_desk(db, Genesis())
    office = bootstrap.open_office(db)
    try:
        service.submit_many(
            [
                Submission(codec.command("asset.mint", "m", "operator", asset="FLUX", to="bench", amount="1000000000")),
                Submission(codec.command("vault.create", "v", "operator", asset="FLUX")),
            ]
        )
        token = new_token("hf")
        with office.write() as t:
            t.put(
                Person("bench", "Bench", "bench", t.now, grants=(Grant("holder"), Grant("auditor"))),
                ApiKey(token.stored[:16], token.stored, "bench", "bench", ("*",), t.now, t.now + YEAR),
            )
            installed.install_first(t, by="bench")
        return token.shown
    finally:
        office.close()
        service.close()


def _echo(port: int, each: int) -> Load:
    body = b'{"type":"vault.deposit","vault":"FLUX","assets":"1"}'
    return load.run(port, CONNECTIONS, each, lambda *_: http("POST", "/echo", body=body))


def _commands(token: str) -> Request:
    lot, body = next(_lots), b'{"type":"vault.deposit","vault":"FLUX","assets":"1"}'
    return lambda number, turn: http("POST", "/v1/commands", token, body, f"s-{lot}-{number}-{turn}")


def _bulks(token: str) -> Request:
    lot = next(_lots)

    def request(number: int, turn: int) -> bytes:
        one = {"type": "vault.deposit", "vault": "FLUX", "assets": "1"}
        commands = [{"id": f"b-{lot}-{number}-{turn}-{place}", **one} for place in range(BULK)]
        return http("POST", "/v1/commands/bulk", token, json.dumps({"commands": commands}).encode())

    return request


def _reads(token: str) -> Request:
    return lambda *_: http("GET", "/v1/vaults/FLUX", token)


def _median(runs: list[Load]) -> Load:
    return Load(median(run.rate for run in runs), median(run.late for run in runs))


@contextmanager
def _cores() -> Iterator[list[int]]:
    """The cores for servers: the first, where there are several; this process has the others meanwhile."""
    cores = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []
    if len(cores) < 2:
        yield []
        return
    with _on(cores[1:]):
        yield cores[:1]


@contextmanager
def _on(cores: list[int]) -> Iterator[None]:
    """This process on these cores for a moment; on none given, where it is."""
    if not cores:
        yield
        return
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, cores)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


@contextmanager
def _running(command: list[str], cores: list[int], environment: dict[str, str] | None = None) -> Iterator[int]:
    """A server as its own process with all its threads on these cores, or anywhere; its port."""
    port = _free_port()
    with _on(cores):  # what a process begins on is where all its threads stay
        process = subprocess.Popen(
            [*command, str(port)], env=os.environ | (environment or {}), stdout=subprocess.DEVNULL
        )
    try:
        _wait(process, port)
        yield port
    finally:
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(30)
        process.kill()
        process.wait()


def _wait(process: subprocess.Popen[bytes], port: int) -> None:
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end and process.poll() is None:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.05)
    raise Unavailable("The server to be measured did not start.")


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])
