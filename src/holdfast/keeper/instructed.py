"""What standing instructions order now: commands of the holders, named after the instruction and the work.

Pure: of the state, the instructions and the second. An id is `<person>/standing-<instruction>-<work>`, the same on all
servers, where the work is a stake, an exit, a fee key with what it was paid before, or an era.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Set

from holdfast.identity.standing import Claim, Instruction, Restake, Source, StopLoss, UnstakeAtMaturity
from holdfast.keeper.tasks import Kind, Task, command_id
from holdfast.primitives.clock import format_instant
from holdfast.primitives.fixed_point import BPS, FLOOR, bps_of, mul_div
from holdfast.protocol import commands, reward_index
from holdfast.protocol.arguments import Command
from holdfast.protocol.interest import debt_with_interest
from holdfast.protocol.leverage import value
from holdfast.protocol.records import Position, Stake
from holdfast.protocol.state import State
from holdfast.protocol.tax import fee_pool

_Ready = Iterator[tuple[str, int, Command, str]]
"""Asset, base units, the command that collects them, and what it is about."""


def due_standing(
    state: State, instructions: Iterable[Instruction], now: int, *, passed: Set[str] = frozenset()
) -> list[Task]:
    """The tasks of all instructions in force, those that protect a holder first; what is in `passed` is left out.

    Work: looks at the accounts of the instructions and at nothing else.
    """
    now = max(now, state.now)
    found: list[Task] = []
    for given in instructions:
        if given.in_force(now):
            found += (task for task in _of(state, given, now, passed) if task.id not in passed)
    return sorted(found, key=lambda task: task.kind != "stop_loss")


def _of(state: State, given: Instruction, now: int, passed: Set[str]) -> Iterator[Task]:
    terms = given.terms
    if isinstance(terms, StopLoss):
        return _stop_loss(state, given, terms)
    if isinstance(terms, Claim):
        return _claims(state, given, terms)
    if isinstance(terms, UnstakeAtMaturity):
        return _unstakes(state, given, terms, now)
    return _restakes(state, given, terms, passed)


def _task(
    given: Instruction, kind: Kind, command: Command, why: str, since: int | None, subject: str,
    *, once: bool = False,
) -> Task:  # fmt: skip
    return Task(kind, command, why, since, subject, once, given.id, given.person)


def _id(given: Instruction, work: str) -> str:
    return command_id(given.person, f"standing-{given.id}-{work}")


# --- stop-loss ------------------------------------------------------------------------------------------------------


def _stop_loss(state: State, given: Instruction, terms: StopLoss) -> Iterator[Task]:
    position = state.positions.get(given.account)
    if position is None or position.status != "active":
        return
    why = _reached(state, position, terms)
    if why:
        command = commands.LeverageRequestClosePosition(_id(given, f"era-{position.opened_era}"), given.account)
        ended = state.eras.get(str(state.era))
        since = None if ended is None else ended.ended_at
        yield _task(given, "stop_loss", command, why, since, f"position {given.account}")


def _reached(state: State, position: Position, terms: StopLoss) -> str:
    """Which bound the position has reached, compared exactly; empty where none.

    Formula:   debt · 10,000 >= ltv_bps · value; value · liquidation_threshold_bps <= health_bps · debt; debt > 0
    """
    debt, worth = debt_with_interest(state, position), value(state, position)
    if debt == 0:
        return ""
    if terms.ltv_bps is not None and debt * BPS >= terms.ltv_bps * worth:
        return f"the loan-to-value has reached {terms.ltv_bps} bps"
    threshold = state.parameters.leverage.liquidation_threshold_bps
    if terms.health_bps is not None and worth * threshold <= terms.health_bps * debt:
        return f"the health has fallen to {terms.health_bps} bps"
    return ""


# --- claims ---------------------------------------------------------------------------------------------------------


def _claims(state: State, given: Instruction, terms: Claim) -> Iterator[Task]:
    """Asset by asset: everything that is ready, once it is together at least the minimum."""
    ready: dict[str, list[tuple[int, Command, str]]] = {}
    sources: dict[Source, Callable[[State, Instruction], _Ready]] = {
        "fees": _fees, "exits": _exits, "unbonding": _unbonding,
    }  # fmt: skip
    for source in terms.sources:
        for code, units, command, what in sources[source](state, given):
            ready.setdefault(code, []).append((units, command, what))
    for code, claims in sorted(ready.items()):
        asset = state.assets[code]
        together = sum(units for units, *_ in claims)
        if together >= max(_units(terms.minimum, asset.decimals), 1):
            for units, command, what in claims:
                yield _task(given, "claim", command, f"{asset.text(units)} {code} are ready", None, what)


def _units(text: str, decimals: int) -> int:
    """Base units of a minimum in whole tokens; digits that the asset does not have round it up."""
    whole, _, fraction = text.partition(".")
    units = int(whole + fraction[:decimals].ljust(decimals, "0"))
    return units + bool(fraction[decimals:].strip("0"))


def _fees(state: State, given: Instruction) -> _Ready:
    keys = state.indexes.holdings.keys.get(given.account)
    if not keys:
        return
    pool = fee_pool(state)
    for name in keys:
        key = state.fee_keys[name]
        units = reward_index.claimable(pool, key)
        if units > 0:
            yield pool.id, units, commands.FeeKeyClaim(_id(given, f"{name}-{key.paid}"), given.account, key=name), name


def _exits(state: State, given: Instruction) -> _Ready:
    for name in state.indexes.holdings.claimable.get(given.account, ()):
        request = state.exits[name]
        command = commands.VaultClaim(_id(given, name), given.account, request=name)
        yield request.asset, request.assets, command, name


def _unbonding(state: State, given: Instruction) -> _Ready:
    position = state.positions.get(given.account)
    if position is None or position.status != "unbonding" or position.claimable_era is None:
        return
    if state.era >= position.claimable_era:
        work = _id(given, f"era-{position.claimable_era}")
        paid = max(position.proceeds - debt_with_interest(state, position), 0)
        command = commands.LeverageFinalizeClosePosition(work, given.account)
        yield state.parameters.leverage.asset, paid, command, f"position {given.account}"


# --- stakes ---------------------------------------------------------------------------------------------------------


def _unstakes(state: State, given: Instruction, terms: UnstakeAtMaturity, now: int) -> Iterator[Task]:
    names = state.indexes.holdings.stakes(given.account) if terms.stake is None else iter((terms.stake,))
    for name in names:
        stake = state.stakes.get(name)
        if stake is None or stake.unstaked or stake.owner != given.account or now < stake.unlocks_at:
            continue
        command = commands.TermUnstake(_id(given, name), given.account, stake=name)
        why = f"the stake matured at {format_instant(stake.unlocks_at)}"
        yield _task(given, "unstake_at_maturity", command, why, stake.unlocks_at, name)


def _restakes(state: State, given: Instruction, terms: Restake, passed: Set[str]) -> Iterator[Task]:
    """One for each stake that was open when the instruction was given, or came later, and has been paid out since."""
    asset = state.assets[state.parameters.term.asset]
    booster = state.boosters.get(terms.booster or "")
    if booster is not None and (booster.status != "active" or booster.owner != given.account):
        booster = None
    for stake in _covered(state, given):
        work = _id(given, stake.id)
        if not stake.unstaked or work in passed:
            continue
        paid = payout(state, stake)
        amount = paid if terms.tax_on_top else affordable(paid, state.parameters.term.tax_bps)
        command = commands.TermStake(work, given.account, amount=asset.text(amount))
        if booster is not None:  # for the first; it serves one stake
            command = commands.TermStake(work, given.account, amount=command.amount, booster=booster.id)
            booster = None
        why = f"{stake.id} has paid out {asset.text(paid)} {asset.id}"
        yield _task(given, "restake", command, why, None, f"restake {stake.id}", once=True)


def _covered(state: State, given: Instruction) -> Iterator[Stake]:
    yield from map(state.stakes.__getitem__, given.stakes)
    for name in state.indexes.holdings.stakes(given.account):
        if _number(name) <= given.stakes_before:
            return
        yield state.stakes[name]


def _number(stake: str) -> int:
    """Stakes are numbered: vg-1, vg-2, … in the order of their making."""
    return int(stake.rpartition("-")[2])


def payout(state: State, stake: Stake) -> int:
    """What unstaking pays its owner, in base units: withdraw_amount − floor(withdraw_amount · tax_bps / 10,000)."""
    return stake.withdraw_amount - bps_of(stake.withdraw_amount, state.parameters.term.tax_bps, rounding=FLOOR)


def affordable(paid: int, tax_bps: int) -> int:
    """The largest amount that can be staked, tax on top, for `paid` base units.

    Formula:   the largest A with A + floor(A · tax_bps / 10,000) <= paid
    """
    amount = mul_div(paid, BPS, BPS + tax_bps, rounding=FLOOR)
    while amount + 1 + bps_of(amount + 1, tax_bps, rounding=FLOOR) <= paid:
        amount += 1
    return amount
