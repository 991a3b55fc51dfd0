# fmt: off
"""Answers of the API, as first met in me.

Written by `python -m holdfast.docs.client` from the OpenAPI document; do not edit. Run `make docs`.
"""

from __future__ import annotations

from typing import Literal, NotRequired, TypedDict

from holdfast.client.shapes.sign_in import Opened


class Grant(TypedDict):
    """A role, narrowed to the functions that match one of the patterns, and ending at an instant where one is set."""

    role: Literal["approver", "auditor", "holder", "keeper", "operator", "oracle"]
    functions: NotRequired[list[str]]
    until: NotRequired[int | None]


class PersonView(TypedDict):
    """A person without secrets: what lists and exports show."""

    id: str
    title: str
    account: str
    organisation: str | None
    grants: list[Grant]
    roles: list[Literal["approver", "auditor", "holder", "keeper", "operator", "oracle"]]
    created: int
    disabled: int | None
    wallet: str | None
    enrolled: bool
    factors: list[str]
    recovery_left: int


class Me(TypedDict):
    """Who is signed in, for which accounts he may act, and what he may do."""

    person: PersonView
    stage: str
    accounts: list[str]
    functions: list[str]
    factor: str
    session: str | None
    api_key: str | None
    csrf: str | None


class SessionView(TypedDict):
    """A session as its owner sees it."""

    id: str
    stage: Literal["enrol", "full", "password"]
    factor: Literal["api_key", "passkey", "password", "recovery", "signed_request", "totp", "wallet"]
    created: int
    last_seen: int
    expires: int
    address: str
    agent: str
    current: bool


class TotpAsked(TypedDict):
    """A new secret for an authenticator app, as text and as what a QR code holds."""

    secret: str
    uri: str


class Enrolled(TypedDict):
    """A factor was set up: the session has a new token; with the first one come recovery codes, shown this once."""

    opened: Opened
    recovery_codes: NotRequired[list[str]]


class PasskeyView(TypedDict):
    """A passkey as its owner sees it."""

    id: str
    backed_up: bool
    transports: list[str]


class RecoveryCodes(TypedDict):
    """Fresh codes, shown this once."""

    codes: list[str]


class ApiKeyView(TypedDict):
    """A key as its owner sees it: never the key itself."""

    id: str
    person: str
    title: str
    functions: list[str]
    created: int
    expires: int
    networks: list[str]
    public_key: str | None
    last_used: int | None


class NewApiKey(TypedDict):
    """A key, shown this once."""

    token: str
    key: ApiKeyView
