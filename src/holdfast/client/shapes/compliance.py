# fmt: off
"""Answers of the API, as first met in compliance.

Written by `python -m holdfast.docs.client` from the OpenAPI document; do not edit. Run `make docs`.
"""

from __future__ import annotations

from typing import Literal, NotRequired, TypedDict


class Measure(TypedDict):
    """One measure, by the id of its command. `record` is the journal record it became, applied or refused."""

    kind: Literal["measure"]
    id: str
    measure: Literal["clawback", "freeze", "thaw"]
    asset: str
    account: str
    amount: str
    reason: str
    reference: str
    by: str
    at: int
    status: NotRequired[Literal["done", "intended", "refused"]]
    record: NotRequired[int | None]
    code: NotRequired[str]


class FrozenAccount(TypedDict):
    """An account that is frozen for an asset, and the measure that did it: null where it was not taken here."""

    asset: str
    account: str
    measure: Measure | None
