"""Days for which roots of liabilities were published: each once, in the log of people, by whichever server came first.

The roots themselves are `views.liabilities`'; the log's chain keeps anybody from publishing others for the same day
later on.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from msgspec.structs import replace

from holdfast.errors import UnknownProof
from holdfast.identity.entries import LIST_LENGTH
from holdfast.identity.kept import Kept
from holdfast.identity.office import Office
from holdfast.primitives.clock import DAY, format_instant, parse_instant
from holdfast.views.liabilities import DailyRoots, as_details

MOST_MADE_UP = 31
"""Days that are made up for when no server ran."""

_LABEL: Final = b"holdfast liability proofs 1"


class ProofDay(Kept, frozen=True, tag="proof_day"):
    """What was published for a day; the id is the day, like 2026-01-31."""

    id: str
    roots: DailyRoots
    published_at: int


def day_of(second: int) -> str:
    """The UTC day of a second."""
    return format_instant(second)[:10]


def end_of(day: str) -> int:
    """The last second of a day."""
    return parse_instant(f"{day}T00:00:00Z") + DAY - 1


def due(published: Iterable[str], first: int, now: int) -> list[str]:
    """The days that are over and lack their roots, the oldest first; `first` is the second of the first record.

    It begins after the last day that has them, where none has with yesterday, and at most MOST_MADE_UP days ago.
    """
    today = parse_instant(f"{day_of(now)}T00:00:00Z")
    last = max(published, default=None)
    start = today - DAY if last is None else end_of(last) + 1
    start = max(start, today - MOST_MADE_UP * DAY, parse_instant(f"{day_of(first)}T00:00:00Z"))
    return [day_of(second) for second in range(start, today, DAY)]


def publish(office: Office, roots: DailyRoots) -> bool:
    """Put a day's roots into the log; False where some are there already, from this server or another.

    An entry's list is bounded: roots of many assets are several entries, `part` by `part`, in one transaction.
    """
    with office.write() as t:
        if t.get(ProofDay, roots.day) is not None:
            return False
        t.put(ProofDay(roots.day, roots, t.now))
        codes = list(roots.assets)
        parts = [codes[start : start + LIST_LENGTH] for start in range(0, len(codes), LIST_LENGTH)] or [[]]
        for number, part in enumerate(parts, 1):
            told: dict[str, Any] = as_details(replace(roots, assets={code: roots.assets[code] for code in part}))
            if len(parts) > 1:
                told["part"] = f"{number} of {len(parts)}"
            t.log("proof.published", by="server", about=roots.day, **told)
        return True


def of_day(office: Office, day: str) -> ProofDay:
    """What was published for a day. Raises: UnknownProof."""
    kept = office.get(ProofDay, day)
    if kept is None:
        raise UnknownProof(f"No roots were published for {day[:40]}.", day=day[:40])
    return kept


def salt_secret(secret: bytes) -> bytes:
    """What the salts of all days are made from: HKDF-SHA256(the server's secret, "holdfast liability proofs 1")."""
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=_LABEL).derive(secret)
