"""Tokens that open a door by themselves: of sessions, API keys and links. Shown once, stored hashed."""

from __future__ import annotations

import hashlib
import re
import secrets
from typing import NamedTuple

TOKEN_BYTES = 32
"""Random bytes in a token: 256 bits, so that a plain hash of it cannot be searched."""

_PREFIX = re.compile(r"\A[a-z][a-z0-9]{0,15}\Z")
_DOMAIN = b"holdfast token 1\n"


class NewToken(NamedTuple):
    """A token as it is shown to its owner, this once, and the hash that is kept."""

    shown: str
    stored: str


def new_token(prefix: str) -> NewToken:
    """A fresh token, `<prefix>_<43 characters>`, with its stored form.

    Formula:   shown = prefix ‖ "_" ‖ base64url(32 random bytes); stored = `hash_token(shown)`.
    Raises:    ValueError for a prefix that is not 1 to 16 of `a-z0-9`, a letter first: that is our fault.
    """
    if not _PREFIX.match(prefix):
        raise ValueError(f"{prefix!r} is no prefix of tokens")
    shown = f"{prefix}_{secrets.token_urlsafe(TOKEN_BYTES)}"
    return NewToken(shown, hash_token(shown))


def hash_token(text: str) -> str:
    """What is stored of a token and what it is found by: 64 hex digits.

    Formula:   SHA-256("holdfast token 1" LF ‖ UTF-8 of the text). A token has 256 random bits, so it needs no slow hash
               and no salt; being found by its hash, its characters are never compared one by one.
    Raises:    nothing, whatever the text.
    """
    return hashlib.sha256(_DOMAIN + text.encode("utf-8", "surrogatepass")).hexdigest()
