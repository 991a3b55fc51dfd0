"""What a journal record means to those who may see it: everything to the desk's staff, to a holder what touched him."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from holdfast.engine.following import Recorded
from holdfast.engine.journal import Problem
from holdfast.ledger.posting import Posting
from holdfast.primitives.clock import format_instant
from holdfast.protocol.outcome import Event, Fields


class Activity(Struct, frozen=True):
    """A record with the accounts that it touched; amounts of postings are base units."""

    seq: int
    at: str
    id: str
    type: str
    actor: str
    status: str
    result: Fields
    events: tuple[Event, ...]
    error: Problem | None
    postings: tuple[Posting, ...]
    accounts: frozenset[str]


def activity(record: Recorded) -> Activity:
    """A record as something that happened."""
    row, command, answer = record
    kind = str(command.__struct_config__.tag)
    if isinstance(answer, Problem):
        return Activity(
            row.seq, format_instant(row.at), row.id, kind, command.actor, "rejected", {}, (), answer, (),
            frozenset((command.actor,)),
        )  # fmt: skip
    touched = {command.actor, *(p.debit for p in answer.postings), *(p.credit for p in answer.postings)}
    touched |= {owner for one in answer.records if isinstance(owner := getattr(one, "owner", None), str)}
    return Activity(
        row.seq, format_instant(row.at), row.id, kind, command.actor, "applied", answer.result, answer.events, None,
        answer.postings, frozenset(touched),
    )  # fmt: skip


def seen_by(item: Activity, accounts: frozenset[str] | None) -> dict[str, Any] | None:
    """The record as these accounts may see it, everything for None; None where it is nothing to them.

    Of somebody else's command a holder sees its type and the postings that touched him, never its events: they may
    tell of others.
    """
    told: dict[str, Any] = {"seq": item.seq, "at": item.at, "type": item.type, "status": item.status}
    if accounts is None or item.actor in accounts:
        told |= {"id": item.id, "actor": item.actor}
        if item.error:
            return told | {"error": item.error}
        return told | {"result": item.result, "events": item.events}
    if not (item.accounts & accounts):
        return None
    own = [
        {"asset": p.asset, "units": str(p.amount), "direction": "in" if p.credit in accounts else "out"}
        for p in item.postings
        if (p.debit in accounts) != (p.credit in accounts)
    ]
    return told | {"postings": own}
