"""The server's speed: `holdfast serve` as its own process on one core, the client on the other."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path
from statistics import median

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
ROUNDS = 3
START_SECONDS = 60

_lots = count()


def figures(folder: Path, each: int) -> Iterator[Figure]:
    """Single commands, bulks and reads on SQLite and PostgreSQL, beside a bare echo; `each` per connection."""
    folder.chmod(0o711)  # PostgreSQL runs as another user where this one is root
    with _running([sys.executable, "-m", "holdfast.benchmarks.echo"]) as port:
        echo = _median([_echo(port, each) for _ in range(ROUNDS)])
        yield Figure(f"bare echo of the same framework, {CONNECTIONS} connections", echo.rate, "/s")
    sqlite = yield from _on("SQLite", str(folder / "desk.db"), folder, each, echo, None)
    if programs() is None:
        return
    with Postgres(folder / "pg") as server:
        yield from _on("PostgreSQL", server.url(desk="bench"), folder, each, echo, sqlite)


def _on(
    name: str, db: str, folder: Path, each: int, echo: Load, beside: dict[str, float] | None
) -> Generator[Figure, None, dict[str, float]]:
    """The figures of one store; those of PostgreSQL are compared with SQLite's. Returns the rates."""
    token = _prepared(db)
    secret = folder / f"{name}.secret"
    arguments = ["serve", "--no-keeper", "--log-level", "warning"]
    environment = {"HOLDFAST_DB": db, "HOLDFAST_SECRET_FILE": str(secret)}
    rates: dict[str, float] = {}
    with _running([sys.executable, "-m", "holdfast", *arguments, "--port"], environment) as port:
        single = _median([load.run(port, CONNECTIONS, each, _commands(token)) for _ in range(ROUNDS)])
        rates["single"] = single.rate
        yield Figure(
            f"{name}: single commands, {CONNECTIONS} connections", single.rate, "/s", floor=None if beside else 5_000
        )
        yield Figure("… 99th percentile of waiting", single.late, "ms", most=50)
        yield Figure("… against the echo", single.rate / echo.rate, "x")
        bulk = _median([load.run(port, 1, max(each // 20, 3), _bulks(token)) for _ in range(ROUNDS)])
        rates["bulk"] = bulk.rate * BULK
        yield Figure(f"{name}: commands in bulks of {BULK:,}", bulk.rate * BULK, "/s", floor=None if beside else 15_000)
        reads = _median([load.run(port, CONNECTIONS, each, _reads(token)) for _ in range(ROUNDS)])
        rates["reads"] = reads.rate
        yield Figure(f"{name}: reads of a vault", reads.rate, "/s", floor=None if beside else 8_000)
        yield Figure("… against the echo", reads.rate / echo.rate, "x")
        if beside is None:
            busy = load.with_streams(
                port, token, STREAMS, lambda: load.run(port, CONNECTIONS, max(each // 10, 5), _commands(token))
            )
            yield Figure(f"{name}: single commands with {STREAMS:,} open streams of everything", busy.rate, "/s")
            quiet = load.with_streams(port, token, STREAMS, lambda: load.run(port, CONNECTIONS, each, _reads(token)))
            yield Figure(f"{name}: reads with {STREAMS:,} open streams", quiet.rate, "/s")
    for what, rate in rates.items():
        if beside is not None:
            yield Figure(f"{name} against SQLite: {what}", rate / beside[what], "x", floor=0.5)
    return rates


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
def _running(command: list[str], environment: dict[str, str] | None = None) -> Iterator[int]:
    """A server as its own process, on the first core where there are several and this process on the others."""
    port = _free_port()
    cores = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else [0]
    process = subprocess.Popen([*command, str(port)], env=os.environ | (environment or {}), stdout=subprocess.DEVNULL)
    try:
        _wait(process, port)
        if len(cores) > 1:
            os.sched_setaffinity(process.pid, cores[:1])
            os.sched_setaffinity(0, cores[1:])
        yield port
    finally:
        if len(cores) > 1:
            os.sched_setaffinity(0, cores)
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
