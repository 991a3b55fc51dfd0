# fmt: off
"""Answers of the API, as first met in health.

Written by `python -m holdfast.docs.client` from the OpenAPI document; do not edit. Run `make docs`.
"""

from __future__ import annotations

from typing import Literal, NotRequired, TypedDict


class Health(TypedDict):
    """How the server is: `ok`, or what it cannot do."""

    status: Literal["ok", "read_only", "stopping"]
    seq: int
    detail: NotRequired[str]
