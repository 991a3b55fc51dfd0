"""An account's statement: every posting that touched it, in order, with the balance after it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

import msgspec
from msgspec import UNSET, Struct, UnsetType

from holdfast.engine.genesis import Genesis
from holdfast.engine.journal import Row, folded, require_bytes
from holdfast.engine.ports import JournalStore
from holdfast.engine.rebuild import Progress
from holdfast.errors import Corrupt
from holdfast.ledger.chart import ISSUANCE
from holdfast.ledger.posting import Posting
from holdfast.primitives.clock import format_instant
from holdfast.protocol.records import Asset


class Line(Struct, frozen=True):
    """One posting from the account's side: `direction` is in, out, or self where both sides are the account."""

    seq: int
    at: str
    id: str
    type: str
    actor: str
    asset: str
    direction: str
    amount: str
    counterparty: str
    balance: str


class Query(Struct, frozen=True):
    """Which lines are wanted; `since` and `until` are seconds, both included."""

    account: str
    asset: str | None = None
    since: int | None = None
    until: int | None = None


class _Command(Struct, gc=False):
    id: str
    actor: str
    type: str


class _Outcome(Struct, gc=False):
    postings: tuple[Posting, ...] = ()


class _Entry(Struct, gc=False):
    command: _Command
    outcome: _Outcome | UnsetType = UNSET


class Place(Struct, frozen=True, array_like=True):
    """Where a statement goes on: behind record `after`, with the balances there, less `skip` lines of the next one."""

    after: int = 0
    skip: int = 0
    balances: dict[str, int] = {}


class Lines(NamedTuple):
    """A page of a statement, and where the next one begins; None at the journal's end."""

    items: list[Line]
    next: Place | None


LOOK = 100_000
"""Records that one page looks at, at most."""

_decode = msgspec.json.Decoder(_Entry).decode
_ASSET_RECORD = b'["asset",'


def statement(store: JournalStore, genesis: Genesis, query: Query, progress: Progress | None = None) -> Iterator[Line]:
    """The lines that a query asks for, read from the journal as they are needed.

    The balance is that after each line, whatever the query leaves out. Costs one look at every record, and reads those
    that name the account. The issuance account's balance is minus the supply.
    Raises:  Corrupt for a record that cannot be read.
    """
    assets = {record.id: record for record in genesis.state().assets.values()}
    balances: dict[str, int] = {}
    name = msgspec.json.encode(query.account)
    for row in store.rows():
        if progress and row.seq % 1_000 == 0:
            progress(row.seq)
        if query.until is not None and row.at > query.until:
            return
        require_bytes(row)
        body = row.body
        if _ASSET_RECORD in body:
            _learn(assets, row)
        if name in body:
            for line in _lines(row, query.account, assets, balances):
                if query.asset in (None, line.asset) and (query.since is None or row.at >= query.since):
                    yield line


def page(store: JournalStore, assets: Mapping[str, Asset], query: Query, place: Place, limit: int, upto: int) -> Lines:
    """A page of a statement, up to record `upto`: it begins where the page before ended, not at the journal's start.

    The pages one after another are the statement. Costs one look at every record passed, at most LOOK of them: then
    the page ends early. `assets` are those of any state at or after `upto`: an asset's decimals never change.
    Raises:  Corrupt for a record that cannot be read.
    """
    balances, found = dict(place.balances), list[Line]()
    name, skip, end = msgspec.json.encode(query.account), place.skip, min(upto, place.after + LOOK)
    for row in store.rows(place.after, end):
        if query.until is not None and row.at > query.until:
            return Lines(found, None)
        require_bytes(row)
        if name not in row.body:
            continue
        before, passed = dict(balances), 0
        for line in _lines(row, query.account, assets, balances):
            if query.asset in (None, line.asset) and (query.since is None or row.at >= query.since):
                passed += 1
                if passed > skip:
                    if len(found) == limit:
                        return Lines(found, Place(row.seq - 1, passed - 1, before))
                    found.append(line)
        skip = 0
    return Lines(found, Place(end, 0, balances) if end < upto else None)


def _learn(assets: dict[str, Asset], row: Row) -> None:
    effects = folded(row).outcome
    if effects:
        assets.update((record.id, record) for record in effects.records if isinstance(record, Asset))


class Move(NamedTuple):
    """One posting from the account's side, in base units; the balance is that after it."""

    asset: str
    direction: str
    units: int
    counterparty: str
    balance: int


def moves(row: Row, account: str, balances: dict[str, int]) -> Iterator[tuple[_Command, Move]]:
    """What a record moved to and from an account; `balances` are those before it, and are brought forward.

    Raises: Corrupt for a record that cannot be read, or that would overdraw the account.
    """
    try:
        entry = _decode(row.body)
    except msgspec.MsgspecError as error:
        raise Corrupt(f"record {row.seq} cannot be read: {error}") from None
    for posting in entry.outcome.postings if entry.outcome else ():
        if account not in (posting.debit, posting.credit):
            continue
        if posting.debit == posting.credit:
            direction, change, other = "self", 0, account
        elif posting.credit == account:
            direction, change, other = "in", posting.amount, posting.debit
        else:
            direction, change, other = "out", -posting.amount, posting.credit
        code = posting.asset
        balance = balances[code] = balances.get(code, 0) + change
        if balance < 0 and account != ISSUANCE:
            raise Corrupt(f"record {row.seq} would leave {account} with {balance} base units of {code}")
        yield entry.command, Move(code, direction, posting.amount, other, balance)


def told(row: Row, command: _Command, move: Move, asset: Asset) -> Line:
    """A move as a line, amounts in whole tokens."""
    return Line(
        row.seq, format_instant(row.at), command.id, command.type, command.actor, move.asset, move.direction,
        asset.text(move.units), move.counterparty, signed(asset, move.balance),
    )  # fmt: skip


def signed(asset: Asset, units: int) -> str:
    """Base units that may be below 0 in whole tokens."""
    return asset.text(units) if units >= 0 else f"-{asset.text(-units)}"


def _lines(row: Row, account: str, assets: Mapping[str, Asset], balances: dict[str, int]) -> Iterator[Line]:
    for command, move in moves(row, account, balances):
        yield told(row, command, move, assets[move.asset])
