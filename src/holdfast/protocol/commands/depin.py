"""Commands on contribution networks."""

from __future__ import annotations

from typing import Annotated

from msgspec import UNSET, Meta, UnsetType, field

from holdfast.primitives.signatures import PUBLIC_KEY_PATTERN, SIGNATURE_PATTERN
from holdfast.protocol.arguments import (
    Amount,
    AssetCode,
    Bps,
    Command,
    Holder,
    Instant,
    Integer,
    Name,
    VaultName,
)

Kinds = Annotated[
    dict[Name, Name],
    Meta(
        min_length=1,
        max_length=100,
        description='kinds and their units, like {"gpu": "gpu"}',
        extra={"reason": "not_kinds"},
    ),
]
PublicKey = Annotated[
    str,
    Meta(
        pattern=PUBLIC_KEY_PATTERN,
        description="an ed25519 public key, 64 lower-case hex digits",
        extra={"reason": "not_a_public_key"},
    ),
]
Signature = Annotated[
    str,
    Meta(
        pattern=SIGNATURE_PATTERN,
        description="an ed25519 signature, 128 lower-case hex digits",
        extra={"reason": "not_a_signature"},
    ),
]
Capacity = Annotated[
    str,
    Meta(
        pattern=r"\A(0|[1-9][0-9]*)(\.[0-9]+)?\Z",
        description='a capacity as text with at most 6 digits after the point, like "24.5"',
        extra={"reason": "not_a_capacity"},
    ),
]
EpochSeconds = Annotated[int, Meta(ge=1, le=2**40, description="seconds, 1..2^40")]


class DepinAddNetwork(Command, frozen=True, tag="depin.add_network"):
    """Start a contribution network; its first epoch begins now."""

    network: Name
    reward_asset: AssetCode
    epoch_seconds: EpochSeconds
    emission_per_epoch: Amount
    kinds: Kinds | UnsetType = UNSET


class DepinAddAttestor(Command, frozen=True, tag="depin.add_attestor"):
    """Let an account report on a network's resources, with this key; an older key of his is replaced."""

    network: Name
    attestor: Holder
    public_key: PublicKey


class DepinRemoveAttestor(Command, frozen=True, tag="depin.remove_attestor"):
    """Take no more reports of an attestor."""

    network: Name
    attestor: Holder


class DepinFund(Command, frozen=True, tag="depin.fund"):
    """Put tokens that the network paid out where its contributors are paid from."""

    network: Name
    amount: Amount


class DepinRegisterResource(Command, frozen=True, tag="depin.register_resource"):
    """Contribute a resource; with a vault its rewards are staked there."""

    network: Name
    kind: Name
    capacity: Capacity
    unit: Name
    resource: Name | UnsetType = UNSET
    vault: VaultName | UnsetType = UNSET


class DepinReport(Command, frozen=True, tag="depin.report"):
    """Attest how a resource did from one instant to another."""

    resource: Name
    from_: Instant = field(name="from")
    to: Instant
    uptime_bps: Bps
    quality_bps: Bps
    availability_bps: Bps
    sequence: Integer
    signature: Signature


class DepinCloseEpoch(Command, frozen=True, tag="depin.close_epoch"):
    """End a network's open epoch and pay its contributors."""

    network: Name
