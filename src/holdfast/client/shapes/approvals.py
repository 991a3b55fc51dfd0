# fmt: off
"""Answers of the API, as first met in approvals.

Written by `python -m holdfast.docs.client` from the OpenAPI document; do not edit. Run `make docs`.
"""

from __future__ import annotations

from typing import Any, Literal, NotRequired, TypedDict

from holdfast.client.shapes.policies import ChangesChange, Decision
from holdfast.client.shapes.proposals import DriftPreview, Problem, Proposal


class Matter(TypedDict):
    """A proposal or a change in a list. `about` is its command, policies or a group's name; `missing` by group."""

    kind: Literal["change", "proposal"]
    id: str
    type: str
    about: dict[str, Any]
    by: str
    at: int
    expires_at: int
    status: str
    needs: dict[str, int]
    missing: dict[str, int]
    approvals: list[str]
    steps: list[Literal["approve", "cancel", "execute", "reject"]]
    note: NotRequired[str]
    ended_by: NotRequired[str]
    ended_at: NotRequired[int]
    why: NotRequired[str]
    code: NotRequired[str]


class EffectsChange(TypedDict):
    """An account's balance in one asset, in whole tokens."""

    account: str
    asset: str
    before: str
    after: str


class Moved(TypedDict):
    """One posting, in whole tokens."""

    asset: str
    debit: str
    credit: str
    amount: str


class Effects(TypedDict):
    """Every balance that changes, in the order in which the postings touch them, and the postings."""

    balances: list[EffectsChange]
    postings: list[Moved]


class Compared(TypedDict):
    """One figure of the result, as it was shown and as it would be now; null where it is not there.

    `standing`: the same, moved within the tolerance, moved beyond it, or shown and not compared.
    """

    name: str
    then: str | None
    now: str | None
    standing: Literal["apart", "beyond", "same", "within"]


class Review(TypedDict):
    """A proposal as somebody looks at it now.

    `now` and `effects`: what would happen at this moment; `refused`: why it would not. `figures` stand beside those
    that were shown; `drift` says what has changed beyond the tolerance, after which it cannot be carried out.
    `decision`: what the policies want at present. `members`: who is in the groups that must approve. `steps`: what the
    asker can do, `why_not` and `cannot`: why he cannot approve, in words and as a refusal. `step_up`: whether carrying
    it out asks him for a factor.
    """

    proposal: Proposal
    steps: list[Literal["approve", "cancel", "execute", "reject"]]
    why_not: str
    missing: dict[str, int]
    members: dict[str, list[str]]
    now: NotRequired[DriftPreview | None]
    effects: NotRequired[Effects]
    refused: NotRequired[Problem | None]
    decision: NotRequired[Decision | None]
    figures: NotRequired[list[Compared]]
    drift: NotRequired[list[str]]
    cannot: NotRequired[Problem | None]
    step_up: NotRequired[bool]


class ChangeReview(TypedDict):
    """A change as somebody looks at it now: what it was made from, null where that is no longer known.

    `fits`: whether what it was made from is still there; a change that does not fit falls at its next approval.
    """

    change: ChangesChange
    base: dict[str, Any] | None
    fits: bool
    steps: list[Literal["approve", "cancel", "execute", "reject"]]
    why_not: str
    missing: dict[str, int]
    members: dict[str, list[str]]
    cannot: NotRequired[Problem | None]
