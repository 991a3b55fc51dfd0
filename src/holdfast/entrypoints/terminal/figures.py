"""Figures as people of a language read them. Amounts are texts of the API: their digits are grouped, never counted."""

from __future__ import annotations

import re

from holdfast.entrypoints.terminal.language import Language
from holdfast.primitives.clock import format_instant

NARROW = "\u202f"
"""The narrow space that does not break: between groups of digits in Russian."""
MINUS = "\u2212"

FINE = 6
"""Digits behind the point from which on a unit in the last one is worth next to nothing."""

_NUMBER = re.compile(r"\A(-?)([0-9]+)(?:\.([0-9]+))?\Z")
_GROUPED = {
    "en": re.compile(r"\A[0-9]{1,3}(,[0-9]{3})+(\.[0-9]+)?\Z"),
    "ru": re.compile(r"\A[0-9]{1,3}([ \u00a0\u202f][0-9]{3})*(,[0-9]+)?\Z"),
}


def amount(language: Language, text: object, *, places: int | None = None) -> str:
    """A number with its digits grouped; `places` cuts decimals off (towards zero), it never rounds up.

    What is no number is given back as it is.
    """
    found = _NUMBER.match(str(text))
    if not found:
        return str(text)
    sign, whole, fraction = found[1], found[2], found[3] or ""
    if places is not None:
        fraction = fraction[:places]
    comma, point = (NARROW, ",") if language == "ru" else (",", ".")
    first = len(whole) % 3 or 3
    groups = [whole[:first], *(whole[at : at + 3] for at in range(first, len(whole), 3))]
    return (MINUS if sign else "") + comma.join(groups) + (point + fraction if fraction else "")


def plain(language: Language, typed: str) -> str:
    """What somebody typed into a field for an amount, as the API takes it; what is not understood stays as it is."""
    text = typed.strip()
    if _GROUPED[language].match(text):
        if language == "ru":
            return re.sub(r"[ \u00a0\u202f]", "", text).replace(",", ".")
        return text.replace(",", "")
    return text


def bps(language: Language, points: object) -> str:
    """Basis points as a percentage: 1250 -> 12.5 %."""
    text = str(points)
    if not re.fullmatch(r"-?[0-9]+", text):
        return text
    sign, digits = ("-", text[1:]) if text.startswith("-") else ("", text)
    digits = digits.rjust(3, "0")
    fraction = digits[-2:].rstrip("0")
    return amount(language, sign + digits[:-2] + ("." + fraction if fraction else "")) + "\u00a0%"


def percent(language: Language, text: object) -> str:
    """A percentage that is one already, with its sign."""
    return amount(language, text) + "\u00a0%"


def short(text: object, length: int = 12) -> str:
    """The beginning of something long, like a digest or an address."""
    whole = str(text)
    return whole if len(whole) <= length + 2 else whole[:length] + "…"


def is_negative(text: object) -> bool:
    """Whether a number is less than nothing."""
    return str(text).startswith("-") and any(digit in str(text) for digit in "123456789")


def is_zero(text: object) -> bool:
    """Whether a number is nothing."""
    return not any(digit in str(text) for digit in "123456789")


def is_dust(text: object, decimals: int) -> bool:
    """Whether a loss is in nothing but the last digit that its asset has: what rounding leaves to a vault.

    Of an asset with few digits behind the point even its last is worth something.
    """
    whole, _, fraction = str(text).partition(".")
    return decimals >= FINE and is_negative(text) and is_zero(whole) and is_zero(fraction.ljust(decimals, "0")[:-1])


def instant(value: object) -> str:
    """An instant as the API writes it, from one or from Unix seconds."""
    return format_instant(value) if isinstance(value, int) else str(value)


def readable(value: object) -> str:
    """An instant for people without scripts: 2026-01-01 00:00 UTC; seconds only where they are not nothing."""
    text = instant(value).replace("T", " ").removesuffix("Z")
    return text.removesuffix(":00") + " UTC"


def duration(seconds: int) -> tuple[int, int, int, int]:
    """Days, hours, minutes and seconds."""
    minutes, second = divmod(max(0, seconds), 60)
    hours, minute = divmod(minutes, 60)
    day, hour = divmod(hours, 24)
    return day, hour, minute, second
