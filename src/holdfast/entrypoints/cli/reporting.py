"""Reports of contributed resources on their way to a server: one by one, each once, those that are too early later."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from holdfast.client import receipt_of
from holdfast.errors import HoldfastError
from holdfast.primitives.clock import parse_instant

if TYPE_CHECKING:
    from holdfast.client import Client

LONGEST_KEY = 60
"""Characters of an Idempotency-Key."""

_ENDS = re.compile(r" ends at (?P<end>\S+?Z);")


class Handed(NamedTuple):
    """What became of a report: its receipt, or why it waits."""

    receipt: Mapping[str, Any] | None
    waits: str = ""


def hand_over(client: Client, report: Mapping[str, Any]) -> Handed:
    """Have a report counted, unless it can be counted only later.

    It is asked first what would happen, since a refusal is recorded and uses the report's id up.
    Raises: where the server cannot be reached, or does not let us send reports at all.
    """
    fields = {name: value for name, value in report.items() if name != "id"}
    told: Mapping[str, Any] = client.commands.foresee(fields)["receipt"]
    error = told.get("error")
    why = waits(error, str(report["from"])) if error else ""
    if why:
        return Handed(None, why)
    try:
        return Handed(client.commands.send(fields, key=key_of(str(report["id"]))))
    except HoldfastError as refused:
        receipt = receipt_of(refused)
        if receipt is None:
            raise
        return Handed(receipt)


def key_of(report_id: str) -> str:
    """The Idempotency-Key of a report: its id, or where that is too long the SHA-256 of it in hex, shortened."""
    if len(report_id) <= LONGEST_KEY:
        return report_id
    return hashlib.sha256(report_id.encode()).hexdigest()[:LONGEST_KEY]


def waits(error: Mapping[str, Any], start: str) -> str:
    """Why a report that would be refused now can be counted later; empty where it never can."""
    code, reason = error["code"], error.get("details", {}).get("reason")
    if code == "unknown_resource":
        return "the resource is not registered"
    if code == "not_authorized":
        return "the attestor is not registered"
    if reason == "future":
        return "it ends ahead of the desk's clock"
    ends = _ENDS.search(str(error.get("message", ""))) if reason == "out_of_epoch" else None
    if ends and parse_instant(start) >= parse_instant(ends["end"]):
        return "its epoch has not begun; close the one before"
    return ""
