"""An operator sets a desk up from the link that the server prints, all of it in the browser: second factor, people,
an API key for a program, a webhook, policies, a vault, a mint; and the record of the mint arrives where it is sent."""

from __future__ import annotations

import json
import re
import time
from typing import Any

import pytest
from browser import Desk, accessible, fits, shot
from playwright.sync_api import Page, expect
from signing import PASSWORD, shown
from test_sign_in_pages import first_operator, nobody

from holdfast.identity import webhook_signatures
from holdfast.identity.records import Person
from receiving import Receiver
from serving import House


@pytest.fixture
def house_settings() -> dict[str, Any]:
    """Webhooks may stay in the own network, where the receiver is."""
    return {"webhooks_to_private": True}


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

    def follow(self, name: str) -> None:
        """Go on by a link, and begin once the page is there with its scripts: before, forms lead to pages."""
        with self.page.expect_navigation(wait_until="load"):
            self.page.get_by_role("link", name=name, exact=True).click()

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


def test_journey_of_an_operator(desk: Desk, house: House, receiver: Receiver) -> None:
    nobody(house)
    ola = Operator(desk, house)
    ola.enrol()
    page = ola.page
    assert house.state.seq == 0, "people are of the office; the desk has seen nothing yet"
    _people(ola, desk)
    _program(ola)
    secret = _webhook(ola, receiver)
    _group_and_policies(ola)
    page.goto("/commands")
    ola.follow("Create a vault")
    page.get_by_label("Asset").fill("FLUX")
    page.get_by_role("button", name="Review").click()
    ola.confirm()
    page.wait_for_url(re.compile("/receipt/"))
    page.goto("/commands")
    ola.follow("Issue units of an asset")
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
    _told(house, receiver, secret)


def _people(ola: Operator, desk: Desk) -> None:
    """An approver is added on the page of people, let in by the link that is shown once, and sets herself up."""
    page = ola.page
    ola.follow("People")
    ola.follow("Add a person")
    page.get_by_label("Name", exact=True).fill("petra")
    page.get_by_label("Shown name").fill("Petra P.")
    page.get_by_label("approver").check()
    page.get_by_role("button", name="Review").click()
    ola.confirm()
    dialog = page.get_by_role("dialog")
    link = dialog.locator("pre", has_text="/invitation#").inner_text()
    accessible(page)
    shot(page, "journey-operator-invitation")
    dialog.get_by_role("link", name="I have passed it on").click()
    page.wait_for_url("**/people/petra")
    expect(page.get_by_text("not set up yet")).to_be_visible()
    assert link.partition("#")[2] not in page.content()
    hers = desk.window(lang="ru", width=360).context.new_page()
    hers.goto(link)
    hers.get_by_label("Пароль").fill("quiet harbour lantern")
    hers.get_by_role("button", name="Дальше").click()
    hers.get_by_role("button", name="Приложение с кодами").click()
    secret = hers.locator("code[data-copy]").inner_text()
    hers.get_by_label("Код").fill(shown(secret, ola.house))
    hers.get_by_role("button", name="Дальше").click()
    hers.locator(".codes li").first.wait_for()
    fits(hers)
    found = ola.house.office.get(Person, "petra")
    assert found is not None
    assert [grant.role for grant in found.grants] == ["approver"]
    page.reload()
    expect(page.get_by_text("app with codes")).to_be_visible()
    expect(page.get_by_text("not set up yet")).to_have_count(0)


def _program(ola: Operator) -> None:
    """A program gets a key for what it does alone: it reads the desk, and nothing more."""
    page = ola.page
    page.goto("/me")
    ola.follow("Make an API key")
    page.get_by_label("What it is for").fill("reports")
    page.get_by_label("Good until").fill("2026-03-01")
    page.get_by_label("Functions").fill("desk.read public.read")
    page.get_by_role("button", name="Review").click()
    ola.confirm()
    token = page.get_by_role("dialog").locator("pre[data-copy]").inner_text()
    page.get_by_role("link", name="I have kept it").click()
    page.wait_for_url("**/me")
    expect(page.locator("main")).to_contain_text("desk.read public.read")
    assert token not in page.content()
    program = ola.house.client(token)
    assert program.get("/v1/accounts").status_code == 200
    assert program.get("/v1/people").status_code == 403
    assert program.post("/v1/commands", json={"type": "vault.create", "asset": "FLUX"},
                        headers={"Idempotency-Key": "k-1"}).status_code == 403  # fmt: skip


def _webhook(ola: Operator, receiver: Receiver) -> str:
    """Records are sent to another program from now on; a test arrives. The secret that signs them."""
    page = ola.page
    page.goto("/webhooks")
    ola.follow("Add a webhook")
    page.get_by_label("Address").fill(receiver.url)
    page.get_by_role("button", name="Review").click()
    ola.confirm()
    secret = page.get_by_role("dialog").locator("pre", has_text="whsec_").inner_text()
    page.get_by_role("link", name="I have kept it").click()
    page.get_by_role("button", name="Send a test").click()
    ola.confirm()
    expect(page.get_by_role("dialog")).to_contain_text("The endpoint took it.")
    page.get_by_role("dialog").get_by_role("link", name="Close").click()
    assert receiver.types() == ["webhook.test"]
    return secret


def _told(house: House, receiver: Receiver, secret: str) -> None:
    """What the operator did on the desk arrived at the program, in order and signed."""
    end = time.monotonic() + 10
    while len(receiver.got) < 3:
        assert time.monotonic() < end, "the records did not arrive"
        time.sleep(0.01)
    assert receiver.types() == ["webhook.test", "vault.create", "asset.mint"]
    headers, body = receiver.got[-1]
    assert webhook_signatures.verify(
        [secret], headers["webhook-id"], headers["webhook-timestamp"], headers["webhook-signature"], body,
        now=house.clock.now,
    )  # fmt: skip
    told = json.loads(body)["data"]
    assert (told["actor"], told["seq"], told["status"]) == ("operator", house.service.head.seq, "applied")
    assert "petra" in json.dumps(told["events"])


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
    ola.follow("Start from “Four eyes”")
    page.get_by_role("button", name="Remove: governance").click()
    expect(page.get_by_role("button", name="Remove: governance")).to_have_count(0)
    page.get_by_role("button", name="Review and put in force").click()
    expect(page.get_by_role("dialog").locator("li.added")).to_have_count(2)
    ola.confirm()
    expect(page.get_by_role("dialog")).to_contain_text("Version 2 is in force")
    shot(page, "journey-operator-policies")
    page.get_by_role("dialog").get_by_role("link", name="Go on").click()
    page.wait_for_url("**/policies")
