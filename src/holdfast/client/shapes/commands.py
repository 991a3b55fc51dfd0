# fmt: off
"""Answers of the API, as first met in commands.

Written by `python -m holdfast.docs.client` from the OpenAPI document; do not edit. Run `make docs`.
"""

from __future__ import annotations

from typing import Any, NotRequired, TypedDict

from holdfast.client.shapes.approvals import Effects
from holdfast.client.shapes.policies import Decision
from holdfast.client.shapes.proposals import Receipt


class BulkReceipts(TypedDict):
    """One receipt to each command, in the same order."""

    receipts: list[Receipt]
    applied: int
    rejected: int


class CommandsPreview(TypedDict):
    """What a command would do now.

    `hash` stands for exactly this command; approvals and step-up are bound to it. `policy` says whether it may pass.
    """

    receipt: Receipt
    hash: str
    command: dict[str, Any]
    step_up: bool
    effects: NotRequired[Effects]
    policy: NotRequired[Decision]
