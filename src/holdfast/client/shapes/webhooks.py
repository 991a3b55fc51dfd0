# fmt: off
"""Answers of the API, as first met in webhooks.

Written by `python -m holdfast.docs.client` from the OpenAPI document; do not edit. Run `make docs`.
"""

from __future__ import annotations

from typing import TypedDict


class WebhookView(TypedDict):
    """An endpoint as those see it who keep it: never its secret."""

    id: str
    url: str
    types: list[str]
    by: str
    created: int
    active: bool
    why: str
    cursor: int
    failures: int
    next_at: int
    error: str


class WithSecret(TypedDict):
    """An endpoint with its secret, shown this once."""

    secret: str
    webhook: WebhookView


class Tried(TypedDict):
    """Whether the endpoint took a test."""

    delivered: bool
    error: str
