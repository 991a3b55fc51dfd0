"""The journal's records, explained: one line each in a list, or one in full with everything that a number rests on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import msgspec

from holdfast.engine import genesis
from holdfast.engine.journal import Problem, Row, recorded_answer
from holdfast.engine.ports import JournalStore
from holdfast.errors import UnknownRecord
from holdfast.primitives.clock import format_instant
from holdfast.protocol.outcome import Outcome
from holdfast.protocol.records import Asset, Record
from holdfast.protocol.state import TABLES, State

View = dict[str, Any]

LOOK = 50_000
"""Records that one page looks at, at most."""

LARGEST = 2**53 - 1
"""The largest integer that every program reads in JSON; a larger one is written as text."""


class Wanted(NamedTuple):
    """Which records a list shows; empty is any."""

    type: str = ""
    actor: str = ""

    def may_be(self, body: bytes) -> bool:
        """Whether a record can be wanted, from its bytes alone."""
        return all(msgspec.json.encode(text) in body for text in self if text)


class Lines(NamedTuple):
    """Some records, and the one behind which the list goes on; None at the journal's end."""

    items: list[View]
    next: int | None


def lines(store: JournalStore, wanted: Wanted, after: int, limit: int, upto: int) -> Lines:
    """Records behind `after` that are wanted, up to record `upto`.

    Costs one look at every record passed, at most LOOK of them: then the list goes on behind the last one.
    """
    found: list[View] = []
    for row in store.rows(after, min(upto, after + LOOK)):
        if wanted.may_be(row.body):
            item = line(row)
            if wanted.type in ("", item["type"]) and wanted.actor in ("", item["actor"]):
                found.append(item)
                if len(found) == limit:
                    return Lines(found, row.seq if row.seq < upto else None)
    end = min(upto, after + LOOK)
    return Lines(found, end if end < upto else None)


def line(row: Row) -> View:
    """A record in a list: command, answer, digest."""
    command, answer = recorded_answer(row)
    told: View = {
        "seq": row.seq,
        "at": format_instant(row.at),
        "id": row.id,
        "type": str(command.__struct_config__.tag),
        "actor": command.actor,
        "status": "rejected" if isinstance(answer, Problem) else "applied",
        "digest": row.digest.hex(),
    }
    if isinstance(answer, Problem):
        return told | {"error": answer}
    return told | {"result": answer.result, "events": answer.events}


def record(store: JournalStore, assets: Mapping[str, Asset], seq: int) -> View:
    """A record in full: the command, what it did to balances and records, and its place in the chain.

    Shape: `digest` is SHA-256(`previous` ‖ `body`), both given: whoever has them needs no trust in this answer.
    Units: postings in whole tokens; amounts inside of `records` are base units, text where they pass 2^53 − 1.
    Raises: UnknownRecord.
    """
    if not 0 < seq <= store.head().seq:
        raise UnknownRecord(f"There is no record {seq}.", seq=seq)
    row = store.row(seq)
    command, answer = recorded_answer(row)
    before = store.row(seq - 1).digest if seq > 1 else genesis.root(store.genesis() or b"")
    told = line(row) | {
        "command": msgspec.to_builtins(command),
        "rules": msgspec.json.decode(row.body)["rules"],
        "previous": before.hex(),
        "body": row.body.decode(),
        "postings": [],
        "records": [],
    }
    if isinstance(answer, Outcome):
        told["postings"] = [
            {"asset": p.asset, "debit": p.debit, "credit": p.credit, "amount": _text(assets, p.asset, p.amount)}
            for p in answer.postings
        ]
        told["records"] = [explained(one) for one in answer.records]
    return told


def explained(one: Record) -> View:
    """A record of the desk with its fields by name; `record` says which it is: some have a `kind` of their own."""
    fields = {name: _readable(getattr(one, name)) for name in one.__struct_fields__}
    return {"record": str(one.__struct_config__.tag), **fields}


def _readable(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_readable(part) for part in value]
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) > LARGEST:
        return str(value)
    return value


def _text(assets: Mapping[str, Asset], asset: str, units: int) -> str:
    known = assets.get(asset)
    return known.text(units) if known else str(units)


def before(state: State, store: JournalStore, seq: int) -> list[View | None]:
    """The records that a record changed as they stood in the state before it, in the same order; None for new ones.

    Raises: UnknownRecord.
    """
    if not 0 < seq <= store.head().seq:
        raise UnknownRecord(f"There is no record {seq}.", seq=seq)
    _, answer = recorded_answer(store.row(seq))
    if not isinstance(answer, Outcome):
        return []
    tables = state.tables()
    found = [tables[TABLES[type(one)]].get(one.id) for one in answer.records]
    return [None if one is None else explained(one) for one in found]


def seen_record(store: JournalStore, assets: Mapping[str, Asset], seq: int, account: str) -> View:
    """A record as an account may see it: its own command with all postings, of another's the postings at it.

    The digest is told of its own alone: with the digest of another's command its amounts could be guessed.
    Raises: UnknownRecord, also for one that did not touch the account.
    """
    whole = record(store, assets, seq)
    kept = ("seq", "at", "id", "type", "actor", "status")
    seen = {name: whole[name] for name in kept}
    if whole["actor"] == account:
        own = ("command", "postings", "result", "events", "error", "digest", "previous")
        return seen | {name: whole[name] for name in own if name in whole}
    postings = [one for one in whole["postings"] if account in (one["debit"], one["credit"])]
    if not postings:
        raise UnknownRecord(f"Record {seq} did not touch {account}.", seq=seq)
    return seen | {"postings": postings}
