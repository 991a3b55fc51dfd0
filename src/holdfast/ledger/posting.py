"""A posting: one amount of one asset that moves from one account to another."""

from __future__ import annotations

import msgspec

from holdfast.ledger.chart import ISSUANCE


class Posting(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """`amount` base units of `asset` leave `debit` and reach `credit`; it sums to zero by its shape."""

    asset: str
    debit: str
    credit: str
    amount: int


def mint(asset: str, to: str, amount: int) -> Posting:
    """New units: debit issuance, credit `to`."""
    return Posting(asset, ISSUANCE, to, amount)


def burn(asset: str, source: str, amount: int) -> Posting:
    """Units that cease to exist: debit `source`, credit issuance."""
    return Posting(asset, source, ISSUANCE, amount)


def nonzero(*postings: Posting) -> tuple[Posting, ...]:
    """The postings that move something, in their order."""
    for posting in postings:
        if not posting.amount:
            return tuple([p for p in postings if p.amount])
    return postings
