"""A real Casper auction as commands for a desk: its validators, its delegations as holders, its era's rewards.

Every delegation becomes a position without leverage at its validator, so the desk's pools hold what the network's
delegators hold. Commands come one at a time: nothing here keeps the whole scenario in memory.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from holdfast.errors import Malformed
from holdfast.networks.casper.records import Auction, Validator
from holdfast.networks.casper.rewards import EraInfo, delegators_by_validator
from holdfast.networks.cspr import Command, cspr_text
from holdfast.primitives.clock import format_instant

BPS_PER_PERCENT = 100
MAX_HOLDER = 128
"""Characters that a holder's id may have."""
LEAST_PREFIX = 16
"""Hex digits of a validator's key in a holder's id, where that many tell all validators apart."""
ERA_SECONDS = 7_200
"""An era lasts 120 minutes at least."""
START = 1_767_225_600
"""2026-01-01T00:00:00Z: when a scenario begins unless told otherwise."""
DESK_ERA = 1
"""A desk starts in era 0, so the network's era, whatever its number there, is the first to end here."""


class ScenarioSummary(msgspec.Struct, frozen=True):
    """What `scenario` will yield, counted: amounts in motes.

    `skipped` are delegations of 0, which no position can hold. `outside_limits` are delegations that the bid's own
    minimum or maximum would refuse today; they are kept, because the scenario registers no limits. `unregistered` is
    what the era paid to delegators of validators that the auction does not have; it is left out.
    """

    validators: int
    inactive: int
    delegations: int
    skipped: int
    outside_limits: int
    delegated: int
    rewarded: int
    rewards: int
    unregistered: int
    commands: int


def register_commands(auction: Auction, actor: str = "operator") -> Iterator[Command]:
    """`validator.register` for every bid, then `validator.set_active` false for the inactive ones; no ids, no times.

    The bids' own limits are passed on as whole-token text; a bid that states none gets no such field.
    Units:   percent -> bps; motes -> CSPR.
    Raises:  nothing.
    """
    for validator in auction.validators:
        yield _register(validator, actor) | _limits(validator)
    for validator in auction.validators:
        if not validator.active:
            yield _set_inactive(validator, actor)


def scenario(auction: Auction, info: EraInfo | None = None, *, start: int = START) -> Iterator[Command]:
    """The whole auction as a desk's history, with ids and instants.

    Order:   all validators are registered; each delegation is minted to its holder and opened at 1x; inactive
             validators are set inactive (not before: they take no new delegations); era 1 ends with the real rewards of
             all delegators, summed per validator, one era's length later. Without `info` no era ends.
    Limits:  the bids' own minimum and maximum are left out: real delegations may be older than the limits and lie
             outside them. The desk itself must take delegations of any size: see `desk_toml`.
    Units:   whole CSPR as text. Delegations of 0 are skipped; `summarize` counts them.
    Raises:  Malformed where two validators' keys are so alike that holders' ids could not tell them apart.
    """
    now, prefix, name = format_instant(start), prefix_length(auction), f"casper-{auction.era}"
    for number, validator in enumerate(auction.validators, 1):
        yield {"id": f"{name}-register-{number}", "at": now} | _register(validator, "operator")
    number = 0
    for validator in auction.validators:
        for delegation in validator.delegations:
            if not delegation.stake:
                continue
            number += 1
            holder = holder_id(delegation.delegator, validator.key, prefix)
            amount = cspr_text(delegation.stake)
            yield {"id": f"{name}-mint-{number}", "at": now} | _mint(holder, amount)
            yield {"id": f"{name}-open-{number}", "at": now} | _open(holder, amount, validator.key)
    for number, validator in enumerate(auction.validators, 1):
        if not validator.active:
            yield {"id": f"{name}-inactive-{number}", "at": now} | _set_inactive(validator, "operator")
    if info is not None:
        end = format_instant(start + ERA_SECONDS)
        yield {"id": f"{name}-end-era-{DESK_ERA}", "at": end} | _end_era(registered_rewards(auction, info))


