"""The address book: two people to enter, one to take out, and a cooling time in between."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from holdfast.errors import HoldfastError
from holdfast.identity import address_book
from holdfast.identity.address_book import Address
from holdfast.primitives.clock import DAY
from offices import Place
from support import refused

BOOK = {"name": "to the book", "action": "allow", "counterparties": ["address_book"]}


def place(*rules: dict[str, Any], **settings: Any) -> Place:
    at = Place(*(rules or (BOOK,)), **settings)
    at.person("alice", "holder")
    for asset in ("FLUX", "VG"):
        at.mint(asset, "alice", "1000")
    return at


def sent(at: Place, to: str = "bob", asset: str = "FLUX") -> str:
    receipt = at.send("alice", "asset.transfer", asset=asset, to=to, amount="1")
    return receipt.error.code if receipt.error else receipt.status


def test_an_entry__counts_from_the_second_that_its_cooling_ends() -> None:
    at = place()
    address_book.add(at.office, "bob", by="olga", label="Bob's wallet")
    assert sent(at) == "policy_blocked"
    entry = address_book.confirm(at.office, "bob", by="ann")
    assert entry.usable_from == at.clock.now + DAY
    at.clock.now += DAY - 1
    assert sent(at) == "policy_blocked"
    at.clock.now += 1
    assert sent(at) == "applied"
    assert sent(at, "carol") == "policy_blocked"


def test_an_unconfirmed_entry__never_counts() -> None:
    at = place(BOOK, cooling_seconds=0)
    address_book.add(at.office, "bob", by="olga", label="Bob's wallet")
    at.clock.now += 100 * DAY
    assert sent(at) == "policy_blocked"


def test_the_cooling_time__is_that_of_the_policies() -> None:
    at = place(BOOK, cooling_seconds=0)
    address_book.add(at.office, "bob", by="olga", label="Bob's wallet")
    address_book.confirm(at.office, "bob", by="ann")
    assert sent(at) == "applied"


def test_nobody_confirms_his_own_entry() -> None:
    at = place()
    address_book.add(at.office, "bob", by="olga", label="Bob")
    refused("own_approval", lambda: address_book.confirm(at.office, "bob", by="olga"))
    entry = at.office.get(Address, "bob")
    assert entry is not None and not entry.confirmed_by


def test_an_entry__is_confirmed_once_and_as_it_was_looked_at() -> None:
    at = place()
    looked_at = address_book.add(at.office, "bob", by="olga", label="Bob").added_at
    at.clock.now += 1
    address_book.add(at.office, "bob", by="olga", label="Mallory")
    refused("conflict", lambda: address_book.confirm(at.office, "bob", by="ann", added_at=looked_at))
    address_book.confirm(at.office, "bob", by="ann", added_at=at.clock.now)
    refused("conflict", lambda: address_book.confirm(at.office, "bob", by="ben"))
    refused("unknown_address", lambda: address_book.confirm(at.office, "carol", by="ben"))


def test_changing_an_entry__begins_anew() -> None:
    at = place(BOOK, cooling_seconds=0)
    address_book.add(at.office, "bob", by="olga", label="Bob")
    address_book.confirm(at.office, "bob", by="ann")
    assert sent(at) == "applied"
    address_book.add(at.office, "bob", by="olga", label="Bob", assets=["FLUX", "VG"])
    assert sent(at) == "policy_blocked"


def test_one_person_takes_an_entry_out_at_once() -> None:
    at = place(BOOK, cooling_seconds=0)
    address_book.add(at.office, "bob", by="olga", label="Bob")
    address_book.confirm(at.office, "bob", by="ann")
    assert sent(at) == "applied"
    address_book.remove(at.office, "bob", by="olga")
    assert sent(at) == "policy_blocked"
    refused("unknown_address", lambda: address_book.remove(at.office, "bob", by="olga"))
    assert at.words()[-3:] == ["address.added", "address.confirmed", "address.removed"]


def test_an_entry__is_for_its_assets() -> None:
    at = place(BOOK, cooling_seconds=0)
    address_book.add(at.office, "bob", by="olga", label="Bob", assets=["VG"])
    address_book.confirm(at.office, "bob", by="ann")
    assert sent(at) == "policy_blocked"
    assert sent(at, asset="VG") == "applied"


@pytest.mark.parametrize(
    ("account", "fields", "field"),
    [
        ("@vault:FLUX", {}, "account"),
        ("", {}, "account"),
        ("bob", {"label": ""}, "label"),
        ("bob", {"label": "x" * 101}, "label"),
        ("bob", {"label": "a\u202eb"}, "label"),
        ("bob", {"assets": []}, "assets"),
        ("bob", {"assets": ["FL UX"]}, "assets"),
    ],
)
def test_what_does_not_fit__is_refused(account: str, fields: dict[str, Any], field: str) -> None:
    at = place()
    error = refused("malformed", lambda: address_book.add(at.office, account, by="olga", **{"label": "Bob", **fields}))
    assert error.details["field"] == field


def test_confirming_and_entering_anew_at_once__never_confirms_what_was_not_looked_at() -> None:
    for _ in range(10):
        at = place()
        looked_at = address_book.add(at.office, "bob", by="olga", label="Bob").added_at
        at.clock.now += 1

        def confirm(at: Place = at, looked_at: int = looked_at) -> None:
            try:
                address_book.confirm(at.office, "bob", by="ann", added_at=looked_at)
            except HoldfastError as error:
                assert error.code == "conflict"

        with ThreadPoolExecutor(2) as pool:
            tasks = [pool.submit(confirm), pool.submit(address_book.add, at.office, "bob", by="eve", label="Mallory")]
        for task in tasks:
            task.result()
        entry = at.office.get(Address, "bob")
        assert entry is not None
        assert (entry.label, entry.confirmed_by) == ("Mallory", "")
