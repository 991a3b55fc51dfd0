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


class Verified(TypedDict):
    """The last time that somebody had journal and log verified; `outcome` is `done` or `corrupt`."""

    at: str
    by: str
    outcome: str
    records: int


class KeeperHealth(TypedDict):
    """The keeper inside this server: whether there is one, when it last looked, and what holds it up."""

    here: bool
    looked_at: str | None
    trouble: str


class WebhookHealth(TypedDict):
    """How many endpoints there are, how many fail just now, and how many were given up."""

    endpoints: int
    failing: int
    given_up: int


class DeskHealth(TypedDict):
    """How the desk is: where journal and log stand, and who looks after it.

    `verified` is null where nobody had it verified within the last 100,000 entries of the log.
    """

    status: Literal["ok", "read_only", "stopping"]
    seq: int
    at: str
    digest: str
    era: int
    log_seq: int
    log_digest: str
    verified: Verified | None
    keeper: KeeperHealth
    webhooks: WebhookHealth
