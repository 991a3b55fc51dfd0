"""Strategies, what is on its way out of them, and plans, as the state shows them."""

from __future__ import annotations

from typing import Any

from holdfast.primitives.clock import format_instant
from holdfast.protocol import commands
from holdfast.protocol.allocation import rate_at, yearly_income
from holdfast.protocol.checks import require_vault
from holdfast.protocol.portfolio import basis, candidates, plan
from holdfast.protocol.records import Plan, Strategy, Unwind
from holdfast.protocol.state import State
from holdfast.protocol.strategies import deployed_in, missed, unwinding

View = dict[str, Any]


def strategy(state: State, record: Strategy) -> View:
    """A strategy with what lies in it now; `yearly_income` is of what is not on its way out."""
    text = state.assets[record.asset].text
    held, leaving = deployed_in(state, record), unwinding(state, record, state.now)
    return {
        "vault": record.vault,
        "asset": record.asset,
        "protocol": record.protocol,
        "yield_curve": [[text(start), rate] for start, rate in record.curve],
        "cap": text(record.cap),
        "deployed": text(held),
        "unwinding": text(leaving),
        "marginal_rate_bps": rate_at(record.curve, held - leaving),
        "yearly_income": text(yearly_income(record.curve, held - leaving)),
        "cooldown_seconds": record.cooldown_seconds,
        "redemption_window_seconds": record.redemption_window_seconds,
        "max_loss_bps": record.max_loss_bps,
        "move_cost_bps": record.move_cost_bps,
        "status": "active" if record.active else "disabled",
    }


def unwind_status(state: State, record: Unwind) -> str:
    """`cooling`, `ready` (from `ready_at` on), `completed`, or `missed` (from `expires_at` on)."""
    if record.status != "pending":
        return record.status
    if missed(record, state.now):
        return "missed"
    return "ready" if state.now >= record.ready_at else "cooling"


def unwind(state: State, record: Unwind) -> View:
    """What was asked back from a strategy."""
    owner = state.strategies[record.strategy]
    return {
        "vault": owner.vault,
        "strategy": record.strategy,
        "amount": state.assets[owner.asset].text(record.amount),
        "ready_at": format_instant(record.ready_at),
        "expires_at": None if record.expires_at is None else format_instant(record.expires_at),
        "status": unwind_status(state, record),
    }


def plans(state: State) -> dict[str, View]:
    """Every plan: `done`, `valid` while it still fits, else `stale`."""
    planned = (state.vaults[name] for name in {record.vault for record in state.plans.values()})
    fits = {vault.id: basis(state, vault, candidates(state, vault, state.now)) for vault in planned}
    return {name: _plan(state, record, fits[record.vault]) for name, record in state.plans.items()}


def _plan(state: State, record: Plan, fits: str) -> View:
    text = state.assets[state.vaults[record.vault].asset].text
    status = "done" if record.done else "valid" if record.basis == fits else "stale"
    moves = [{"strategy": name, "from": text(held), "to": text(target)} for name, held, target in record.moves]
    return {"vault": record.vault, "idle_buffer": text(record.buffer), "moves": moves, "status": status}


def moves(state: State, vault: str, most: int) -> View:
    """What a vault plans and moves: its newest plans, and its newest unwinds; those that are open come first.

    Costs one look at every plan and unwind.
    Raises: UnknownVault.
    """
    record = require_vault(state, vault)
    fits = basis(state, record, candidates(state, record, state.now))
    own = [one for one in state.plans.values() if one.vault == vault]
    leaving = [one for one in state.unwinds.values() if state.strategies[one.strategy].vault == vault]
    leaving.reverse()
    leaving.sort(key=lambda one: one.status != "pending")
    return {
        "vault": vault,
        "plans": [{"id": one.id, **_plan(state, one, fits)} for one in own[: -most - 1 : -1]],
        "unwinds": [{"id": one.id, **unwind(state, one)} for one in leaving[:most]],
    }


def planned(state: State, vault: str, **terms: Any) -> View:
    """The allocation that would earn most, beside the present one; nothing is kept.

    `terms` are the arguments of `portfolio.plan`; None leaves one out.
    Raises: UnknownVault.
    """
    given = {name: value for name, value in terms.items() if value is not None}
    command = commands.PortfolioPlan(id="plan", actor="operator", vault=vault, **given)
    result = dict(plan(state, command, state.now).result)
    del result["plan"]
    own = (record for _, record in sorted(state.strategies.items()) if record.vault == vault)
    present = {record.id: strategy(state, record) for record in own}
    return {**result, "asset": state.vaults[vault].asset, "present": present}
