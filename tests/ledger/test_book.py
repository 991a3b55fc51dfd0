"""The book: postings move amounts, nothing is made or lost but at issuance, nothing goes below zero."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.errors import Corrupt
from holdfast.ledger import chart
from holdfast.ledger.book import Book
from holdfast.ledger.invariants import conservation, no_negative_balance
from holdfast.ledger.posting import Posting, burn, mint, nonzero


def test_post__overdrawn__corrupt() -> None:
    book = Book()
    book.post([mint("A", "x", 5)])
    with pytest.raises(Corrupt):
        book.post([Posting("A", "x", "y", 6)])


@pytest.mark.parametrize("amount", [0, -1])
def test_post__amount_not_above_zero__corrupt(amount: int) -> None:
    with pytest.raises(Corrupt):
        Book().post([mint("A", "x", amount)])


def test_post__to_oneself__changes_nothing() -> None:
    book = Book()
    book.post([mint("A", "x", 5), Posting("A", "x", "x", 5)])
    assert book.holdings("x") == {"A": 5}


def test_post__the_whole_balance__leaves_no_entry() -> None:
    book = Book()
    book.post([mint("A", "x", 5), Posting("A", "x", "y", 5)])
    assert book.balances == {"A": {"y": 5}}
    assert book.balance("A", "x") == 0
    assert book.supply("A") == 5


def test_post__mint_and_burn__move_the_supply() -> None:
    book = Book()
    book.post([mint("A", "x", 5), burn("A", "x", 2)])
    assert (book.supply("A"), book.balance("A", "x"), book.supply("B")) == (3, 3, 0)


def test_holdings__several_assets__in_order_of_code() -> None:
    book = Book()
    book.post([mint("B", "x", 1), mint("A", "x", 2), mint("C", "y", 3)])
    assert list(book.holdings("x").items()) == [("A", 2), ("B", 1)]


def test_nonzero__postings_of_nothing__are_left_out() -> None:
    assert nonzero(mint("A", "x", 0), mint("A", "x", 1)) == (mint("A", "x", 1),)


@given(
    st.lists(
        st.tuples(
            st.sampled_from("AB"),
            st.sampled_from(["x", "y", chart.ISSUANCE]),
            st.sampled_from(["x", "y", chart.ISSUANCE]),
            st.integers(1, 20),
        ),
        max_size=30,
    )
)
def test_post__any_sequence__balances_are_the_naive_sums(moves: list[tuple[str, str, str, int]]) -> None:
    book, naive = Book(), Counter[tuple[str, str]]()
    for asset, debit, credit, amount in moves:
        if debit == credit == chart.ISSUANCE or (debit != chart.ISSUANCE and naive[asset, debit] < amount):
            continue
        book.post([Posting(asset, debit, credit, amount)])
        naive[asset, debit] -= amount
        naive[asset, credit] += amount
    for asset in "AB":
        assert book.supply(asset) == -naive[asset, chart.ISSUANCE]
        for account in "xy":
            assert book.balance(asset, account) == naive[asset, account]
    assert [*conservation(book), *no_negative_balance(book)] == []


def test_invariants__books_tampered_with__named() -> None:
    book = Book()
    book.post([mint("A", "x", 5)])
    book.balances["A"]["x"] = 6
    assert [found.partition(":")[0] for found in conservation(book)] == ["conservation"]
    book.balances["A"] = {"x": 6, "y": -1}
    assert [found.partition(":")[0] for found in no_negative_balance(book)] == ["no_negative_balance"]
    book.balances["A"] = {"x": 5, "y": 0}
    assert len(list(no_negative_balance(book))) == 1


def test_chart__names_of_accounts__as_in_the_rules() -> None:
    assert [
        chart.vault("FLUX"), chart.exits("FLUX"), chart.term("VG"), chart.boosters("VC"), chart.fees("VG"),
        chart.buyback("VG"), chart.treasury("VG"), chart.reserve("CSPR"), chart.delegated("CSPR"),
        chart.unbonding("CSPR"),
    ] == [
        "@vault:FLUX", "@exits:FLUX", "@term:VG", "@boosters:VC", "@fees:VG", "@buyback:VG", "@treasury:VG",
        "@reserve:CSPR", "@delegated:CSPR", "@unbonding:CSPR",
    ]  # fmt: skip
    assert chart.is_protocol("@anything")
    assert not chart.is_protocol("a@b")
