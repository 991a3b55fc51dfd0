"""Closing a leveraged delegation: unbonding, settlement, liquidation (rules 4.4, 4.5)."""

from __future__ import annotations

from msgspec import Struct
from msgspec.structs import replace

from holdfast.errors import (
    AccountFrozen,
    InsufficientDebtToken,
    NoPosition,
    NotAuthorized,
    PositionHealthy,
    PositionNotActive,
    PositionNotUnbonding,
    UnbondingNotComplete,
)
from holdfast.ledger import chart
from holdfast.ledger.posting import Posting, burn, nonzero
from holdfast.primitives.fixed_point import FLOOR, bps_of
from holdfast.protocol import commands
from holdfast.protocol.checks import given_or
from holdfast.protocol.delegation import pool_value
from holdfast.protocol.interest import owed
from holdfast.protocol.leverage import is_healthy, with_pool
from holdfast.protocol.outcome import Event, Outcome
from holdfast.protocol.records import Position
from holdfast.protocol.state import State


class Settlement(Struct, frozen=True, gc=False):
    """How a position's proceeds are shared out; all in base units."""

    burned: int
    repaid: int
    fee: int
    rest: int
    bad_debt: int
    unreturned: int


def request_close(state: State, c: commands.LeverageRequestClosePosition, now: int) -> Outcome:
    """Take the position out of the validator's pool; it can be finalized seven eras later.

    Checks:    no_position -> position_not_active
    Postings:  @delegated -> @unbonding
    Formula:   proceeds = floor(shares · pool_assets / pool_shares), the last shares take all;
               claimable_era = era + unbonding_eras
    """
    position = _active(state, c.actor)
    return _unbond(state, position, "leverage.close_requested", None)


def liquidate(state: State, c: commands.LeverageLiquidate, now: int) -> Outcome:
    """Start unbonding somebody's position that is past its threshold.

    Checks:    no_position -> position_not_active -> position_healthy
    Postings:  @delegated -> @unbonding
    Source:    decision M5.
    """
    position = _active(state, c.holder)
    if is_healthy(state, position):
        raise PositionHealthy(f"{c.holder}'s position is above its liquidation threshold.", holder=c.holder)
    return _unbond(state, position, "leverage.liquidated", c.actor)


def finalize(state: State, c: commands.LeverageFinalizeClosePosition, now: int) -> Outcome:
    """Repay the reserve out of the proceeds and pay the holder the rest.

    Checks:    no_position -> not_authorized (another's that is neither liquidated nor past its grace)
               -> position_not_unbonding -> unbonding_not_complete -> insufficient_debt_token -> account_frozen
    Postings:  holder -> @issuance (debt token), @unbonding -> @reserve (principal and interest, as far as it reaches),
               @unbonding -> liquidator (fee), @unbonding -> holder (rest; stays while the holder is frozen)
    Formula:   see `settlement`
    Source:    Magni; decisions M7, M12.
    """
    p = state.parameters.leverage
    holder = given_or(c.holder, c.actor)
    position = _open(state, holder)
    past_grace = position.claimable_era is not None and state.era >= position.claimable_era + p.finalize_grace_eras
    forced = position.liquidator is not None or past_grace
    if c.actor != holder and not forced:
        raise NotAuthorized(f"Only {holder} may finalize this position now.", holder=holder)
    if position.status != "unbonding" or position.claimable_era is None:
        raise PositionNotUnbonding(f"{holder}'s position is {position.status}; request its close first.")
    if state.era < position.claimable_era:
        left = position.claimable_era - state.era
        raise UnbondingNotComplete(
            f"{left} more eras until era {position.claimable_era}.", claimable_era=position.claimable_era, era=state.era
        )
    held = state.book.balance(p.debt_asset, holder)
    if held < position.debt and not forced:
        debt_asset = state.assets[p.debt_asset]
        raise InsufficientDebtToken(
            f"{holder} must return {debt_asset.text(position.debt)} {debt_asset.id} and holds {debt_asset.text(held)}.",
            needed=debt_asset.text(position.debt),
            available=debt_asset.text(held),
        )
    settled = settlement(state, position, held)
    frozen = settled.rest > 0 and state.is_frozen(p.asset, holder)
    if frozen and settled.repaid == 0:
        raise AccountFrozen(f"{holder} is frozen for {p.asset}; the payment waits.", asset=p.asset, account=holder)
    return _finalized(state, position, settled, frozen=frozen)


