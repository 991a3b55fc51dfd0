"""What stays the same when a desk grows: memory per stake, restoring, eras, due stakes, cost per command."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from holdfast.benchmarks.engine import carry_out, deposits_and_redeems, hot_vault
from holdfast.benchmarks.measure import Figure, resident_bytes, stopwatch
from holdfast.engine import snapshot
from holdfast.engine.genesis import Genesis
from holdfast.engine.journal import Head
from holdfast.engine.service import Submission
from holdfast.primitives.clock import DAY
from holdfast.protocol import commands
from holdfast.protocol.state import State
from holdfast.store.sqlite import SqliteStore
from holdfast.wire import codec

Tick = Callable[[int], None]

WINDOW = 20_000
"""Commands over which the speed at a journal's length is taken."""


def stakes(folder: Path, number: int, tick: Tick) -> Iterator[Figure]:
    """A desk with `number` open stakes of as many holders."""
    genesis = Genesis()
    state = genesis.state()
    gc.collect()
    before = resident_bytes()
    for start in range(0, number, 1_000):
        for i in range(start, min(start + 1_000, number)):
            carry_out(
                state,
                [
                    commands.AssetMint(f"m-{i}", "operator", "VG", f"holder-{i}", "220"),
                    commands.TermStake(f"s-{i}", f"holder-{i}", f"{100 + i % 100}"),
                ],
            )
        state.now += 60
        tick(1_000)
    gc.collect()
    yield Figure(f"memory per open stake, {number:,} stakes", (resident_bytes() - before) / number, "bytes", most=1_024)
    yield from _snapshot(folder, genesis, state, number)
    with stopwatch() as taken:
        due = state.indexes.maturities.due(state.now, limit=100)
    early = taken() * 1_000
    later = state.now + 200 * DAY
    with stopwatch() as taken:
        due = state.indexes.maturities.due(later, limit=100)
    yield Figure("finding none due / the first 100 due", max(early, taken() * 1_000), f"ms ({len(due)} found)")


def _snapshot(folder: Path, genesis: Genesis, state: State, number: int) -> Iterator[Figure]:
    store = SqliteStore(str(folder / "snapshot.db"), create=True)
    store.create(genesis.encoded())
    try:
        with stopwatch() as taken:
            store.save_snapshot(Head(state.seq, bytes(32)), snapshot.dump(state))
        yield Figure(f"writing a snapshot of {number:,} stakes", taken(), "s")
        found = store.snapshot(state.seq)
        with stopwatch() as taken:
            restored = snapshot.load(genesis, found.parts) if found else None
        seconds = taken()
        if restored is None or restored.stakes != state.stakes or restored.book.balances != state.book.balances:
            raise RuntimeError("the snapshot does not restore the state")
        yield Figure(f"restoring it, {number:,} stakes", seconds, "s", most=15)
    finally:
        store.close()


def eras(small: int, large: int) -> Figure:
    """How much longer an era's end takes with `large` positions at one validator than with `small`."""
    few, many = _era_seconds(small), _era_seconds(large)
    return Figure(f"era end, {large:,} positions against {small}", many / few, "x", most=2)


def _era_seconds(positions: int) -> float:
    state = Genesis().state()
    carry_out(state, [codec.command("validator.register", "v", "operator", validator="v1", commission_bps=500)])
    for i in range(positions):
        carry_out(
            state,
            [
                commands.AssetMint(f"m-{i}", "operator", "CSPR", f"holder-{i}", "500"),
                commands.LeverageOpenPosition(f"p-{i}", f"holder-{i}", "500", 1, "v1"),
            ],
        )
    best = float("inf")
    for era in range(1, 201):
        command = codec.command("network.end_era", f"e-{era}", "oracle", era=era, rewards={"v1": "10"})
        start = time.perf_counter()
        carry_out(state, [command])
        best = min(best, time.perf_counter() - start)
    return best


def growth(folder: Path, longest: int, tick: Tick) -> Iterator[Figure]:
    """Commands per second, 1,000 to a commit on SQLite, when the journal has reached each power of ten."""
    service = hot_vault(SqliteStore(str(folder / "growth.db"), create=True))
    done, first, speed = 0, 0.0, 0.0

    def run(steps: int) -> float:
        given = [
            [Submission(command) for command in deposits_and_redeems(1_000, f"g-{done}-{step}")]
            for step in range(steps)
        ]
        start = time.perf_counter()
        for batch in given:
            service.submit_many(batch)
        return steps * 1_000 / (time.perf_counter() - start)

    try:
        for length in (10**power for power in range(3, 19) if 10**power <= longest):
            while length - done > WINDOW:
                run(WINDOW // 1_000)
                done += WINDOW
                tick(WINDOW)
            speed = run((length - done) // 1_000)
            tick(length - done)
            done = length
            first = first or speed
            yield Figure(f"commands/s at a journal of {length:,} records", speed, "/s")
        yield Figure(f"… at {longest:,} records against 1,000", speed / first, "x", floor=0.7)
    finally:
        service.close()
