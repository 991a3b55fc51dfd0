# fmt: off
"""Answers of the API, as first met in proposals.

Written by `python -m holdfast.docs.client` from the OpenAPI document; do not edit. Run `make docs`.
"""

from __future__ import annotations

from typing import Any, Literal, NotRequired, TypedDict


class DriftPreview(TypedDict):
    """What a command would do at one moment, as it is shown to approvers.

    `seq` and `digest` are the journal record it was worked out at, `parties` all accounts of people that it names,
    debits or credits, the actor's first; `made` the names of what it would make.
    """

    at: int
    seq: int
    digest: str
    result: dict[str, Any]
    events: list[dict[str, Any]]
    parties: list[str]
    made: NotRequired[list[str]]


class Approval(TypedDict):
    """Who approved which hash, and when."""

    person: str
    at: int
    hash: str


class Proposal(TypedDict):
    """One proposal.

    `needs` are the approvals by group as last worked out; `record` is the journal record it became. `why` says in words
    why it ended, `code` is that of the refusal with which it fell.
    """

    kind: Literal["proposal"]
    id: str
    command: dict[str, Any]
    hash: str
    proposer: str
    created_at: int
    expires_at: int
    tolerance_bps: int
    preview: DriftPreview
    needs: dict[str, int]
    rules: NotRequired[list[str]]
    note: NotRequired[str]
    status: NotRequired[Literal["approved", "cancelled", "executed", "expired", "fallen", "pending", "rejected"]]
    approvals: NotRequired[list[Approval]]
    executing_at: NotRequired[int]
    ended_by: NotRequired[str]
    ended_at: NotRequired[int]
    why: NotRequired[str]
    code: NotRequired[str]
    record: NotRequired[int | None]


class Problem(TypedDict):
    """Why a command was refused."""

    code: str
    message: str
    details: NotRequired[dict[str, Any]]


class Receipt(TypedDict):
    """The answer to a command; `seq` and `digest` are absent where nothing was recorded."""

    id: str
    seq: NotRequired[int]
    at: NotRequired[str]
    status: NotRequired[str]
    result: NotRequired[dict[str, Any]]
    events: NotRequired[list[dict[str, Any]]]
    error: NotRequired[Problem]
    digest: NotRequired[str]
    replayed: NotRequired[bool]
