"""What holds of every book at every moment: R5, conservation and no negative balance."""

from __future__ import annotations

from collections.abc import Iterator

from holdfast.ledger.book import Book


def conservation(book: Book) -> Iterator[str]:
    """For every asset the balances of all accounts sum to its supply."""
    for asset in sorted(book.balances.keys() | book.issued.keys()):
        held, issued = sum(book.balances.get(asset, {}).values()), book.supply(asset)
        if held != issued:
            yield f"conservation: accounts hold {held} base units of {asset}, {issued} were issued"


def no_negative_balance(book: Book) -> Iterator[str]:
    """No account holds less than one base unit where it has an entry at all."""
    for asset, balances in sorted(book.balances.items()):
        for account, units in sorted(balances.items()):
            if units <= 0:
                yield f"no_negative_balance: {account} holds {units} base units of {asset}"
