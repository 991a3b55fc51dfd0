"""Signed requests: an API key's holder signs what he sends with ed25519, so that a stolen key alone sends nothing.

    Holdfast-Key:        the key's id
    Holdfast-Time:       Unix seconds at which the request was signed
    Holdfast-Nonce:      16 to 64 of A-Z, a-z, 0-9, - and _, new for each request
    Holdfast-Signature:  base64 of the 64 bytes

A nonce works once: whoever verifies keeps it for two minutes, in the transaction of what the request does. Of the
headers only these are covered; what must not be changed on the way belongs into the path, the query or the body.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from msgspec import Struct

from holdfast.errors import BadRequestSignature
from holdfast.identity.wallet_addresses import is_sound_key

KEY_HEADER, TIME_HEADER = "Holdfast-Key", "Holdfast-Time"
NONCE_HEADER, SIGNATURE_HEADER = "Holdfast-Nonce", "Holdfast-Signature"
TOLERANCE_SECONDS = 60
"""How far the sender's clock may be off, either way."""
NONCE_SECONDS = 2 * TOLERANCE_SECONDS
"""For how long a nonce must be remembered after it was seen."""
VERSION = "holdfast request 1"
"""The first line of what is signed: a signature made for anything else is good for nothing here."""

_KEY = re.compile(r"\A[A-Za-z0-9._:-]{1,64}\Z")
_METHOD = re.compile(r"\A[A-Z]{1,16}\Z")
_PATH = re.compile(r"\A/[!-~]*\Z")
_QUERY = re.compile(r"\A[!-~]*\Z")
_TIME = re.compile(r"\A(0|[1-9][0-9]{0,11})\Z")
_NONCE = re.compile(r"\A[A-Za-z0-9_-]{16,64}\Z")
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


def message(method: str, path: str, query: str, body: bytes, time: int, nonce: str, *, key: str) -> bytes:
    """The bytes that a request's signature covers.

    Formula:   the version, key, method, path, query, time, nonce and SHA-256 of the body in hex, one to a line, each
               line ended by a line feed; ASCII. No field can hold a line end, so no two requests have the same bytes.
               Path and query are those of the request line, as sent (percent-encoded, without the question mark); a
               request without a query has an empty line there, one without a body the hash of nothing.
    Units:     `time` in Unix seconds.
    Raises:    BadRequestSignature for a field that is not of its shape.
    """
    written = str(time)
    shapes = ((_KEY, key), (_METHOD, method), (_PATH, path), (_QUERY, query), (_TIME, written), (_NONCE, nonce))
    for shape, field in shapes:
        if not shape.match(field):
            raise BadRequestSignature(f"{field[:40]!r} cannot be signed: it is not of the documented shape.")
    if "?" in path:
        raise BadRequestSignature("The path ends at the question mark; what follows is the query.")
    fields = (VERSION, key, method, path, query, written, nonce, hashlib.sha256(body).hexdigest())
    return "".join(f"{field}\n" for field in fields).encode()


def sign(
    private_key: bytes, method: str, path: str, query: str, body: bytes, time: int, nonce: str, *, key: str
) -> str:
    """The signature header's value, by the 32 bytes of an ed25519 private key."""
    raw = Ed25519PrivateKey.from_private_bytes(private_key).sign(
        message(method, path, query, body, time, nonce, key=key)
    )
    return base64.b64encode(raw).decode()


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
) -> None:
    """Refuse a request that its key's holder did not sign just so, or not now. `time` is the header's text.

    Checks:   the shapes; the time is at most 60 seconds off; the signature. Then the caller takes the nonce: one that
              was seen in the last 120 seconds with this key is refused.
    Raises:   BadRequestSignature, whatever was sent.
    """
    if not _TIME.match(time):
        raise BadRequestSignature(f"{TIME_HEADER} is Unix seconds, in digits.")
    off = int(time) - now
    if abs(off) > TOLERANCE_SECONDS:
        raise BadRequestSignature(
            f"The request was signed {abs(off)} seconds {'ahead' if off > 0 else 'ago'}; "
            f"{TOLERANCE_SECONDS} are allowed. Set the clock, and sign each request when it is sent.",
            seconds=off,
        )
    signed = message(method, path, query, body, int(time), nonce, key=key)
    if not _SIGNATURE.match(signature) or not is_sound_key(public_key):
        raise BadRequestSignature(f"{SIGNATURE_HEADER} is the base64 of 64 bytes, by an ed25519 key.")
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(base64.b64decode(signature, validate=True), signed)
    except (InvalidSignature, ValueError, binascii.Error):
        raise BadRequestSignature("The request is not what the key's holder signed.") from None
