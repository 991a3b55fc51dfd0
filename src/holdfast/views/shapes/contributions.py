"""Contribution networks and their resources."""

from __future__ import annotations

from typing import TypedDict

from holdfast.views.shapes.base import Amount, Instant


class Network(TypedDict):
    """A contribution network: its open epoch, and what that would pay now."""

    reward_asset: str
    epoch_seconds: int
    emission_per_epoch: Amount
    kinds: dict[str, str]
    attestors: list[str]
    epoch: int
    epoch_started_at: Instant
    epoch_ends_at: Instant
    carried_over: Amount
    balance: Amount
    held: Amount
    payable: Amount
    scored: int
    total_score: str


class NetworkItem(Network):
    """A contribution network by its name."""

    id: str


class Resource(TypedDict):
    """A resource and its part in the open epoch."""

    network: str
    owner: str
    kind: str
    unit: str
    capacity: str
    vault: str | None
    score: str
    reported_seconds: int
    expected_reward: Amount
    held: Amount


class ResourceItem(Resource):
    """A resource by its id."""

    id: str


_Report = TypedDict("_Report", {"from": Instant, "to": Instant})


class ResourceReport(_Report, total=False):
    """A report about a resource: counted with what it added, or not and why."""

    seq: int
    attestor: str
    uptime_bps: int
    quality_bps: int
    availability_bps: int
    sequence: int
    counted: bool
    why: str
    epoch: int
    added: str


_Reward = TypedDict("_Reward", {"from": Instant, "to": Instant})


class ResourceReward(_Reward):
    """What an epoch brought a resource, and how."""

    seq: int
    epoch: int
    score: str
    total_score: str
    share_bps: int
    shared_out: Amount
    reward: Amount
    paid_late: Amount
    how: str


class ResourcePage(Resource):
    """A resource with its reports and rewards."""

    resource: str
    reward_asset: str
    epoch: int
    total_score: str
    share_bps: int
    reports: list[ResourceReport]
    rewards: list[ResourceReward]
    earned: Amount
