"""What a tax has brought, by destination: a view over the journal's `tax.distributed` events, never a counter."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec
from msgspec import UNSET, Struct, UnsetType

from holdfast.engine.journal import Row, require_bytes
from holdfast.errors import Corrupt
from holdfast.primitives.asset import MAX_DECIMALS, RANGE_MAX, format_units, parse_units

DESTINATIONS = ("fees", "buyback", "treasury")


class _Event(Struct, gc=False):
    type: str
    asset: str = ""
    tax: str = "0"
    fees: str = "0"
    buyback: str = "0"
    treasury: str = "0"


class _Outcome(Struct, gc=False):
    events: tuple[_Event, ...] = ()


class _Entry(Struct, gc=False):
    outcome: _Outcome | UnsetType = UNSET


_decode = msgspec.json.Decoder(_Entry).decode
_LARGEST = RANGE_MAX["u512"] * 10**MAX_DECIMALS
"""18 decimals hold every asset's digits exactly; this is the largest amount of one without any."""
_MARK = b'"tax.distributed"'


class TaxTotals:
    """Sums over the records given so far; give it every record, in order."""

    def __init__(self) -> None:
        self._sums: dict[str, dict[str, int]] = {}

    def take(self, rows: Iterable[Row]) -> None:
        """Take over records; a look at each. Raises: Corrupt for one that cannot be read."""
        for row in rows:
            require_bytes(row)
            if _MARK not in row.body:
                continue
            try:
                outcome = _decode(row.body).outcome
            except msgspec.MsgspecError as error:
                raise Corrupt(f"record {row.seq} cannot be read: {error}") from None
            for event in outcome.events if outcome else ():
                if event.type == "tax.distributed":
                    own = self._sums.setdefault(event.asset, dict.fromkeys(("tax", *DESTINATIONS), 0))
                    for name in own:
                        own[name] += parse_units(getattr(event, name), MAX_DECIMALS, _LARGEST)

    def view(self) -> dict[str, dict[str, str]]:
        """By asset: the tax collected in all and what went to fee keys, buyback and treasury, in whole tokens."""
        return {
            asset: {name: format_units(units, MAX_DECIMALS) for name, units in own.items()}
            for asset, own in sorted(self._sums.items())
        }


def tax_totals(rows: Iterable[Row]) -> dict[str, dict[str, str]]:
    """By asset: the tax collected in all and what went to fee keys, buyback and treasury, in whole tokens.

    Costs one look at every record. What lies at a destination now is its account's balance, not this.
    Raises: Corrupt for a record that cannot be read.
    """
    totals = TaxTotals()
    totals.take(rows)
    return totals.view()
