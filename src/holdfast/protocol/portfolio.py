"""Plans: the best allocation of a vault over its strategies, explained move by move, and carried out (rules 5)."""

from __future__ import annotations

from hashlib import sha256

import msgspec
from msgspec import Struct, UnsetType
from msgspec.structs import replace

from holdfast.errors import PlanStale, UnknownPlan
from holdfast.primitives.clock import DAY
from holdfast.primitives.fixed_point import CEIL, FLOOR, bps_of, mul_div
from holdfast.protocol import allocation, commands
from holdfast.protocol.allocation import Candidate, move_cost, rate_at, yearly_income
from holdfast.protocol.checks import require_vault
from holdfast.protocol.liquid_vault import free_assets
from holdfast.protocol.outcome import Event, Fields, Outcome
from holdfast.protocol.records import Asset, Plan, Vault
from holdfast.protocol.state import State
from holdfast.protocol.strategies import allocated, deployed_in, unwinding, unwound

HORIZON_DAYS = 90
"""Over how many days a move must earn its cost, unless the plan states another."""


class Terms(Struct, frozen=True, gc=False):
    """What a plan may do, in base units and seconds."""

    buffer: int
    budget: int
    least_change: int
    horizon_seconds: int
    protocol_limits: dict[str, int]


def candidates(state: State, vault: Vault, now: int) -> list[Candidate]:
    """The vault's strategies as the optimum sees them, by name."""
    found = []
    for name in sorted(state.indexes.strategies.get(vault.id, ())):
        s = state.strategies[name]
        held, fixed = deployed_in(state, s), unwinding(state, s, now)
        found.append(
            Candidate(
                name, s.protocol, s.curve, s.cap, held - fixed, fixed, s.move_cost_bps, s.cooldown_seconds, s.active
            )
        )
    return found


def terms(state: State, vault: Vault, c: commands.PortfolioPlan, own: list[Candidate]) -> Terms:
    """The plan's limits.

    Formula:   total = max(idle assets − what pending exits are quoted + all that strategies hold − what the treasury
               is owed, 0); buffer = ceil(total · buffer_bps / 10,000); budget = total − buffer; a protocol's limit
               floor(total · bps / 10,000); least change ceil(total · min_change_bps / 10,000)
    Units:     base units, seconds.
    """
    total = max(free_assets(state, vault) + sum(s.held + s.fixed for s in own) - vault.owed, 0)
    buffer = bps_of(total, _or(c.buffer_bps, 0), rounding=CEIL)
    limits = {} if isinstance(c.protocol_limits_bps, UnsetType) else c.protocol_limits_bps
    return Terms(
        buffer,
        total - buffer,
        bps_of(total, _or(c.min_change_bps, 0), rounding=CEIL),
        _or(c.horizon_days, HORIZON_DAYS) * DAY,
        {protocol: bps_of(total, bps, rounding=FLOOR) for protocol, bps in sorted(limits.items())},
    )


def plan(state: State, c: commands.PortfolioPlan, now: int) -> Outcome:
    """Work a plan out and keep it; each move says what it gains, costs and when it has paid for itself.

    Checks:    unknown_vault
    Postings:  none.
    Formula:   see `allocation.optimum` and `allocation.settled`; break_even_days = ceil(cost · 365 / yearly gain)
    Source:    decision I5.
    """
    vault = require_vault(state, c.vault)
    asset = state.assets[vault.asset]
    own = candidates(state, vault, now)
    limits = terms(state, vault, c, own)
    target = allocation.settled(own, limits.budget, limits.protocol_limits, limits.horizon_seconds, limits.least_change)
    moved = [s for s in own if target[s.name] != s.held]
    moves = tuple((s.name, s.held, target[s.name]) for s in moved)
    kept = Plan(f"plan-{len(state.plans) + 1}", vault.id, basis(state, vault, own), moves, limits.buffer)
    before = sum(yearly_income(s.curve, s.held) for s in own)
    after = sum(yearly_income(s.curve, target[s.name]) for s in own)
    result: Fields = {
        "plan": kept.id,
        "vault": vault.id,
        "idle_buffer": asset.text(limits.buffer),
        "yearly_income_before": asset.text(before),
        "yearly_income_after": asset.text(after),
        **_worth(asset, after - before, sum(move_cost(s, target[s.name]) for s in moved)),
        "moves": [explained(asset, s, target[s.name]) for s in moved],
    }
    event: Event = {"type": "portfolio.planned", "plan": kept.id, "vault": vault.id, "moves": len(moves)}
    return Outcome(records=(kept,), events=(event,), result=result)


