"""The JSON shapes of a node's auction answers, as typed structs. Fields that nothing here needs are left out.

v1: `state_get_auction_info`; a bid embeds its delegators (flat on nodes 1.x, wrapped once more on nodes 2.x).
v2: `state_get_auction_info_v2`; every validator, delegator, reservation and unbond is an entry of its own.
"""

from __future__ import annotations

from typing import Any

import msgspec

from holdfast.networks.casper.document import Count, Key, Motes, Percent, Purse


class WeightShape(msgspec.Struct, frozen=True):
    """One validator's weight in an era."""

    public_key: Key
    weight: Motes


class EraShape(msgspec.Struct, frozen=True):
    """One era's validators."""

    era_id: Count
    validator_weights: list[WeightShape]


class KindShape(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who delegates: exactly one of a public key and a purse."""

    public_key: Key | None = msgspec.field(default=None, name="PublicKey")
    purse: Purse | None = msgspec.field(default=None, name="Purse")


class StakeShape(msgspec.Struct, frozen=True):
    """The stake inside a wrapped delegator (v1 as nodes 2.x write it)."""

    staked_amount: Motes


class EmbeddedDelegatorShape(msgspec.Struct, frozen=True):
    """A delegator inside a v1 bid: `public_key` and `staked_amount`, or `delegator_public_key` and `delegator`."""

    public_key: Key | None = None
    staked_amount: Motes | None = None
    delegator_public_key: Key | None = None
    delegator: StakeShape | None = None


class UnifiedBidShape(msgspec.Struct, frozen=True):
    """A bid that embeds its delegators: all of v1, and v2's legacy kind `Unified`."""

    staked_amount: Motes
    delegation_rate: Percent
    delegators: list[EmbeddedDelegatorShape]
    inactive: bool


class EntryV1Shape(msgspec.Struct, frozen=True):
    """A v1 bid under its validator's key."""

    public_key: Key
    bid: UnifiedBidShape


class StateV1Shape(msgspec.Struct, frozen=True):
    """The whole v1 auction state."""

    block_height: Count
    era_validators: list[EraShape]
    bids: list[EntryV1Shape]


class ValidatorBidShape(msgspec.Struct, frozen=True):
    """v2: a validator's bid without its delegators."""

    validator_public_key: Key
    staked_amount: Motes
    delegation_rate: Percent
    inactive: bool
    minimum_delegation_amount: Count
    maximum_delegation_amount: Count
    reserved_slots: Count


class DelegatorBidShape(msgspec.Struct, frozen=True):
    """v2: one delegation."""

    delegator_kind: KindShape
    staked_amount: Motes
    validator_public_key: Key


class ReservationShape(msgspec.Struct, frozen=True):
    """v2: a reserved slot."""

    delegator_kind: KindShape
    validator_public_key: Key
    delegation_rate: Percent


class UnbondKindShape(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who withdraws: exactly one of the three."""

    validator: Key | None = msgspec.field(default=None, name="Validator")
    public_key: Key | None = msgspec.field(default=None, name="DelegatedPublicKey")
    purse: Purse | None = msgspec.field(default=None, name="DelegatedPurse")


class UnbondEraShape(msgspec.Struct, frozen=True):
    """v2: one withdrawal request."""

    era_of_creation: Count
    amount: Motes
    new_validator: Key | None = None


class UnbondShape(msgspec.Struct, frozen=True):
    """v2: all that one party withdraws from one validator."""

    validator_public_key: Key
    unbond_kind: UnbondKindShape
    eras: list[UnbondEraShape]


class BidV2Shape(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """v2: exactly one of the kinds. Bridges (a changed key) and credits carry no stake and are not read further."""

    validator: ValidatorBidShape | None = msgspec.field(default=None, name="Validator")
    delegator: DelegatorBidShape | None = msgspec.field(default=None, name="Delegator")
    reservation: ReservationShape | None = msgspec.field(default=None, name="Reservation")
    unbond: UnbondShape | None = msgspec.field(default=None, name="Unbond")
    unified: UnifiedBidShape | None = msgspec.field(default=None, name="Unified")
    bridge: dict[str, Any] | None = msgspec.field(default=None, name="Bridge")
    credit: dict[str, Any] | None = msgspec.field(default=None, name="Credit")


class EntryV2Shape(msgspec.Struct, frozen=True):
    """A v2 entry under its validator's key."""

    public_key: Key
    bid: BidV2Shape


class StateV2Shape(msgspec.Struct, frozen=True):
    """The whole v2 auction state."""

    block_height: Count
    era_validators: list[EraShape]
    bids: list[EntryV2Shape]


class PeekEntryShape(msgspec.Struct, frozen=True):
    """Just enough of an entry to tell v1 from v2."""

    bid: dict[str, msgspec.Raw]


class PeekShape(msgspec.Struct, frozen=True):
    """Just enough of an auction state to tell v1 from v2."""

    bids: list[PeekEntryShape]
