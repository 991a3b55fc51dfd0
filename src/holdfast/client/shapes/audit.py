# fmt: off
"""Answers of the API, as first met in audit.

Written by `python -m holdfast.docs.client` from the OpenAPI document; do not edit. Run `make docs`.
"""

from __future__ import annotations

from typing import Any, Literal, TypedDict


class Item(TypedDict):
    """One thing that happened.

    `who` is a person; for records of old, whose ids do not tell one, the account that acted. `outcome` is `applied` or
    an error's code for a record, and what the entry says, else `done`, for an entry. `journal` is the record at which
    the journal stood (of a record: itself).
    """

    source: Literal["journal", "log"]
    seq: int
    at: int
    who: str
    what: str
    about: str
    where: str
    outcome: str
    details: dict[str, Any]
    digest: str
    journal: int


class Items(TypedDict):
    """Items, and where to go on; `next` is null at the end."""

    items: list[Item]
    next: str | None
