"""Sealed values: encrypted for the auditors' keys, opened with one of them, bound to the place they stand in.

Each value has a data key of its own; AES-256-GCM encrypts the value with it, and for each recipient the data key is
wrapped in an envelope. A change of auditors writes new envelopes and leaves the ciphertext as it is.

What this is not. The server sees the plain value when it seals it: this protects what is stored, not against the
server. It is no zero-knowledge proof: nothing about a value can be shown without opening it. And it cannot take back:
who could open a value once may have kept its data key, so a past auditor can still open what was wrapped for him.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Iterable
from typing import NamedTuple

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from msgspec import Struct, structs

from holdfast.errors import Malformed, SealBroken

VERSION = "holdfast seal 1"
KEY_BYTES, NONCE_BYTES = 32, 12

_DATA = b"holdfast seal 1 data"
_ENVELOPE = b"holdfast seal 1 envelope"
_NONCE = b"holdfast seal 1 nonce"


class Place(Struct, frozen=True):
    """Where a sealed value stands: it opens nowhere else."""

    desk: str
    seq: int
    field: str


class Envelope(Struct, frozen=True):
    """A data key, wrapped for one recipient."""

    recipient: str
    """The fingerprint of the recipient's public key."""
    ephemeral: bytes
    """The X25519 public key made for this envelope alone."""
    wrapped: bytes


class Sealed(Struct, frozen=True):
    """A value as it is stored."""

    nonce: bytes
    ciphertext: bytes
    commitment: bytes
    """Ties the ciphertext to one data key, so that every recipient reads the same value."""
    envelopes: tuple[Envelope, ...]


class SealingKey(NamedTuple):
    """An X25519 pair: the auditor keeps `private`, the server gets `public`. 32 bytes each."""

    private: bytes
    public: bytes


def new_sealing_key() -> SealingKey:
    """A fresh pair."""
    key = X25519PrivateKey.generate()
    return SealingKey(key.private_bytes_raw(), key.public_key().public_bytes_raw())


def fingerprint(public: bytes) -> str:
    """What a recipient is known by: the first 32 hex digits of the SHA-256 of his public key."""
    return hashlib.sha256(b"holdfast sealing key 1\n" + public).hexdigest()[:32]


def seal(value: bytes, recipients: Iterable[bytes], place: Place) -> Sealed:
    """The value, to be opened by any of the recipients (X25519 public keys).

    Formula:   data key: 32 random bytes; (key, commitment) = HKDF-SHA256(data key, "holdfast seal 1 data");
               ciphertext = AES-256-GCM(key, 12 random bytes, value, AAD = the place);
               envelope: a fresh X25519 key e; (k, n) = HKDF-SHA256(X25519(e, recipient), "holdfast seal 1 envelope" ‖
               e's public key ‖ the recipient's); wrapped = AES-256-GCM(k, n, data key, AAD = the place and SHA-256 of
               commitment, nonce and ciphertext). k is used once.
    Raises:    Malformed where there is no recipient, or a key is none.
    """
    data_key, nonce = secrets.token_bytes(KEY_BYTES), secrets.token_bytes(NONCE_BYTES)
    key, commitment = _expanded(data_key)
    sealed = Sealed(nonce, AESGCM(key).encrypt(nonce, value, _place_bytes(place)), commitment, ())
    return _with_envelopes(sealed, data_key, recipients, place)


def derived_key(secret: bytes, place: Place, label: bytes) -> bytes:
    """A data key that whoever has the secret can make again: HKDF-SHA256(secret, label ‖ the place)."""
    return _hkdf(secret, label + _place_bytes(place), KEY_BYTES)


def seal_with(data_key: bytes, value: bytes, recipients: Iterable[bytes], place: Place) -> Sealed:
    """The value under a derived data key: the same value at the same place gives the same ciphertext. As `seal` else.

    The nonce is HMAC-SHA256(data key, "holdfast seal 1 nonce" ‖ the place ‖ value), 12 bytes: another value under the
    same key has another nonce. Without recipients it is sealed for nobody yet; see `rewrap_with`.
    Raises:    Malformed where a key is none.
    """
    key, commitment = _expanded(data_key)
    nonce = hmac.digest(data_key, _NONCE + _place_bytes(place) + value, "sha256")[:NONCE_BYTES]
    sealed = Sealed(nonce, AESGCM(key).encrypt(nonce, value, _place_bytes(place)), commitment, ())
    bound = _bound(sealed, place)
    return structs.replace(sealed, envelopes=tuple(_wrap(data_key, one, bound) for one in dict.fromkeys(recipients)))


def rewrap_with(data_key: bytes, sealed: Sealed, recipients: Iterable[bytes], place: Place) -> Sealed | None:
    """The same ciphertext for exactly these recipients; None where it was sealed with another data key.

    Raises: Malformed where there is no recipient, or a key is none.
    """
    if not hmac.compare_digest(_expanded(data_key)[1], sealed.commitment):
        return None
    return _with_envelopes(sealed, data_key, recipients, place)


