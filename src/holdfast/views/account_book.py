"""An account's whole statement over a period with totals for each asset, reconciled with the ledger."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
from msgspec import Struct

from holdfast.engine.journal import require_bytes
from holdfast.engine.ports import JournalStore
from holdfast.errors import Corrupt, Malformed
from holdfast.ledger.chart import ISSUANCE
from holdfast.protocol.records import Asset
from holdfast.protocol.state import State
from holdfast.views.statement import Line, moves, signed, told


class AssetTotals(Struct, frozen=True):
    """One asset over a period: opening + received − sent = closing, and closing is what the ledger holds then.

    `last` is the record that made the closing balance, null where none ever touched it.
    """

    asset: str
    opening: str
    received: str
    sent: str
    closing: str
    lines: int
    last: int | None


class AccountBook(Struct, frozen=True):
    """The lines of a period, the oldest first, and the totals by asset."""

    lines: list[Line]
    totals: list[AssetTotals]


class _Sum(Struct):
    opening: int = 0
    received: int = 0
    sent: int = 0
    closing: int = 0
    lines: int = 0
    last: int | None = None


def held(state: State, account: str) -> dict[str, int]:
    """What the ledger says that an account holds, in base units; of the issuance account minus the supply."""
    if account == ISSUANCE:
        return {code: -state.book.supply(code) for code in state.assets if state.book.supply(code)}
    return state.book.holdings(account)


def account_book(
    store: JournalStore,
    assets: Mapping[str, Asset],
    account: str,
    *,
    since: int | None,
    upto: int,
    ledger: Mapping[str, int],
    most: int | None,
) -> AccountBook:
    """The statement of an account up to record `upto`, its lines from second `since` on.

    Costs one look at every record. `ledger` is `held` of the state at `upto`, which came about in another way: it must
    agree with the postings, to the last unit. `most` lines are kept at most; 0 keeps none and gives the totals alone.
    Formula: for each asset opening + received − sent = closing = ledger.
    Raises:  Corrupt where that is not so or a record cannot be read; Malformed for a period with more lines.
    """
    sums: dict[str, _Sum] = {}
    balances: dict[str, int] = {}
    lines: list[Line] = []
    name = msgspec.json.encode(account)
    for row in store.rows(0, upto):
        require_bytes(row)
        if name not in row.body:
            continue
        counts = since is None or row.at >= since
        for command, move in moves(row, account, balances):
            one = sums.setdefault(move.asset, _Sum())
            one.last, one.closing = row.seq, move.balance
            if not counts:
                one.opening = move.balance
                continue
            one.lines += 1
            one.received += move.units if move.direction in ("in", "self") else 0
            one.sent += move.units if move.direction in ("out", "self") else 0
            if most:
                if len(lines) == most:
                    raise Malformed(
                        f"There are more than {most} lines: ask for a shorter period.",
                        field="since",
                        reason="too_many_lines",
                        most=most,
                    )
                lines.append(told(row, command, move, assets[move.asset]))
    unseen = [code for code, units in ledger.items() if units and code not in sums]
    if unseen:
        raise Corrupt(f"The ledger holds {', '.join(unseen)} of {account} that no posting brought.")
    return AccountBook(lines, [_reconciled(account, assets[code], sums[code], ledger) for code in sorted(sums)])


def _reconciled(account: str, asset: Asset, one: _Sum, ledger: Mapping[str, int]) -> AssetTotals:
    stands = ledger.get(asset.id, 0)
    if one.opening + one.received - one.sent != one.closing or one.closing != stands:
        raise Corrupt(
            f"The statement of {account} does not reconcile: {one.opening} + {one.received} - {one.sent} base units of "
            f"{asset.id} are {one.opening + one.received - one.sent}, and the ledger holds {stands}."
        )
    return AssetTotals(
        asset.id, signed(asset, one.opening), asset.text(one.received), asset.text(one.sent),
        signed(asset, one.closing), one.lines, one.last,
    )  # fmt: skip
