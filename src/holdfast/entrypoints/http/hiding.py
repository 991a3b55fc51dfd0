"""What a log must not tell: secrets, hidden by the name of their field and by how they look; and no forged lines."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

HIDDEN = "[hidden]"

_NAMES = re.compile(
    r"authorization|cookie|csrf|passphrase|passw|private|recovery_code|secret|signature|token|totp"
    r"|\A(?:api_?key|apikey|bearer|codes?|key|nonce|otp|pin|seed|auth)\Z",
    re.IGNORECASE,
)
"""Fields whose value is hidden whatever it is, but for an error's code and a number of things."""

_ERROR_CODE = re.compile(r"\A[a-z]{2,}(?:_[a-z]+)*\Z")

_LOOKS = re.compile(
    r"""
      (?P<token> hf[a-z0-9]{0,14}_ ) [A-Za-z0-9_-]{16,}       # sessions, API keys, invitations, links
    | (?P<webhook> wh(?:sec|sk)_ ) [A-Za-z0-9+/=_-]{8,}       # keys that webhooks are signed with
    | (?P<scheme> \b(?:Bearer|Basic)[ ]+ ) [^\s"',;]+         # a header's value
    | (?P<url> [a-z][a-z0-9+.-]*:// ) [^\s/@"']*:[^\s"'/]*@   # name and password in a URL
    | (?P<given> \b(?:password|passwd|sslpassword|secret|token|code|signature)["']?\s*[=:]\s*["']? )
      (?!:)[^\s&"',;})]{4,}
    | (?P<cookie> __Host-[A-Za-z0-9-]+= ) [^\s;]+
    """,
    re.VERBOSE | re.IGNORECASE,
)


def hidden(text: str) -> str:
    """A text with everything that looks like a secret taken out; how it began stays where that tells nothing."""
    if not ("hf" in text or "wh" in text or "=" in text or ":" in text or " " in text):
        return text  # none of the forms below lacks all of these
    return _LOOKS.sub(lambda found: f"{next(filter(None, found.groups()))}{HIDDEN}", text)


def escaped(text: str, *, keep: str = "") -> str:
    r"""A text of which no character moves the cursor, ends the line or turns the writing around: `\n`, `\u202e`.

    `keep` are characters that stay as they are.
    """
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() or c in keep else _escape(c) for c in text)


def _escape(character: str) -> str:
    number = ord(character)
    if character in "\n\r\t":
        return {"\n": "\\n", "\r": "\\r", "\t": "\\t"}[character]
    return f"\\u{number:04x}" if number < 0x10000 else f"\\U{number:08x}"


@lru_cache(maxsize=1_000)
def sensitive(name: str) -> bool:
    """Whether a field of this name holds a secret."""
    return _NAMES.search(name) is not None


def told(name: str, value: Any, *, keep: str = "") -> Any:
    """The value of a field as a log may tell it: without secrets, texts escaped, other objects as texts."""
    if isinstance(value, bool) or value is None:
        return value
    if sensitive(name) and not _harmless(name, value):
        return HIDDEN
    if isinstance(value, int | float):
        return value
    if isinstance(value, str):
        return escaped(hidden(value), keep=keep)
    if isinstance(value, Mapping):
        return {escaped(str(key)): told(str(key), item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [told(name, item) for item in value]
    if isinstance(value, bytes | bytearray):
        return f"{len(value)} bytes"
    return escaped(hidden(str(value)), keep=keep)


def _harmless(name: str, value: Any) -> bool:
    """The code of an error is told, a code that somebody typed is not."""
    return name == "code" and isinstance(value, str) and _ERROR_CODE.match(value) is not None
