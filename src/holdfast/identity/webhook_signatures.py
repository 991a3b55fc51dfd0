"""Signatures on webhooks, by the Standard Webhooks specification 1.0.0: `v1` HMAC-SHA256 and `v1a` ed25519.

    webhook-id:         the event's id, the same for every attempt
    webhook-timestamp:  Unix seconds of the attempt
    webhook-signature:  one or more of `v1,<base64>` and `v1a,<base64>`, with a space between

Several signatures serve the change of a secret: for a while the old and the new one both sign.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
import secrets
from collections.abc import Iterable
from typing import NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from holdfast.errors import Malformed
from holdfast.identity.wallet_addresses import is_sound_key

ID_HEADER, TIMESTAMP_HEADER, SIGNATURE_HEADER = "webhook-id", "webhook-timestamp", "webhook-signature"
SECRET_PREFIX, PRIVATE_PREFIX, PUBLIC_PREFIX = "whsec_", "whsk_", "whpk_"
SECRET_BYTES = 32
SHORTEST_SECRET, LONGEST_SECRET = 24, 64
TOLERANCE_SECONDS = 300
"""How old, or how far ahead, an attempt may be."""
MOST_SIGNATURES = 20

_ID = re.compile(r"\A[A-Za-z0-9_-]{1,128}\Z")
_TIMESTAMP = re.compile(r"\A(0|[1-9][0-9]{0,11})\Z")


class KeyPair(NamedTuple):
    """An ed25519 pair in the specification's text form: the sender keeps `private`, receivers get `public`."""

    private: str
    public: str


def new_secret() -> str:
    """A fresh shared secret: `whsec_` and 32 random bytes in base64."""
    return SECRET_PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def new_key_pair() -> KeyPair:
    """A fresh ed25519 pair: `whsk_` and the 32 bytes of the private key, `whpk_` and those of the public one."""
    key = Ed25519PrivateKey.generate()
    private = PRIVATE_PREFIX + base64.b64encode(key.private_bytes_raw()).decode()
    return KeyPair(private, PUBLIC_PREFIX + base64.b64encode(key.public_key().public_bytes_raw()).decode())


def signed_content(webhook_id: str, timestamp: int, body: bytes) -> bytes:
    """What is signed.

    Formula:   id ‖ "." ‖ timestamp ‖ "." ‖ body. The id has no full stop and the timestamp is digits, so no two
               webhooks have the same content.
    Raises:    Malformed for another id or a timestamp below 0.
    """
    if not _ID.match(webhook_id) or not _TIMESTAMP.match(str(timestamp)):
        raise Malformed("A webhook's id is 1 to 128 of A-Z, a-z, 0-9, - and _; its timestamp is Unix seconds.")
    return f"{webhook_id}.{timestamp}.".encode() + body


def sign(keys: Iterable[str], webhook_id: str, timestamp: int, body: bytes) -> str:
    """The signature header's value: one signature for each `whsec_` or `whsk_` key, in their order.

    Raises: Malformed for a key that is none, and where there is no key at all.
    """
    content = signed_content(webhook_id, timestamp, body)
    signatures = [_signature(key, content) for key in keys]
    if not signatures:
        raise Malformed("A webhook needs at least one key to sign with.")
    return " ".join(signatures)


def verify(
    keys: Iterable[str],
    webhook_id: str,
    timestamp: str,
    signatures: str,
    body: bytes,
    *,
    now: int,
    tolerance: int = TOLERANCE_SECONDS,
) -> bool:
    """Whether one of the signatures is by one of the keys, over just this, and the attempt is of now.

    `keys` are `whsec_` secrets and `whpk_` public keys (or `whsk_`); `timestamp` and `signatures` the headers' texts. A
    secret never checks a `v1a`, a public key never a `v1`. Every shared-secret comparison takes constant time.
    Raises:   Malformed for a key that is none: that is ours. Nothing, whatever was sent.
    """
    if not _ID.match(webhook_id) or not _TIMESTAMP.match(timestamp) or abs(int(timestamp) - now) > tolerance:
        return False
    content = signed_content(webhook_id, int(timestamp), body)
    given = signatures.split(" ")[:MOST_SIGNATURES]
    return any(_holds(key, content, signature) for key in keys for signature in given)


def public_key_of(private: str) -> str:
    """The `whpk_` key to give to receivers, of a `whsk_` key.

    Raises: Malformed for a text that is no private key.
    """
    return PUBLIC_PREFIX + base64.b64encode(_private_key(private).public_key().public_bytes_raw()).decode()


def _signature(key: str, content: bytes) -> str:
    if key.startswith(PRIVATE_PREFIX):
        return "v1a," + base64.b64encode(_private_key(key).sign(content)).decode()
    return "v1," + base64.b64encode(hmac.new(_secret(key), content, hashlib.sha256).digest()).decode()


def _holds(key: str, content: bytes, signature: str) -> bool:
    if key.startswith(SECRET_PREFIX):
        return hmac.compare_digest(_signature(key, content).encode(), signature.encode("utf-8", "replace"))
    public = _public_key(public_key_of(key) if key.startswith(PRIVATE_PREFIX) else key)
    version, _, text = signature.partition(",")
    raw = _strict_base64(text)
    if version != "v1a" or raw is None:
        return False
    try:
        public.verify(raw, content)
    except (InvalidSignature, ValueError):
        return False
    return True


def _secret(key: str) -> bytes:
    raw = _key_bytes(key, SECRET_PREFIX)
    if not SHORTEST_SECRET <= len(raw) <= LONGEST_SECRET:
        raise Malformed(f"A webhook's secret has {SHORTEST_SECRET} to {LONGEST_SECRET} bytes.")
    return raw


def _private_key(key: str) -> Ed25519PrivateKey:
    """32 bytes, or 64 of which the last are the public key, as some libraries write it."""
    raw = _key_bytes(key, PRIVATE_PREFIX)
    if len(raw) in {32, 64}:
        private = Ed25519PrivateKey.from_private_bytes(raw[:32])
        if raw[32:] in {b"", private.public_key().public_bytes_raw()}:
            return private
    raise Malformed("This is no ed25519 private key for webhooks.")


def _public_key(key: str) -> Ed25519PublicKey:
    raw = _key_bytes(key, PUBLIC_PREFIX)
    if not is_sound_key(raw):
        raise Malformed("This is no ed25519 public key for webhooks.")
    return Ed25519PublicKey.from_public_bytes(raw)


def _key_bytes(key: str, prefix: str) -> bytes:
    raw = _strict_base64(key.removeprefix(prefix)) if key.startswith(prefix) else None
    if raw is None:
        raise Malformed(f"A webhook's key is {SECRET_PREFIX}, {PRIVATE_PREFIX} or {PUBLIC_PREFIX} and base64.")
    return raw


def _strict_base64(text: str) -> bytes | None:
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    return raw if base64.b64encode(raw).decode() == text else None
