"""The journal record and its hash chain.

A record's body is JSON: the command as it came, and what it did or why it was refused. Amounts in postings and records
are integers of base units, as long as they need to be. Its digest is SHA-256 over the digest before it and the body,
so that no record can be changed, dropped or moved without every later digest telling.
"""

from __future__ import annotations

from hashlib import sha256
from typing import Any, NamedTuple, Union

import msgspec
from msgspec import UNSET, Struct, UnsetType

from holdfast.errors import Corrupt, HoldfastError
from holdfast.ledger.posting import Posting
from holdfast.primitives.clock import format_instant
from holdfast.protocol.arguments import Command
from holdfast.protocol.commands import COMMANDS
from holdfast.protocol.outcome import Event, Fields, Outcome
from holdfast.protocol.records import Record


class Row(NamedTuple):
    """A record as a store keeps it."""

    seq: int
    at: int
    id: str
    body: bytes
    digest: bytes


class Head(NamedTuple):
    """Where the journal ends."""

    seq: int
    digest: bytes


class Problem(Struct, frozen=True):
    """Why a command was refused."""

    code: str
    message: str
    details: dict[str, Any] = {}


class Receipt(Struct, frozen=True, gc=False, omit_defaults=True):
    """The answer to a command; `seq` and `digest` are absent where nothing was recorded."""

    id: str
    seq: int | UnsetType = UNSET
    at: str | UnsetType = UNSET
    status: str = ""
    result: Fields | UnsetType = UNSET
    events: tuple[Event, ...] | UnsetType = UNSET
    error: Problem | UnsetType = UNSET
    digest: str | UnsetType = UNSET
    replayed: bool = False


class _Entry(Struct, omit_defaults=True, gc=False):
    seq: int
    at: int
    rules: int
    command: Command
    outcome: Outcome | UnsetType = UNSET
    error: Problem | UnsetType = UNSET


class _Effects(Struct, gc=False):
    postings: tuple[Posting, ...] = ()
    records: tuple[Record, ...] = ()


class Folded(Struct, gc=False):
    """What rebuilding reads of a record."""

    seq: int
    at: int
    outcome: _Effects | UnsetType = UNSET


class _Answer(Struct):
    result: Fields = {}
    events: tuple[Event, ...] = ()


class Answered(Struct):
    """What a replay and an audit read of a record: the command, and the answer it got."""

    seq: int
    at: int
    rules: int
    command: Union[tuple(COMMANDS.values())]  # type: ignore[valid-type]  # noqa: UP007
    outcome: _Answer | UnsetType = UNSET
    error: Problem | UnsetType = UNSET


class _Full(Struct):
    command: Union[tuple(COMMANDS.values())]  # type: ignore[valid-type]  # noqa: UP007
    outcome: Outcome | UnsetType = UNSET
    error: Problem | UnsetType = UNSET


_encode = msgspec.json.Encoder().encode
_decode_folded = msgspec.json.Decoder(Folded).decode
_decode_answered = msgspec.json.Decoder(Answered).decode
_decode_full = msgspec.json.Decoder(_Full).decode


def encode_entry(seq: int, at: int, rules: int, command: Command, answer: Outcome | Problem) -> bytes:
    """The body of a record."""
    if type(answer) is Outcome:
        return _encode(_Entry(seq, at, rules, command, answer))
    return _encode(_Entry(seq, at, rules, command, UNSET, answer))  # type: ignore[arg-type]


def chained(previous: bytes, body: bytes) -> bytes:
    """The digest of a record: SHA-256(previous digest, 32 bytes || body)."""
    return sha256(previous + body).digest()


def require_bytes(row: Row) -> None:
    """What SQL touches by hand it turns into text or numbers.

    Raises: Corrupt if body or digest are not the bytes that were written.
    """
    if type(row.body) is not bytes or type(row.digest) is not bytes:
        raise Corrupt(f"record {row.seq} was changed: its body or digest is not kept as bytes")


def folded(row: Row) -> Folded:
    """A record's effects.

    Raises: Corrupt if the body is not a record of that number.
    """
    try:
        found = _decode_folded(row.body)
    except msgspec.MsgspecError as error:
        raise Corrupt(f"record {row.seq} cannot be read: {error}") from None
    if found.seq != row.seq or found.at != row.at:
        raise Corrupt(f"record {row.seq} says that it is record {found.seq} at {found.at}")
    return found


def answered(row: Row) -> Answered:
    """A record's command and answer.

    Raises: Corrupt if the body is not a record.
    """
    try:
        return _decode_answered(row.body)
    except msgspec.MsgspecError as error:
        raise Corrupt(f"record {row.seq} cannot be read: {error}") from None


def recorded_answer(row: Row) -> tuple[Command, Outcome | Problem]:
    """A record's command, and all that it did or why it was refused.

    Raises: Corrupt if the body is not a record.
    """
    try:
        found = _decode_full(row.body)
    except msgspec.MsgspecError as error:
        raise Corrupt(f"record {row.seq} cannot be read: {error}") from None
    answer = found.error if isinstance(found.outcome, UnsetType) else found.outcome
    if isinstance(answer, UnsetType):
        raise Corrupt(f"record {row.seq} has neither an outcome nor an error")
    return found.command, answer


def problem(error: HoldfastError) -> Problem:
    """An error as it is recorded and told."""
    return Problem(error.code, error.message, dict(error.details))


def receipt(row: Row, *, replayed: bool = False) -> Receipt:
    """The answer that a stored record stands for."""
    entry = answered(row)
    answer = entry.error if isinstance(entry.outcome, UnsetType) else entry.outcome
    if isinstance(answer, UnsetType):
        raise Corrupt(f"record {row.seq} has neither an outcome nor an error")
    return make_receipt(row, answer, replayed=replayed)


def make_receipt(row: Row, answer: Outcome | _Answer | Problem, *, replayed: bool = False) -> Receipt:
    """The receipt for a record and its answer."""
    at, digest = format_instant(row.at), row.digest.hex()
    if type(answer) is Problem:
        return Receipt(row.id, row.seq, at, "rejected", UNSET, UNSET, answer, digest, replayed)
    return Receipt(row.id, row.seq, at, "applied", answer.result, answer.events, UNSET, digest, replayed)  # type: ignore[union-attr]


def unrecorded(command_id: str, error: HoldfastError) -> Receipt:
    """The receipt for a command that left no record."""
    return unrecorded_problem(command_id, problem(error))


def unrecorded_problem(command_id: str, why: Problem) -> Receipt:
    """The same, from a problem."""
    return Receipt(command_id, status="rejected", error=why)
