"""Secrets that the server must read again: the shared secrets of authenticator apps, sealed under a key of the server.

The key comes from the settings and is not in the store, so that a stolen copy of the store gives no codes. Without a
key the secrets are stored as they are: then whoever reads the store can make the codes.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
from collections.abc import Sequence
from contextlib import suppress

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from holdfast.errors import Unavailable

_SEALED, _PLAIN = "sealed1:", "plain:"


class SecretBox:
    """Seals short texts; each is tied to whom it is about, so that one cannot be put in another's place."""

    def __init__(self, key: bytes | None = None, former: Sequence[bytes] = ()) -> None:
        """`key`: 16 bytes or more of randomness, or None to store texts as they are; `former` ones open only."""
        self._aead = None if key is None else AESGCM(_derived(key))
        self._former = tuple(AESGCM(_derived(one)) for one in former)

    def seal(self, text: str, about: str) -> str:
        """The stored form.

        Formula: "sealed1:" ‖ base64url(nonce, 12 bytes ‖ AES-256-GCM(HKDF-SHA256(key), nonce, text, AAD = about));
                 "plain:" ‖ text without a key.
        """
        if self._aead is None:
            return _PLAIN + text
        nonce = secrets.token_bytes(12)
        return (
            _SEALED + base64.urlsafe_b64encode(nonce + self._aead.encrypt(nonce, text.encode(), _aad(about))).decode()
        )

    def open(self, stored: str, about: str) -> str:
        """The text. What was stored before there was a key still opens.

        Raises: Unavailable where the key is missing or another one.
        """
        if stored.startswith(_PLAIN):
            return stored.removeprefix(_PLAIN)
        if self._aead is None:
            raise Unavailable("This server lacks the key that secrets are sealed with. Check its settings.")
        raw = base64.urlsafe_b64decode(stored.removeprefix(_SEALED))
        for aead in (self._aead, *self._former):
            with suppress(InvalidTag):
                return aead.decrypt(raw[:12], raw[12:], _aad(about)).decode()
        raise Unavailable("This server has another key than secrets were sealed with. Check its settings.")

    def renewed(self, stored: str, about: str) -> str | None:
        """The text sealed anew where it is not sealed with the present key; None where nothing is to be done.

        Raises: Unavailable as `open`.
        """
        if self._aead is None:
            return None
        if stored.startswith(_SEALED):
            raw = base64.urlsafe_b64decode(stored.removeprefix(_SEALED))
            with suppress(InvalidTag):
                self._aead.decrypt(raw[:12], raw[12:], _aad(about))
                return None
        return self.seal(self.open(stored, about), about)


def _aad(about: str) -> bytes:
    return b"holdfast secret 1\n" + hashlib.sha256(about.encode("utf-8", "surrogatepass")).digest()


def _derived(key: bytes) -> bytes:
    if len(key) < 16:
        raise ValueError("the key of a secret box has 16 bytes or more")
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=b"holdfast secret box 1").derive(key)
