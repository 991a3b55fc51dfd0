"""Term staking in the browser: the calculator, staking, unstaking, chains, boosters, fee keys, the tax."""

from __future__ import annotations

import pytest
from browser import Desk, accessible, fits, looks, shot
from confirming import confirm
from plain import Plain
from playwright.sync_api import expect

from serving import House
from support import DAY


@pytest.fixture
def staker(house: House) -> House:
    """Alice has VG and VC and no stake yet."""
    house.do("asset.mint", "operator", asset="VG", to="alice", amount="40000")
    house.do("asset.mint", "operator", asset="VC", to="alice", amount="3000000")
    return house


@pytest.mark.parametrize("path", ["/term", "/term/stakes", "/term/boosters", "/term/fees", "/term/stakes/vg-1"])
def test_looks(rich_desk: Desk, path: str) -> None:
    looks(rich_desk, "alice", path, path.strip("/").replace("/", "-"))


def test_looks_empty(desk: Desk) -> None:
    for path in ("/term", "/term/stakes", "/term/boosters", "/term/fees"):
        page = desk("bob", path)
        fits(page)
        accessible(page)
        shot(page, path.strip("/").replace("/", "-") + "-empty")
        page.context.close()


def test_stake__the_most_that_one_can_pay_for(desk: Desk, staker: House) -> None:
    """40,000 VG are enough for 36,363.63… and the tax on top, and that is what the button fills in."""
    page = desk("alice", "/term")
    form = page.locator("#form-term-stake")
    form.get_by_role("button", name="Max").click()
    assert form.get_by_label("Amount").input_value() == "36363.636363637"
    form.get_by_role("button", name="Review").click()
    confirm(page)
    assert staker.of("alice").get("/v1/me/portfolio").json()["balances"].get("VG", "0") == "0"


def test_sell__the_most_that_the_pool_pays_for(desk: Desk, staker: House) -> None:
    staker.do("buyback.set_price", "oracle", vg_per_vc="0.01")
    staker.do("term.stake", "alice", amount="10000")
    page = desk("alice", "/do/buyback.sell", lang="ru")
    form = page.locator("#form-buyback-sell")
    form.get_by_role("button", name="Всё").click()
    form.locator(".glance").get_by_text("300", exact=True).wait_for()


def test_calculator__the_server_reckons_while_one_types_or_slides(desk: Desk) -> None:
    page = desk("alice", "/term")
    answer = page.locator("#quote")
    assert "61 days" in answer.inner_text()
    page.get_by_label("With a booster").check()
    answer.get_by_text("46 days").first.wait_for()
    page.get_by_label("Amount in VG").fill("9,999")
    answer.get_by_text("with").first.wait_for()
    page.get_by_label("With a booster").uncheck()
    answer.get_by_text("127 days").wait_for()
    page.get_by_label("Amount in VG").fill("10000")
    answer.get_by_text("63 days").wait_for()
    for text in ("11,000", "1,000", "10,000", "2,700", "300", "7,000"):
        answer.get_by_text(text, exact=False).first.wait_for()
    page.get_by_label("Amount in VG").fill("99")
    expect(page.get_by_label("Amount in VG")).to_have_attribute("aria-invalid", "true")
    slider = page.get_by_label("Amount, by the slider")
    slider.focus()
    slider.press("End")
    assert slider.get_attribute("aria-valuetext") == "1,000,000 VG"  # what is heard is what is shown
    answer.get_by_text("1,100,000").first.wait_for()
    assert page.get_by_label("Amount in VG").input_value() == "1000000"
    assert page.locator("#curve canvas").count() == 1


def test_calculator_without_scripts_and_in_russian(house: House) -> None:
    at = Plain(house, "alice", lang="ru").go("/term?amount=15 000&booster=yes")
    assert "46 дней" in at.text
    assert "10 500" in at.text
    assert at.go("/term?amount=nonsense").status == 200
    assert at.go("/term?amount=5").status == 200


