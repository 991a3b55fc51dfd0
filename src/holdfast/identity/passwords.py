"""Passwords: how they are stored and checked, and which are too easy to guess.

The list of common passwords is data of this package (`common_passwords.txt.gz`, its source and licence are in its first
lines): those of eight characters and more in zxcvbn's list, 11,611 of them.
"""

from __future__ import annotations

import gzip
import re
import unicodedata
from functools import lru_cache
from importlib.resources import files
from itertools import pairwise

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

from holdfast.errors import WeakPassword

MINIMUM, MINIMUM_WITH_MFA = 15, 8
"""Fewest characters of a password that stands alone, and of one that a second factor goes with (NIST SP 800-63B)."""
LONGEST_BYTES = 1024
"""Longest password in bytes of UTF-8. Up to here every character counts; nothing is cut off."""
FEWEST_DIFFERENT, FEWEST_RUNS = 5, 5
PRODUCT = "holdfast"

_HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1, hash_len=32, salt_len=16)
"""argon2id, 19 MiB, two passes, one lane: about 20 ms."""

_NOBODY = "$argon2id$v=19$m=19456,t=2,p=1$HysiP0xUVD8sMosgaBttbA$ldBMZnZwwYDLDP8wpw7ZbBsf1coFcJM+1ZAJlLkSyNo"
"""The hash of 32 random bytes that nobody kept: what a guess at an unknown person is checked against."""

_ROWS = ("1234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm", "qwertzuiop", "yxcvbnm", "azertyuiop", "qsdfghjklm")
_COLUMNS = ("1qaz", "2wsx", "3edc", "4rfv", "5tgb", "6yhn", "7ujm")
_ENDS = re.compile(r"\A[\W\d_]+|[\W\d_]+\Z")
_PARTS = re.compile(r"[\W_]+")


def hash_password(text: str) -> str:
    """The argon2id hash to store, with its parameters and a salt of its own; of the text in Unicode's NFC.

    Raises: WeakPassword for a text that is no Unicode text or longer than 1,024 bytes. Call `require_acceptable` first.
    """
    return _HASHER.hash(_encoded(text))


def check_password(stored: str | None, text: str) -> bool:
    """Whether the text is the password of this hash; None where the person is unknown or has no password.

    None takes the same time and memory as a wrong password: the text is checked against a hash of nothing known.
    A text that no password can be (too long, no Unicode text) is False at once, whoever is named.
    Raises: nothing.
    """
    try:
        password = _encoded(text)
    except WeakPassword:
        return False
    try:
        _HASHER.verify(_NOBODY if stored is None else stored, password)
    except (Argon2Error, InvalidHashError, UnicodeEncodeError):
        return False
    return stored is not None


def needs_rehash(stored: str) -> bool:
    """Whether the hash was made with other parameters than today's: make a new one while the password is at hand."""
    try:
        return _HASHER.check_needs_rehash(stored)
    except InvalidHashError:
        return True


def require_acceptable(text: str, *, with_mfa: bool, about: tuple[str, ...] = ()) -> None:
    """Refuse a password that a guesser would try soon. There are no rules of composition, and none on its age.

    Checks:   at most 1,024 bytes; 15 characters or more, 8 with a second factor; not one of the common passwords, bare
              or with digits and signs around it; at least five different characters; not a short piece over and over;
              not a few runs of neighbours in the alphabet or on the keyboard; still long enough without the product's
              name and the words of `about` (the person's name, the organisation's).
    Units:    characters are code points after NFC; for all checks but the length upper and lower case are one, and so
              are the compatible forms of a character (NFKC).
    Raises:   WeakPassword, with `reason` too_long, too_short, common, few_characters, repeated, sequence or name.
    """
    _encoded(text)
    minimum = MINIMUM_WITH_MFA if with_mfa else MINIMUM
    plain = unicodedata.normalize("NFC", text)
    folded = _folded(plain)
    if len(plain) < minimum:
        alone = "" if with_mfa else " without a second factor"
        raise WeakPassword(f"The password needs {minimum} characters or more{alone}.", reason="too_short")
    if folded in _common() or _ENDS.sub("", folded) in _common():
        raise WeakPassword("This is one of the passwords that are tried first.", reason="common")
    if len(set(folded)) < FEWEST_DIFFERENT:
        raise WeakPassword("The password has too few different characters.", reason="few_characters")
    piece = _piece(folded)
    if len(piece) < min(len(folded), minimum) or piece in _common():
        raise WeakPassword("The password is one short piece over and over.", reason="repeated")
    if _runs(folded) < FEWEST_RUNS:
        raise WeakPassword("The password is a sequence of the alphabet or the keyboard.", reason="sequence")
    for word in _words(about):
        if word in folded and len(folded.replace(word, "")) < minimum:
            raise WeakPassword(
                f"The password has {word[:40]!r} in it, and too little besides.", reason="name", word=word[:40]
            )


def _encoded(text: str) -> bytes:
    if len(text) > LONGEST_BYTES:
        raise WeakPassword(f"The password is longer than {LONGEST_BYTES} bytes.", reason="too_long")
    try:
        encoded = unicodedata.normalize("NFC", text).encode()
    except UnicodeEncodeError:
        raise WeakPassword("The password is not a Unicode text.", reason="not_text") from None
    if len(encoded) > LONGEST_BYTES:
        raise WeakPassword(f"The password is longer than {LONGEST_BYTES} bytes.", reason="too_long")
    return encoded


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()


@lru_cache(maxsize=1)
def _common() -> frozenset[str]:
    packed = files("holdfast.identity").joinpath("common_passwords.txt.gz").read_bytes()
    lines = gzip.decompress(packed).decode().splitlines()
    return frozenset(line for line in lines if not line.startswith("#"))


def _piece(text: str) -> str:
    """The shortest piece that, over and over and perhaps cut at the end, is the text; the text itself if none is."""
    return next(text[:size] for size in range(1, len(text) + 1) if text[size:] == text[: len(text) - size])


def _runs(text: str) -> int:
    """How many runs the text falls into: in a run each character is the same as the one before, or its neighbour in
    the same direction. `abcdefgh1111` has two, a text without any pattern as many as characters."""
    runs, going = 1, frozenset[str]()
    for before, after in pairwise(text):
        kinds = _kinds(before, after)
        common = kinds & going if going else kinds
        if not common:
            runs += 1
        going = common
    return runs


@lru_cache(maxsize=4096)
def _kinds(before: str, after: str) -> frozenset[str]:
    step = ord(after) - ord(before)
    kinds = {f"alphabet {step}"} if step in {-1, 0, 1} else set()
    pair = before + after
    if any(pair in row for row in _ROWS + _COLUMNS):
        kinds.add("keyboard forth")
    if any(pair[::-1] in row for row in _ROWS + _COLUMNS):
        kinds.add("keyboard back")
    return frozenset(kinds)


def _words(about: tuple[str, ...]) -> list[str]:
    """The product's name and the words about the person: whole, and their parts of four characters and more."""
    folded = [_folded(text) for text in about]
    parts = [part for text in folded for part in _PARTS.split(text) if len(part) >= 4]
    return list(dict.fromkeys([PRODUCT, *(text for text in folded if len(text) >= 3), *parts]))
