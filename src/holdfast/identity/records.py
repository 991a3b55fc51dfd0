"""What the office keeps about people. Secrets stand in `Credentials` alone, which no view and no export reads."""

from __future__ import annotations

import hashlib
from typing import Literal

from msgspec import Struct

from holdfast.identity.kept import Kept
from holdfast.identity.passkeys import Passkey
from holdfast.identity.principal import Factor
from holdfast.identity.roles import Grant

Stage = Literal["password", "enrol", "full"]
"""How far a sign-in is: a second factor is missing; none is set up yet; complete."""


class Where(Struct, frozen=True):
    """Where a request comes from."""

    address: str = ""
    agent: str = ""


class Organisation(Kept, frozen=True, tag="organisation"):
    """A firm or desk that people belong to."""

    id: str
    title: str
    created: int


class Person(Kept, frozen=True, tag="person"):
    """Somebody who may use the desk: never with a secret."""

    id: str
    title: str
    account: str
    created: int
    organisation: str | None = None
    grants: tuple[Grant, ...] = ()
    disabled: int | None = None
    wallet: str | None = None
    """The network of a wallet whose holder this is; the address is the name."""


class Credentials(Kept, frozen=True, tag="credentials"):
    """A person's secrets, hashed or sealed: what he proves himself by."""

    id: str
    password: str | None = None
    totp: str | None = None
    """The shared secret, sealed where the server has a key (`secret_box`)."""
    totp_step: int = -1
    """The step of the last code that was used: none works twice."""
    passkeys: tuple[Passkey, ...] = ()
    handle: str = ""
    """What passkeys call the person: random, so that it tells nothing."""
    recovery: tuple[str, ...] = ()
    let_in_by: str = ""
    """Whose invitation gave him these …"""
    let_in_at: int = 0
    """… and when."""

    def has_second_factor(self) -> bool:
        """Whether a sign-in by password can be completed."""
        return self.totp is not None or bool(self.passkeys)


class PasskeyOwner(Kept, frozen=True, tag="passkey_owner"):
    """Whose passkey this is, by `owner_id`: one passkey is one person's."""

    id: str
    person: str


def owner_id(passkey: str) -> str:
    """What a passkey's owner is found by: the SHA-256 of the passkey's id, which may be long."""
    return hashlib.sha256(passkey.encode("utf-8", "surrogatepass")).hexdigest()


class Invitation(Kept, frozen=True, tag="invitation"):
    """A link that lets a person set a password, once; by the token's hash."""

    id: str
    person: str
    expires: int
    by: str = ""


class BootstrapLink(Kept, frozen=True, tag="bootstrap_link"):
    """A link that makes the first operator, once; by the token's hash."""

    id: str
    expires: int


class Session(Kept, frozen=True, tag="session"):
    """Somebody signed in on one device. The id is public and stays; the token changes at every proof."""

    id: str
    token: str
    person: str
    stage: Stage
    factor: Factor
    created: int
    proved_at: int
    last_seen: int
    expires: int
    """When it ends whatever happens; for operators `sessions` ends it earlier."""
    address: str = ""
    agent: str = ""
    pending_totp: str | None = None
    """A secret that is being set up, sealed like the one in use."""


class ApiKey(Kept, frozen=True, tag="api_key"):
    """A program's key: only its hash, and what it is good for."""

    id: str
    token: str
    person: str
    title: str
    functions: tuple[str, ...]
    created: int
    expires: int
    networks: tuple[str, ...] = ()
    """The addresses it may come from, as networks; none: from anywhere."""
    public_key: str | None = None
    """An Ed25519 key, 64 hex digits: every request must then be signed with it."""
    last_used: int | None = None


class Used(Kept, frozen=True, tag="used"):
    """A nonce or challenge that worked and works no more; forgotten once it would be too old anyway."""

    id: str
    expires: int


class Attempts(Kept, frozen=True, tag="attempts"):
    """Failures of one person or address, for the growing delays."""

    id: str
    failures: int
    not_before: int
    expires: int


class Proof(Kept, frozen=True, tag="proof"):
    """A factor given for exactly one request, by the hash of the token that tells it."""

    id: str
    session: str
    request: str
    factor: Factor
    expires: int


class ServerKey(Kept, frozen=True, tag="server_key"):
    """A random key that all servers of the office share."""

    id: str
    key: bytes
