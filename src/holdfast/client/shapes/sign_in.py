# fmt: off
"""Answers of the API, as first met in sign in.

Written by `python -m holdfast.docs.client` from the OpenAPI document; do not edit. Run `make docs`.
"""

from __future__ import annotations

from typing import Any, Literal, NotRequired, TypedDict


class Opened(TypedDict):
    """A session with its token, which is shown this once."""

    token: str
    csrf: str
    session: str
    person: str
    stage: Literal["enrol", "full", "password"]
    expires: int
    recovery_left: NotRequired[int | None]


class PasskeyAsked(TypedDict):
    """What a page hands to the browser, and the id that comes back with the answer."""

    challenge: str
    options: dict[str, Any]
    expires: int


class WalletAsked(TypedDict):
    """The text that the wallet signs, and the id that comes back with the signature."""

    challenge: str
    address: str
    text: str
    expires: int
