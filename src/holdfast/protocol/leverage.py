"""Opening a leveraged delegation, and its health (rules 4.1, 4.5)."""

from __future__ import annotations

from msgspec.structs import replace

from holdfast.errors import (
    AboveMaximumDelegation,
    BelowMinimumDelegation,
    InsufficientReserve,
    LeverageOutOfRange,
    LtvExceeded,
    PositionExists,
    ValidatorInactive,
    ZeroShares,
)
from holdfast.ledger import chart
from holdfast.ledger.posting import Posting, mint, nonzero
from holdfast.primitives.fixed_point import BPS, CEIL, FLOOR, mul_div
from holdfast.protocol import commands
from holdfast.protocol.checks import require_amount, require_asset, require_balance
from holdfast.protocol.delegation import pool_value, require_validator
from holdfast.protocol.interest import debt_with_interest
from holdfast.protocol.outcome import Outcome
from holdfast.protocol.records import Asset, Position, Validator
from holdfast.protocol.reserve import reserve
from holdfast.protocol.state import State


def value(state: State, position: Position) -> int:
    """What a position is worth in base units: its share of the pool, or its proceeds while unbonding."""
    if position.status == "active":
        return pool_value(state.validators[position.validator], position.shares)
    return position.proceeds


def ltv_bps(debt: int, worth: int) -> int | None:
    """Loan-to-value for display: ceil(debt · 10,000 / value); None on a value of 0. Source: decision M13."""
    return mul_div(debt, BPS, worth, rounding=CEIL) if worth else None


def health_factor_bps(debt: int, worth: int, threshold_bps: int) -> int | None:
    """Health for display: floor(value · 8,500 / debt), 10,000 being the threshold; None without debt."""
    return mul_div(worth, threshold_bps, debt, rounding=FLOOR) if debt else None


def is_healthy(state: State, position: Position) -> bool:
    """Whether nobody may liquidate: no debt, or debt_with_interest · 10,000 < 8,500 · value, exactly.

    Source: decisions M5, M13.
    """
    debt = debt_with_interest(state, position)
    return debt == 0 or debt * BPS < state.parameters.leverage.liquidation_threshold_bps * value(state, position)


def open_position(state: State, c: commands.LeverageOpenPosition, now: int) -> Outcome:
    """Delegate deposit · L, of which deposit · (L − 1) is borrowed.

    Checks:    unknown_asset -> zero_amount -> leverage_out_of_range -> position_exists -> unknown_validator
               -> validator_inactive -> below_minimum_delegation -> above_maximum_delegation -> ltv_exceeded
               -> insufficient_balance -> insufficient_reserve -> zero_shares -> account_frozen -> amount_overflow
    Postings:  actor -> @delegated (deposit), @reserve -> @delegated (debt), @issuance -> actor (debt token)
    Formula:   total = deposit · L, debt = deposit · (L − 1), LTV = debt / total;
               shares = total, or floor(total · pool_shares / pool_assets) where the pool has shares
    Source:    Magni; decisions M1, M2, M4.
    """
    p = state.parameters.leverage
    asset, debt_asset = require_asset(state, p.asset), require_asset(state, p.debt_asset)
    deposit = asset.units(c.deposit)
    require_amount(deposit, "deposit")
    if not 1 <= c.leverage <= p.maximum_leverage:
        raise LeverageOutOfRange(f"leverage is {c.leverage}; it goes from 1 to {p.maximum_leverage}.", field="leverage")
    old = state.positions.get(c.actor)
    if old is not None and old.status != "empty":
        raise PositionExists(f"{c.actor} has a position that is {old.status}; one per holder.", status=old.status)
    total, debt = deposit * c.leverage, deposit * (c.leverage - 1)
    validator = require_validator(state, c.validator)
    if not validator.active:
        raise ValidatorInactive(f"{c.validator} takes no new delegations at present.", validator=c.validator)
    _require_size(asset, p.minimum_delegation, validator, total)
    if debt * BPS > p.maximum_ltv_bps * total:
        raise LtvExceeded(
            f"At {c.leverage}x the debt is more than {p.maximum_ltv_bps} bps of the value.", field="leverage"
        )
    require_balance(state, asset, c.actor, deposit)
    _require_reserve(state, asset, debt)
    shares = _shares(validator, total)
    opened = _opened(state, c, deposit, shares, now)
    result = {
        "total_staked": asset.text(total),
        "debt": asset.text(debt),
        "ltv_bps": ltv_bps(debt, total),
        "leverage": c.leverage,
        "validator": c.validator,
    }
    return Outcome(
        postings=nonzero(
            Posting(asset.id, c.actor, chart.delegated(asset.id), deposit),
            Posting(asset.id, chart.reserve(asset.id), chart.delegated(asset.id), debt),
            mint(debt_asset.id, c.actor, debt),
        ),
        records=(with_pool(validator, total, shares), opened),
        events=({"type": "leverage.position_opened", "holder": c.actor, "deposit": asset.text(deposit), **result},),
        result=result,
    )


def _opened(state: State, c: commands.LeverageOpenPosition, deposit: int, shares: int, now: int) -> Position:
    """The new position; what the holder's earlier ones left owing stays on record."""
    old = state.positions.get(c.actor) or Position(c.actor, "empty")
    return Position(
        c.actor, "active", deposit, deposit * (c.leverage - 1), c.leverage, c.validator, shares, state.era,
        accrued_era=state.era, accrued_at=now, bad_debt=old.bad_debt, unreturned=old.unreturned,
    )  # fmt: skip


def with_pool(validator: Validator, assets: int, shares: int) -> Validator:
    """The validator with `assets` and `shares` more (or, below 0, less) in its pool."""
    return replace(validator, pool_assets=validator.pool_assets + assets, pool_shares=validator.pool_shares + shares)


def _require_size(asset: Asset, minimum: str, validator: Validator, total: int) -> None:
    least = max(asset.units(minimum), validator.minimum_delegation or 0)
    if total < least:
        raise BelowMinimumDelegation(
            f"A delegation of {asset.text(total)} {asset.id} is below the smallest, {asset.text(least)}.",
            minimum=asset.text(least),
        )
    most = validator.maximum_delegation
    if most is not None and total > most:
        raise AboveMaximumDelegation(
            f"A delegation of {asset.text(total)} {asset.id} is above {validator.id}'s largest, {asset.text(most)}.",
            maximum=asset.text(most),
        )


def _require_reserve(state: State, asset: Asset, debt: int) -> None:
    if debt and debt > (available := reserve(state).available):
        raise InsufficientReserve(
            f"The reserve can lend {asset.text(available)} {asset.id} now; {asset.text(debt)} are needed.",
            available=asset.text(available),
            needed=asset.text(debt),
        )


def _shares(validator: Validator, total: int) -> int:
    if validator.pool_shares == 0:
        return total
    shares = (
        mul_div(total, validator.pool_shares, validator.pool_assets, rounding=FLOOR) if validator.pool_assets else 0
    )
    if shares == 0:
        raise ZeroShares(
            f"{validator.id}'s pool gives no share for this: it lost its assets, or the amount is too small."
        )
    return shares
