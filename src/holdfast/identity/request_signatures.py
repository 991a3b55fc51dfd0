"""Signed requests: an API key's holder signs what he sends with ed25519, so that a stolen key alone sends nothing.

    Holdfast-Key:        the key's id
    Holdfast-Time:       Unix seconds at which the request was signed
    Holdfast-Nonce:      16 to 64 of A-Z, a-z, 0-9, - and _, new for each request
    Holdfast-Signature:  base64 of the 64 bytes

A nonce works once: whoever verifies keeps it for two minutes, in the transaction of what the request does. Of the
headers only these and the Idempotency-Key are covered; what else must not be changed on the way belongs into the path,
the query or the body.
"""

from __future__ import annotations

import base64
import binascii
import re

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from msgspec import Struct

from holdfast.errors import BadRequestSignature
from holdfast.identity.wallet_addresses import is_sound_key
from holdfast.primitives.request_signing import (
    KEY_HEADER,
    NONCE_HEADER,
    SIGNATURE_HEADER,
    TIME,
    TIME_HEADER,
    VERSION,
    message,
    sign,
)

__all__ = ["KEY_HEADER", "NONCE_HEADER", "SIGNATURE_HEADER", "TIME_HEADER", "VERSION", "message", "sign", "verify"]

TOLERANCE_SECONDS = 60
"""How far the sender's clock may be off, either way."""
NONCE_SECONDS = 2 * TOLERANCE_SECONDS
"""For how long a nonce must be remembered after it was seen."""

_SIGNATURE = re.compile(r"\A[A-Za-z0-9+/]{86}==\Z")


class SignedRequest(Struct, frozen=True):
    """A request as it came, with the texts of its signature's headers."""

    method: str
    path: str
    query: str
    body: bytes
    time: str
    nonce: str
    signature: str
    id: str = ""
    """The Idempotency-Key, empty where there is none."""


def verify(
    public_key: bytes,
    method: str,
    path: str,
    query: str,
    body: bytes,
    *,
    key: str,
    time: str,
    nonce: str,
    signature: str,
    now: int,
    id: str = "",
) -> None:
    """Refuse a request that its key's holder did not sign just so, or not now. `time` is the header's text.

    Checks:   the shapes; the time is at most 60 seconds off; the signature. Then the caller takes the nonce: one that
              was seen in the last 120 seconds with this key is refused.
    Raises:   BadRequestSignature, whatever was sent.
    """
    if not TIME.match(time):
        raise BadRequestSignature(f"{TIME_HEADER} is Unix seconds, in digits.")
    off = int(time) - now
    if abs(off) > TOLERANCE_SECONDS:
        raise BadRequestSignature(
            f"The request was signed {abs(off)} seconds {'ahead' if off > 0 else 'ago'}; "
            f"{TOLERANCE_SECONDS} are allowed. Set the clock, and sign each request when it is sent.",
            seconds=off,
        )
    signed = message(method, path, query, body, int(time), nonce, key=key, id=id)
    if not _SIGNATURE.match(signature) or not is_sound_key(public_key):
        raise BadRequestSignature(f"{SIGNATURE_HEADER} is the base64 of 64 bytes, by an ed25519 key.")
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(base64.b64decode(signature, validate=True), signed)
    except (InvalidSignature, ValueError, binascii.Error):
        raise BadRequestSignature("The request is not what the key's holder signed.") from None