def summarize(auction: Auction, info: EraInfo | None = None) -> ScenarioSummary:
    """Count what `scenario` yields for the same arguments; see `ScenarioSummary`."""
    kept = [(validator, d.stake) for validator in auction.validators for d in validator.delegations if d.stake]
    inactive = sum(not validator.active for validator in auction.validators)
    rewards = registered_rewards(auction, info) if info is not None else {}
    paid = sum(delegators_by_validator(info).values()) if info is not None else 0
    return ScenarioSummary(
        validators=len(auction.validators),
        inactive=inactive,
        delegations=len(kept),
        skipped=auction.delegation_count - len(kept),
        outside_limits=sum(_outside_limits(validator, stake) for validator, stake in kept),
        delegated=sum(stake for _, stake in kept),
        rewarded=len(rewards),
        rewards=sum(rewards.values()),
        unregistered=paid - sum(rewards.values()),
        commands=len(auction.validators) + 2 * len(kept) + inactive + (info is not None),
    )


def registered_rewards(auction: Auction, info: EraInfo) -> dict[str, int]:
    """Motes that the delegators of each validator of the auction got; validators with nothing are left out."""
    known = {validator.key for validator in auction.validators}
    return {key: amount for key, amount in delegators_by_validator(info).items() if key in known and amount}


def holder_id(delegator: str, validator: str, prefix: int) -> str:
    """The holder that stands for one delegation: a holder has one position, a delegator may have many delegations.

    Formula:  delegator, ":" and the first `prefix` hex digits of the validator's key.
    """
    return f"{delegator}:{validator[:prefix]}"


def prefix_length(auction: Auction) -> int:
    """How many digits of a validator's key tell all validators apart: 16, or as many more as are needed.

    Raises: Malformed where more would be needed than a holder's id of 128 characters has room for.
    """
    keys = [validator.key for validator in auction.validators]
    longest = max((len(d.delegator) for validator in auction.validators for d in validator.delegations), default=0)
    room = MAX_HOLDER - longest - 1
    for length in range(LEAST_PREFIX, room + 1):
        if len({key[:length] for key in keys}) == len(keys):
            return length
    raise Malformed(
        f"Two validators share the first {room} digits of their keys; expected keys that holders' ids can tell apart.",
        file=None,
        field="validators",
    )


def desk_toml() -> str:
    """The settings that a desk needs to take a real auction in: a TOML text."""
    return (
        "# Casper asks at least 500 CSPR of a new delegation, but many that exist are smaller (11,570 of 12,349 in\n"
        "# the recorded auction of era 7724). A desk that takes delegations in as they are must accept any size.\n"
        "[leverage]\n"
        'minimum_delegation = "0"\n'
    )


def _register(validator: Validator, actor: str) -> Command:
    return {
        "actor": actor,
        "type": "validator.register",
        "validator": validator.key,
        "commission_bps": validator.commission_percent * BPS_PER_PERCENT,
    }


def _limits(validator: Validator) -> Command:
    stated = {"minimum_delegation": validator.minimum_delegation, "maximum_delegation": validator.maximum_delegation}
    return {name: cspr_text(motes) for name, motes in stated.items() if motes is not None}


def _set_inactive(validator: Validator, actor: str) -> Command:
    return {"actor": actor, "type": "validator.set_active", "validator": validator.key, "active": False}


def _mint(holder: str, amount: str) -> Command:
    return {"actor": "operator", "type": "asset.mint", "asset": "CSPR", "to": holder, "amount": amount}


def _open(holder: str, amount: str, validator: str) -> Command:
    return {"actor": holder, "type": "leverage.open_position", "deposit": amount, "leverage": 1, "validator": validator}


def _end_era(rewards: dict[str, int]) -> Command:
    texts = {key: cspr_text(motes) for key, motes in rewards.items()}
    return {"actor": "oracle", "type": "network.end_era", "era": DESK_ERA, "rewards": texts}


def _outside_limits(validator: Validator, stake: int) -> bool:
    low, high = validator.minimum_delegation, validator.maximum_delegation
    return (low is not None and stake < low) or (high is not None and stake > high)
