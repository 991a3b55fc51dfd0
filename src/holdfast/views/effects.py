"""What an outcome would change: balances before and after, account by account."""

from __future__ import annotations

from msgspec import Struct

from holdfast.ledger.chart import ISSUANCE
from holdfast.protocol.outcome import Outcome
from holdfast.protocol.state import State


class Change(Struct, frozen=True):
    """An account's balance in one asset, in whole tokens."""

    account: str
    asset: str
    before: str
    after: str


class Moved(Struct, frozen=True):
    """One posting, in whole tokens."""

    asset: str
    debit: str
    credit: str
    amount: str


class Effects(Struct, frozen=True):
    """Every balance that changes, in the order in which the postings touch them, and the postings."""

    balances: list[Change]
    postings: list[Moved]


def effects(state: State, outcome: Outcome) -> Effects:
    """What `outcome` would change at this state.

    Units: text in whole tokens; the issuance account is left out of the balances, its postings are mints and burns.
    """
    changes: dict[tuple[str, str], int] = {}
    postings: list[Moved] = []
    for posting in outcome.postings:
        for account, sign in ((posting.debit, -1), (posting.credit, 1)):
            key = (account, posting.asset)
            changes[key] = changes.get(key, 0) + sign * posting.amount
        postings.append(
            Moved(posting.asset, posting.debit, posting.credit, _text(state, posting.asset, posting.amount))
        )
    balances = [
        Change(account, asset, _text(state, asset, held), _text(state, asset, held + change))
        for (account, asset), change in changes.items()
        if account != ISSUANCE and change
        for held in (state.book.balance(asset, account),)
    ]
    return Effects(balances, postings)


def _text(state: State, asset: str, units: int) -> str:
    """Whole tokens; an asset that the outcome itself makes is shown in base units."""
    known = state.assets.get(asset)
    return known.text(units) if known else str(units)
