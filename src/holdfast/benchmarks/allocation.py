"""How long a plan over very many strategies takes, from the optimum alone to the command that keeps it."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator
from random import Random

from holdfast.benchmarks.measure import Figure
from holdfast.engine import machine
from holdfast.engine.genesis import Genesis
from holdfast.protocol.allocation import Candidate, optimum
from holdfast.protocol.arguments import Command
from holdfast.protocol.state import State
from holdfast.wire import codec

ROUNDS = 9
STEPS = 10
HORIZON = 90 * 86_400


def candidates(count: int) -> list[Candidate]:
    """Strategies with ten-step curves, half of them in use; always the same."""
    draw = Random(7)  # noqa: S311 - the same figures on every run
    found = []
    for number in range(count):
        starts = [0, *sorted(draw.sample(range(1, 10**12), STEPS - 1))]
        rates = sorted((draw.randrange(2_000) for _ in starts), reverse=True)
        held = draw.choice([0, draw.randrange(10**12)])
        curve = tuple(zip(starts, rates, strict=True))
        found.append(Candidate(f"s{number}", f"p{number % 7}", curve, 10**12, held, 0, 10, 86_400))
    return found


def desk(count: int) -> State:
    """A desk with one vault and these strategies, each holding what it is said to hold."""
    state = Genesis().state()
    total = str(count * 10_000)
    commands: list[tuple[str, str, dict[str, object]]] = [
        ("asset.mint", "operator", {"asset": "FLUX", "to": "alice", "amount": total}),
        ("vault.create", "operator", {"asset": "FLUX"}),
        ("vault.deposit", "alice", {"vault": "FLUX", "assets": total}),
    ]
    text = state.assets["FLUX"].text
    for c in candidates(count):
        curve = [[text(start), rate] for start, rate in c.curve]
        fields: dict[str, object] = {
            "strategy": c.name,
            "protocol": c.protocol,
            "yield_curve": curve,
            "cap": text(c.cap),
        }
        commands.append(("strategy.add", "operator", {"vault": "FLUX", "move_cost_bps": 10, **fields}))
        if c.held:
            given: dict[str, object] = {"vault": "FLUX", "strategy": c.name, "amount": text(c.held)}
            commands.append(("strategy.allocate", "operator", given))
    for number, (kind, actor, arguments) in enumerate(commands, 1):
        outcome = machine.decide(state, codec.command(kind, f"c-{number}", actor, **arguments), 0)
        machine.apply(state, outcome, number, 0)
    return state


def figures(count: int) -> Iterator[Figure]:
    """The optimum alone, and the whole command: limits, small changes left out, every move explained."""
    found = candidates(count)
    limits = {f"p{number}": count * 10**11 for number in range(7)}
    alone = _milliseconds(lambda: optimum(found, count * 6 * 10**11, limits, HORIZON))
    yield Figure(f"optimum over {count:,} strategies of {STEPS} steps", alone, "ms")
    state = desk(count)
    shares = {f"p{number}": 1_500 for number in range(7)}
    command = codec.command(
        "portfolio.plan", "plan", "keeper", vault="FLUX", buffer_bps=500, min_change_bps=20, protocol_limits_bps=shares
    )
    yield Figure(f"portfolio.plan over {count:,} strategies", _milliseconds(_decided(state, command)), "ms", most=50)


def _decided(state: State, command: Command) -> Callable[[], object]:
    return lambda: machine.decide(state, command, 0)


def _milliseconds(work: Callable[[], object]) -> float:
    taken = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        work()
        taken.append((time.perf_counter() - start) * 1_000)
    return statistics.median(taken)
