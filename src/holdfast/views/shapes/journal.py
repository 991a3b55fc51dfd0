"""Records of the journal."""

from __future__ import annotations

from typing import Any, Literal, TypedDict

from holdfast.engine.journal import Problem
from holdfast.views.shapes.base import Amount, Instant


class _JournalLine(TypedDict):
    seq: int
    at: Instant
    id: str
    type: str
    actor: str
    status: Literal["applied", "rejected"]
    digest: str


class JournalLine(_JournalLine, total=False):
    """A record of the journal: an applied command with result and events, or a refused one with its error."""

    result: dict[str, Any]
    events: list[dict[str, Any]]
    error: Problem


class Posting(TypedDict):
    """An amount that left one account and reached another."""

    asset: str
    debit: str
    credit: str
    amount: Amount


class _JournalRecord(_JournalLine):
    command: dict[str, Any]
    rules: int
    previous: str
    body: str
    postings: list[Posting]
    records: list[dict[str, Any]]


class JournalRecord(_JournalRecord, total=False):
    """A record in full; `digest` is SHA-256 of the bytes of `previous` and then of `body`."""

    result: dict[str, Any]
    events: list[dict[str, Any]]
    error: Problem


class _SeenRecord(TypedDict):
    seq: int
    at: Instant
    id: str
    type: str
    actor: str
    status: Literal["applied", "rejected"]
    postings: list[Posting]


class SeenRecord(_SeenRecord, total=False):
    """A record as an account sees it: what is beside the postings only of its own command."""

    command: dict[str, Any]
    result: dict[str, Any]
    events: list[dict[str, Any]]
    error: Problem
    digest: str
    previous: str
