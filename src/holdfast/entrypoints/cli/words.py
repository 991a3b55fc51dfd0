"""Receipts and their parts in words: instants to the minute, basis points as percentages, nothing unprintable."""

from __future__ import annotations

import re
from typing import Any

from msgspec import UNSET

from holdfast.engine.journal import Receipt

_instant = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ").fullmatch


class Told:
    """A receipt and what it answers."""

    __slots__ = ("actor", "kind", "receipt")

    def __init__(self, receipt: Receipt, kind: str = "", actor: str = "") -> None:
        self.receipt, self.kind, self.actor = receipt, kind, actor


def status(receipt: Receipt) -> str:
    """`applied`, `rejected`, or `replayed` for an answer given before."""
    return "replayed" if receipt.replayed else receipt.status


def happened(told: Told) -> str:
    """What the command produced, or why it was refused."""
    receipt = told.receipt
    if receipt.error is not UNSET and receipt.error:
        return f"{receipt.error.code}: {receipt.error.message}"
    result, events = receipt.result or {}, receipt.events or ()
    if len(result) < 2 and events:
        result = {name: value for name, value in events[0].items() if name != "type"} | result
    said = facts({name: value for name, value in result.items() if name != "actor"})
    return f"{told.actor}: {said}" if told.actor and said else said or told.actor


def facts(fields: dict[str, Any]) -> str:
    """Fields as words: `shares 1000, period days 46`."""
    told = {name: value for name, value in fields.items() if value is not None and value != {}}
    return ", ".join(_fact(name, value) for name, value in told.items())


def _fact(name: str, value: Any) -> str:
    if name.endswith("_bps") and isinstance(value, int):
        return f"{name.removesuffix('_bps').replace('_', ' ')} {percent(value)}"
    return f"{name.replace('_', ' ')} {plain(value)}"


def plain(value: Any) -> str:
    """A JSON value without JSON's signs."""
    if value is True or value is False:
        return "yes" if value else "no"
    if isinstance(value, dict):
        return "(" + facts(value) + ")"
    if isinstance(value, list | tuple):
        return " ".join(plain(item) for item in value)
    return minute(str(value))


def percent(bps: int) -> str:
    """Basis points as a percentage: 8000 -> 80%, 6667 -> 66.67%."""
    fraction = f".{bps % 100:02}".rstrip("0").rstrip(".")
    return f"{bps // 100}{fraction}%"


def minute(instant: str) -> str:
    """An instant to the minute, as tables show it; text that is none as it is."""
    return f"{instant[:10]} {instant[11:16]}" if _instant(instant) else instant


def visible(text: str) -> str:
    """Text without control characters, which could move a terminal's cursor or turn its direction."""
    return "".join(c if c.isprintable() else "�" for c in text)


def short(name: str, width: int) -> str:
    """A name in at most `width` characters: beginning and end, where keys differ."""
    half = (width - 1) // 2
    return name if len(name) <= width else f"{name[: width - 1 - half]}…{name[-half:]}"
