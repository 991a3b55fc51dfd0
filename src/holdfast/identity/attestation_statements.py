"""Signed statements of providers: how somebody outside says what he attests, so that nobody here has to be believed.

`Adapter` is the port: whoever has another way to be sure of what a provider said writes one more and names it in
ADAPTERS. The one that is here takes JSON text signed with ed25519.
"""

from __future__ import annotations

import re
from typing import Annotated, Literal, Protocol

import msgspec
from msgspec import Meta, Struct

from holdfast.errors import BadStatement, Malformed
from holdfast.primitives import signatures
from holdfast.wire import codec

FORMAT = "holdfast attestation 1"
"""The first line of what is signed: a signature made for anything else is good for nothing here."""

LAST = 253_402_300_799
"""The last second of the year 9999."""

Second = Annotated[int, Meta(ge=0, le=LAST, description="Unix seconds")]
Account = Annotated[str, Meta(pattern=r"\A[A-Za-z0-9._:-]{1,128}\Z", description="a holder's account")]
ProviderName = Annotated[
    str, Meta(pattern=r"\A[a-z0-9][a-z0-9._-]{0,31}\Z", description="a name of 1..32 small letters, digits or . _ -")
]
Kind = Annotated[
    str,
    Meta(
        pattern=r"\A[a-z0-9][a-z0-9._-]{0,39}\Z",
        description="what is attested, a word like kyc, aml, accredited, sanctions_clear or residence",
    ),
]
Jurisdiction = Annotated[
    str, Meta(pattern=r"\A([A-Z]{2}|\*)\Z", description="a country's two letters (ISO 3166-1 alpha-2), or * for all")
]
Reference = Annotated[
    str,
    Meta(
        pattern=r"\A[A-Za-z0-9._:/+=-]{1,128}\Z",
        description="the provider's number or hash of its document, 1..128 letters, digits or . _ : / + = -; never a "
        "name, an address or anything else about the person",
    ),
]
PublicKey = Annotated[
    str, Meta(pattern=signatures.PUBLIC_KEY_PATTERN, description="an ed25519 public key, 64 hex digits")
]


class Claim(Struct, frozen=True, forbid_unknown_fields=True):
    """What is attested of an account, from a second on and up to, not with, another; null: until it is revoked."""

    account: Account
    kind: Kind
    jurisdiction: Jurisdiction
    valid_from: Second
    valid_until: Second | None
    reference: Reference


class _Statement(Struct, frozen=True, forbid_unknown_fields=True, tag_field="action"):
    format: Literal["holdfast attestation 1"]
    desk: Annotated[str, Meta(pattern=r"\A[0-9a-f]{64}\Z")]
    provider: ProviderName
    id: Annotated[str, Meta(pattern=r"\A[A-Za-z0-9._:-]{1,64}\Z")]


class Attest(_Statement, frozen=True, tag="attest"):
    """Something is attested; `id` is the provider's own, and good once."""

    claim: Claim


class Revoke(_Statement, frozen=True, tag="revoke"):
    """What the provider said in statement `revokes` no longer holds, whether that has come yet or not."""

    revokes: Annotated[str, Meta(pattern=r"\A[A-Za-z0-9._:-]{1,64}\Z")]


Statement = Attest | Revoke


class Signed(Struct, frozen=True, forbid_unknown_fields=True):
    """A statement as its provider sent it: the exact text, and the signature over it."""

    provider: ProviderName
    statement: Annotated[str, Meta(min_length=2, max_length=10_000, description="JSON text, as it was signed")]
    signature: Annotated[
        str, Meta(pattern=r"\A[0-9a-fA-F]{1,4096}\Z", description="hex; of ed25519 128 digits, 64 bytes")
    ]


class Adapter(Protocol):
    """One way to be sure of what a provider said."""

    def read(self, public_key: str, signed: Signed) -> Statement:
        """The statement, once it is certain that the key's holder made it. Raises: BadStatement."""


class Ed25519Adapter:
    """JSON text signed with ed25519 (RFC 8032)."""

    def read(self, public_key: str, signed: Signed) -> Statement:
        """See `Adapter`; the signature comes first, so that nothing is read that nobody vouches for."""
        if not signatures.verify(public_key, message(signed.statement), signed.signature.lower()):
            raise BadStatement("The signature does not hold for this text and this provider's key.")
        try:
            found: Statement = msgspec.convert(codec.parse_json(signed.statement), Statement)
        except (Malformed, msgspec.ValidationError, UnicodeEncodeError) as error:
            said = re.sub(r"\s+", " ", str(error))[:200]
            raise BadStatement(f"The statement is signed, but it is none: {said}.") from None
        return found


def message(statement: str) -> bytes:
    """The bytes that a statement's signature covers: FORMAT, a line feed, and the text in UTF-8.

    Raises: BadStatement for text that UTF-8 cannot hold.
    """
    try:
        return f"{FORMAT}\n{statement}".encode()
    except UnicodeEncodeError:
        raise BadStatement("The statement holds half of a surrogate pair; write whole characters.") from None


ADAPTERS: dict[str, Adapter] = {"ed25519": Ed25519Adapter()}
"""How statements can come, by name."""
