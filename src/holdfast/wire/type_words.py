"""What a field of a desk file takes, in words, from its type."""

from __future__ import annotations

from typing import Any, Literal, get_args, get_origin

from msgspec import Meta

from holdfast.primitives.asset import AMOUNT_PATTERN
from holdfast.protocol.arguments import NAME_PATTERN
from holdfast.protocol.parameters import ASSET_PATTERN

_PATTERNS = {
    AMOUNT_PATTERN: 'an amount in whole tokens, as text in quotes, like "1000.5"',
    ASSET_PATTERN: 'an asset\'s code in quotes, like "FLUX"',
    NAME_PATTERN: 'an account\'s name in quotes, like "alice"',
}


def in_words(hint: Any) -> str:
    """The values that a type admits: `a whole number, 1 to 36,500`."""
    metas = [meta for meta in getattr(hint, "__metadata__", ()) if isinstance(meta, Meta)]
    kind = get_args(hint)[0] if metas else hint
    if get_origin(kind) is Literal:
        return " or ".join(f'"{value}"' for value in get_args(kind))
    if kind is bool:
        return "true or false"
    if kind is int:
        low = next((meta.ge for meta in metas if meta.ge is not None), None)
        high = next((meta.le for meta in metas if meta.le is not None), None)
        if high is not None:
            return f"a whole number, {low or 0:,} to {high:,}"
        return "a whole number" if low is None else f"a whole number, {low:,} or more"
    if kind is str:
        pattern = next((meta.pattern for meta in metas if meta.pattern), None)
        longest = next((meta.max_length for meta in metas if meta.max_length), None)
        least = next((meta.min_length for meta in metas if meta.min_length), 0)
        if pattern:
            return _PATTERNS.get(pattern, 'an account in quotes, like "alice"')
        return f"text in quotes, {least} to {longest:,} characters" if longest else "text in quotes"
    if get_origin(kind) is tuple:
        return "a list of texts in quotes"
    return "a value of the documented type"
