# fmt: off
"""Answers of the API, as first met in desk views 2.

Written by `python -m holdfast.docs.client` from the OpenAPI document; do not edit. Run `make docs`.
"""

from __future__ import annotations

from typing import Any, Literal, TypedDict

from holdfast.client.shapes.desk_views import Move


class StrategyItem(TypedDict):
    """A strategy by its name."""

    asset: str
    cap: str
    cooldown_seconds: int
    deployed: str
    id: str
    marginal_rate_bps: int
    max_loss_bps: int
    move_cost_bps: int
    protocol: str
    redemption_window_seconds: int
    status: Literal["active", "disabled"]
    unwinding: str
    vault: str
    yearly_income: str
    yield_curve: list[list[Any]]


class UnwindItem(TypedDict):
    """An unwind by its id."""

    amount: str
    expires_at: str | None
    id: str
    ready_at: str
    status: Literal["completed", "cooling", "missed", "ready"]
    strategy: str
    vault: str


class PlanItem(TypedDict):
    """A plan by its id."""

    id: str
    idle_buffer: str
    moves: list[Move]
    status: Literal["done", "stale", "valid"]
    vault: str


class VaultMoves(TypedDict):
    """A vault's newest plans and unwinds, those that are open first."""

    plans: list[PlanItem]
    unwinds: list[UnwindItem]
    vault: str


class NetworkItem(TypedDict):
    """A contribution network by its name."""

    attestors: list[str]
    balance: str
    carried_over: str
    emission_per_epoch: str
    epoch: int
    epoch_ends_at: str
    epoch_seconds: int
    epoch_started_at: str
    held: str
    id: str
    kinds: dict[str, str]
    payable: str
    reward_asset: str
    scored: int
    total_score: str


class Tax(TypedDict):
    """What a tax has brought, and where it went."""

    buyback: str
    fees: str
    tax: str
    treasury: str
