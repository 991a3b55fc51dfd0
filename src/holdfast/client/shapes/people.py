# fmt: off
"""Answers of the API, as first met in people.

Written by `python -m holdfast.docs.client` from the OpenAPI document; do not edit. Run `make docs`.
"""

from __future__ import annotations

from typing import Literal, NotRequired, TypedDict


class Invited(TypedDict):
    """A link's token, shown this once, and when it ends."""

    person: str
    token: str
    expires: int


class WantedGrant(TypedDict):
    """A role, narrowed to functions that match a pattern, until an instant (Unix seconds) where one is set."""

    role: Literal["approver", "auditor", "holder", "keeper", "operator", "oracle"]
    functions: NotRequired[list[str]]
    until: NotRequired[int | None]


class Organisation(TypedDict):
    """A firm or desk that people belong to."""

    kind: Literal["organisation"]
    id: str
    title: str
    created: int
