# fmt: off
"""Answers of the API, as first met in disclosure.

Written by `python -m holdfast.docs.client` from the OpenAPI document; do not edit. Run `make docs`.
"""

from __future__ import annotations

from typing import Any, Literal, NotRequired, TypedDict


class NamedKey(TypedDict):
    """A public key, the fingerprint that envelopes name it by, and since when it counts (Unix seconds)."""

    public_key: str
    fingerprint: str
    since: int
    title: NotRequired[str]


class DisclosureView(TypedDict):
    """Whether sealed records are published, and the auditor whom they are sealed for; null where none is named."""

    on: bool
    desk: str
    auditor: NamedKey | None


class MyKey(TypedDict):
    """The key given; null where there is none."""

    key: NamedKey | None


class Envelope(TypedDict):
    """A data key, wrapped for one recipient."""

    recipient: str
    ephemeral: str
    wrapped: str


class Sealed(TypedDict):
    """A value as it is stored."""

    nonce: str
    ciphertext: str
    commitment: str
    envelopes: list[Envelope]


class SealedPart(TypedDict):
    """One part of a record: for whom it is, in a word, and the sealed values."""

    field: str
    sealed: Sealed


class Published(TypedDict):
    """A record as everybody gets it; `{"sealed": n}` stands where a value of part n was taken out."""

    format: Literal["holdfast sealed record 1"]
    desk: str
    record: dict[str, Any]
    parts: list[SealedPart]


class SealedRecords(TypedDict):
    """Sealed records; `next` is the `after` of the next page, null at the journal's end."""

    items: list[Published]
    next: int | None
