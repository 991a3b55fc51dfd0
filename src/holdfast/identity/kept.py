"""The shape of what the office keeps: one frozen struct per kind, JSON in the store."""

from __future__ import annotations

from typing import TypeVar

import msgspec
from msgspec import Struct

from holdfast.errors import Corrupt, Malformed
from holdfast.store.documents import Document
from holdfast.wire.struct_kinds import json_reader

ID_LENGTH = 200
"""Characters of an id at most."""


class Kept(Struct, frozen=True, tag_field="kind", forbid_unknown_fields=True):
    """Base of all records: `class Person(Kept, frozen=True, tag="person")`; `id` is the key within the kind.

    A kind grows by fields that have a default. A program that meets a field it does not know reads nothing of the
    kind: what it does not understand may be what takes a right away.
    """

    id: str


T = TypeVar("T", bound=Kept)

_encode = msgspec.json.Encoder().encode


def tag_of(kind: type[Kept]) -> str:
    """The word that stands for a kind in the store and in what watchers are told."""
    return str(kind.__struct_config__.tag)


def document(record: Kept, version: int) -> Document:
    """A record as the store keeps it.

    Raises: Malformed for an id that not every store can keep.
    """
    return Document(tag_of(type(record)), require_id(record.id), _encode(record), version)


def require_id(text: str) -> str:
    """The id, if it is 1 to 200 printable characters. Raises: Malformed."""
    if not 0 < len(text) <= ID_LENGTH or not text.isprintable():
        raise Malformed(f"An id has 1 to {ID_LENGTH} printable characters.", field="id")
    return text


def decoded(kind: type[T], record_id: str, body: bytes) -> T:
    """A record of the store.

    Raises: Corrupt where the body is not a record of this kind and id.
    """
    try:
        record = json_reader(kind)(body)
    except msgspec.MsgspecError as error:
        raise Corrupt(
            f"the {tag_of(kind)} {record_id!r} cannot be read ({error}): was it written by a newer Holdfast?"
        ) from None
    if record.id != record_id:
        raise Corrupt(f"the {tag_of(kind)} kept as {record_id!r} says that it is {record.id!r}")
    return record
