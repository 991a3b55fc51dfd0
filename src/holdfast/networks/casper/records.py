"""What the rest of the program sees of a Casper auction: plain records, amounts in motes."""

from __future__ import annotations

import msgspec


class Delegation(msgspec.Struct, frozen=True):
    """One delegator's stake at one validator.

    `delegator` is a public key in hex, or `purse-` and 64 hex digits for a contract's purse. `commission_percent` is
    the rate that a reservation grants this delegator; None means the validator's own rate.
    """

    delegator: str
    stake: int
    commission_percent: int | None = None


class Validator(msgspec.Struct, frozen=True):
    """A validator's bid: own stake, commission, limits and everybody who delegates to it.

    `minimum_delegation` and `maximum_delegation` are None where the bid states none (nodes 1.x).
    """

    key: str
    stake: int
    commission_percent: int
    active: bool
    delegations: tuple[Delegation, ...] = ()
    minimum_delegation: int | None = None
    maximum_delegation: int | None = None
    reserved_slots: int = 0

    @property
    def total_stake(self) -> int:
        """Own stake and all delegations, in motes."""
        return self.stake + sum(delegation.stake for delegation in self.delegations)


class Reservation(msgspec.Struct, frozen=True):
    """A slot that a validator keeps for one delegator, at a rate of its own."""

    validator: str
    delegator: str
    commission_percent: int


class UnbondPart(msgspec.Struct, frozen=True):
    """One request of an unbond: due at the end of era + 7; `new_validator` makes it a redelegation."""

    era: int
    amount: int
    new_validator: str | None


class Unbond(msgspec.Struct, frozen=True):
    """Everything that one delegator (or the validator itself) is withdrawing from one validator."""

    validator: str
    delegator: str
    parts: tuple[UnbondPart, ...]


class EraWeights(msgspec.Struct, frozen=True):
    """The validators of an era with their weights in motes, in the node's order."""

    era: int
    weights: tuple[tuple[str, int], ...]


class Auction(msgspec.Struct, frozen=True):
    """A Casper auction at one block. `era` is the era of that block; `era_weights` are that era's and those to come."""

    era: int
    block_height: int
    validators: tuple[Validator, ...]
    era_weights: tuple[EraWeights, ...]
    reservations: tuple[Reservation, ...] = ()
    unbonds: tuple[Unbond, ...] = ()

    @property
    def delegation_count(self) -> int:
        """How many delegations there are at all validators together."""
        return sum(len(validator.delegations) for validator in self.validators)
