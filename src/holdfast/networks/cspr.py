"""CSPR amounts and the plain command dicts that every network module here produces."""

from __future__ import annotations

from typing import Any

from holdfast.primitives.asset import RANGE_MAX, format_units, parse_units

Command = dict[str, Any]
"""One command as JSON would carry it: `type`, `actor`, its arguments and, in scenarios, `id` and `at`."""

CSPR_DECIMALS = 9
"""1 CSPR = 10^9 motes."""

U512_MAX = RANGE_MAX["u512"]
"""The largest amount that Casper can express, in motes."""


def cspr_text(motes: int) -> str:
    """Whole-token text of an amount: cspr_text(1_500_000_000) = "1.5"."""
    return format_units(motes, CSPR_DECIMALS)


def cspr_motes(text: str) -> int:
    """Motes of an amount in whole tokens: cspr_motes("1.5") = 1_500_000_000.

    Raises: Malformed for text that is no amount or has more than 9 digits after the point; AmountOverflow above u512.
    """
    return parse_units(text, CSPR_DECIMALS, U512_MAX)
