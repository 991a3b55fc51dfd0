"""What an era paid: the node's record of it, and the model that computes it from stakes."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from pathlib import Path

import msgspec
from msgspec import structs

from holdfast.networks.casper.document import Count, Key, Motes, decode, misfit, read_bytes, unwrap
from holdfast.networks.casper.records import Auction, Validator
from holdfast.networks.casper.shapes import KindShape
from holdfast.networks.casper.translate import delegator_id
from holdfast.primitives.fixed_point import FLOOR, mul_div

STAKE_DELAY_ERAS = 2
"""Rewards of an era follow the stakes of two eras earlier."""


class Reward(msgspec.Struct, frozen=True):
    """Motes that an era paid at a validator: to a delegator, or to the validator itself where `delegator` is None."""

    validator: str
    delegator: str | None
    amount: int


class EraInfo(msgspec.Struct, frozen=True):
    """All rewards of one era in the node's order. Nodes 2.x may list one pair more than once; the sum counts."""

    era: int
    rewards: tuple[Reward, ...]

    @property
    def total(self) -> int:
        """All motes that the era paid."""
        return sum(reward.amount for reward in self.rewards)


class Reproduction(msgspec.Struct, frozen=True):
    """How well the model meets an era's real delegator rewards: counts of pairs of validator and delegator."""

    era: int
    compared: int
    exact: int
    within_one_mote: int
    validators: int


class _ValidatorPaid(msgspec.Struct, frozen=True):
    validator_public_key: Key
    amount: Motes


class _DelegatorPaid(msgspec.Struct, frozen=True):
    delegator_public_key: Key
    validator_public_key: Key
    amount: Motes


class _KindPaid(msgspec.Struct, frozen=True):
    delegator_kind: KindShape
    validator_public_key: Key
    amount: Motes


