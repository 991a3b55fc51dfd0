"""An asset's numbers: its decimals, its range, and the one translation between text and base units."""

from __future__ import annotations

import re
from typing import Literal

from holdfast.errors import AmountOverflow, Malformed

Range = Literal["u64", "i128", "u512"]

RANGE_MAX: dict[str, int] = {"u64": 2**64 - 1, "i128": 2**127 - 1, "u512": 2**512 - 1}
"""The largest amount of each range: Solana, Stellar, Casper. The smallest is 0 for all: no balance is negative."""

MAX_DECIMALS = 18
AMOUNT_PATTERN = r"\A(0|[1-9][0-9]*)(\.[0-9]+)?\Z"
"""The grammar of an amount: ASCII digits, one point at most, no sign, exponent, blank or leading zero."""

TOLD = 60
"""Characters of a refused amount that its error repeats."""

_amount_text = re.compile(AMOUNT_PATTERN).match
_POWERS: tuple[int, ...] = tuple(10**exponent for exponent in range(MAX_DECIMALS + 1))
_MAX_WHOLE_DIGITS = 155  # 2^512 has 155 digits; more cannot be in any range and need not be parsed


def parse_units(text: str, decimals: int, maximum: int) -> int:
    """Base units of an amount given as text in whole tokens.

    Formula:   text · 10^decimals, exactly
    Units:     whole tokens -> base units.
    Raises:    Malformed (not an amount; more fraction digits than `decimals`), AmountOverflow (above `maximum`).
    """
    match = _amount_text(text)
    if match is None:
        raise Malformed(
            f"{text[:TOLD]!r} is not an amount: write digits with at most one point, like 1000.5",
            amount=text[:TOLD],
            reason="not_an_amount",
        )
    whole, fraction = match.groups()
    digits = len(fraction) - 1 if fraction else 0
    if digits > decimals:
        raise Malformed(
            f"{text[:TOLD]} has {digits} digits after the point; at most {decimals} are possible",
            amount=text[:TOLD],
            reason="too_many_digits",
            most=decimals,
        )
    if len(whole) > _MAX_WHOLE_DIGITS:
        raise AmountOverflow(f"An amount of {len(whole)} digits is outside every asset's range.", amount=text[:TOLD])
    units = int(whole + fraction[1:] if fraction else whole) * _POWERS[decimals - digits]
    if units > maximum:
        most = format_units(maximum, decimals)
        raise AmountOverflow(f"{text[:TOLD]} is above the largest possible amount, {most}.", amount=text[:TOLD])
    return units


def format_units(units: int, decimals: int) -> str:
    """The text of `units` base units in whole tokens, without trailing zeros: format_units(1050, 2) = "10.5"."""
    if not units % _POWERS[decimals]:
        return str(units // _POWERS[decimals])
    digits = str(units)
    if len(digits) <= decimals:
        digits = digits.zfill(decimals + 1)
    return f"{digits[:-decimals]}.{digits[-decimals:]}".rstrip("0")
