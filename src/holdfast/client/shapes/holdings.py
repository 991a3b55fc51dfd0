# fmt: off
"""Answers of the API, as first met in holdings.

Written by `python -m holdfast.docs.client` from the OpenAPI document; do not edit. Run `make docs`.
"""

from __future__ import annotations

from typing import Literal, NotRequired, TypedDict


class ExitItem(TypedDict):
    """An exit request by its id."""

    assets: str
    id: str
    owner: str
    receiver: str
    shares: str
    status: Literal["cancelled", "claimable", "claimed", "pending"]
    vault: str


class StakeItem(TypedDict):
    """A term stake by its id."""

    amount: str
    auto_reinvest: bool
    booster: str | None
    id: str
    owner: str
    period_days: int
    reinvest_amount: str
    seconds_left: int
    staked_at: str
    status: Literal["locked", "matured", "unstaked"]
    unlocks_at: str
    withdraw_amount: str


class BoosterStakeItem(TypedDict):
    """A booster's stake by its id."""

    amount: str
    booster: str
    id: str
    owner: str
    status: Literal["locked", "matured", "unstaked"]
    unlocks_at: str


class BoosterItem(TypedDict):
    """A booster by its id."""

    id: str
    owner: str
    stake: str | None
    status: Literal["active", "expired", "used"]


class FeeKeyItem(TypedDict):
    """A fee key by its id."""

    claimable: str
    id: str
    locked_lp: int
    owner: str
    paid: str
    tier: str
    weight: str


class PositionItem(TypedDict):
    """A position by its holder."""

    bad_debt: str
    can_finalize: bool
    claimable_era: int | None
    debt: str
    equity: str
    eras_left: int | None
    health_factor_bps: int | None
    id: str
    interest: str
    leverage: int
    liquidated: bool
    ltv_bps: int | None
    opened_era: int
    status: Literal["active", "empty", "unbonding"]
    unreturned_debt_token: str
    validator: str | None
    value: str


class ResourceItem(TypedDict):
    """A resource by its id."""

    capacity: str
    expected_reward: str
    held: str
    id: str
    kind: str
    network: str
    owner: str
    reported_seconds: int
    score: str
    unit: str
    vault: str | None


ResourceReport = TypedDict("ResourceReport", {"added": "NotRequired[str]", "attestor": "NotRequired[str]",
    "availability_bps": "NotRequired[int]", "counted": "NotRequired[bool]", "epoch": "NotRequired[int]", "from": "str",
    "quality_bps": "NotRequired[int]", "seq": "NotRequired[int]", "sequence": "NotRequired[int]", "to": "str",
    "uptime_bps": "NotRequired[int]", "why": "NotRequired[str]"})
"""A report about a resource: counted with what it added, or not and why."""


ResourceReward = TypedDict("ResourceReward", {"epoch": "int", "from": "str", "how": "str", "paid_late": "str",
    "reward": "str", "score": "str", "seq": "int", "share_bps": "int", "shared_out": "str", "to": "str",
    "total_score": "str"})
"""What an epoch brought a resource, and how."""


class ResourcePage(TypedDict):
    """A resource with its reports and rewards."""

    capacity: str
    earned: str
    epoch: int
    expected_reward: str
    held: str
    kind: str
    network: str
    owner: str
    reported_seconds: int
    reports: list[ResourceReport]
    resource: str
    reward_asset: str
    rewards: list[ResourceReward]
    score: str
    share_bps: int
    total_score: str
    unit: str
    vault: str | None
