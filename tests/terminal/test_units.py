"""The units of figures in confirmations and receipts: from the postings, and none where they leave a doubt."""

from __future__ import annotations

import re

import pytest
from browser import Desk, accessible, fits, shot
from playwright.sync_api import expect

from holdfast.entrypoints.terminal.units import is_free, unit_of


def posting(asset: str, debit: str, credit: str, amount: str = "1") -> dict[str, str]:
    return {"asset": asset, "debit": debit, "credit": credit, "amount": amount}


DEPOSIT = [posting("FLUX", "alice", "@vault:FLUX", "100"), posting("vFLUX", "@issuance", "alice", "93")]
ASKED_OUT = [posting("vFLUX", "alice", "@exits:FLUX", "93")]
STAKE = [posting("VG", "alice", "@term:VG"), posting("VG", "alice", "@fees:VG")]
CLOSED = [posting("mCSPR", "frank", "@issuance"), posting("CSPR", "@unbonding:CSPR", "frank")]
SOLD = [posting("VC", "bob", "@issuance"), posting("VG", "@buyback:VG", "bob")]
SWAP = [posting("A", "bob", "eve"), posting("B", "eve", "bob")]


@pytest.mark.parametrize(
    ("name", "postings", "unit"),
    [
        ("assets", DEPOSIT, "FLUX"),
        ("shares", DEPOSIT, "vFLUX"),
        ("assets", ASKED_OUT, ""),  # a quote in FLUX, and only vFLUX is posted
        ("shares", ASKED_OUT, ""),
        ("tax", STAKE, "VG"),
        ("total_staked", STAKE, "VG"),
        ("period_days", STAKE, ""),
        ("paid", CLOSED, "CSPR"),
        ("unreturned_debt_token", CLOSED, "mCSPR"),
        ("vc", SOLD, "VC"),
        ("paid", SOLD, "VG"),
        ("amount", SWAP, ""),
        ("amount", [], ""),
    ],
)
def test_unit_of_a_figure(name: str, postings: list[dict[str, str]], unit: str) -> None:
    assert unit_of(name, postings) == unit


def test_free__only_where_money_moves_and_nothing_of_it_is_a_fee() -> None:
    assert is_free({"assets": "100"}, DEPOSIT)
    assert not is_free({"amount": "1"}, STAKE)  # a part goes to the fees
    assert not is_free({"tax": "0"}, DEPOSIT)  # it says so itself
    assert not is_free({}, [])


def test_deposit__confirmation_and_receipt_say_what_moves_with_units(rich_desk: Desk) -> None:
    page = rich_desk("alice", "/vaults/FLUX")
    form = page.locator("form", has=page.locator("[name='f.assets']"))
    form.get_by_label("Pay in").fill("10")
    form.get_by_role("button", name="Review").click()
    asked = page.get_by_role("dialog")
    expect(asked.locator(".pair", has_text="Assets").first).to_contain_text("10 FLUX")
    expect(asked.locator(".pair", has_text="Shares").first).to_contain_text("vFLUX")
    expect(asked.locator(".pair", has_text="Fee").first).to_contain_text("none")
    expect(asked.locator("pre")).to_contain_text(re.compile(r'"id": "alice/t-[0-9a-f]{24}"'))
    sent = re.search(r'"id": "([^"]+)"', asked.locator("pre").inner_text())
    assert sent
    asked.get_by_role("button", name="Confirm").click()
    page.wait_for_url(re.compile("/receipt/"))
    expect(page).to_have_title(re.compile("^Deposit into a vault"))
    receipt = page.locator(".receipt")
    expect(receipt).to_contain_text(sent[1])
    expect(receipt.locator(".pair", has_text="Assets").first).to_contain_text("10 FLUX")
    expect(receipt.locator(".moves .pair").first).to_have_text(re.compile(r"You give → @vault:FLUX\s*−10 FLUX"))
    expect(receipt.locator(".moves .pair").nth(1)).to_contain_text("vFLUX")
    accessible(page)
    shot(page, "receipt-deposit")


def test_receipt__on_a_phone_in_russian(rich_desk: Desk) -> None:
    page = rich_desk("alice", "/vaults/FLUX", lang="ru", width=360, dark=True)
    form = page.locator("form", has=page.locator("[name='f.assets']"))
    form.locator("[name='f.assets']").fill("10")
    form.get_by_role("button", name="Проверить").click()
    page.get_by_role("dialog").get_by_role("button", name="Подтвердить").click()
    page.wait_for_url(re.compile("/receipt/"))
    expect(page.locator(".moves")).to_contain_text("Вы отдаёте")
    expect(page.locator(".receipt")).to_contain_text("Внести в хранилище")
    fits(page)
    shot(page, "receipt-deposit-ru-narrow")
