"""Validators and eras: what the network does to the delegated pools (rules 4.3)."""

from __future__ import annotations

from msgspec import UnsetType
from msgspec.structs import replace

from holdfast.errors import EraOutOfOrder, Malformed, UnknownValidator, ValidatorExists
from holdfast.ledger import chart
from holdfast.ledger.posting import Posting, burn, mint, nonzero
from holdfast.primitives.fixed_point import FLOOR, bps_of, mul_div
from holdfast.protocol import commands
from holdfast.protocol.checks import optional_units, require_asset
from holdfast.protocol.outcome import Event, Outcome
from holdfast.protocol.records import Asset, Era, Position, Record, Validator
from holdfast.protocol.state import State


def require_validator(state: State, name: str) -> Validator:
    """The validator of this name, or `unknown_validator`."""
    validator = state.validators.get(name)
    if validator is None:
        raise UnknownValidator(f"There is no validator {name} on this desk.", validator=name)
    return validator


def register(state: State, c: commands.ValidatorRegister, now: int) -> Outcome:
    """Make a validator known; it is active.

    Checks:    unknown_asset (what is delegated) -> malformed (a smallest above the largest)
               -> amount_overflow -> validator_exists
    Postings:  none.
    """
    asset = require_asset(state, state.parameters.leverage.asset)
    least, most = optional_units(asset, c.minimum_delegation), optional_units(asset, c.maximum_delegation)
    if least is not None and most is not None and least > most:
        raise Malformed(
            "minimum_delegation: it is above maximum_delegation", field="minimum_delegation", reason="above_maximum"
        )
    if c.validator in state.validators:
        raise ValidatorExists(f"Validator {c.validator} is registered already.", validator=c.validator)
    return Outcome(
        records=(Validator(c.validator, c.commission_bps, True, least, most),),
        events=({"type": "validator.registered", "validator": c.validator, "commission_bps": c.commission_bps},),
        result={"validator": c.validator},
    )


def set_active(state: State, c: commands.ValidatorSetActive, now: int) -> Outcome:
    """Say whether a validator takes new delegations; those it has stay and earn what the oracle reports.

    Checks:    unknown_validator
    Postings:  none.
    """
    validator = require_validator(state, c.validator)
    kind = "validator.activated" if c.active else "validator.deactivated"
    return Outcome(
        records=(replace(validator, active=c.active),),
        events=({"type": kind, "validator": c.validator},),
        result={"validator": c.validator, "active": c.active},
    )


def pool_value(validator: Validator, shares: int) -> int:
    """What shares of a validator's pool are worth, in base units.

    Formula:   floor(shares · pool_assets / pool_shares); the last shares take all
    Rounding:  floor; the pool keeps the dust.
    """
    if shares == validator.pool_shares:
        return validator.pool_assets
    return mul_div(shares, validator.pool_assets, validator.pool_shares, rounding=FLOOR)


def end_era(state: State, c: commands.NetworkEndEra, now: int) -> Outcome:
    """Take over an era's rewards and slashes: all positions at a validator share them by its pool, without a loop.

    Checks:    unknown_asset -> unknown_validator -> amount_overflow (a reward out of range) -> era_out_of_order
               -> amount_overflow (of the supply)
    Postings:  @issuance -> @delegated (a reward; @reserve where nobody delegates), @delegated -> @issuance (a slash),
               @unbonding -> @issuance (where `slash_unbonding` is on)
    Formula:   slash = floor(pool_assets · bps / 10,000), after the reward of the same validator
    Order:     validators by name.
    Source:    Magni; decisions M4, M10.
    """
    asset = require_asset(state, state.parameters.leverage.asset)
    slashes: dict[str, int] = {} if isinstance(c.slashes, UnsetType) else c.slashes
    for name in sorted(c.rewards.keys() | slashes.keys()):
        require_validator(state, name)
    rewards = {name: asset.units(text) for name, text in c.rewards.items()}
    if c.era != state.era + 1:
        raise EraOutOfOrder(
            f"Era {c.era} cannot end now: the next to end is {state.era + 1}.", era=c.era, next=state.era + 1
        )
    postings: list[Posting] = []
    records: list[Record] = []
    events: list[Event] = []
    for name in sorted(rewards.keys() | slashes.keys()):
        after, moved = _rewarded_and_slashed(
            state.validators[name], asset.id, rewards.get(name, 0), slashes.get(name, 0)
        )
        if state.parameters.leverage.slash_unbonding and slashes.get(name):
            for position, posting in _slashed_unbonding(state, asset.id, name, slashes[name]):
                records.append(position)
                moved.append(posting)
        if not moved:
            continue
        postings += moved
        if after != state.validators[name]:
            records.append(after)
        events.append(_validator_event(asset, name, moved))
    records.append(Era(str(c.era), now))
    result = {"era": c.era, "rewards": asset.text(sum(rewards.values()))}
    events.append({"type": "network.era_ended", **result})
    return Outcome(tuple(postings), tuple(records), tuple(events), result)


def _rewarded_and_slashed(
    validator: Validator, asset: str, reward: int, slash_bps: int
) -> tuple[Validator, list[Posting]]:
    pool = validator.pool_assets + (reward if validator.pool_shares else 0)
    lost = bps_of(pool, slash_bps, rounding=FLOOR)
    home = chart.delegated(asset) if validator.pool_shares else chart.reserve(asset)
    moved = nonzero(mint(asset, home, reward), burn(asset, chart.delegated(asset), lost))
    return replace(validator, pool_assets=pool - lost), list(moved)


def _slashed_unbonding(state: State, asset: str, validator: str, bps: int) -> list[tuple[Position, Posting]]:
    """The only loop over positions: unbonding amounts are each one holder's own and no longer in the pool."""
    hit = []
    for holder in sorted(state.positions):
        position = state.positions[holder]
        if position.validator == validator and position.proceeds:
            lost = bps_of(position.proceeds, bps, rounding=FLOOR)
            if lost:
                hit.append(
                    (replace(position, proceeds=position.proceeds - lost), burn(asset, chart.unbonding(asset), lost))
                )
    return hit


def _validator_event(asset: Asset, name: str, moved: list[Posting]) -> Event:
    gained = sum(posting.amount for posting in moved if posting.debit == chart.ISSUANCE)
    lost = sum(posting.amount for posting in moved if posting.credit == chart.ISSUANCE)
    kind = "validator.slashed" if lost else "validator.rewarded"
    return {"type": kind, "validator": name, "reward": asset.text(gained), "slash": asset.text(lost)}
