# fmt: off
"""Answers of the API, as first met in address book.

Written by `python -m holdfast.docs.client` from the OpenAPI document; do not edit. Run `make docs`.
"""

from __future__ import annotations

from typing import Literal, NotRequired, TypedDict


class Address(TypedDict):
    """One entry, by its account. `usable_from` is the second from which it counts; 0 while it is not confirmed."""

    kind: Literal["address"]
    id: str
    label: str
    assets: list[str]
    added_by: str
    added_at: int
    confirmed_by: NotRequired[str]
    confirmed_at: NotRequired[int]
    usable_from: NotRequired[int]
