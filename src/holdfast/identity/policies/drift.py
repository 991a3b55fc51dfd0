"""What people approve is an outcome: what they were shown, and whether what would happen now is still that.

Figures of the result may move by the proposal's tolerance. Everything else must be the same, but for what any delay
changes: instants that lie the same time after their moment, and the names of what the command itself makes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from fractions import Fraction
from typing import Any, Literal

import msgspec
from msgspec import Struct

from holdfast.identity.policies.facts import Facts
from holdfast.primitives.clock import parse_instant
from holdfast.primitives.fixed_point import BPS
from holdfast.protocol.outcome import Event, Outcome
from holdfast.protocol.state import State

_FIGURE = re.compile(r"\A-?(0|[1-9][0-9]*)(\.[0-9]+)?\Z").match
_INSTANT = re.compile(r"\A[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z\Z").match

BACKGROUND = {"term.stake": ("total_staked",)}
"""Figures of results that tell of the whole desk and not of the command: they are shown and not compared."""


class Preview(Struct, frozen=True):
    """What a command would do at one moment, as it is shown to approvers.

    `seq` and `digest` are the journal record it was worked out at, `parties` all accounts of people that it names,
    debits or credits, the actor's first; `made` the names of what it would make.
    """

    at: int
    seq: int
    digest: str
    result: dict[str, Any]
    events: tuple[Event, ...]
    parties: tuple[str, ...]
    made: tuple[str, ...] = ()


def preview(state: State, found: Facts, outcome: Outcome, at: int, digest: bytes) -> Preview:
    """The preview of an outcome at this state."""
    tables = state.tables().values()
    names = (record.id for record in outcome.records)
    made = tuple(name for name in names if not any(name in table for table in tables))
    parties = (found.actor, *found.counterparties)
    return Preview(at, state.seq, digest.hex(), outcome.result, outcome.events, parties, made)


def differences(kind: str, then: Preview, now: Preview, tolerance_bps: int) -> list[str]:
    """What has changed beyond the tolerance, in words; nothing where the approval still fits.

    Formula: a figure a may become b while |b − a| · 10,000 <= |a| · tolerance_bps
    """
    changed = list(_compare("", then.result, now.result, then, now, tolerance_bps, BACKGROUND.get(kind, ())))
    new = [account for account in now.parties if account not in then.parties]
    gone = [account for account in then.parties if account not in now.parties]
    changed += [f"{account} is concerned now" for account in new[:3]]
    changed += [f"{account} is no longer concerned" for account in gone[:3]]
    return changed


class Compared(Struct, frozen=True):
    """One figure of the result, as it was shown and as it would be now; null where it is not there.

    `standing`: the same, moved within the tolerance, moved beyond it, or shown and not compared.
    """

    name: str
    then: str | None
    now: str | None
    standing: Literal["same", "within", "beyond", "apart"]


def compared(kind: str, then: Preview, now: Preview, tolerance_bps: int) -> list[Compared]:
    """Every figure of two results beside each other, in the order of the first."""
    before, after = dict(_flat("", then.result)), dict(_flat("", now.result))
    apart, found = BACKGROUND.get(kind, ()), []
    for name in {**before, **after}:
        a, b = before.get(name), after.get(name)
        standing: Literal["same", "within", "beyond", "apart"] = "beyond"
        if a == b:
            standing = "same"
        elif name in apart:
            standing = "apart"
        elif a is not None and b is not None and _alike(a, b, then, now, tolerance_bps):
            standing = "within"
        found.append(Compared(name, a, b, standing))
    return found


def _flat(where: str, value: Any) -> Iterator[tuple[str, str]]:
    """The leaves of a result by their path, as text."""
    if isinstance(value, dict):
        for key, part in value.items():
            yield from _flat(f"{where}.{key}" if where else key, part)
    elif isinstance(value, list | tuple):
        for number, part in enumerate(value):
            yield from _flat(f"{where}[{number}]", part)
    else:
        yield where, value if isinstance(value, str) else msgspec.json.encode(value).decode()


def _compare(
    where: str, a: Any, b: Any, then: Preview, now: Preview, tolerance: int, skipped: tuple[str, ...] = ()
) -> Iterator[str]:
    if isinstance(a, dict) and isinstance(b, dict) and a.keys() == b.keys():
        for key in a:
            if key not in skipped:
                yield from _compare(f"{where}.{key}" if where else key, a[key], b[key], then, now, tolerance)
    elif isinstance(a, list | tuple) and isinstance(b, list | tuple) and len(a) == len(b):
        for number, (one, other) in enumerate(zip(a, b, strict=True)):
            yield from _compare(f"{where}[{number}]", one, other, then, now, tolerance)
    elif not (a == b or (isinstance(a, str) and isinstance(b, str) and _alike(a, b, then, now, tolerance))):
        yield f"{where or 'the result'} was {a}, is {b}"


def _alike(a: str, b: str, then: Preview, now: Preview, tolerance: int) -> bool:
    if a in then.made and b in now.made:
        return True
    if _FIGURE(a) and _FIGURE(b):
        before, after = Fraction(a), Fraction(b)
        return abs(after - before) * BPS <= abs(before) * tolerance
    if _INSTANT(a) and _INSTANT(b):
        return parse_instant(a) - then.at == parse_instant(b) - now.at
    return False
