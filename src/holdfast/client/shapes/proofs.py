# fmt: off
"""Answers of the API, as first met in proofs.

Written by `python -m holdfast.docs.client` from the OpenAPI document; do not edit. Run `make docs`.
"""

from __future__ import annotations

from typing import Literal, TypedDict


class AssetRoot(TypedDict):
    """One asset: the root that commits to all that is owed, and the sum in base units. It equals the supply."""

    decimals: int
    sum: str
    root: str


class DailyRoots(TypedDict):
    """What is published for a day: the desk, the journal position, and a root for each asset."""

    format: Literal["holdfast liabilities 1"]
    desk: str
    day: str
    seq: int
    digest: str
    at: str
    assets: dict[str, AssetRoot]


class PathStep(TypedDict):
    """A neighbour on the way to the root; the sum is in base units."""

    side: Literal["left", "right"]
    hash: str
    sum: str


class Inclusion(TypedDict):
    """What a holder gets: what he is owed, and the way from there to the root that is published."""

    format: Literal["holdfast inclusion 1"]
    desk: str
    day: str
    seq: int
    digest: str
    at: str
    asset: str
    decimals: int
    account: str
    amount: str
    parts: dict[str, str]
    salt: str
    path: list[PathStep]
