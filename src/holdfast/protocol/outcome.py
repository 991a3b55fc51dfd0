"""What a rule answers: the postings and records that change the desk, and what is told of them."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from holdfast.ledger.posting import Posting
from holdfast.protocol.records import Record

Event = dict[str, Any]
"""What happened, in the past tense: `type`, and fields as text (amounts, instants) or whole numbers."""

Fields = dict[str, Any]


class Outcome(Struct, frozen=True, gc=False, omit_defaults=True):
    """All effects of one applied command. Folding the postings and records of all outcomes gives the state."""

    postings: tuple[Posting, ...] = ()
    records: tuple[Record, ...] = ()
    events: tuple[Event, ...] = ()
    result: Fields = {}
