# fmt: off
"""Answers of the API, as first met in standing.

Written by `python -m holdfast.docs.client` from the OpenAPI document; do not edit. Run `make docs`.
"""

from __future__ import annotations

from typing import Literal, NotRequired, TypedDict


class StandingClaim(TypedDict):
    """Collect what is ready once all of it in one asset is at least `minimum` whole tokens.

    `fees` are those of the account's fee keys, `exits` filled exit requests, `unbonding` the account's own position
    when its unbonding is complete; to finalize that costs the debt token that was borrowed.
    """

    type: Literal["claim"]
    sources: NotRequired[list[Literal["exits", "fees", "unbonding"]]]
    minimum: NotRequired[str]


class Restake(TypedDict):
    """Stake again what a stake of the account has paid out, whoever unstaked it.

    What is staked, and the tax on it, is together what was paid out; with `tax_on_top` the whole payment is staked and
    the tax comes out of the account. A booster is used while it is active.
    """

    type: Literal["restake"]
    booster: NotRequired[str | None]
    tax_on_top: NotRequired[bool]


class UnstakeAtMaturity(TypedDict):
    """Unstake when a stake matures: the one named, or all of the account's."""

    type: Literal["unstake_at_maturity"]
    stake: NotRequired[str | None]


class StopLoss(TypedDict):
    """Request the close of the leveraged position when its loan-to-value reaches, or its health falls to, a bound.

    Both are compared exactly, not as they are shown: debt with interest · 10,000 >= ltv_bps · value, and value ·
    threshold <= health_bps · debt with interest.
    """

    type: Literal["stop_loss"]
    ltv_bps: NotRequired[int | None]
    health_bps: NotRequired[int | None]


class Instruction(TypedDict):
    """An instruction in force.

    `stakes` and `stakes_before` say which stakes there were when it was given. `failure` is how its last run failed
    that did: the work and the code.
    """

    kind: Literal["standing"]
    id: str
    person: str
    account: str
    terms: StandingClaim | Restake | UnstakeAtMaturity | StopLoss
    created: int
    until: NotRequired[int | None]
    stakes: NotRequired[list[str]]
    stakes_before: NotRequired[int]
    failure: NotRequired[str]
