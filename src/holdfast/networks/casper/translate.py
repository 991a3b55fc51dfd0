"""From the node's shapes to records: bids with their delegations, reservations and unbonds."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import structs

from holdfast.networks.casper.document import misfit
from holdfast.networks.casper.records import Delegation, Reservation, Unbond, UnbondPart, Validator
from holdfast.networks.casper.shapes import (
    BidV2Shape,
    DelegatorBidShape,
    EmbeddedDelegatorShape,
    EntryV1Shape,
    EntryV2Shape,
    KindShape,
    ReservationShape,
    UnbondKindShape,
    UnbondShape,
    UnifiedBidShape,
    ValidatorBidShape,
)

PURSE_PREFIX = "purse-"

Rates = dict[tuple[str, str], int]
"""(validator, delegator) -> the percent that a reservation grants."""

Delegators = dict[str, dict[str, Delegation]]
"""validator -> delegator -> delegation, in the document's order."""


def from_v1(entries: Iterable[EntryV1Shape], file: str, field: str) -> tuple[Validator, ...]:
    """Validators of a v1 state, in its order. Refused: a validator twice, a delegator twice at one validator."""
    validators: dict[str, Validator] = {}
    for index, entry in enumerate(entries):
        place = f"{field}.bids[{index}]"
        _once(entry.public_key, validators, file, place)
        validators[str(entry.public_key)] = _unified(str(entry.public_key), entry.bid, file, f"{place}.bid")
    return tuple(validators.values())


def from_v2(
    entries: Iterable[EntryV2Shape], file: str, field: str
) -> tuple[tuple[Validator, ...], tuple[Reservation, ...], tuple[Unbond, ...]]:
    """Validators, reservations and unbonds of a v2 state, in its order; its entries may come in any order.

    Raises: Malformed for an entry that is not exactly one kind, a validator or delegation listed twice, and a
            delegation whose validator has no bid.
    """
    validators: dict[str, Validator] = {}
    delegations: dict[str, DelegatorBidShape] = {}
    reservations: list[Reservation] = []
    unbonds: list[Unbond] = []
    for index, entry in enumerate(entries):
        place = f"{field}.bids[{index}]"
        match _kind(entry.bid, file, f"{place}.bid"):
            case ValidatorBidShape() as bid:
                _once(bid.validator_public_key, validators, file, place)
                validators[str(bid.validator_public_key)] = _validator(bid)
            case UnifiedBidShape() as unified:
                _once(entry.public_key, validators, file, place)
                validators[str(entry.public_key)] = _unified(
                    str(entry.public_key), unified, file, f"{place}.bid.Unified"
                )
            case DelegatorBidShape() as delegator:
                delegations[place] = delegator
            case ReservationShape() as reservation:
                reservations.append(_reservation(reservation, file, place))
            case UnbondShape() as unbond:
                unbonds.append(_unbond(unbond, file, place))
    rates = {(slot.validator, slot.delegator): slot.commission_percent for slot in reservations}
    joined = _join(validators, delegations, rates, file)
    return joined, tuple(reservations), tuple(unbonds)


def delegator_id(kind: KindShape, file: str, field: str) -> str:
    """One text for both kinds of delegator: the key's hex, or `purse-` and the purse's hex."""
    if (kind.public_key is None) == (kind.purse is None):
        raise misfit("expected exactly one of PublicKey and Purse", file, field)
    return str(kind.public_key) if kind.public_key is not None else f"{PURSE_PREFIX}{kind.purse}"


def _kind(
    bid: BidV2Shape, file: str, field: str
) -> ValidatorBidShape | UnifiedBidShape | DelegatorBidShape | ReservationShape | UnbondShape | None:
    """The one kind that an entry is of; None for a bridge or a credit."""
    read = (bid.validator, bid.unified, bid.delegator, bid.reservation, bid.unbond)
    kinds = [kind for kind in (*read, bid.bridge, bid.credit) if kind is not None]
    if len(kinds) != 1:
        raise misfit(f"has {len(kinds)} kinds of bid; expected exactly one", file, field)
    return next((kind for kind in read if kind is not None), None)


