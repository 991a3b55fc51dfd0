"""Proofs of liabilities: a root per asset that is published each day, and for each holder the way to it.

Who sees the published roots knows what the desk says it owes; who has a proof knows that his own claim is in that sum.
The tree is `primitives.merkle_sum`'s, its leaves are `views.owed`'s accounts. Each leaf has a salt of its own, made
from the desk's secret, the position and the account; leaves stand in the order of their salts, so that neither a
neighbour's hash nor a place in the tree says whose they are. What a path does show is the sums beside it.
"""

from __future__ import annotations

import hmac
import re
from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta, Struct

from holdfast.engine.journal import Head
from holdfast.errors import Malformed, NotFound, UnknownAsset
from holdfast.primitives import merkle_sum
from holdfast.primitives.asset import format_units
from holdfast.primitives.clock import format_instant
from holdfast.primitives.merkle_sum import Leaf, Node
from holdfast.protocol.state import State
from holdfast.views.owed import owed

ROOTS_FORMAT: Final = "holdfast liabilities 1"
PROOF_FORMAT: Final = "holdfast inclusion 1"

SECRET_BYTES = 32
"""The shortest secret."""

Hex = Annotated[str, Meta(pattern=r"\A[0-9a-f]{64}\Z")]
Digits = Annotated[str, Meta(pattern=r"\A(0|[1-9][0-9]{0,154})\Z")]
Day = Annotated[str, Meta(pattern=r"\A[0-9]{4}-[0-9]{2}-[0-9]{2}\Z")]
Instant = Annotated[str, Meta(pattern=r"\A[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z\Z")]
Word = Annotated[str, Meta(pattern=r"\A[!-~]{1,200}\Z")]
Part = Annotated[str, Meta(pattern=r"\A[a-z_]{1,40}\Z")]
Decimals = Annotated[int, Meta(ge=0, le=18)]
Seq = Annotated[int, Meta(ge=0, le=2**63 - 1)]

_POSITION = ("desk", "day", "seq", "digest", "at")
"""What a document says of where it belongs; the same in a proof and in the roots."""

_Position = tuple[str, str, int, str, str]

_is_day = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}").fullmatch


class AssetRoot(Struct, frozen=True, forbid_unknown_fields=True):
    """One asset: the root that commits to all that is owed, and the sum in base units. It equals the supply."""

    decimals: Decimals
    sum: Digits
    root: Hex


class DailyRoots(Struct, frozen=True, forbid_unknown_fields=True):
    """What is published for a day: the desk, the journal position, and a root for each asset."""

    format: Literal["holdfast liabilities 1"]
    desk: Hex
    day: Day
    seq: Seq
    digest: Hex
    at: Instant
    assets: dict[Word, AssetRoot]


class PathStep(Struct, frozen=True, forbid_unknown_fields=True):
    """A neighbour on the way to the root; the sum is in base units."""

    side: Literal["left", "right"]
    hash: Hex
    sum: Digits


class Inclusion(Struct, frozen=True, forbid_unknown_fields=True):
    """What a holder gets: what he is owed, and the way from there to the root that is published."""

    format: Literal["holdfast inclusion 1"]
    desk: Hex
    day: Day
    seq: Seq
    digest: Hex
    at: Instant
    asset: Word
    decimals: Decimals
    account: Word
    amount: Digits
    parts: dict[Part, Digits]
    salt: Hex
    path: Annotated[list[PathStep], Meta(max_length=merkle_sum.LONGEST_PATH)]


class DayProofs:
    """All trees of one day, each built when it is first asked for: a server keeps the object and hands out proofs."""

    def __init__(self, state: State, desk: bytes, head: Head, secret: bytes, day: str) -> None:
        """Take what is owed from the state; later commands change nothing here.

        `desk` is the genesis's root, `head` the record that the state stands at, `day` a date like 2026-01-31.
        Raises:  Malformed (the secret is short, the day is none), Corrupt (more is owed than there is).
        """
        if len(secret) < SECRET_BYTES:
            raise Malformed(f"The secret of the proofs has {len(secret)} bytes; {SECRET_BYTES} are the least.")
        if not _is_day(day):
            raise Malformed(f"{day[:40]!r} is no day: write it like 2026-01-31.", field="day")
        self._position = (desk.hex(), day, head.seq, head.digest.hex(), format_instant(state.now))
        self._key = hmac.digest(secret, _lines(ROOTS_FORMAT, *self._position).encode(), "sha256")
        self._codes = set(state.assets)
        self._decimals = {code: asset.decimals for code, asset in state.assets.items()}
        self._owed = owed(state)
        self._trees: dict[str, tuple[dict[str, int], list[Leaf], list[list[Node]]]] = {}

    def roots(self) -> DailyRoots:
        """What is to be published."""
        return DailyRoots(ROOTS_FORMAT, *self._position, {code: self._root(code) for code in self._owed})

    def inclusion(self, asset: str, account: str) -> Inclusion:
        """The proof for one account; `@desk` is what belongs to no holder.

        Raises: UnknownAsset, NotFound where the account is owed nothing of the asset.
        """
        if asset not in self._codes:
            raise UnknownAsset(f"There is no asset {asset} on this desk.", asset=asset)
        parts = self._owed.get(asset, {}).get(account)
        if parts is None:
            raise NotFound(f"{account} is owed no {asset} at record {self._position[2]}.", account=account, asset=asset)
        places, leaves, tree = self._tree(asset)
        leaf = leaves[places[account]]
        steps = merkle_sum.path(tree, places[account])
        return Inclusion(
            PROOF_FORMAT, *self._position, asset, self._decimals[asset], account, str(leaf.balance),
            {part: str(units) for part, units in parts.items()}, leaf.salt.hex(),
            [PathStep(step.side, step.hash.hex(), str(step.sum)) for step in steps],
        )  # fmt: skip

    def _root(self, asset: str) -> AssetRoot:
        top, decimals = self._tree(asset)[2][-1][0], self._decimals[asset]
        return AssetRoot(decimals, str(top.sum), _published(top, self._position, asset, decimals))

    def _tree(self, asset: str) -> tuple[dict[str, int], list[Leaf], list[list[Node]]]:
        built = self._trees.get(asset)
        if built is None:
            accounts = self._owed[asset].items()
            leaves = [Leaf(account, self._salt(asset, account), sum(parts.values())) for account, parts in accounts]
            leaves.sort(key=lambda leaf: leaf.salt)
            places = {leaf.account: place for place, leaf in enumerate(leaves)}
            built = self._trees[asset] = (places, leaves, merkle_sum.levels(leaves))
        return built

    def _salt(self, asset: str, account: str) -> bytes:
        """HMAC-SHA256(key, asset || LF || account), the key being HMAC-SHA256(secret, day and position)."""
        return hmac.digest(self._key, f"{asset}\n{account}".encode(), "sha256")


