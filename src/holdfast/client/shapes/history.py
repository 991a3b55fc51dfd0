# fmt: off
"""Answers of the API, as first met in history.

Written by `python -m holdfast.docs.client` from the OpenAPI document; do not edit. Run `make docs`.
"""

from __future__ import annotations

from typing import Any, Literal, NotRequired, TypedDict

from holdfast.client.shapes.proposals import Problem


class Line(TypedDict):
    """One posting from the account's side: `direction` is in, out, or self where both sides are the account."""

    seq: int
    at: str
    id: str
    type: str
    actor: str
    asset: str
    direction: str
    amount: str
    counterparty: str
    balance: str


class JournalLine(TypedDict):
    """A record of the journal: an applied command with result and events, or a refused one with its error."""

    actor: str
    at: str
    digest: str
    error: NotRequired[Problem]
    events: NotRequired[list[dict[str, Any]]]
    id: str
    result: NotRequired[dict[str, Any]]
    seq: int
    status: Literal["applied", "rejected"]
    type: str


class JournalPage(TypedDict):
    """Records of the journal; `next` is the `after` of the next page, null at the journal's end."""

    items: list[JournalLine]
    next: int | None


class Posting(TypedDict):
    """An amount that left one account and reached another."""

    amount: str
    asset: str
    credit: str
    debit: str


class JournalRecord(TypedDict):
    """A record in full; `digest` is SHA-256 of the bytes of `previous` and then of `body`."""

    actor: str
    at: str
    body: str
    command: dict[str, Any]
    digest: str
    error: NotRequired[Problem]
    events: NotRequired[list[dict[str, Any]]]
    id: str
    postings: list[Posting]
    previous: str
    records: list[dict[str, Any]]
    result: NotRequired[dict[str, Any]]
    rules: int
    seq: int
    status: Literal["applied", "rejected"]
    type: str
