"""Balances of all accounts, changed by postings alone."""

from __future__ import annotations

from collections.abc import Iterable

from holdfast.errors import Corrupt
from holdfast.ledger.chart import ISSUANCE
from holdfast.ledger.posting import Posting

NOTHING: dict[str, int] = {}


class Book:
    """Balances by asset and account in base units; an account without a balance has no entry.

    The issuance account is kept with its sign turned, as the supply.
    """

    __slots__ = ("balances", "issued")

    def __init__(self) -> None:
        self.balances: dict[str, dict[str, int]] = {}
        self.issued: dict[str, int] = {}

    def branch(self) -> Book:
        """A book that begins with the same balances and goes its own way."""
        other = Book()
        other.balances = {asset: accounts.copy() for asset, accounts in self.balances.items()}
        other.issued = self.issued.copy()
        return other

    def balance(self, asset: str, account: str) -> int:
        """Base units of `asset` that `account` holds."""
        return self.balances.get(asset, NOTHING).get(account, 0)

    def supply(self, asset: str) -> int:
        """Base units of `asset` that exist."""
        return self.issued.get(asset, 0)

    def post(self, postings: Iterable[Posting]) -> None:
        """Carry out postings in their order.

        Raises: Corrupt where an account would fall below zero. The rules check that before; this is the last line.
        """
        for posting in postings:
            asset, amount = posting.asset, posting.amount
            if amount <= 0:
                raise Corrupt(f"a posting of {amount} {asset}")
            balances = self.balances.get(asset)
            if balances is None:
                balances = self.balances[asset] = {}
            if posting.debit == ISSUANCE:
                self.issued[asset] = self.issued.get(asset, 0) + amount
            else:
                left = balances.get(posting.debit, 0) - amount
                if left > 0:
                    balances[posting.debit] = left
                elif left == 0:
                    del balances[posting.debit]
                else:
                    raise Corrupt(f"{posting.debit} would hold {left} base units of {asset}")
            if posting.credit == ISSUANCE:
                self.issued[asset] = self.issued.get(asset, 0) - amount
            else:
                balances[posting.credit] = balances.get(posting.credit, 0) + amount

    def holdings(self, account: str) -> dict[str, int]:
        """All that one account holds: asset -> base units, assets in order of their code."""
        return {asset: units[account] for asset, units in sorted(self.balances.items()) if account in units}
