"""Read a Casper auction (`state_get_auction_info` and its v2) and check what can be checked about it."""

from __future__ import annotations

from pathlib import Path

import msgspec

from holdfast.networks.casper.document import decode, misfit, read_bytes, unwrap
from holdfast.networks.casper.records import Auction, EraWeights, Validator
from holdfast.networks.casper.shapes import EraShape, PeekShape, StateV1Shape, StateV2Shape
from holdfast.networks.casper.translate import from_v1, from_v2

V1_BID = "staked_amount"
V2_BID = frozenset({"Validator", "Delegator", "Reservation", "Unbond", "Unified", "Bridge", "Credit"})


class WeightMismatch(msgspec.Struct, frozen=True):
    """A validator whose weight is not its stake, both in motes; `stake` is None where it has no bid."""

    validator: str
    weight: int
    stake: int | None


class WeightCheck(msgspec.Struct, frozen=True):
    """Whether the last era's weights equal the stakes: how many were compared and which differ."""

    era: int
    checked: int
    mismatches: tuple[WeightMismatch, ...]

    @property
    def ok(self) -> bool:
        """True when every weight equals own stake plus delegations."""
        return not self.mismatches


def read_auction(path: Path | str) -> Auction:
    """The auction in a file: plain or gzip, v1 or v2, a JSON-RPC answer, its `result`, or the bare `auction_state`.

    Units:   motes.
    Raises:  Malformed naming file and field: not readable, not gzip, not JSON, wrong shape, amounts that are not
             digits, unknown kinds of bid, a validator or delegation listed twice, a delegation without its validator.
    Source:  Casper node OpenRPC document, `AuctionState` of both methods.
    """
    path = Path(path)
    return parse_auction(read_bytes(path), str(path))


def parse_auction(content: bytes, file: str = "auction") -> Auction:
    """The auction in unpacked JSON text; see `read_auction`. `file` is the name that refusals carry."""
    state, field = unwrap(content, "auction_state", file)
    if _is_v2(decode(state, PeekShape, file, field), file, field):
        v2 = decode(state, StateV2Shape, file, field)
        validators, reservations, unbonds = from_v2(v2.bids, file, field)
        eras = _eras(v2.era_validators, file, field)
        return Auction(eras[0].era, v2.block_height, validators, eras, reservations, unbonds)
    v1 = decode(state, StateV1Shape, file, field)
    eras = _eras(v1.era_validators, file, field)
    return Auction(eras[0].era, v1.block_height, from_v1(v1.bids, file, field), eras)


def check_weights(auction: Auction) -> WeightCheck:
    """Compare the weights of the last era listed with the stakes.

    Formula:   weight = own stake + sum of all delegations, for every validator of that era, exactly.
    Units:     motes.
    Raises:    nothing; the answer lists what differs. Earlier eras have older stakes and are not compared.
    Source:    the auction takes a snapshot of all stakes for the era that it elects validators for.
    """
    last = auction.era_weights[-1]
    stakes = {validator.key: validator.total_stake for validator in auction.validators}
    mismatches = tuple(
        WeightMismatch(key, weight, stakes.get(key)) for key, weight in last.weights if stakes.get(key) != weight
    )
    return WeightCheck(era=last.era, checked=len(last.weights), mismatches=mismatches)


def find_validator(auction: Auction, key: str) -> Validator | None:
    """The validator of this public key, or None."""
    return next((validator for validator in auction.validators if validator.key == key), None)


def _is_v2(peek: PeekShape, file: str, field: str) -> bool:
    """Whether the first bid is of the v2 shape; an auction without bids reads as v1."""
    if not peek.bids or V1_BID in peek.bids[0].bid:
        return False
    names = sorted(peek.bids[0].bid)
    if len(names) == 1 and names[0] in V2_BID:
        return True
    found = ", ".join(names)[:120] or "nothing"
    kinds = ", ".join(sorted(V2_BID))
    raise misfit(
        f"unknown shape with {found}; expected {V1_BID} (v1) or one of {kinds} (v2)", file, f"{field}.bids[0].bid"
    )


def _eras(shapes: list[EraShape], file: str, field: str) -> tuple[EraWeights, ...]:
    """The eras with their weights. Refused: no era at all, eras that do not count on, a validator twice in one."""
    if not shapes:
        raise misfit("is empty; expected the present era at least", file, f"{field}.era_validators")
    for index, shape in enumerate(shapes):
        place = f"{field}.era_validators[{index}]"
        if shape.era_id != shapes[0].era_id + index:
            expected = shapes[0].era_id + index
            raise misfit(f"is era {shape.era_id}; expected {expected}, as eras count on", file, f"{place}.era_id")
        if len({weight.public_key for weight in shape.validator_weights}) != len(shape.validator_weights):
            raise misfit("names a validator twice; expected one weight each", file, f"{place}.validator_weights")
    return tuple(
        EraWeights(shape.era_id, tuple((str(w.public_key), int(w.weight)) for w in shape.validator_weights))
        for shape in shapes
    )