def _validator(bid: ValidatorBidShape) -> Validator:
    return Validator(
        key=str(bid.validator_public_key),
        stake=int(bid.staked_amount),
        commission_percent=bid.delegation_rate,
        active=not bid.inactive,
        minimum_delegation=bid.minimum_delegation_amount,
        maximum_delegation=bid.maximum_delegation_amount,
        reserved_slots=bid.reserved_slots,
    )


def _unified(key: str, bid: UnifiedBidShape, file: str, field: str) -> Validator:
    delegations: dict[str, Delegation] = {}
    for index, shape in enumerate(bid.delegators):
        place = f"{field}.delegators[{index}]"
        delegation = _embedded(shape, file, place)
        _once(delegation.delegator, delegations, file, place)
        delegations[delegation.delegator] = delegation
    return Validator(
        key,
        int(bid.staked_amount),
        bid.delegation_rate,
        active=not bid.inactive,
        delegations=tuple(delegations.values()),
    )


def _embedded(shape: EmbeddedDelegatorShape, file: str, field: str) -> Delegation:
    """A delegator inside a bid, flat or wrapped."""
    if shape.public_key is not None and shape.staked_amount is not None:
        return Delegation(str(shape.public_key), int(shape.staked_amount))
    if shape.delegator_public_key is not None and shape.delegator is not None:
        return Delegation(str(shape.delegator_public_key), int(shape.delegator.staked_amount))
    raise misfit("expected public_key and staked_amount, or delegator_public_key and delegator", file, field)


def _reservation(shape: ReservationShape, file: str, place: str) -> Reservation:
    delegator = delegator_id(shape.delegator_kind, file, f"{place}.bid.Reservation.delegator_kind")
    return Reservation(str(shape.validator_public_key), delegator, shape.delegation_rate)


def _unbond(shape: UnbondShape, file: str, place: str) -> Unbond:
    delegator = _unbonding_party(shape.unbond_kind, file, f"{place}.bid.Unbond.unbond_kind")
    parts = tuple(
        UnbondPart(part.era_of_creation, int(part.amount), str(part.new_validator) if part.new_validator else None)
        for part in shape.eras
    )
    return Unbond(str(shape.validator_public_key), delegator, parts)


def _unbonding_party(kind: UnbondKindShape, file: str, field: str) -> str:
    """Who withdraws; a validator that withdraws its own stake is named by its key."""
    names = [str(key) for key in (kind.validator, kind.public_key) if key is not None]
    names += [f"{PURSE_PREFIX}{kind.purse}"] if kind.purse is not None else []
    if len(names) != 1:
        raise misfit("expected exactly one of Validator, DelegatedPublicKey and DelegatedPurse", file, field)
    return names[0]


def _join(
    validators: dict[str, Validator], bids: dict[str, DelegatorBidShape], rates: Rates, file: str
) -> tuple[Validator, ...]:
    """Give every validator its delegations. `bids` are keyed by their place in the document."""
    joined: Delegators = {key: {d.delegator: d for d in bid.delegations} for key, bid in validators.items()}
    for place, bid in bids.items():
        field = f"{place}.bid.Delegator"
        key = str(bid.validator_public_key)
        delegator = delegator_id(bid.delegator_kind, file, f"{field}.delegator_kind")
        if key not in joined:
            raise misfit(f"delegates to {key}; expected a validator with a bid", file, f"{field}.validator_public_key")
        _once(delegator, joined[key], file, place)
        joined[key][delegator] = Delegation(delegator, int(bid.staked_amount), rates.get((key, delegator)))
    return tuple(structs.replace(bid, delegations=tuple(joined[key].values())) for key, bid in validators.items())


def _once(key: str, seen: dict[str, Validator] | dict[str, Delegation], file: str, field: str) -> None:
    if key in seen:
        raise misfit(f"names {key} a second time; expected it once", file, field)
