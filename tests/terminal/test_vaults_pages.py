"""Liquid vaults in the browser: rates, deposits and redemptions with their bounds, the exit planner, the queue."""

from __future__ import annotations

import re

import pytest
from browser import Desk, accessible, fits, looks, shot
from confirming import confirm
from plain import Plain

from serving import House
from support import DAY


@pytest.fixture
def vault(house: House) -> House:
    """A vault over FLUX; alice has 1,000 FLUX and has paid nothing in."""
    house.do("asset.mint", "operator", asset="FLUX", to="alice", amount="1000")
    house.do("asset.mint", "operator", asset="FLUX", to="operator", amount="1000")
    house.do("vault.create", "operator", asset="FLUX", deposit_limit="800")
    return house


@pytest.mark.parametrize(
    ("person", "path"), [("alice", "/vaults"), ("alice", "/vaults/FLUX"), ("olga", "/vaults/FLUX")]
)
def test_looks(rich_desk: Desk, person: str, path: str) -> None:
    looks(rich_desk, person, path, f"{path.strip('/').replace('/', '-')}-{person}")


def test_looks_empty_and_of_one_without_a_role(desk: Desk, house: House) -> None:
    page = desk("bob", "/vaults")
    page.get_by_text("No vaults yet").wait_for()
    accessible(page)
    house.do("vault.create", "operator", asset="FLUX")
    page = desk("bob", "/vaults/FLUX")
    fits(page)
    accessible(page)
    shot(page, "vaults-FLUX-empty")
    page = desk("otto", "/vaults/FLUX")
    page.get_by_text("vault.deposit").wait_for()
    assert page.locator("#queue").count() == 0
    page = desk("bob", "/vaults/NONE")
    desk.window_of(page).allow("404")


def test_deposit__live_preview_limit_bound_receipt(desk: Desk, vault: House) -> None:
    page = desk("alice", "/vaults/FLUX")
    form = page.locator("#form-vault-deposit")
    form.get_by_label("Pay in").fill("900")
    form.locator(".glance-wrong").wait_for()
    form.get_by_role("button", name="Max").click()
    assert form.get_by_label("Pay in").input_value() == "800"
    form.locator(".glance").get_by_text("800").first.wait_for()
    form.get_by_label("Pay in").fill("300.5")
    form.locator(".glance").get_by_text("300.5").first.wait_for()
    form.get_by_role("button", name="Review").click()
    page.get_by_role("dialog").get_by_text('"min_shares": "300.5"').wait_for(state="attached")
    confirm(page)
    assert vault.of("alice").get("/v1/me/portfolio").json()["vaults"][0]["shares"] == "300.5"


def test_the_bound__follows_what_is_typed_and_not_what_unlocks_meanwhile(house: House, vault: House) -> None:
    vault.do("vault.deposit", "alice", vault="FLUX", assets="100")
    vault.do("vault.add_rewards", "operator", vault="FLUX", assets="10")
    at = Plain(vault, "alice").go("/vaults/FLUX")
    at.send("form-vault-deposit", f_assets="100")
    least = at.form("/do/commit").fields["f.min_shares"]
    assert least == "90.9090909"  # as if all profit were unlocked; now it would be 100
    vault.later(600)
    at.send("/do/commit", {"formaction": "/do/edit"}).send("/do/preview", f_assets="110")
    assert at.form("/do/commit").fields["f.min_shares"] != least
    vault.later(900)
    at.send("/do/commit")
    assert "Done" in at.text


@pytest.mark.parametrize(("lang", "said"), [("en", "The rate has moved"), ("ru", "Курс изменился")])
def test_the_rate_moves_past_the_bound__said_and_the_next_review_has_another(
    house: House, vault: House, lang: str, said: str
) -> None:
    vault.do("vault.deposit", "alice", vault="FLUX", assets="100")
    at = Plain(vault, "alice", lang=lang).go("/vaults/FLUX").send("form-vault-redeem", f_shares="50")
    assert at.form("/do/commit").fields["f.min_assets"] == "50"
    vault.do("vault.report_loss", "operator", vault="FLUX", assets="10")
    at.send("/do/commit")
    assert said in at.text and "min_assets" not in at.text
    assert at.form("/do/preview").fields["f.shares"] == "50"
    at.send("/do/preview")
    assert at.form("/do/commit").fields["f.min_assets"] == "45"
    vault.do("vault.report_loss", "operator", vault="FLUX", assets="10")
    at.form("/do/commit").fields["hash"] = "of what was shown before"
    at.send("/do/commit")  # what is asked once more is refused by the rules: there is nothing to confirm
    assert said in at.text and at.form("/do/preview").fields["f.shares"] == "50"
    at.send("/do/preview").send("/do/commit")
    assert vault.of("alice").get("/v1/me/portfolio").json()["balances"]["FLUX"] == "940"


def test_redeem__at_once_what_is_idle(desk: Desk, vault: House) -> None:
    vault.do("vault.deposit", "alice", vault="FLUX", assets="500")
    page = desk("alice", "/vaults/FLUX", lang="ru", width=360)
    form = page.locator("#form-vault-redeem")
    form.get_by_label("Сколько долей вернуть").fill("100,25")
    form.locator(".glance").get_by_text("100,25").first.wait_for()
    form.get_by_role("button", name="Проверить").click()
    page.get_by_role("dialog").get_by_role("button", name="Подтвердить", exact=True).click()
    page.wait_for_url(re.compile("/receipt/"))
    assert vault.of("alice").get("/v1/me/portfolio").json()["balances"]["FLUX"] == "600.25"


