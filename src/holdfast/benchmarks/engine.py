"""The engine's speed: in memory, durable on SQLite in batches, for many callers at once, and rebuilding."""

from __future__ import annotations

import asyncio
import threading
import time
from itertools import count
from pathlib import Path

from holdfast.benchmarks.measure import rate
from holdfast.engine import machine
from holdfast.engine.async_service import AsyncService
from holdfast.engine.audit import verify
from holdfast.engine.genesis import Genesis
from holdfast.engine.ports import JournalStore
from holdfast.engine.rebuild import rebuild
from holdfast.engine.service import Service, Submission
from holdfast.protocol import commands
from holdfast.protocol.arguments import Command
from holdfast.protocol.state import State
from holdfast.store.memory import MemoryStore
from holdfast.store.sqlite import SqliteStore
from holdfast.wire import codec

_files = count()


def hot_vault(store: JournalStore) -> Service:
    """A desk with one vault and one rich holder."""
    service = Service.create(store, Genesis())
    for number, (kind, fields) in enumerate(
        (
            ("asset.mint", {"asset": "FLUX", "to": "alice", "amount": "1000000000"}),
            ("asset.mint", {"asset": "VG", "to": "alice", "amount": "18000000000"}),
            ("vault.create", {"asset": "FLUX"}),
        )
    ):
        service.submit(codec.command(kind, f"set-up-{number}", "operator", **fields))
    return service


def deposits_and_redeems(number: int, prefix: str = "c") -> list[Command]:
    """Deposits of 1.5 FLUX and redeems of 1.25 vFLUX in turn."""
    return [
        commands.VaultRedeem(f"{prefix}-{i}", "alice", "FLUX", "1.25")
        if i % 2
        else commands.VaultDeposit(f"{prefix}-{i}", "alice", "FLUX", "1.5")
        for i in range(number)
    ]


def decided(number: int, kind: str) -> float:
    """Commands per second decided and applied in memory, without a store: `vault` deposits or `term` stakes."""
    state = hot_vault(MemoryStore()).state
    given: list[Command] = (
        [commands.VaultDeposit(f"c-{i}", "alice", "FLUX", "1.5") for i in range(number)]
        if kind == "vault"
        else [commands.TermStake(f"c-{i}", "alice", f"{100 + i % 50_000}.25") for i in range(number)]
    )
    return rate(number, lambda: carry_out(state, given))


def carry_out(state: State, given: list[Command]) -> None:
    """Decide and apply commands one after another."""
    for command in given:
        outcome = machine.decide(state, command, state.now)
        machine.apply(state, outcome, state.seq + 1, state.now)


def durable(folder: Path, number: int, batch: int) -> float:
    """Commands per second through the service on SQLite, `batch` to a commit."""
    service = hot_vault(SqliteStore(str(folder / f"desk-{next(_files)}.db"), create=True))
    given = [Submission(command) for command in deposits_and_redeems(number)]

    def work() -> None:
        for start in range(0, number, batch):
            service.submit_many(given[start : start + batch])

    try:
        return rate(number, work)
    finally:
        service.close()


def on_a_loop(folder: Path, callers: int, each: int) -> tuple[float, float]:
    """(commands per second, 99th percentile of waiting in ms) of callers that are coroutines of one event loop."""
    service = hot_vault(SqliteStore(str(folder / f"desk-{next(_files)}.db"), create=True))
    line = AsyncService(service)
    waits: list[float] = []

    async def caller(name: int) -> None:
        for command in deposits_and_redeems(each, f"caller-{name}"):
            start = time.perf_counter()
            await line.submit(command)
            waits.append(time.perf_counter() - start)

    async def all_callers() -> None:
        await asyncio.gather(*(caller(name) for name in range(callers)))

    try:
        speed = rate(callers * each, lambda: asyncio.run(all_callers()))
    finally:
        service.close()
    return speed, late(waits)


def in_threads(folder: Path, callers: int, each: int) -> tuple[float, float]:
    """(commands per second, 99th percentile of waiting in ms) of callers in threads of their own."""
    service = hot_vault(SqliteStore(str(folder / f"desk-{next(_files)}.db"), create=True))
    waits: list[float] = []

    def caller(name: int) -> None:
        mine = []
        for command in deposits_and_redeems(each, f"caller-{name}"):
            start = time.perf_counter()
            service.submit(command)
            mine.append(time.perf_counter() - start)
        waits.extend(mine)

    threads = [threading.Thread(target=caller, args=(name,)) for name in range(callers)]

    def work() -> None:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    try:
        speed = rate(callers * each, work)
    finally:
        service.close()
    return speed, late(waits)


def late(waits: list[float]) -> float:
    """The 99th percentile of some seconds, in milliseconds."""
    return sorted(waits)[len(waits) * 99 // 100] * 1_000


def journal(folder: Path, number: int) -> tuple[float, float, float]:
    """(records per second rebuilt, records per second verified, bytes on disk per deposit)."""
    path = folder / f"desk-{next(_files)}.db"
    service = hot_vault(SqliteStore(str(path), create=True))
    for start in range(0, number, 1_000):
        given = [commands.VaultDeposit(f"c-{i}", "alice", "FLUX", "1.5") for i in range(start, start + 1_000)]
        service.submit_many([Submission(command) for command in given])
    service.close()
    size = path.stat().st_size
    store = SqliteStore(str(path))
    try:
        rebuilt = rate(number, lambda: rebuild(store, use_snapshot=False))
        verified = rate(number, lambda: verify(store))
    finally:
        store.close()
    return rebuilt, verified, size / number
