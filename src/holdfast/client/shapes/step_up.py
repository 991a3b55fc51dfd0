# fmt: off
"""Answers of the API, as first met in step up.

Written by `python -m holdfast.docs.client` from the OpenAPI document; do not edit. Run `make docs`.
"""

from __future__ import annotations

from typing import Any, Literal, NotRequired, TypedDict

from holdfast.client.shapes.sign_in import Opened


class Ways(TypedDict):
    """What this person can confirm a request by, the best first."""

    methods: list[Literal["passkey", "totp", "wallet"]]


class StepUpAsked(TypedDict):
    """What to answer: options for the browser, a text for the wallet, or (for a code) nothing more."""

    method: Literal["passkey", "totp", "wallet"]
    challenge: str
    expires: int
    options: NotRequired[dict[str, Any] | None]
    text: NotRequired[str | None]


class Proven(TypedDict):
    """The proof's token, which goes along with the request, once; and the session's new token."""

    proof: str
    expires: int
    opened: Opened