def explained(asset: Asset, s: Candidate, target: int) -> Fields:
    """A move in figures: from, to, marginal rates before and after, yearly gain, cost, days until it has paid.

    The rate is that of the next unit: what one more would have earned before the move, and would earn after it.
    """
    gain = yearly_income(s.curve, target) - yearly_income(s.curve, s.held)
    return {
        "strategy": s.name,
        "from": asset.text(s.held),
        "to": asset.text(target),
        "rate_before_bps": rate_at(s.curve, s.held),
        "rate_after_bps": rate_at(s.curve, target),
        **_worth(asset, gain, move_cost(s, target)),
    }


def _worth(asset: Asset, gain: int, cost: int) -> Fields:
    """Yearly gain, cost, and ceil(cost · 365 / gain) days; None where nothing is gained by itself."""
    return {
        "yearly_gain": "-" * (gain < 0) + asset.text(abs(gain)),
        "cost": asset.text(cost),
        "break_even_days": mul_div(cost, 365, gain, rounding=CEIL) if gain > 0 else None,
    }


def rebalance(state: State, c: commands.PortfolioRebalance, now: int) -> Outcome:
    """Carry a plan out: what must leave begins its cooldown, what idle assets allow is deployed at once.

    Where they do not reach for all, the highest marginal rate comes first; the rest waits for the next plan.

    Checks:    unknown_vault -> unknown_plan -> plan_stale
    Postings:  @vault -> @strategy, as far as idle assets beyond the buffer and pending exits reach
    """
    vault = require_vault(state, c.vault)
    kept = _plan_of(state, vault, c.plan)
    if kept.done or kept.basis != basis(state, vault, candidates(state, vault, now)):
        raise PlanStale(
            f"{kept.id} no longer fits: the vault or its strategies have changed; plan again.", plan=kept.id
        )
    asset = state.assets[vault.asset]
    steps: list[Outcome] = []
    out = [(name, held - target) for name, held, target in kept.moves if target < held]
    for number, (name, units) in enumerate(out, len(state.unwinds) + 1):
        steps.append(unwound(asset, state.strategies[name], units, f"unwind-{number}", now))
    into = [(state.strategies[name], held, target - held) for name, held, target in kept.moves if target > held]
    free, waiting = max(free_assets(state, vault) - kept.buffer, 0), 0
    for strategy, _, units in sorted(into, key=lambda move: (-rate_at(move[0].curve, move[1]), move[0].id)):
        at_once = min(units, free)
        free -= at_once
        waiting += units - at_once
        if at_once:
            steps.append(allocated(asset, strategy, at_once))
    postings = tuple(posting for step in steps for posting in step.postings)
    result: Fields = {
        "plan": kept.id,
        "deployed": asset.text(sum(posting.amount for posting in postings)),
        "waiting": asset.text(waiting),
        "requests": [record.id for step in steps for record in step.records],
    }
    events = [event for step in steps for event in step.events]
    return Outcome(
        postings,
        (replace(kept, done=True), *(record for step in steps for record in step.records)),
        (*events, {"type": "portfolio.rebalanced", "vault": vault.id, **result}),
        result,
    )


def basis(state: State, vault: Vault, own: list[Candidate]) -> str:
    """The digest of all that a plan is worked out from; a plan whose basis has changed is stale."""
    facts = (vault.id, free_assets(state, vault), vault.owed, own)
    return sha256(msgspec.json.encode(facts)).hexdigest()


def _plan_of(state: State, vault: Vault, name: str | UnsetType) -> Plan:
    """The plan of this name, or the vault's latest."""
    wanted = state.indexes.latest_plan.get(vault.id, "") if isinstance(name, UnsetType) else name
    kept = state.plans.get(wanted)
    if kept is None or kept.vault != vault.id:
        raise UnknownPlan(f"There is no plan {wanted} for vault {vault.id}.".replace("  ", " "), plan=wanted)
    return kept


def _or(value: int | UnsetType, default: int) -> int:
    return default if isinstance(value, UnsetType) else value