def daily_roots(state: State, desk: bytes, head: Head, secret: bytes, day: str) -> DailyRoots:
    """What is published for a day, of the state at `head`. Raises: as `DayProofs`."""
    return DayProofs(state, desk, head, secret, day).roots()


def inclusion(state: State, desk: bytes, head: Head, secret: bytes, day: str, asset: str, account: str) -> Inclusion:
    """One holder's proof, of the state that the day's roots were made of. Raises: as `DayProofs` and its method."""
    return DayProofs(state, desk, head, secret, day).inclusion(asset, account)


def problem(proof: Inclusion, roots: DailyRoots) -> str | None:
    """Why the proof does not show that the account is part of what was published; None where it does.

    Checks:    same desk, day and position -> an asset that was published, with these decimals -> parts add up
               -> the way leads, through sums that are none below 0, to the published sum and root
    """
    position = _position_of(proof)
    for name, mine, published in zip(_POSITION, position, _position_of(roots), strict=True):
        if mine != published:
            return f"{name}: the proof is for {mine}, the published roots are for {published}"
    root = roots.assets.get(proof.asset)
    if root is None:
        return f"no root was published for {proof.asset}"
    if root.decimals != proof.decimals:
        return f"decimals: the proof says {proof.decimals}, the published roots say {root.decimals}"
    if sum(map(int, proof.parts.values())) != int(proof.amount):
        return "the parts do not add up to the amount"
    leaf = Leaf(proof.account, bytes.fromhex(proof.salt), int(proof.amount))
    steps = [merkle_sum.Step(step.side, bytes.fromhex(step.hash), int(step.sum)) for step in proof.path]
    try:
        top = merkle_sum.climb(leaf, steps)
    except ValueError as error:
        return str(error)
    if top.sum != int(root.sum):
        text = format_units(top.sum, proof.decimals), format_units(int(root.sum), proof.decimals)
        return f"the way leads to a sum of {text[0]}, and {text[1]} was published"
    if _published(top, position, proof.asset, proof.decimals) != root.root:
        return "the way does not lead to the published root"
    return None


def as_details(roots: DailyRoots) -> dict[str, str | int | list[str]]:
    """The roots as an entry of the audit log keeps them: one line for each asset."""
    return {
        "format": roots.format,
        **dict(zip(_POSITION, _position_of(roots), strict=True)),
        "roots": [f"{code} {asset.decimals} {asset.sum} {asset.root}" for code, asset in roots.assets.items()],
    }


def from_details(details: dict[str, str | int | list[str]]) -> DailyRoots:
    """The roots that `as_details` wrote. Raises: Malformed where the entry is none."""
    try:
        lines = [line.split(" ") for line in details["roots"]]  # type: ignore[union-attr]
        assets = {code: {"decimals": int(places), "sum": total, "root": root} for code, places, total, root in lines}
        given = {name: value for name, value in details.items() if name != "roots"}
        return msgspec.convert({**given, "assets": assets}, DailyRoots)
    except (AttributeError, KeyError, TypeError, ValueError, msgspec.MsgspecError) as error:
        raise Malformed(f"This entry holds no roots of liabilities: {error}") from None


def _position_of(document: DailyRoots | Inclusion) -> _Position:
    return document.desk, document.day, document.seq, document.digest, document.at


def _published(top: Node, position: _Position, asset: str, decimals: int) -> str:
    """The root as it is published: bound to desk, day, position and asset."""
    return merkle_sum.commitment(top, _lines(ROOTS_FORMAT, *position, f"{asset} {decimals}")).hex()


def _lines(*fields: str | int) -> str:
    return "".join(f"{field}\n" for field in fields)
