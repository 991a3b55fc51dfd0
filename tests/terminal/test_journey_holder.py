"""A holder's journey: he signs in, stakes, waits, unstakes and sees the reinvestment; deposits, leaves, claims."""

from __future__ import annotations

import re

import pytest
from browser import Desk, accessible, shot
from playwright.sync_api import Page
from signing import PASSWORD, App

from serving import House
from support import DAY


def sign_in(desk: Desk, app: App) -> Page:
    """A new window in which alice signs in by password and app."""
    page = desk("", "/")
    page.get_by_label("Name").fill("alice")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Go on").click()
    page.locator("[name=code]").fill(app.code())
    page.get_by_role("button", name=re.compile("Go on|Sign in")).first.click()
    page.get_by_role("heading", name="Overview").wait_for()
    return page


def confirm(page: Page) -> None:
    """Confirm what the dialog shows; on from the receipt."""
    page.get_by_role("dialog").get_by_role("button", name="Confirm", exact=True).click()
    page.get_by_role("heading", name="Done").wait_for()
    page.get_by_role("link", name="Go on").click()


@pytest.fixture
def alice(house: House) -> App:
    """Alice with an authenticator app; she has VG, VC and FLUX, and there is a vault that has deployed its assets."""
    for asset, to, amount in (
        ("VG", "alice", "16500"), ("VC", "alice", "1000000"), ("FLUX", "alice", "1000"), ("FLUX", "bob", "1000"),
    ):  # fmt: skip
        house.do("asset.mint", "operator", asset=asset, to=to, amount=amount)
    house.do("vault.create", "operator", asset="FLUX")
    return App(house, "alice")


def test_a_holder_stakes_waits_unstakes_deposits_and_leaves(desk: Desk, house: House, alice: App) -> None:
    page = sign_in(desk, alice)
    page.get_by_role("link", name="Term staking").click()
    page.get_by_role("navigation", name="Term staking").get_by_role("link", name="Boosters").click()
    page.get_by_role("button", name="Get a booster").click()
    confirm(page)

    page.goto("/term?amount=15000&booster=yes")
    assert "46 days" in page.locator("#quote").inner_text()
    form = page.locator("#form-term-stake")
    form.get_by_label("Amount").fill("15000")
    form.get_by_label("Booster").select_option("booster-1")
    form.get_by_role("button", name="Review").click()
    page.get_by_role("dialog").get_by_text("1,500").first.wait_for()
    confirm(page)
    page.locator("#stakes").get_by_text("vg-1").wait_for()
    assert "in 4" in page.locator("#stakes tr", has_text="vg-1").inner_text()

    desk.window_of(page).allow("401")  # its session ends, and its stream with it
    house.later(46 * DAY)
    page = sign_in(desk, alice)
    page.locator("#needs").get_by_text("A stake can be taken out").wait_for()
    page.locator("#needs li", has_text="vg-1").get_by_role("button", name="Unstake").click()
    confirm(page)
    page.goto("/term")
    chain = page.locator("#chains")
    assert [one.strip() for one in chain.locator(".chain-step").all_inner_texts()] == ["15,000", "10,500", "7,350"]
    assert "4,050" in chain.locator("li.done").inner_text()
    assert "7,350" in chain.locator("li.next").inner_text()
    accessible(page)
    shot(page, "journey-holder-chain")

    page.get_by_role("link", name="Vaults").click()
    page.get_by_role("link", name="FLUX").click()
    form = page.locator("#form-vault-deposit")
    form.get_by_label("Pay in").fill("800")
    form.locator(".glance").get_by_text("800").first.wait_for()
    form.get_by_role("button", name="Review").click()
    confirm(page)
    house.do("strategy.add", "operator", vault="FLUX", strategy="lend", protocol="P", cap="1000",
             yield_curve=[["0", 500]], cooldown_seconds=DAY, redemption_window_seconds=DAY)  # fmt: skip
    house.do("strategy.allocate", "operator", vault="FLUX", strategy="lend", amount="700")

    page.goto("/vaults/FLUX")
    page.get_by_label("Shares to leave with").fill("500")
    queue = page.get_by_role("heading", name="By the queue", exact=True)
    page.locator("#ways .way", has=queue).get_by_text("500 FLUX").wait_for()
    page.locator("#ways").get_by_role("button", name="Join the queue").click()
    page.get_by_role("dialog").get_by_text('"shares": "500"').wait_for(state="attached")
    confirm(page)
    page.locator("#my-exits").get_by_text("in the queue").wait_for()
    page.locator("[data-live-state=on]").wait_for()
    house.do("vault.deposit", "bob", vault="FLUX", assets="1000")
    house.do("vault.settle", "keeper", vault="FLUX")
    page.locator("#my-exits").get_by_text("ready to claim").wait_for()  # live: nobody reloads the page
    page.locator("#my-exits").get_by_role("button", name="Claim").click()
    confirm(page)
    assert house.state.exits["exit-1"].status == "claimed"
    balances = house.of("alice").get("/v1/me/portfolio").json()["balances"]
    assert (balances["FLUX"], balances["vFLUX"], balances["VG"]) == ("700", "300", "4050")
