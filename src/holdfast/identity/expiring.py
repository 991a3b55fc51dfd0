"""Records that end by themselves, and the clearing away of those that have ended."""

from __future__ import annotations

from holdfast.identity.attestations import UsedStatement
from holdfast.identity.kept import Kept
from holdfast.identity.office import Office
from holdfast.identity.records import ApiKey, Attempts, BootstrapLink, Invitation, Proof, Session, Used

EXPIRING: tuple[type[Kept], ...] = (ApiKey, Attempts, BootstrapLink, Invitation, Proof, Session, Used, UsedStatement)
"""Every kind with an `expires`. What has expired is refused wherever it is asked for; clearing only makes room."""

AT_ONCE = 1_000
"""Records that one transaction clears at most, so that it is short."""


def sweep(office: Office) -> int:
    """Delete records that have expired; how many. Call it about once a minute."""
    now = office.now()
    ended = [
        (kind, id)
        for kind in EXPIRING
        for id, record in office.all(kind).items()
        if record.expires <= now  # type: ignore[attr-defined]
    ][:AT_ONCE]
    if ended:
        with office.write() as t:
            for kind, id in ended:
                record = t.get(kind, id)
                if record is not None and record.expires <= t.now:  # type: ignore[attr-defined]
                    t.delete(kind, id)
    return len(ended)
