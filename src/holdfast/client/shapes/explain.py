# fmt: off
"""Answers of the API, as first met in explain.

Written by `python -m holdfast.docs.client` from the OpenAPI document; do not edit. Run `make docs`.
"""

from __future__ import annotations

from typing import Any, Literal, NotRequired, TypedDict

from holdfast.client.shapes.history import Posting
from holdfast.client.shapes.proposals import Problem


class RuleView(TypedDict):
    """A command type's rule: what it does, the roles it demands (none: anybody), and the parts of its description.

    `checks` stand in the order in which they are made. `sections` are what else is documented, by name: `Formula`,
    `Rounding`, `Postings`, `Units`, `Source`.
    """

    type: str
    does: str
    roles: list[str]
    checks: list[str]
    sections: dict[str, str]
    rule: str


class Before(TypedDict):
    """Records before one of the journal, in the order of its `records`; null for those that it made."""

    items: list[dict[str, Any] | None]


class SeenRecord(TypedDict):
    """A record as an account sees it: what is beside the postings only of its own command."""

    actor: str
    at: str
    command: NotRequired[dict[str, Any]]
    digest: NotRequired[str]
    error: NotRequired[Problem]
    events: NotRequired[list[dict[str, Any]]]
    id: str
    postings: list[Posting]
    previous: NotRequired[str]
    result: NotRequired[dict[str, Any]]
    seq: int
    status: Literal["applied", "rejected"]
    type: str


class AssetTotals(TypedDict):
    """One asset over a period: opening + received − sent = closing, and closing is what the ledger holds then.

    `last` is the record that made the closing balance, null where none ever touched it.
    """

    asset: str
    opening: str
    received: str
    sent: str
    closing: str
    lines: int
    last: int | None


class Totals(TypedDict):
    """The totals of an account by asset, reconciled with the ledger at the record that `Holdfast-Seq` names."""

    items: list[AssetTotals]
