"""What a keeper may do now: pure functions of the state and the second, from the indexes alone.

Every task names the work itself in its command's id: two keepers that find the same work send the same command, and
the desk carries it out once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Set
from itertools import chain, islice
from typing import get_args

from msgspec import Struct

from holdfast.engine import machine
from holdfast.errors import HoldfastError
from holdfast.keeper.tasks import Kind, Task, command_id
from holdfast.primitives.clock import LAST_INSTANT, format_instant
from holdfast.primitives.fixed_point import FLOOR, mul_div
from holdfast.protocol import commands
from holdfast.protocol.depin import epoch_end
from holdfast.protocol.records import Exit, Network, Unwind, Vault
from holdfast.protocol.state import State
from holdfast.protocol.strategies import missed

ACCOUNT = "keeper"
"""The account that keepers act as, unless told otherwise."""

ALL_KINDS: frozenset[Kind] = frozenset(get_args(Kind))

GRACE_SECONDS = 300
GRACE_SHARE = 10


class Duties(Struct, frozen=True):
    """What a keeper sees to, and how.

    `epoch_grace_seconds` is how long after its end an epoch is left open for reports that are still on their way, but
    no longer than a tenth of the epoch; a report that comes later is lost to its contributor.
    """

    kinds: frozenset[Kind] = ALL_KINDS
    epoch_grace_seconds: int = GRACE_SECONDS
    settle_limit: int = 1_000
    """Exit requests that one settlement fills at most; the rest is the next one's."""


def due(
    state: State,
    now: int,
    *,
    account: str = ACCOUNT,
    duties: Duties = Duties(),  # noqa: B008 - frozen
    limit: int = 500,
    passed: Set[str] = frozenset(),
) -> list[Task]:
    """Everything that `account` may do as a keeper at second `now`, at most `limit` of each kind.

    Order:   what can be missed comes first: unwinds, epochs, exits, positions, stakes; within a kind the oldest.
    Work:    looks at what is due and at vaults, strategies and networks; never at all stakes, positions or exits.
    `passed` are ids that are not asked for now. Without the role keeper nothing is due.
    """
    if not state.has_role(account, "keeper"):
        return []
    now = max(now, state.now)
    finders: dict[Kind, Callable[[], Iterator[Task]]] = {
        "complete": lambda: _unwinds(state, now, account),
        "close_epoch": lambda: _epochs(state, now, account, duties),
        "settle": lambda: _settlements(state, now, account, duties),
        "finalize": lambda: _positions(state, account),
        "unstake": lambda: _stakes(state, now, account, limit + len(passed)),
    }
    found = (find() for kind, find in finders.items() if kind in duties.kinds)
    return list(
        chain.from_iterable(islice((task for task in tasks if task.id not in passed), limit) for tasks in found)
    )


def _unwinds(state: State, now: int, account: str) -> Iterator[Task]:
    """Those whose cooldown has ended, the one that can be missed first ahead; missed ones, last, are closed as such."""
    ready = [
        unwind
        for pending in state.indexes.unwinding.values()
        for unwind in map(state.unwinds.__getitem__, pending)
        if unwind.ready_at <= now
    ]
    for unwind in sorted(ready, key=lambda u: (missed(u, now), u.expires_at or LAST_INSTANT, len(u.id), u.id)):
        command = commands.StrategyComplete(command_id("keeper", f"complete-{unwind.id}"), account, request=unwind.id)
        yield Task("complete", command, _why_complete(unwind, now), unwind.ready_at, unwind.id)


def _why_complete(unwind: Unwind, now: int) -> str:
    if unwind.expires_at is None:
        return f"the cooldown of {unwind.strategy} has ended"
    until = format_instant(unwind.expires_at)
    if missed(unwind, now):
        return f"the window of {unwind.strategy} was missed at {until}; the request is closed"
    return f"the cooldown of {unwind.strategy} has ended; it can be taken until {until}"


def _epochs(state: State, now: int, account: str, duties: Duties) -> Iterator[Task]:
    over = [network for network in state.networks.values() if now >= closes_at(network, duties)]
    for network in sorted(over, key=lambda n: (epoch_end(n), n.id)):
        work = f"close-{network.id}-epoch-{network.epoch}"
        command = commands.DepinCloseEpoch(command_id("keeper", work), account, network=network.id)
        ended = epoch_end(network)
        why = f"epoch {network.epoch} ended at {format_instant(ended)}"
        yield Task("close_epoch", command, why, closes_at(network, duties), network.id)


def closes_at(network: Network, duties: Duties) -> int:
    """From which second on a keeper closes the open epoch.

    Formula:   end + min(epoch_grace_seconds, floor(epoch_seconds / 10))
    """
    longest = mul_div(network.epoch_seconds, 1, GRACE_SHARE, rounding=FLOOR)
    return epoch_end(network) + min(duties.epoch_grace_seconds, longest)


def _settlements(state: State, now: int, account: str, duties: Duties) -> Iterator[Task]:
    for name, queue in sorted(state.indexes.pending.items()):
        if queue:
            first = _first_filled(state, state.vaults[name], now, account)
            if first is not None:
                work = command_id("keeper", f"settle-{name}-from-{first.id}")
                command = commands.VaultSettle(work, account, vault=name, limit=duties.settle_limit)
                text = state.assets[first.asset].text(first.assets)
                yield Task("settle", command, f"idle assets can fill {first.id} with {text}", None, name)


def _first_filled(state: State, vault: Vault, now: int, account: str) -> Exit | None:
    """The first request that a settlement would fill now, as it would be then: the rule itself is asked."""
    if state.idle(vault) == 0:
        return None
    try:
        outcome = machine.decide(state, commands.VaultSettle("look", account, vault=vault.id, limit=1), now)
    except HoldfastError:
        return None
    return next((record for record in outcome.records if isinstance(record, Exit)), None)


def _positions(state: State, account: str) -> Iterator[Task]:
    """Unbonding positions that anybody may finalize: liquidated ones, and those past their grace."""
    finalizable = state.indexes.holdings.finalizable
    for era in sorted(era for era in finalizable if era <= state.era):
        for holder in finalizable[era]:
            position = state.positions[holder]
            work = command_id("keeper", f"finalize-{holder}-era-{position.claimable_era}")
            command = commands.LeverageFinalizeClosePosition(work, account, holder=holder)
            late = "was liquidated" if position.liquidator is not None else f"is past its grace since era {era}"
            ended = state.eras.get(str(era))
            since = None if ended is None else ended.ended_at
            yield Task("finalize", command, f"the position {late}", since, f"position {holder}")


def _stakes(state: State, now: int, account: str, most: int) -> Iterator[Task]:
    if not state.parameters.term.keeper_unstakes:
        return
    for name in state.indexes.maturities.due(now, most):
        stake = state.stakes[name]
        command = commands.TermUnstake(command_id("keeper", f"unstake-{name}"), account, stake=name)
        why = f"{stake.owner}'s stake matured at {format_instant(stake.unlocks_at)}"
        yield Task("unstake", command, why, stake.unlocks_at, name)