def public_of(private: bytes) -> bytes:
    """The public half of a private key. Raises: SealBroken where it is none."""
    try:
        return X25519PrivateKey.from_private_bytes(private).public_key().public_bytes_raw()
    except ValueError:
        raise SealBroken("This is no X25519 private key.") from None


def require_public(public: bytes) -> None:
    """Refuse what nothing can be sealed for. Raises: Malformed."""
    if len(public) != KEY_BYTES:
        raise Malformed(f"An X25519 public key has {KEY_BYTES} bytes, 64 hex digits.", field="public_key")
    try:
        X25519PrivateKey.generate().exchange(X25519PublicKey.from_public_bytes(public))
    except ValueError:
        raise Malformed("This is no X25519 public key to seal for.", field="public_key") from None


def open_sealed(sealed: Sealed, private: bytes, place: Place) -> bytes:
    """The value, with the private key of one of its recipients.

    Raises: SealBroken for another key or place, and for anything changed since: ciphertext, nonce or envelope.
    """
    data_key = _data_key(sealed, private, place)
    key, commitment = _expanded(data_key)
    if not hmac.compare_digest(commitment, sealed.commitment):
        raise SealBroken("The sealed value was changed since.")
    try:
        return AESGCM(key).decrypt(sealed.nonce, sealed.ciphertext, _place_bytes(place))
    except (InvalidTag, ValueError):
        raise SealBroken("The sealed value was changed since.") from None


def rewrap(sealed: Sealed, private: bytes, recipients: Iterable[bytes], place: Place) -> Sealed:
    """The same ciphertext for exactly these recipients, with the private key of one that it has now.

    The value is not decrypted. Old envelopes are left out; whoever kept a copy of one can still open that copy.
    Raises: SealBroken as `open_sealed`; Malformed where there is no recipient, or a key is none.
    """
    data_key = _data_key(sealed, private, place)
    if not hmac.compare_digest(_expanded(data_key)[1], sealed.commitment):
        raise SealBroken("The sealed value was changed since.")
    return _with_envelopes(sealed, data_key, recipients, place)


def _with_envelopes(sealed: Sealed, data_key: bytes, recipients: Iterable[bytes], place: Place) -> Sealed:
    bound = _bound(sealed, place)
    envelopes = tuple(_wrap(data_key, public, bound) for public in dict.fromkeys(recipients))
    if not envelopes:
        raise Malformed("A value is sealed for at least one key.")
    return structs.replace(sealed, envelopes=envelopes)


def _wrap(data_key: bytes, public: bytes, bound: bytes) -> Envelope:
    ephemeral = X25519PrivateKey.generate()
    shown = ephemeral.public_key().public_bytes_raw()
    try:
        shared = ephemeral.exchange(X25519PublicKey.from_public_bytes(public))
    except ValueError:
        raise Malformed("This is no X25519 public key to seal for.") from None
    key, nonce = _envelope_key(shared, shown, public)
    return Envelope(fingerprint(public), shown, AESGCM(key).encrypt(nonce, data_key, bound))


def _data_key(sealed: Sealed, private: bytes, place: Place) -> bytes:
    try:
        own = X25519PrivateKey.from_private_bytes(private)
    except ValueError:
        raise SealBroken("This is no X25519 private key.") from None
    public = own.public_key().public_bytes_raw()
    name = fingerprint(public)
    envelope = next((envelope for envelope in sealed.envelopes if envelope.recipient == name), None)
    if envelope is None:
        raise SealBroken("The value is not sealed for this key.", recipient=name)
    try:
        shared = own.exchange(X25519PublicKey.from_public_bytes(envelope.ephemeral))
        key, nonce = _envelope_key(shared, envelope.ephemeral, public)
        return AESGCM(key).decrypt(nonce, envelope.wrapped, _bound(sealed, place))
    except (InvalidTag, ValueError):
        raise SealBroken("The envelope does not belong to this value and place, or was changed since.") from None


def _envelope_key(shared: bytes, ephemeral: bytes, public: bytes) -> tuple[bytes, bytes]:
    derived = _hkdf(shared, _ENVELOPE + ephemeral + public, KEY_BYTES + NONCE_BYTES)
    return derived[:KEY_BYTES], derived[KEY_BYTES:]


def _expanded(data_key: bytes) -> tuple[bytes, bytes]:
    derived = _hkdf(data_key, _DATA, 2 * KEY_BYTES)
    return derived[:KEY_BYTES], derived[KEY_BYTES:]


def _hkdf(secret: bytes, info: bytes, length: int) -> bytes:
    return HKDF(algorithm=SHA256(), length=length, salt=None, info=info).derive(secret)


def _place_bytes(place: Place) -> bytes:
    """The place, each part with its length in front, so that no two places have the same bytes."""
    parts = [VERSION.encode(), place.desk.encode(), str(place.seq).encode(), place.field.encode()]
    return b"".join(len(part).to_bytes(4, "big") + part for part in parts)


def _bound(sealed: Sealed, place: Place) -> bytes:
    parts = (sealed.commitment, sealed.nonce, sealed.ciphertext)
    digest = hashlib.sha256(b"".join(len(part).to_bytes(4, "big") + part for part in parts)).digest()
    return _place_bytes(place) + digest
