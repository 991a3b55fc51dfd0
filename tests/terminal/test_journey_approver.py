"""An approver's day: an operator proposes two payments; one is refused, the other approved, then carried out."""

from __future__ import annotations

import re

from browser import Desk, accessible, fits, shot
from playwright.sync_api import Page, expect
from signing import App

from serving import House
from signed_requests import Signer

RULES = {
    "rules": [
        {"name": "roles decide", "action": "allow"},
        {"name": "payments above 1,000", "action": "require_approvals", "commands": ["asset.transfer"],
         "accounts": ["operator"], "per_command": {"above": "1000"}, "approvals": [{"group": "approvers", "count": 1}]},
    ],
}  # fmt: skip


def prepared(house: House) -> None:
    house.do("asset.mint", "operator", asset="FLUX", to="operator", amount="10000")
    olga = Signer(house, "olga")
    olga("PUT", "/v1/groups/approvers", {"members": ["paul"]})
    assert olga("PUT", "/v1/policies", {"policies": RULES, "expected": 1}).status_code == 200


def pay(page: Page, app: App, to: str, amount: str, note: str) -> str:
    """Fill a payment in, and propose it where the confirmation says that it needs approval: with a factor, as it
    would be sent."""
    page.goto("/commands")
    page.get_by_role("link", name="Transfer", exact=True).click()
    page.get_by_label("Acting account").select_option("operator")
    page.get_by_label("Asset").fill("FLUX")
    page.get_by_label("To", exact=True).fill(to)
    page.get_by_label("Amount").fill(amount)
    page.get_by_role("button", name="Review").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("The policies ask for approval: 1 of approvers")
    accessible(page)
    dialog.get_by_label("Note for the approvers").fill(note)
    dialog.get_by_label("authenticator app").fill(app.code())
    dialog.get_by_role("button", name="Propose").click()
    page.wait_for_url(re.compile("/approvals/[0-9a-f]{10}$"))
    return page.url.rpartition("/")[2]


def status(house: House, proposal: str) -> str:
    return str(house.of("anna").get(f"/v1/proposals/{proposal}").json()["status"])


def test_journey_of_an_approver(desk: Desk, house: House) -> None:
    prepared(house)
    his, hers = App(house, "paul"), App(house, "olga")
    olga = desk("olga", "/")
    wrong = pay(olga, hers, "bob", "4,000", "to Bob, for July")
    right = pay(olga, hers, "alice", "2500.5", "to Alice, for July")
    expect(olga.locator(".why-not")).to_have_text("You have proposed this: others approve it.")
    assert house.state.book.balance("FLUX", "alice") == 0, "nothing happens before it is approved"

    paul = desk("paul", "/approvals")
    expect(paul.locator("#waiting tbody tr")).to_have_count(2)
    paul.locator("#waiting tr", has_text="bob").get_by_role("link").click()
    paul.get_by_text("Refuse …").click()
    paul.get_by_label("Reason").fill("Bob is paid by the other desk")
    paul.get_by_role("button", name="Refuse", exact=True).click()
    paul.get_by_role("dialog").get_by_role("button", name="Confirm", exact=True).click()
    expect(paul.locator("#proposal-state")).to_contain_text("Bob is paid by the other desk")
    assert status(house, wrong) == "rejected"

    paul.goto("/approvals")
    paul.locator("#waiting tr", has_text="alice").get_by_role("link").click()
    expect(paul.locator("#command")).to_contain_text("2,500.5")
    expect(paul.locator("[data-hash-check]")).to_contain_text("Your browser has reckoned")
    paul.get_by_role("button", name="Approve", exact=True).click()
    dialog = paul.get_by_role("dialog")
    accessible(paul)
    shot(paul, "journey-approver-confirm")
    dialog.get_by_label("authenticator app").fill(his.code())
    dialog.get_by_role("button", name="Confirm", exact=True).click()
    expect(paul.locator("#said")).to_contain_text("Approved.")
    assert status(house, right) == "approved"

    phone = desk("olga", "/approvals", lang="ru", width=360)
    phone.locator("#waiting").get_by_role("link", name="Перевод").click()
    fits(phone)
    phone.get_by_role("button", name="Исполнить").click()
    phone.get_by_role("dialog").locator("[name=code]").fill(hers.code())
    phone.get_by_role("dialog").get_by_role("button", name="Подтвердить", exact=True).click()
    expect(phone.locator("#said")).to_contain_text("Исполнено")
    assert status(house, right) == "executed"
    book = house.state.book
    assert (book.balance("FLUX", "alice"), book.balance("FLUX", "bob")) == (2500_50000000, 0)
    assert book.balance("FLUX", "operator") == 7499_50000000
    phone.goto("/approvals?box=over")
    expect(phone.locator("#listed tr")).to_have_count(3)
    shot(phone, "journey-approver-over-ru-360")