def test_stake_with_a_booster__wait__unstake__chain(desk: Desk, staker: House) -> None:
    staker.do("booster.stake", "alice")
    page = desk("alice", "/term")
    form = page.locator("#form-term-stake")
    form.get_by_label("Amount").fill("15,000")
    form.get_by_label("Booster").select_option("booster-1")
    form.locator(".glance").get_by_text("46 days").wait_for()
    form.get_by_role("button", name="Review").click()
    confirm(page)
    assert staker.state.stakes["vg-1"].booster == "booster-1"
    page.goto("/term")
    row = page.locator("#stakes tr", has_text="vg-1")
    row.get_by_text("in 4").wait_for()
    assert not row.get_by_role("button", name="Unstake").is_visible()
    chain = page.locator("#chains")
    assert [one.strip() for one in chain.locator(".chain-step").all_inner_texts()] == ["15,000", "10,500", "7,350"]
    staker.later(46 * DAY)
    page = desk("alice", "/term")
    page.locator("#stakes tr", has_text="vg-1").get_by_role("button", name="Unstake").click()
    confirm(page)
    assert staker.state.stakes["vg-1"].unstaked
    page.goto("/term")
    chain = page.locator("#chains")
    assert "4,050" in chain.locator("li.done").inner_text()
    assert "10,500" in chain.locator("li.now").inner_text()
    shot(page, "term-chain-en-1280")
    page.goto("/term/stakes/vg-1")
    page.get_by_role("heading", name="vg-1").wait_for()


def test_too_much__said_at_the_field_with_what_was_typed(desk: Desk, staker: House) -> None:
    page = desk("alice", "/term", lang="ru", width=360)
    form = page.locator("#form-term-stake")
    form.get_by_label("Сумма").fill("40 000")
    form.get_by_role("button", name="Проверить").click()
    form.locator("[aria-invalid=true]").wait_for()
    assert form.get_by_label("Сумма").input_value() == "40 000"
    fits(page)


def test_boosters__get_one_give_it_away_take_back(desk: Desk, staker: House) -> None:
    page = desk("alice", "/term/boosters")
    page.get_by_role("button", name="Get a booster").click()
    confirm(page)
    assert staker.state.boosters["booster-1"].owner == "alice"
    page.goto("/term/boosters")
    assert page.locator("#boosters").get_by_role("link", name="Give away").is_visible()
    assert not page.locator("#locked").get_by_role("button", name="Unstake").is_visible()
    staker.later(90 * DAY)
    page = desk("alice", "/term/boosters")
    page.locator("#locked").get_by_role("button", name="Unstake").click()
    confirm(page)
    assert staker.state.boosters["booster-1"].status == "expired"


def test_fee_keys__claim(desk: Desk, staker: House) -> None:
    staker.do("fee_key.issue", "operator", to="alice", locked_lp=5000)
    staker.do("term.stake", "alice", amount="1000")
    page = desk("alice", "/term/fees")
    assert "49.99" in page.locator("#keys").inner_text() or "50" in page.locator("#keys").inner_text()
    ways = page.locator(".tax-ways .tax-figure").all_inner_texts()
    assert [one.replace("\u00a0", " ") for one in ways] == ["50 VG", "30 VG", "20 VG"]
    page.get_by_role("button", name="Claim").click()
    confirm(page)
    assert staker.state.fee_keys["key-1"].paid > 0


def test_as_of_the_past__nothing_to_press(rich_desk: Desk, rich: House) -> None:
    page = rich_desk("alice", f"/term?as_of={rich.state.seq - 1}")
    assert page.locator("#form-term-stake button[type=submit]").is_disabled()
    rich_desk("otto", "/term").get_by_text("term.stake").wait_for()


@pytest.mark.parametrize(
    ("person", "path", "fields"),
    [
        ("alice", "/do/booster.transfer?booster=booster-1", {"f_to": "bob"}),
        ("alice", "/do/fee_key.transfer?key=key-1", {"f_to": "bob"}),
        ("alice", "/do/buyback.sell", {"f_vc": "10"}),
        ("olga", "/do/fee_key.issue", {"f_to": "bob", "f_locked_lp": "500"}),
    ],
)
def test_other_forms__reach_their_confirmation(staker: House, person: str, path: str, fields: dict[str, str]) -> None:
    staker.do("booster.stake", "alice")
    staker.do("fee_key.issue", "operator", to="alice", locked_lp=5000)
    staker.do("buyback.set_price", "oracle", vg_per_vc="0.01")
    staker.do("term.stake", "alice", amount="1000")
    at = Plain(staker, person).go(path)
    at.send("/do/preview", **fields)
    assert "Exactly what is sent" in at.text
