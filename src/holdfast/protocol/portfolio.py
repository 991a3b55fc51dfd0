"""Plans: the best allocation of a vault over its strategies, explained move by move, and carried out (rules 5)."""

from __future__ import annotations

from hashlib import sha256

import msgspec
from msgspec import Struct, UnsetType
from msgspec.structs import replace

from holdfast.errors import PlanStale, UnknownPlan
from holdfast.ledger.posting import Posting
from holdfast.primitives.clock import DAY
from holdfast.primitives.fixed_point import CEIL, FLOOR, bps_of, mul_div
from holdfast.protocol import allocation, commands
from holdfast.protocol.allocation import Candidate, move_cost, rate_at, yearly_income
from holdfast.protocol.checks import require_vault
from holdfast.protocol.liquid_vault import free_assets
from holdfast.protocol.outcome import Event, Fields, Outcome
from holdfast.protocol.records import Asset, Plan, Record, Vault
from holdfast.protocol.state import State
from holdfast.protocol.strategies import allocated, deployed_in, unwound

HORIZON_DAYS = 90
"""Over how many days a move must earn its cost, unless the plan states another."""


class Terms(Struct, frozen=True, gc=False):
    """What a plan may do, in base units and seconds."""

    buffer: int
    budget: int
    least_change: int
    horizon_seconds: int
    protocol_limits: dict[str, int]


def candidates(state: State, vault: Vault) -> list[Candidate]:
    """The vault's strategies as the optimum sees them, by name."""
    found = []
    for name in sorted(state.indexes.strategies.get(vault.id, ())):
        s = state.strategies[name]
        held = deployed_in(state, s)
        fixed = min(state.indexes.unwinding.get(name, 0), held)
        found.append(
            Candidate(
                name, s.protocol, s.curve, s.cap, held - fixed, fixed, s.move_cost_bps, s.cooldown_seconds, s.active
            )
        )
    return found


def terms(state: State, vault: Vault, c: commands.PortfolioPlan) -> Terms:
    """The plan's limits.

    Formula:   total = free idle assets + all that strategies hold; buffer = ceil(total · buffer_bps / 10,000);
               budget = max(total − buffer − what is on its way out, 0); a protocol's limit floor(total · bps / 10,000)
    Units:     base units.
    """
    own = candidates(state, vault)
    total = max(free_assets(state, vault), 0) + sum(s.held + s.fixed for s in own)
    buffer = bps_of(total, _or(c.buffer_bps, 0), rounding=CEIL)
    limits = {} if isinstance(c.protocol_limits_bps, UnsetType) else c.protocol_limits_bps
    return Terms(
        buffer,
        max(total - buffer - sum(s.fixed for s in own), 0),
        bps_of(total, _or(c.min_change_bps, 0), rounding=CEIL),
        _or(c.horizon_days, HORIZON_DAYS) * DAY,
        {protocol: bps_of(total, bps, rounding=FLOOR) for protocol, bps in sorted(limits.items())},
    )


def plan(state: State, c: commands.PortfolioPlan, now: int) -> Outcome:
    """Work a plan out and keep it; each move says what it gains, costs and when it has paid for itself.

    Checks:    unknown_vault
    Postings:  none.
    Formula:   see `allocation.optimum`
    """
    vault = require_vault(state, c.vault)
    asset = state.assets[vault.asset]
    limits = terms(state, vault, c)
    own = candidates(state, vault)
    target = allocation.settled(own, limits.budget, limits.protocol_limits, limits.horizon_seconds, limits.least_change)
    moves = tuple((s.name, s.held, target[s.name]) for s in own if target[s.name] != s.held)
    kept = Plan(f"plan-{len(state.plans) + 1}", vault.id, basis(state, vault), moves, limits.buffer)
    before = sum(yearly_income(s.curve, s.held) for s in own)
    after = sum(yearly_income(s.curve, target[s.name]) for s in own)
    result: Fields = {
        "plan": kept.id,
        "vault": vault.id,
        "idle_buffer": asset.text(limits.buffer),
        "yearly_income_before": asset.text(before),
        "yearly_income_after": asset.text(after),
        "moves": [explained(asset, s, target[s.name]) for s in own if target[s.name] != s.held],
    }
    event: Event = {"type": "portfolio.planned", "plan": kept.id, "vault": vault.id, "moves": len(moves)}
    return Outcome(records=(kept,), events=(event,), result=result)


def explained(asset: Asset, s: Candidate, target: int) -> Fields:
    """A move in figures: from, to, marginal rates before and after, yearly gain, cost, days until it has paid.

    Formula:   break_even_days = ceil(cost · 365 / yearly gain), None where the move gains nothing by itself
    """
    gain = yearly_income(s.curve, target) - yearly_income(s.curve, s.held)
    cost = move_cost(s, target)
    sign = "-" if gain < 0 else ""
    return {
        "strategy": s.name,
        "from": asset.text(s.held),
        "to": asset.text(target),
        "rate_before_bps": rate_at(s.curve, s.held),
        "rate_after_bps": rate_at(s.curve, target),
        "yearly_gain": sign + asset.text(abs(gain)),
        "cost": asset.text(cost),
        "break_even_days": mul_div(cost, 365, gain, rounding=CEIL) if gain > 0 else None,
    }


def rebalance(state: State, c: commands.PortfolioRebalance, now: int) -> Outcome:
    """Carry a plan out: what must leave begins its cooldown, what idle assets allow is deployed at once.

    Checks:    unknown_vault -> unknown_plan -> plan_stale
    Postings:  @vault -> @strategy, by the strategies' names, as far as free idle assets beyond the buffer reach
    """
    vault = require_vault(state, c.vault)
    kept = state.plans.get(c.plan)
    if kept is None or kept.vault != vault.id:
        raise UnknownPlan(f"There is no plan {c.plan} for vault {vault.id}.", plan=c.plan)
    if kept.done or kept.basis != basis(state, vault):
        raise PlanStale(
            f"{kept.id} no longer fits: the vault or its strategies have changed; plan again.", plan=kept.id
        )
    asset = state.assets[vault.asset]
    free = max(free_assets(state, vault) - kept.buffer, 0)
    postings: list[Posting] = []
    records: list[Record] = [replace(kept, done=True)]
    events: list[Event] = []
    later = 0
    for name, held, target in kept.moves:
        strategy = state.strategies[name]
        if target < held:
            number = (
                len(state.unwinds) + sum(event["type"] == "strategy.deallocation_requested" for event in events) + 1
            )
            step = unwound(asset, strategy, held - target, f"unwind-{number}", now)
        else:
            at_once = min(target - held, free)
            later += target - held - at_once
            if not at_once:
                continue
            free -= at_once
            step = allocated(asset, strategy, at_once)
        postings += step.postings
        records += step.records
        events += step.events
    result = {"plan": kept.id, "deployed": asset.text(sum(p.amount for p in postings)), "waiting": asset.text(later)}
    events.append({"type": "portfolio.rebalanced", "vault": vault.id, **result})
    return Outcome(tuple(postings), tuple(records), tuple(events), result)


def basis(state: State, vault: Vault) -> str:
    """The digest of all that a plan is worked out from; a plan whose basis has changed is stale."""
    facts = (vault.id, free_assets(state, vault), candidates(state, vault))
    return sha256(msgspec.json.encode(facts)).hexdigest()


def _or(value: int | UnsetType, default: int) -> int:
    return default if isinstance(value, UnsetType) else value
