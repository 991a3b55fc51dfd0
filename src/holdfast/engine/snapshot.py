"""A state as bytes and back: what makes opening a long journal quick. Dropping a snapshot loses nothing.

Its last part seals the others with their digest: a snapshot that was changed or cut short is not used.
"""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256
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


class _Seal(Struct, tag="seal"):
    digest: str


_Part = _Position | _Balances | _Records

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(_Part | _Seal).decode


def dump(state: State) -> Iterator[bytes]:
    """The state in parts, the seal last."""
    seal = sha256()
    for part in map(_encode, _parts(state)):
        seal.update(part)
        yield part
    yield _encode(_Seal(seal.hexdigest()))


def load(genesis: Genesis, parts: Iterator[bytes]) -> State:
    """The state that `dump` wrote.

    Raises: Corrupt for parts that are not a snapshot, or not all of it, or not as they were written.
    """
    state = State(genesis.parameters, demo=genesis.demo)
    for part in _opened(parts):
        if isinstance(part, _Position):
            state.seq, state.now, state.book.issued = part.seq, part.now, part.issued
        elif isinstance(part, _Balances):
            state.book.balances.setdefault(part.asset, {}).update(part.accounts)
        else:
            for record in part.records:
                state.put(record)
    return state


def compare(state: State, parts: Iterator[bytes]) -> None:
    """Check that the parts are a snapshot of this very state, without building a second one.

    Raises: Corrupt that says where they differ.
    """
    balances, records = 0, 0
    by_type = {kind: getattr(state, name) for kind, name in TABLES.items()}
    for part in _opened(parts):
        if isinstance(part, _Position):
            if (part.seq, part.now, part.issued) != (state.seq, state.now, state.book.issued):
                raise Corrupt("its position or its supplies are not what the journal gives")
        elif isinstance(part, _Balances):
            balances += len(part.accounts)
            for account, units in part.accounts.items():
                if state.book.balance(part.asset, account) != units:
                    raise Corrupt(f"its balance of {account} in {part.asset} is not what the journal gives")
        else:
            records += len(part.records)
            for record in part.records:
                if by_type[type(record)].get(record.id) != record:
                    raise Corrupt(f"its {TABLES[type(record)]} {record.id} is not what the journal gives")
    if balances != sum(map(len, state.book.balances.values())) or records != sum(map(len, by_type.values())):
        raise Corrupt("balances or records are missing in it")


def _parts(state: State) -> Iterator[_Part]:
    yield _Position(state.seq, state.now, state.book.issued)
    for asset, balances in state.book.balances.items():
        for some in _chunks(iter(balances.items())):
            yield _Balances(asset, dict(some))
    for name in TABLES.values():
        for records in _chunks(iter(getattr(state, name).values())):
            yield _Records(records)


def _opened(parts: Iterator[bytes]) -> Iterator[_Part]:
    """The parts read one after another; the seal is checked at the end."""
    seal, kept = sha256(), None
    for part in parts:
        try:
            read = _decode(part)
        except msgspec.MsgspecError as error:
            raise Corrupt(f"a snapshot cannot be read: {error}") from None
        if isinstance(read, _Seal):
            kept = read.digest
            break
        seal.update(part)
        yield read
    if kept != seal.hexdigest():
        raise Corrupt("a snapshot was changed or cut short: it does not match its seal")


def _chunks(items: Iterator[Any]) -> Iterator[list[Any]]:
    while some := list(islice(items, PART_SIZE)):
        yield some
