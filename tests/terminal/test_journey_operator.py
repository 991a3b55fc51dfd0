"""An operator sets a desk up from the link that the server prints: second factor, people, policies, a vault, a mint."""

from __future__ import annotations

import re

from browser import Desk, accessible, fits, shot
from playwright.sync_api import Page, expect
from signing import PASSWORD, shown
from test_sign_in_pages import first_operator, nobody

from serving import House
from signed_requests import Signer


class Operator:
    """Somebody who has just become the first operator, at his browser, with his app."""

    def __init__(self, desk: Desk, house: House) -> None:
        self.house = house
        self.page: Page = desk.window().context.new_page()
        self.secret = ""
        first_operator(desk, self.page)

    def enrol(self) -> None:
        """Choose a password and set an app up."""
        page = self.page
        page.get_by_label("Name to sign in with").fill("ola")
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Go on").click()
        page.get_by_role("button", name="Use an authenticator app").click()
        self.secret = page.locator("code[data-copy]").inner_text()
        page.get_by_label("Code that the app shows").fill(shown(self.secret, self.house))
        page.get_by_role("button", name="Go on").click()
        page.get_by_role("link", name="I have kept them").click()
        expect(page.get_by_role("heading", level=1)).to_be_visible()

    def code(self) -> str:
        """A code that was not used yet."""
        self.house.later(30)
        return shown(self.secret, self.house)

    def confirm(self) -> None:
        """Confirm what the dialog shows, by the app where it asks."""
        dialog = self.page.get_by_role("dialog")
        dialog.get_by_role("button", name="Confirm", exact=True).wait_for()
        accessible(self.page)
        if (field := dialog.get_by_label("authenticator app")).count():
            field.fill(self.code())
        dialog.get_by_role("button", name="Confirm", exact=True).click()


def test_journey_of_an_operator(desk: Desk, house: House) -> None:
    nobody(house)
    ola = Operator(desk, house)
    ola.enrol()
    page = ola.page
    assert house.state.seq == 0, "people are of the office; the desk has seen nothing yet"
    _people(ola, desk)
    _group_and_policies(ola)
    page.goto("/commands")
    page.get_by_role("link", name="Create a vault", exact=True).click()
    page.get_by_label("Asset").fill("FLUX")
    page.get_by_role("button", name="Review").click()
    ola.confirm()
    page.wait_for_url(re.compile("/receipt/"))
    page.goto("/commands")
    page.get_by_role("link", name="Issue units of an asset", exact=True).click()
    page.get_by_label("Asset").fill("FLUX")
    page.get_by_label("To", exact=True).fill("petra")
    page.get_by_label("Amount").fill("250,000")
    page.get_by_role("button", name="Review").click()
    expect(page.get_by_role("dialog")).to_contain_text("250,000")
    ola.confirm()
    page.wait_for_url(re.compile("/receipt/"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Done")
    accessible(page)
    fits(page)
    shot(page, "journey-operator-mint")
    assert house.state.book.balance("FLUX", "petra") == 250_000 * 10**8
    assert "FLUX" in house.state.vaults


def _people(ola: Operator, desk: Desk) -> None:
    """An approver is let in by a link, and sets herself up at her own browser."""
    grants = [{"role": "approver"}]
    made = Signer(ola.house, "ola")("POST", "/v1/people", {"name": "petra", "title": "Petra P.", "grants": grants})
    assert made.status_code == 201, made.text
    page = desk.window(lang="ru", width=360).context.new_page()
    page.goto(f"/invitation#{made.json()['token']}")
    page.get_by_label("Пароль").fill("quiet harbour lantern")
    page.get_by_role("button", name="Дальше").click()
    page.get_by_role("button", name="Приложение с кодами").click()
    secret = page.locator("code[data-copy]").inner_text()
    page.get_by_label("Код").fill(shown(secret, ola.house))
    page.get_by_role("button", name="Дальше").click()
    page.locator(".codes li").first.wait_for()
    fits(page)


def _group_and_policies(ola: Operator) -> None:
    """A group of approvers, and four eyes over whatever is large."""
    page = ola.page
    page.goto("/policies/groups")
    page.get_by_role("link", name="Add a group").first.click()
    page.get_by_label("Name", exact=True).fill("approvers")
    page.get_by_label("petra").check()
    page.get_by_role("button", name="Review").click()
    ola.confirm()
    expect(page.get_by_role("dialog")).to_contain_text("approvers is now: petra")
    page.goto("/policies")
    page.get_by_role("link", name="Start from “Four eyes”").click()
    page.get_by_role("button", name="Remove: governance").click()
    expect(page.get_by_role("button", name="Remove: governance")).to_have_count(0)
    page.get_by_role("button", name="Review and put in force").click()
    expect(page.get_by_role("dialog").locator("li.added")).to_have_count(2)
    ola.confirm()
    expect(page.get_by_role("dialog")).to_contain_text("Version 2 is in force")
    shot(page, "journey-operator-policies")
    page.get_by_role("dialog").get_by_role("link", name="Go on").click()
    page.wait_for_url("**/policies")
