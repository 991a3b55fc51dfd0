# fmt: off
"""Answers of the API, as first met in attestations.

Written by `python -m holdfast.docs.client` from the OpenAPI document; do not edit. Run `make docs`.
"""

from __future__ import annotations

from typing import Literal, NotRequired, TypedDict


class Attestation(TypedDict):
    """One attestation, and how it ended. `statement` is the provider's id of the statement that it came by."""

    id: str
    account: str
    provider: str
    kind: str
    jurisdiction: str
    valid_from: int
    valid_until: int | None
    reference: str
    recorded_by: str
    recorded_at: int
    statement: NotRequired[str]
    revoked_at: NotRequired[int]
    revoked_by: NotRequired[str]
    why: NotRequired[str]


class AttestationStatementsClaim(TypedDict):
    """What is attested of an account, from a second on and up to, not with, another; null: until it is revoked."""

    account: str
    kind: str
    jurisdiction: str
    valid_from: int
    valid_until: int | None
    reference: str


class Taken(TypedDict):
    """What a statement attests; null where it revoked another one."""

    attestation: Attestation | None


class Provider(TypedDict):
    """Somebody outside who attests, with the key that he signs with."""

    kind: Literal["attestation_provider"]
    id: str
    title: str
    public_key: str
    adapter: str
    kinds: list[str]
    added_by: str
    added_at: int