def test_exit_planner__queue_cancel_claim(desk: Desk, vault: House) -> None:
    vault.do("vault.deposit", "alice", vault="FLUX", assets="500")
    vault.do("strategy.add", "operator", vault="FLUX", strategy="lend", protocol="P", cap="1000",
             yield_curve=[["0", 500]], cooldown_seconds=DAY, redemption_window_seconds=DAY)  # fmt: skip
    vault.do("strategy.allocate", "operator", vault="FLUX", strategy="lend", amount="400")
    page = desk("alice", "/vaults/FLUX")
    ways = page.locator("#ways")
    assert "not possible now" in ways.locator(".way", has_text="At once").first.inner_text()
    page.get_by_label("Shares to leave with").fill("50")
    ways.get_by_role("button", name="Redeem now").wait_for()
    by_queue = ways.locator(".way", has=page.get_by_role("heading", name="By the queue", exact=True))
    assert by_queue.locator(".way-when").inner_text() == "at the next settling"  # and not at once: somebody must settle
    assert "Enough lies idle for it already" in by_queue.inner_text()
    page.get_by_label("Shares to leave with").fill("200")
    queue = page.get_by_role("heading", name="By the queue", exact=True)
    ways.locator(".way", has=queue).get_by_text("200 FLUX").wait_for()
    assert ways.get_by_text("A part at once").is_visible()
    ways.get_by_role("button", name="Join the queue").click()
    confirm(page)
    page.goto("/vaults/FLUX")
    page.locator("#my-exits").get_by_role("button", name="Cancel the request").click()
    confirm(page)
    assert vault.state.exits["exit-1"].status == "cancelled"
    vault.do("vault.request_redeem", "alice", vault="FLUX", shares="80")
    vault.do("vault.settle", "keeper", vault="FLUX")
    page.goto("/vaults/FLUX")
    page.locator("#my-exits").get_by_role("button", name="Claim").click()
    confirm(page)
    assert vault.state.exits["exit-2"].status == "claimed"


def test_staff__sees_the_queue_and_settles(desk: Desk, vault: House) -> None:
    vault.do("vault.deposit", "alice", vault="FLUX", assets="500")
    vault.do("vault.request_redeem", "alice", vault="FLUX", shares="80")
    page = desk("kira", "/vaults/FLUX")
    assert "exit-1" in page.locator("#queue").inner_text()
    page.get_by_role("button", name="Settle the queue").click()
    confirm(page)
    assert vault.state.exits["exit-1"].status == "claimable"


def test_as_of_the_past(rich_desk: Desk, rich: House) -> None:
    for when in (str(rich.state.seq - 20), "2026-01-01T00:30:00Z"):
        page = rich_desk("alice", f"/vaults/FLUX?as_of={when}")
        assert page.locator("#form-vault-deposit button[type=submit]").is_disabled()


@pytest.mark.parametrize(
    ("path", "fields"),
    [
        ("/do/vault.create", {"f_asset": "CSPR", "f_performance_fee_bps": "1000"}),
        ("/do/vault.add_rewards?vault=FLUX", {"f_assets": "10"}),
        ("/do/vault.report_loss?vault=FLUX", {"f_assets": "10"}),
        ("/do/vault.pause?vault=FLUX", {}),
    ],
)
def test_what_the_operator_does__reaches_its_confirmation(vault: House, path: str, fields: dict[str, str]) -> None:
    vault.do("vault.deposit", "alice", vault="FLUX", assets="100")
    at = Plain(vault, "olga").go(path)
    at.send("/do/preview", **fields)
    assert "Exactly what is sent" in at.text


@pytest.mark.parametrize(
    ("lang", "parts"), [("en", ["1,", "234,", "567", ".12345678"]), ("ru", ["1", "234", "567", ",12345678"])]
)
def test_a_long_figure__breaks_between_groups_and_never_inside_of_one(
    desk: Desk, house: House, lang: str, parts: list[str]
) -> None:
    house.do("vault.create", "operator", asset="FLUX")
    house.do("asset.mint", "operator", asset="FLUX", to="alice", amount="1234567.12345678")
    house.do("vault.deposit", "alice", vault="FLUX", assets="1234567.12345678")
    page = desk("alice", "/vaults/FLUX", lang=lang, width=360)
    worth = page.locator(".figure-value .n").nth(1)
    found = worth.evaluate("(one) => one.innerHTML.split('<wbr>').map((part) => part.replace('&nbsp;', '').trim())")
    assert [part.replace("\u202f", "") for part in found] == parts
    fits(page)


def test_rate__at_the_pointer__to_its_last_digit(desk: Desk, house: House) -> None:
    """What the pointer is at is the API's text: a number in the browser would lose digits."""
    for holder, amount in (("alice", "123456789012345678.12345678"), ("operator", "98765432109876543.87654321")):
        house.do("asset.mint", "operator", asset="FLUX", to=holder, amount=amount)
    house.do("vault.create", "operator", asset="FLUX", profit_unlock_seconds=7 * DAY)
    house.do("vault.deposit", "alice", vault="FLUX", assets="123456789012345678.12345678")
    house.do("vault.add_rewards", "operator", vault="FLUX", assets="98765432109876543.87654321")
    house.later(2 * 86_400)
    page = desk("alice", "/vaults/FLUX?every=3600")
    plot, reading = page.locator("#rate .u-over"), page.locator("#rate .u-legend .u-value").nth(1)
    told = house.of("alice").get("/v1/vaults/FLUX/rates?every=3600&limit=100").json()["items"]
    assert reading.inner_text().split()[0] == told[-1]["rate"]  # the last while the pointer is nowhere
    plot.hover()
    shown = reading.inner_text()
    assert len(told) > 40, "the rate goes on while nothing is recorded"
    assert shown.split()[0] in {one["rate"] for one in told}
    assert len(shown.split()[0]) > 15
