"""A state as bytes and back: what makes opening a long journal quick. Dropping a snapshot loses nothing."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any

import msgspec
from msgspec import Struct

from holdfast.engine.genesis import Genesis
from holdfast.errors import Corrupt
from holdfast.protocol.records import Record
from holdfast.protocol.state import TABLES, State

PART_SIZE = 50_000
"""Balances or records in one part: some megabytes."""


class _Position(Struct, tag="position"):
    seq: int
    now: int
    issued: dict[str, int]


class _Balances(Struct, tag="balances"):
    asset: str
    accounts: dict[str, int]


class _Records(Struct, tag="records"):
    records: list[Record]


_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(_Position | _Balances | _Records).decode


def dump(state: State) -> Iterator[bytes]:
    """The state in parts."""
    yield _encode(_Position(state.seq, state.now, state.book.issued))
    for asset, balances in state.book.balances.items():
        for some in _chunks(iter(balances.items())):
            yield _encode(_Balances(asset, dict(some)))
    for name in TABLES.values():
        for records in _chunks(iter(getattr(state, name).values())):
            yield _encode(_Records(records))


def load(genesis: Genesis, parts: Iterator[bytes]) -> State:
    """The state that `dump` wrote.

    Raises: Corrupt for parts that are not a snapshot.
    """
    state = State(genesis.parameters, demo=genesis.demo)
    try:
        for part in map(_decode, parts):
            if isinstance(part, _Position):
                state.seq, state.now, state.book.issued = part.seq, part.now, part.issued
            elif isinstance(part, _Balances):
                state.book.balances.setdefault(part.asset, {}).update(part.accounts)
            else:
                for record in part.records:
                    state.put(record)
    except msgspec.MsgspecError as error:
        raise Corrupt(f"a snapshot cannot be read: {error}") from None
    return state


def _chunks(items: Iterator[Any]) -> Iterator[list[Any]]:
    while some := list(islice(items, PART_SIZE)):
        yield some