class _Allocation(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    validator: _ValidatorPaid | None = msgspec.field(default=None, name="Validator")
    delegator: _DelegatorPaid | None = msgspec.field(default=None, name="Delegator")
    kind: _KindPaid | None = msgspec.field(default=None, name="DelegatorKind")


class _Allocations(msgspec.Struct, frozen=True):
    seigniorage_allocations: list[_Allocation]


class _Stored(msgspec.Struct, frozen=True):
    era_info: _Allocations = msgspec.field(name="EraInfo")


class _Summary(msgspec.Struct, frozen=True):
    era_id: Count
    stored_value: _Stored


def read_era_info(path: Path | str) -> EraInfo:
    """The rewards of one era in a file: plain or gzip, a JSON-RPC answer, its `result`, or the bare `era_summary`.

    Units:   motes.
    Raises:  Malformed naming file and field (see `document`); an answer for a block that ends no era has none.
    Source:  Casper node OpenRPC document, `EraSummary`: `Validator`, `Delegator` (1.x) and `DelegatorKind` (2.x).
    """
    path = Path(path)
    return parse_era_info(read_bytes(path), str(path))


def parse_era_info(content: bytes, file: str = "era info") -> EraInfo:
    """The rewards in unpacked JSON text; see `read_era_info`."""
    value, field = unwrap(content, "era_summary", file)
    summary = decode(value, _Summary, file, field)
    place = f"{field}.stored_value.EraInfo.seigniorage_allocations"
    allocations = summary.stored_value.era_info.seigniorage_allocations
    rewards = tuple(_reward(allocation, file, f"{place}[{index}]") for index, allocation in enumerate(allocations))
    return EraInfo(summary.era_id, rewards)


def _reward(allocation: _Allocation, file: str, field: str) -> Reward:
    """One allocation of any of the three kinds."""
    match (allocation.validator, allocation.delegator, allocation.kind):
        case (_ValidatorPaid() as own, None, None):
            return Reward(str(own.validator_public_key), None, int(own.amount))
        case (None, _DelegatorPaid() as paid, None):
            return Reward(str(paid.validator_public_key), str(paid.delegator_public_key), int(paid.amount))
        case (None, None, _KindPaid() as paid_kind):
            delegator = delegator_id(paid_kind.delegator_kind, file, f"{field}.DelegatorKind.delegator_kind")
            return Reward(str(paid_kind.validator_public_key), delegator, int(paid_kind.amount))
        case _:
            raise misfit("expected exactly one of Validator, Delegator and DelegatorKind", file, field)


def by_pair(info: EraInfo) -> dict[tuple[str, str | None], int]:
    """Motes per (validator, delegator), repeated entries added; the validator's own under delegator None."""
    paid: Counter[tuple[str, str | None]] = Counter()
    for reward in info.rewards:
        paid[reward.validator, reward.delegator] += reward.amount
    return dict(paid)


def delegators_by_validator(info: EraInfo) -> dict[str, int]:
    """Motes that the delegators of each validator got together; validators in the order of their first reward."""
    paid: dict[str, int] = defaultdict(int)
    for reward in info.rewards:
        paid[reward.validator] += reward.amount if reward.delegator is not None else 0
    return dict(paid)


def era_rewards(stakes: Validator, reward: int) -> tuple[Reward, ...]:
    """How the reward R of one validator is shared among its delegators and itself.

    Formula:   delegator: floor(R · (D / S) · (d / D) · (100 - rate) / 100); the validator gets R less all of these.
               S is the whole stake, D the delegated part, d the delegator's; D cancels out, so this is
               floor(R · (100 - rate) · d / (S · 100)). The rate is the delegator's own where a reservation grants one.
    Units:     motes; rates in percent. `stakes` are those of two eras earlier.
    Rounding:  floor for every delegator, one division each; the dust is the validator's, so the sum is exactly R.
    Raises:    nothing; on a stake of 0 the validator gets all.
    Source:    Casper's auction contract, distribution of an era's rewards.
    """
    whole = 100 * stakes.total_stake
    shares = tuple(
        Reward(
            stakes.key,
            delegation.delegator,
            mul_div(
                reward * (100 - _rate(stakes, delegation.commission_percent)), delegation.stake, whole, rounding=FLOOR
            ),
        )
        for delegation in stakes.delegations
        if whole
    )
    return (*shares, Reward(stakes.key, None, reward - sum(share.amount for share in shares)))


def _rate(stakes: Validator, own_rate: int | None) -> int:
    return stakes.commission_percent if own_rate is None else own_rate


def stakes_before(
    present: Validator, paid: Mapping[tuple[str, str | None], int], eras: int = STAKE_DELAY_ERAS
) -> Validator:
    """A validator's stakes some eras ago, guessed from the present ones and the rewards of one era.

    Formula:   stake - eras · reward, for the validator and every delegator; at least 0.
    Units:     motes.
    Raises:    nothing. It is exact where nobody delegated or withdrew since and each era paid what this one did.
    Source:    rewards compound into the stakes at each era's end.
    """
    return structs.replace(
        present,
        stake=max(present.stake - eras * paid.get((present.key, None), 0), 0),
        delegations=tuple(
            structs.replace(d, stake=max(d.stake - eras * paid.get((present.key, d.delegator), 0), 0))
            for d in present.delegations
        ),
    )


def reproduce(auction: Auction, info: EraInfo) -> Reproduction:
    """Compute an era's rewards again from the auction right after it, and compare them with those really paid.

    Formula:   `era_rewards(stakes_before(validator), R)` with R = all that the era paid at this validator.
    Units:     counts of delegator rewards; a real reward whose delegation is gone counts as not reproduced.
    Raises:    nothing.
    """
    paid = by_pair(info)
    totals: dict[str, int] = defaultdict(int)
    for (key, _), amount in paid.items():
        totals[key] += amount
    computed: dict[tuple[str, str | None], int] = {}
    for validator in auction.validators:
        if validator.key in totals:
            shares = era_rewards(stakes_before(validator, paid), totals[validator.key])
            computed.update({(share.validator, share.delegator): share.amount for share in shares})
    real = {pair: amount for pair, amount in paid.items() if pair[1] is not None}
    errors = [abs(computed[pair] - amount) for pair, amount in real.items() if pair in computed]
    return Reproduction(
        era=info.era,
        compared=len(real),
        exact=sum(error == 0 for error in errors),
        within_one_mote=sum(error <= 1 for error in errors),
        validators=len(totals),
    )
