"""Recovery codes: ten one-use codes on paper, for the day the phone is gone."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable
from hmac import compare_digest
from typing import NamedTuple

CODES = 10
"""How many codes a person gets at once; new ones replace all old ones."""

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
"""Crockford's base32: no i, l, o or u, so that a written code reads one way."""
_CHARACTERS, _GROUP = 16, 4
_READ_AS = str.maketrans({"i": "1", "l": "1", "o": "0", " ": None, "-": None})
_DOMAIN = b"holdfast recovery code 1\n"


class NewCodes(NamedTuple):
    """Codes as they are shown to their owner, this once, and the hashes that are kept, in the same order."""

    shown: tuple[str, ...]
    stored: tuple[str, ...]


def new_codes() -> NewCodes:
    """Ten fresh codes like `7k3m-x9qd-0rtw-h4cz`: 80 random bits each, so that a plain hash cannot be searched."""
    plain = ["".join(secrets.choice(_ALPHABET) for _ in range(_CHARACTERS)) for _ in range(CODES)]
    shown = ("-".join(code[at : at + _GROUP] for at in range(0, _CHARACTERS, _GROUP)) for code in plain)
    return NewCodes(tuple(shown), tuple(_hashed(code) for code in plain))


def matching(stored: Iterable[str], text: str) -> str | None:
    """The stored hash that the text is the code of, or None. Drop that hash in the same transaction: one use each.

    Read:      upper case as lower case, i and l as 1, o as 0, spaces and hyphens left out.
    Raises:    nothing, whatever the text. Every hash is compared, each in constant time.
    """
    hashed = _hashed(text.lower().translate(_READ_AS))
    found = None
    for candidate in stored:
        if compare_digest(candidate, hashed):
            found = candidate
    return found


def _hashed(code: str) -> str:
    return hashlib.sha256(_DOMAIN + code.encode("utf-8", "surrogatepass")).hexdigest()
