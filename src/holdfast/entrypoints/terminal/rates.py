"""Rates that people type as percentages: basis points for the API, without a float between."""

from __future__ import annotations

import re

from holdfast.entrypoints.terminal.figures import plain
from holdfast.entrypoints.terminal.language import Language

_PERCENT = re.compile(r"\A([0-9]{1,5})(?:[.,]([0-9]{1,2}))?\s*%?\Z")


def points(language: Language, typed: str) -> int | str:
    """Basis points of a percentage: "5.25" -> 525; what is not understood stays as it is, for the API to refuse."""
    found = _PERCENT.match(plain(language, typed.removesuffix("%").strip()))
    if not found:
        return typed
    return int(found[1]) * 100 + int((found[2] or "").ljust(2, "0"))


def as_percent(bps: int) -> str:
    """Basis points as a percentage for a chart or a field: 525 -> "5.25"."""
    sign, size = ("-", -bps) if bps < 0 else ("", bps)
    text = f"{sign}{size // 100}.{size % 100:02d}"
    return text.rstrip("0").rstrip(".")