def settlement(state: State, position: Position, held: int) -> Settlement:
    """Who gets what of a position's proceeds, when its holder has `held` of the debt token.

    Formula:   repaid = min(proceeds, debt + interest), bad_debt = debt + interest − repaid,
               fee = min(floor(proceeds · liquidation_fee_bps / 10,000), proceeds − repaid) where it was liquidated,
               rest = proceeds − repaid − fee; burned = min(held, debt), unreturned = debt − burned
    Units:     base units; the debt token's are the asset's.
    """
    p = state.parameters.leverage
    due = position.debt + owed(state, position)
    repaid = min(position.proceeds, due)
    fee = 0
    if position.liquidator is not None and due and not state.is_frozen(p.asset, position.liquidator):
        fee = min(bps_of(position.proceeds, p.liquidation_fee_bps, rounding=FLOOR), position.proceeds - repaid)
    burned = min(held, position.debt)
    return Settlement(burned, repaid, fee, position.proceeds - repaid - fee, due - repaid, position.debt - burned)


def _open(state: State, holder: str) -> Position:
    position = state.positions.get(holder)
    if position is None or position.status == "empty":
        raise NoPosition(f"{holder} has no open position.", holder=holder)
    return position


def _active(state: State, holder: str) -> Position:
    position = _open(state, holder)
    if position.status != "active":
        raise PositionNotActive(f"{holder}'s position is {position.status}.", status=position.status)
    return position


def _unbond(state: State, position: Position, kind: str, liquidator: str | None) -> Outcome:
    p = state.parameters.leverage
    asset = state.assets[p.asset]
    validator = state.validators[position.validator]
    proceeds = pool_value(validator, position.shares)
    claimable_era = state.era + p.unbonding_eras
    after = replace(
        position, status="unbonding", shares=0, proceeds=proceeds, claimable_era=claimable_era, liquidator=liquidator
    )
    result = {"claimable_era": claimable_era, "proceeds": asset.text(proceeds)}
    event: Event = {"type": kind, "holder": position.id, **result}
    if liquidator is not None:
        event["liquidator"] = liquidator
    return Outcome(
        postings=nonzero(Posting(asset.id, chart.delegated(asset.id), chart.unbonding(asset.id), proceeds)),
        records=(with_pool(validator, -proceeds, -position.shares), after),
        events=(event,),
        result=result,
    )


def _finalized(state: State, position: Position, settled: Settlement, *, frozen: bool) -> Outcome:
    p = state.parameters.leverage
    asset = state.assets[p.asset]
    source = chart.unbonding(asset.id)
    paid = 0 if frozen else settled.rest
    postings = nonzero(
        burn(p.debt_asset, position.id, settled.burned),
        Posting(asset.id, source, chart.reserve(asset.id), settled.repaid),
        Posting(asset.id, source, position.liquidator or position.id, settled.fee),
        Posting(asset.id, source, position.id, paid),
    )
    bad_debt, unreturned = position.bad_debt + settled.bad_debt, position.unreturned + settled.unreturned
    if frozen:
        after = replace(position, debt=0, interest=0, proceeds=settled.rest, bad_debt=bad_debt, unreturned=unreturned)
    else:
        after = Position(position.id, "empty", bad_debt=bad_debt, unreturned=unreturned)
    result = {
        "paid": asset.text(paid),
        "repaid": asset.text(settled.repaid),
        "fee": asset.text(settled.fee),
        "bad_debt": asset.text(settled.bad_debt),
        "unreturned_debt_token": asset.text(settled.unreturned),
    }
    kind = "leverage.position_settled" if frozen else "leverage.position_closed"
    return Outcome(postings, (after,), ({"type": kind, "holder": position.id, **result},), result)
